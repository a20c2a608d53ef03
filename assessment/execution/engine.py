"""From items to results: plan their runs, start them ahead, wait, grade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from assessment.classroom import Entry
from assessment.errors import AssessmentError
from assessment.execution.devices import choose_devices, cpu_cores, visible_gpus
from assessment.execution.finished import FinishedRuns, places
from assessment.execution.handed_in import attributed, controlled, work_of
from assessment.execution.marking import mark
from assessment.execution.options import Forecast, Options
from assessment.execution.plan import Costs, Planned, distinct, estimate, plan_item
from assessment.execution.preparation import Preparation
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest, Work, requests_of
from assessment.execution.seeds import grading_seeds, practice_seed
from assessment.execution.settings import setting_of
from assessment.execution.trainers import Request, Trainers
from assessment.grading.score import Setting, unscored
from assessment.results import calibration
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Result, Run
from assessment.spec.lab import FunctionQuestion, TrainingQuestion
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit

Listener = Callable[[RunRequest, Referee | None, Run | None], None]


class Engine:
    """Trains and grades the items of one process."""

    def __init__(self, options: Options, finished: FinishedRuns | None, listener: Listener) -> None:
        """Prepare; nothing is started yet.

        Args:
            options: of the command line.
            finished: where runs are taken from and kept; None: nothing is shared or kept.
            listener: told about every run.

        Raises:
            DeviceError: the device asked for is not here.
        """
        self._options = options
        self._gpus = visible_gpus()
        self._devices = choose_devices(options.device, self._gpus)
        self._preparation = Preparation(
            options.data_dir,
            smoke=options.smoke,
            secret=options.secret,
            accelerated=self.has_accelerator,
        )
        self._finished = finished or FinishedRuns()
        self._listener = listener
        self._costs = Costs(self._preparation)
        self._damaged: dict[Path, str] = {}
        self._planned: dict[tuple[str, str, str], Planned] = {}
        self._settings: dict[tuple[Path, str], Setting] = {}
        self._seconds: dict[str, float | None] = {}
        self._seed = grading_seeds(options.secret) if options.secret else practice_seed
        self._trainers: Trainers | None = None
        self._threads: int | None = None

    @property
    def has_accelerator(self) -> bool:
        """Whether runs go to a GPU."""
        return self._devices != ["cpu"]

    def plan(self, entries: Sequence[Entry]) -> Forecast:
        """Take the items of the session and say what is ahead."""
        for entry in entries:
            self._read_calibration(entry.lab_file.path)
            self._planned[entry.key] = self._plan_item(entry)
        wanted = [item for item in self._planned.values() if self.obstacle(item) is None]
        requests = distinct(request for item in wanted for request in item.first)
        possible = distinct(request for item in wanted for request in self._possible(item))
        # All that the items need decide the threads, whatever is in the store: they are part of
        # what a run is looked for with.
        threads = self._decide_threads(len(possible))
        if self._options.classroom.submissions:  # how long the reference took is known now
            self._planned = {entry.key: self._plan_item(entry) for entry in entries}
            wanted = [item for item in self._planned.values() if self.obstacle(item) is None]
            requests = distinct(request for item in wanted for request in item.first)
            possible = distinct(request for item in wanted for request in self._possible(item))
        missing = self._missing(possible)
        taken = [request for request in requests if request.id not in missing]
        requests = [request for request in requests if request.id in missing]
        slots = self._slots(threads)
        seconds = {
            request.id: self._costs.seconds(item.lab_file, unit, request.training.epochs)
            for item in wanted
            for unit in item.needed
            for request in item.runs.get(unit.id, ())
        }
        at_once = len(slots) * self._options.workers
        expected, unknown = estimate(requests, seconds, at_once)
        device = "cpu" if not self.has_accelerator else ", ".join(dict.fromkeys(slots))
        return Forecast(
            len(requests),
            len(missing),
            len(taken),
            expected,
            unknown,
            min(at_once, len(requests)),
            threads,
            device,
            self._options.smoke,
            {request.id: seconds.get(request.id) for request in requests},
        )

    def _possible(self, item: Planned) -> Sequence[RunRequest]:
        """Return every run that an item may come to need."""
        return item.first if self._options.smoke or item.shortened else item.all

    def _plan_item(self, entry: Entry) -> Planned:
        return plan_item(
            entry,
            self._seed,
            most_epochs=self._options.most_epochs,
            work_of=partial(self._work, entry),
        )

    def _work(self, entry: Entry, unit: Unit) -> Work | None:
        """Return what is trained on a unit instead of the reference."""
        if entry.submission is None:
            return None
        seconds = self._reference_seconds(entry.lab_file, unit)
        return work_of(entry, unit, self._options.classroom, seconds)

    def _reference_seconds(self, lab_file: LabFile, unit: Unit) -> float | None:
        """Return what a run of the reference takes: here, where it was made, else elsewhere."""
        if self._threads is None:
            return None
        known = f"{lab_file.path}::{unit.id}"
        if known not in self._seconds:
            made = next(requests_of(unit, lab_file.path, self._seed, 1), None)
            key = None if made is None else self._key(made)
            found = made and key and self._finished.find(made, key)
            self._seconds[known] = found.seconds if found else self._costs.seconds(lab_file, unit)
        return self._seconds[known]

    def start(self, *, ahead: bool) -> None:
        """Warm the trainers up; `ahead`: start all runs now, before anybody waits for them."""
        wanted = [item for item in self._planned.values() if self.obstacle(item) is None]
        requests = [
            request
            for request in distinct(request for item in wanted for request in item.first)
            if self._finished.known(request) is None
        ]
        calls = any(isinstance(item.unit.question, FunctionQuestion) for item in wanted)
        if not requests and not calls:
            return
        trainers = self._live_trainers()
        if ahead:
            for request in requests:
                trainers.submit(request)

    def warm(self, entry: Entry) -> None:
        """Start the jail in which an item will be graded, so that nobody waits for it then."""
        item = self._planned.get(entry.key)
        if item is not None and item.work is not None and self.obstacle(item) is None:
            self._live_trainers().warm(item.work)

    def obstacle(self, item: Planned) -> str | None:
        """Return why an item is skipped here, with an estimate; None when it can run."""
        if self.has_accelerator or self._options.anyway or self._options.smoke:
            return None
        for unit in item.needed:
            question = unit.question
            if isinstance(question, TrainingQuestion) and question.hardware.accelerator:
                seconds = self._costs.seconds(item.lab_file, unit)
                about = (
                    "" if seconds is None else f": about {_hours(seconds)} a run on one CPU core"
                )
                whose = "" if unit is item.unit else f"{unit.id} "
                return (
                    f"{whose}needs an accelerator, there is none{about} (--assess-anyway runs it)"
                )
        return None

    def grade(self, entry: Entry) -> Result:
        """Wait for an item's runs and grade it.

        Raises:
            AssessmentError: the session ended first.
        """
        item = self._planned.get(entry.key) or self._plan_item(entry)
        setting = self._setting(item)
        obstacle = self.obstacle(item)
        if obstacle is not None:
            result = unscored(entry.unit, setting, "skipped", obstacle)
        elif entry.submission is not None and entry.submission.problem:
            result = unscored(entry.unit, setting, "invalid", entry.submission.problem)
        else:
            try:
                result = mark(
                    item,
                    setting,
                    self,
                    damage=self._damaged.get(entry.lab_file.path),
                    one_step=self._options.smoke,
                )
            except CancelledError:
                raise AssessmentError("the session ended before its runs did") from None
        if entry.submission is None:
            return result
        if self._options.control and result.status == "scored":
            result = controlled(result, self._control_run(item))
        return attributed(result, entry.submission, self._options.classroom)

    def _control_run(self, item: Planned) -> Run | None:
        """Train a submission on permuted labels, with the seed of its first run."""
        requests = item.runs.get(item.unit.id)
        if not requests or requests[0].work is None:
            return None
        work = replace(requests[0].work, control=True, fixed=False)
        [run] = self.runs_of([replace(requests[0], work=work)])
        return run

    @property
    def data_dir(self) -> Path:
        """Directory of the data sets."""
        return self._preparation.data_dir

    def submit(self, request: Request) -> Future[Any]:
        """Ask for something that somebody waits for."""
        return self._live_trainers().submit(request, urgent=True)

    def weights(self, request: RunRequest) -> Path | str:
        """Return the file of a run's final state, or why there is none."""
        return self._finished.weights(request.id)

    def runs_of(self, requests: Sequence[RunRequest]) -> list[Run]:
        """Wait for runs that somebody asks for directly."""
        self._decide_threads(len(requests))
        missing = self._missing(requests)
        futures = {
            request.id: self._live_trainers().submit(request, urgent=True)
            for request in requests
            if request.id in missing
        }
        return [
            self._finished.known(request) or futures[request.id].result() for request in requests
        ]

    def close(self) -> None:
        """End what still runs."""
        if self._trainers is not None:
            self._trainers.close()
            self._trainers = None
        self._finished.close()

    def collect(self, requests: Mapping[str, Sequence[RunRequest]]) -> dict[str, list[Run]]:
        """Wait for the runs of some units."""
        everything = distinct(chain.from_iterable(requests.values()))
        missing = self._missing(everything)
        for request in everything:  # all, before one is waited for
            if request.id in missing:
                self._live_trainers().submit(request, urgent=True)
        return {name: self.runs_of(of_unit) for name, of_unit in requests.items()}

    def _missing(self, requests: Sequence[RunRequest]) -> set[str]:
        """Return the ids of those that are not in the store."""
        unknown = [request for request in requests if self._finished.known(request) is None]
        if not unknown or self._finished.is_empty:
            return {request.id for request in unknown}
        keys = {_recipe(request): self._key(request) for request in _one_a_recipe(unknown)}
        return {
            request.id
            for request in unknown
            if (key := keys[_recipe(request)]) is None or self._finished.find(request, key) is None
        }

    def _key(self, request: RunRequest) -> str | None:
        try:
            return self._preparation.key(request.training, request.import_path, request.work)
        except AssessmentError:
            return None  # training it will say so

    def _setting(self, item: Planned) -> Setting:
        known = (item.lab_file.path, item.unit.id)
        if known not in self._settings:  # the same for everybody who is graded on it
            lines = self._read_calibration(item.lab_file.path)
            self._settings[known] = setting_of(
                item, self._preparation, lines, strict=self._options.strict
            )
        return self._settings[known]

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

    def _live_trainers(self) -> Trainers:
        if self._trainers is None:
            threads = self._decide_threads(0)
            self._trainers = Trainers(
                self._slots(threads), threads, self._preparation, self._finished, self._listener
            )
            self._trainers.start()
        return self._trainers

    def _decide_threads(self, runs: int) -> int:
        """Return the threads of each run: of all of this process, once it has been asked."""
        if self._threads is None:
            alone = max(1, cpu_cores() // self._options.workers) if runs == 1 else 1
            self._threads = self._options.threads or alone
            self._finished.settle(places(self._devices, self._gpus, self._threads))
        return self._threads

    def _slots(self, threads: int) -> list[str]:
        if self._options.trainers is not None:
            return self._devices * self._options.trainers
        if self.has_accelerator:
            return self._devices
        return ["cpu"] * max(1, cpu_cores() // self._options.workers // threads)


def _one_a_recipe(requests: Sequence[RunRequest]) -> list[RunRequest]:
    """Return a request for each recipe: seeds share its key, which takes some time to find."""
    return list({_recipe(request): request for request in requests}.values())


def _recipe(request: RunRequest) -> tuple[int, str]:
    return id(request.training), "" if request.work is None else request.work.digest


def _hours(seconds: float) -> str:
    if seconds < 5400:
        return f"{max(1, round(seconds / 60))} min"
    return f"{seconds / 3600:.0f} h"
