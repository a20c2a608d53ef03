"""One expectation of a training unit against its runs, whatever else it requires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assessment.grading.bands import NO_CHANCE, spread_of
from assessment.grading.conditions import Verdict, asked, decide, either
from assessment.grading.measurements import Measurement, measure, reported_value
from assessment.grading.outcomes import Cause, Decided, failure
from assessment.grading.rounds import at_first, lacks, most
from assessment.grading.yardsticks import Yardstick, once
from assessment.results.record import BandSource, Graded, Run
from assessment.spec.expectations import Expectation
from assessment.spec.lab import TrainingQuestion
from assessment.spec.units import Unit


def grade(unit: Unit, name: str, runs: Sequence[Run], yardstick: Yardstick) -> Decided:
    """Grade one expectation by itself; `requires` is not looked at.

    A first run that is good enough settles it, also where more are at hand; otherwise it
    wants all runs of the unit. A run that failed through its own fault fails the
    expectation. Where the machine failed, where no run was made and where the band or the
    number is missing, it stays undecided.
    """
    expectation = unit.expect[name]
    assert isinstance(expectation, Expectation)
    found = measure(runs, expectation)
    failed = failure(runs)
    if failed is not None:
        own_fault = failed.outcome != "not_gradable"
        why = f"{failed.outcome.replace('_', ' ')}: {failed.reason}".removesuffix(": ")
        condition = asked(expectation, found)
        lost = Verdict(condition, 0.0 if condition and own_fault else None, why)
        graded = _graded(unit, name, found, lost)
        return Decided(graded, Cause.MACHINE if condition and not own_fault else None)
    verdict = _weigh(expectation, name, found, runs, yardstick)
    wants: frozenset[str] = frozenset()
    if at_first(unit) < most(unit) and runs and verdict.condition and _is_chance(expectation):
        first, alone = found, verdict
        if len(runs) > 1:
            first = measure(runs[:1], expectation)
            alone = _weigh(expectation, name, first, runs[:1], yardstick)
        if alone.at_once:
            found, verdict = first, alone
        elif lacks(unit, runs) and expectation.points and alone.share is not None:
            wants = frozenset({unit.id})
    source = _source(expectation, verdict.source, yardstick)
    graded = _graded(unit, name, found, verdict, source)
    if verdict.share is not None or not verdict.condition:
        return Decided(graded, wants=wants)
    return Decided(graded, Cause.MACHINE if runs else absence(unit))


def _weigh(
    expectation: Expectation,
    name: str,
    found: Measurement,
    runs: Sequence[Run],
    yardstick: Yardstick,
) -> Verdict:
    """Decide an expectation, also as what it may be met as instead."""
    own = decide(expectation, found, runs, yardstick)
    others = []
    for other in yardstick.alternatives.get(name, ()):
        instead = measure(runs, other.expectation)
        if runs and instead.amount is None:
            continue
        verdict = decide(other.expectation, instead, runs, other.yardstick)
        if instead.measure != expectation.measure:  # its ends are no ends of this value
            verdict = replace(verdict, low=own.low, high=own.high, source=own.source)
        others.append((other.place, verdict))
    return either(own, others)


def _is_chance(expectation: Expectation) -> bool:
    """Tell whether further runs could give another number."""
    return expectation.measure not in NO_CHANCE


def _source(
    expectation: Expectation, given: BandSource | None, yardstick: Yardstick
) -> BandSource | None:
    """Tell how the reference's runs scatter also where no band was made of them."""
    if given is not None and given.mean is not None:
        return given
    found = _spread(yardstick, expectation)
    if given is None or found is None:
        return given or found
    text = "; ".join(filter(None, (given.text, found.text)))
    return found.model_copy(update={"kind": given.kind, "text": text})


@once
def _spread(yardstick: Yardstick, expectation: Expectation) -> BandSource | None:
    return spread_of(expectation, yardstick.reference)


def _reported(unit: Unit, expectation: Expectation) -> float | None:
    if expectation.reported is not None:
        return expectation.reported
    return reported_value(unit.reported, expectation)


def absence(unit: Unit) -> Cause:
    """Return why a unit may have no runs: it was skipped for want of hardware, or else."""
    question = unit.question
    wants = isinstance(question, TrainingQuestion) and question.hardware.accelerator
    return Cause.HARDWARE if wants else Cause.MACHINE


def _graded(
    unit: Unit, name: str, found: Measurement, verdict: Verdict, source: BandSource | None = None
) -> Graded:
    expectation, share = unit.expect[name], verdict.share
    assert isinstance(expectation, Expectation)
    return Graded(
        name=name,
        measure=expectation.measure,
        label=found.label,
        unit=found.unit,
        value=found.value,
        runs=len(found.amounts),
        sd=found.sd,
        verified=found.verified,
        condition=verdict.condition,
        low=verdict.low,
        high=verdict.high,
        modes=[(mode.low, mode.high) for mode in (expectation.modes or {}).values()],
        source=source,
        reported=_reported(unit, expectation),
        met=None if share is None else share >= 1,
        flagged=verdict.flagged,
        earned=expectation.points * (share or 0.0),
        points=expectation.points,
        why=verdict.why,
        note=expectation.note or "",
    )
