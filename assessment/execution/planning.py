"""What a session knows of its items before it grades them: their runs, what they are graded with,
what stands in the way of grading them, and how long all that takes here.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from assessment.classroom import Entry
from assessment.errors import AssessmentError
from assessment.execution.capacity import Capacity
from assessment.execution.finished import FinishedRuns
from assessment.execution.handed_in import work_of
from assessment.execution.options import Forecast, Options
from assessment.execution.plan import Costs, Planned, distinct, estimate, plan_item
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest, Work, requests_of
from assessment.execution.seeds import grading_seeds, practice_seed
from assessment.execution.settings import setting_of
from assessment.grading.foresight import asks_for_bands, missing_band
from assessment.grading.setting import Setting
from assessment.results import calibration
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Run, Status
from assessment.spec.lab import TrainingQuestion
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit


class Obstacle(NamedTuple):
    """Why an item is not graded, known before anything is trained for it."""

    status: Status
    reason: str


class Planner:
    """The items of one process."""

    def __init__(
        self,
        options: Options,
        capacity: Capacity,
        preparation: Preparation,
        finished: FinishedRuns,
    ) -> None:
        self._options = options
        self._capacity = capacity
        self._preparation = preparation
        self._finished = finished
        self._costs = Costs(preparation)
        self._seed = grading_seeds(options.secret) if options.secret else practice_seed
        self._planned: dict[tuple[str, str, str], Planned] = {}
        self._settings: dict[tuple[Path, str], Setting] = {}
        self._obstacles: dict[tuple[Path, str], Obstacle | None] = {}
        self._damaged: dict[Path, str] = {}
        self._seconds: dict[str, float | None] = {}

    def plan(self, entries: Sequence[Entry]) -> Forecast:
        """Take the items of the session and say what is ahead."""
        classroom = self._options.classroom
        if not classroom.is_class:  # whose runs take one thread each, however many there are
            self._plan(entries)
        # All that the items need decide the threads, whatever is in the store: they are part of
        # what a run is looked for with.
        threads = self._capacity.decide_threads(len(self._requests(self._possible)))
        self._finished.settle(self._capacity.places)
        if classroom.is_class or classroom.submissions:  # how long the reference took is known now
            self._plan(entries)
        possible = self._requests(self._possible)
        taken = {
            known: run.seconds if run.outcome == "scored" else None
            for known, run in self.finished(possible)
        }
        first = self._requests(lambda item: item.first)
        missing = [request for request in first if request.id not in taken]
        seconds = {
            request.id: self._costs.seconds(item.lab_file, unit, request.training.epochs)
            for item in self.gradable
            for unit in item.needed
            for request in item.runs.get(unit.id, ())
        }
        pace = _pace(taken, seconds)
        costs = {
            request.id: cost and cost * pace
            for request in missing
            for cost in [seconds[request.id]]
        }
        slots = self._capacity.slots
        at_once = len(slots) * self._options.workers
        expected, unknown = estimate(missing, costs, at_once)
        return Forecast(
            runs=len(missing),
            most=len(possible) - len(taken),
            taken=len(first) - len(missing),
            seconds=expected,
            unknown=unknown,
            slots=min(at_once, len(missing)),
            threads=threads,
            device=", ".join(dict.fromkeys(slots)),
            smoke=self._options.smoke,
            costs=costs,
        )

    @property
    def gradable(self) -> list[Planned]:
        """The items that nothing stands in the way of, as far as is known."""
        return [item for item in self._planned.values() if self.obstacle(item) is None]

    def item(self, entry: Entry) -> Planned:
        """Return what grading an item takes, also of one that nobody has planned."""
        self._read_calibration(entry.lab_file.path)
        return self._planned.get(entry.key) or self._plan_item(entry)

    def setting(self, item: Planned) -> Setting:
        """Return what an item is graded with."""
        known = (item.lab_file.path, item.unit.id)
        if known not in self._settings:  # the same for everybody who is graded on it
            lines = self._read_calibration(item.lab_file.path)
            self._settings[known] = setting_of(
                item, self._preparation, lines, strict=self._options.strict
            )
        return self._settings[known]

    def damage(self, item: Planned) -> str | None:
        """Say why a lab's calibration file cannot be read, where it cannot."""
        return self._damaged.get(item.lab_file.path)

    def obstacle(self, item: Planned) -> Obstacle | None:
        """Return why an item is not graded here; None where it can be."""
        known = (item.lab_file.path, item.unit.id)
        if known not in self._obstacles:
            self._obstacles[known] = self._missing_hardware(item) or self._missing_bands(item)
        found = self._obstacles[known]
        submission = item.entry.submission
        if found is None and submission is not None and submission.problem:
            return Obstacle("invalid", submission.problem)
        return found

    def finished(self, requests: Sequence[RunRequest]) -> Iterator[tuple[str, Run]]:
        """Yield those of the runs that are finished, with the ids of their requests.

        Runs can be large: whoever needs no more of them than a number keeps no more.
        """
        unknown = []
        for request in requests:
            run = self._finished.known(request)
            if run is None:
                unknown.append(request)
            else:
                yield request.id, run
        if not unknown or self._finished.is_empty:
            return
        keys = self._keys(unknown)
        for request in unknown:
            key = keys.get(_recipe(request))
            run = None if key is None else self._finished.find(request, key)
            if run is not None:
                yield request.id, run

    def _plan(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._read_calibration(entry.lab_file.path)
            self._planned[entry.key] = self._plan_item(entry)

    def _plan_item(self, entry: Entry) -> Planned:
        return plan_item(
            entry,
            self._seed,
            most_epochs=self._options.most_epochs,
            work_of=partial(self._work, entry),
        )

    def _requests(self, of: Callable[[Planned], Sequence[RunRequest]]) -> list[RunRequest]:
        """Return runs of all items that can be graded, each once."""
        return distinct(request for item in self.gradable for request in of(item))

    def _possible(self, item: Planned) -> Sequence[RunRequest]:
        """Return every run that an item may come to need."""
        return item.first if self._options.smoke or item.shortened else item.all

    def _work(self, entry: Entry, unit: Unit) -> Work | None:
        """Return what is trained on a unit instead of the reference."""
        if entry.submission is None:
            return None
        seconds = self._reference_seconds(entry.lab_file, unit)
        return work_of(entry, unit, self._options.classroom, seconds)

    def _reference_seconds(self, lab_file: LabFile, unit: Unit) -> float | None:
        """Return what a run of the reference takes: here, where it was made, else elsewhere."""
        if not self._capacity.is_decided:
            return None
        known = f"{lab_file.path}::{unit.id}"
        if known not in self._seconds:
            made = next(requests_of(unit, lab_file.path, self._seed, 1), None)
            key = None if made is None else self._keys([made]).get(_recipe(made))
            found = made and key and self._finished.find(made, key)
            self._seconds[known] = found.seconds if found else self._costs.seconds(lab_file, unit)
        return self._seconds[known]

    def _missing_hardware(self, item: Planned) -> Obstacle | None:
        options = self._options
        if self._capacity.has_accelerator or options.anyway or options.smoke:
            return None
        for unit in item.needed:
            question = unit.question
            if isinstance(question, TrainingQuestion) and question.hardware.accelerator:
                seconds = self._costs.seconds(item.lab_file, unit)
                about = (
                    "" if seconds is None else f": about {_hours(seconds)} a run on one CPU core"
                )
                whose = "" if unit is item.unit else f"{unit.id} "
                return Obstacle(
                    "skipped",
                    f"{whose}needs an accelerator, there is none{about} (--assess-anyway runs it)",
                )
        return None

    def _missing_bands(self, item: Planned) -> Obstacle | None:
        """Say what no run can be graded with, so that none is made for it."""
        if self._options.smoke or item.shortened or not asks_for_bands(item.unit):
            return None
        reason = self.damage(item) or missing_band(item.unit, self.setting(item))
        return Obstacle("not_gradable", reason) if reason else None

    def _keys(self, requests: Sequence[RunRequest]) -> dict[tuple[int, str], str]:
        """Return run keys by recipe and submission; seeds share them, and it takes time to find
        what a recipe's are made of.
        """
        of_recipe: dict[tuple[int, Path], dict[str, RunRequest]] = {}
        for request in requests:
            recipe, digest = _recipe(request)
            of_recipe.setdefault((recipe, request.import_path), {})[digest] = request
        found: dict[tuple[int, str], str] = {}
        for of_work in of_recipe.values():
            one = next(iter(of_work.values()))
            works = [request.work for request in of_work.values()]
            with suppress(AssessmentError):  # training it will say so
                keys = self._preparation.keys(one.training, one.import_path, works)
                found |= {(id(one.training), d): k for d, k in zip(of_work, keys, strict=True)}
        return found

    def _read_calibration(self, spec: Path) -> list[CalibrationRun]:
        """Return the lines of a spec's calibration file; none, and a note, where it is damaged."""
        known = self._costs.calibrations
        if spec not in known:
            try:
                known[spec] = calibration.read(calibration.path_for(spec))
            except AssessmentError as error:
                known[spec] = []
                self._damaged[spec] = str(error)
        return known[spec]


def _pace(taken: Mapping[str, float | None], expected: Mapping[str, float | None]) -> float:
    """Return how many times as long as elsewhere runs take here, by those made here before."""
    ratios = [
        seconds / usual
        for name, seconds in taken.items()
        if seconds and (usual := expected.get(name))
    ]
    return statistics.median(ratios) if ratios else 1.0


def _recipe(request: RunRequest) -> tuple[int, str]:
    return id(request.training), "" if request.work is None else request.work.digest


def _hours(seconds: float) -> str:
    if seconds < 5400:
        return f"{max(1, round(seconds / 60))} min"
    return f"{seconds / 3600:.0f} h"
