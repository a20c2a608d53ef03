"""What is allowed in a lab and yet looks like a slip: `assessment check` asks back."""

from __future__ import annotations

from collections.abc import Iterator

from assessment.spec.accuracies import percent_doubts
from assessment.spec.expectations import HIGHER_IS_BETTER, Expectation
from assessment.spec.lab import Lab, Repeated
from assessment.spec.percent import fraction_problem, is_fraction
from assessment.spec.recipe import Milestones, Step, Training
from assessment.spec.units import Unit, units


def lab_doubts(lab: Lab) -> Iterator[tuple[str, str]]:
    """Yield the unit and a sentence that begins with the place; what variants share, once."""
    told: set[tuple[str, str]] = set()
    for unit in units(lab).values():
        for text in _unit_doubts(unit):
            if (unit.question_id, text) not in told:
                told.add((unit.question_id, text))
                yield unit.id, f"{unit.id}.{text}"


def _unit_doubts(unit: Unit) -> Iterator[str]:
    for name, expectation in unit.expect.items():
        if isinstance(expectation, Expectation):
            yield from (f"{name}: {doubt}" for doubt in percent_doubts(expectation))
    for measure, given in unit.reported.items():
        values = _numbers(given)
        if measure in HIGHER_IS_BETTER and values and all(map(is_fraction, values)):
            yield f"reported.{measure}: {fraction_problem(values[-1])}"
    if unit.training is not None:
        yield from _schedule_doubts(unit.training)


def _numbers(given: float | list[float] | Repeated) -> list[float]:
    if isinstance(given, Repeated):
        return [value for value in (given.mean, given.max, given.min) if value is not None]
    return given if isinstance(given, list) else [given]


def _schedule_doubts(training: Training) -> Iterator[str]:
    """Find changes of the learning rate that come after the last epoch."""
    schedule, epochs = training.schedule, training.epochs
    late: list[int] = []
    if isinstance(schedule, Milestones):
        late = [epoch for epoch in schedule.epochs if epoch >= epochs]
    elif isinstance(schedule, Step) and schedule.every >= epochs:
        late = [schedule.every]
    for epoch in late:
        yield (
            f"schedule: the learning rate would change after epoch {epoch}, "
            f"and epoch {epochs} is the last"
        )
