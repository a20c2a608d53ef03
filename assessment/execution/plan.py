"""Which runs the chosen items need, each once, and about how long they take."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assessment.classroom import Entry
from assessment.errors import AssessmentError
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest, Work, requests_of
from assessment.execution.seeds import SeedFamily, practice_seed
from assessment.grading.requirements import requirements
from assessment.grading.rounds import at_first
from assessment.results.calibration import CalibrationRun
from assessment.spec.lab import TrainingQuestion
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit, units


@dataclass(frozen=True)
class Planned:
    """One item: its unit, and the runs that grading it takes."""

    entry: Entry
    needed: Sequence[Unit]
    """Its own unit and all units it is compared with or depends on."""
    runs: Mapping[str, Sequence[RunRequest]]
    """Requests of the needed units that are trained, by id, its own first; as many as may come."""

    work: Work | None = None
    """What is graded instead of the reference."""

    @property
    def lab_file(self) -> LabFile:
        """The lab."""
        return self.entry.lab_file

    @property
    def unit(self) -> Unit:
        """Its own unit."""
        return self.entry.unit

    def at_first(self, unit_id: str) -> Sequence[RunRequest]:
        """Return the runs of a unit that are made before anything is decided."""
        unit = next(unit for unit in self.needed if unit.id == unit_id)
        return self.runs[unit_id][: at_first(unit)]

    @property
    def first(self) -> list[RunRequest]:
        """The runs that are made in any case, its own first."""
        return [request for name in self.runs for request in self.at_first(name)]

    @property
    def shortened(self) -> str:
        """Say what is trained for fewer epochs than its recipe has; empty where nothing is."""
        found = []
        for unit in self.needed:
            made = self.runs.get(unit.id)
            if made and unit.training is not None and made[0].training != unit.training:
                whose = "" if unit is self.unit else f"{unit.id} "
                epochs = made[0].training.epochs, unit.training.epochs
                found.append(f"{whose}trained for {epochs[0]:,} of {epochs[1]:,} epochs")
        return ", ".join(found)

    @property
    def all(self) -> list[RunRequest]:
        """Every run that may be made, its own first."""
        return [request for requests in self.runs.values() for request in requests]


def plan_item(
    entry: Entry,
    seed: SeedFamily = practice_seed,
    *,
    most_epochs: int | None = None,
    work_of: Callable[[Unit], Work | None] = lambda _: None,
) -> Planned:
    """Return what grading one item takes.

    Args:
        entry: the item.
        seed: family of seeds.
        most_epochs: train for fewer epochs where a recipe has more.
        work_of: what is trained on a unit instead of the reference.
    """
    lab_file, unit = entry.lab_file, entry.unit
    wanted = requirements(unit)
    needed = [unit, *(other for other in units(lab_file.lab).values() if other.id in wanted)]
    runs = {
        other.id: list(
            requests_of(other, lab_file.path, seed, most_epochs=most_epochs, work=work_of(other))
        )
        for other in needed
        if other.training is not None
    }
    return Planned(entry, needed, runs, work_of(unit))


def distinct(requests: Iterable[RunRequest]) -> list[RunRequest]:
    """Return every run once, in the order in which it is wanted first."""
    found: dict[str, RunRequest] = {}
    for request in requests:
        found.setdefault(request.id, request)
    return list(found.values())


@dataclass
class Costs:
    """How long runs take with one thread: from reference runs, else from what the spec says."""

    preparation: Preparation
    calibrations: dict[Path, list[CalibrationRun]] = field(default_factory=dict)
    _known: dict[str, float | None] = field(default_factory=dict)

    def seconds(self, lab_file: LabFile, unit: Unit, epochs: int | None = None) -> float | None:
        """Return about how long one run of a unit takes; None where nothing is known.

        Args:
            lab_file: its lab.
            unit: what is trained.
            epochs: for how many of its epochs; by default all.
        """
        name = f"{lab_file.path}::{unit.id}"
        if name not in self._known:
            self._known[name] = self._look_up(lab_file, unit)
        whole = self._known[name]
        if whole is None or epochs is None or unit.training is None:
            return whole
        return whole * epochs / unit.training.epochs

    def _look_up(self, lab_file: LabFile, unit: Unit) -> float | None:
        question = unit.question
        if unit.training is None or not isinstance(question, TrainingQuestion):
            return None
        lines = self.calibrations.get(lab_file.path, [])
        if lines:
            try:
                key = self.preparation.key(unit.training, lab_file.path.resolve().parent)
            except AssessmentError:
                return question.hardware.cpu_seconds
            measured = [line.run.seconds for line in lines if line.run.key == key]
            if measured:
                return statistics.median(measured)
        return question.hardware.cpu_seconds


def estimate(
    requests: Iterable[RunRequest], seconds: Mapping[str, float | None], slots: int
) -> tuple[float, int]:
    """Return about how many seconds the runs take side by side, and for how many that is unknown.

    Args:
        requests: the runs.
        seconds: of each request id.
        slots: how many run at once.
    """
    known = [seconds.get(request.id) for request in requests]
    total = sum(value for value in known if value is not None)
    longest = max((value for value in known if value is not None), default=0.0)
    return max(total / slots, longest), sum(value is None for value in known)
