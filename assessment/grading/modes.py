"""Correct work that ends in one of several ways: each run is put into a mode or into none.

The spec's ends say which runs belong to a mode. Where a mode is calibrated, the reference's own
runs in it say in addition how far out a run may lie, by the limit of a single run at alpha / M.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assessment.grading.bands import Uncalibrated, describe, law_of, sides_of
from assessment.grading.limits import WIDEST, high_end, low_end
from assessment.grading.measurements import is_below, measure
from assessment.grading.wording import count
from assessment.results.calibration import MINIMUM_RUNS, Calibration
from assessment.spec.expectations import Expectation, Mode


@dataclass(frozen=True)
class Outcome:
    """A mode with the ends that earn its share."""

    name: str
    mode: Mode
    low: float
    high: float


def outcomes(
    expectation: Expectation,
    reference: Calibration,
    *,
    runs: int,
    alpha: float,
    test_images: int | None = None,
) -> list[Outcome] | Uncalibrated:
    """Return the modes of an expectation, calibrated where they ask for it.

    Args:
        expectation: with `modes`.
        reference: the reference's runs of the same recipe.
        runs: how many runs are made of a solution at most (M), each judged by itself.
        alpha: share of correct solutions of which a run may lie outside.
        test_images: size of the test set, for the floor of a test accuracy's spread.
    """
    found = []
    for name, mode in (expectation.modes or {}).items():
        if not mode.calibrated:
            found.append(Outcome(name, mode, mode.low, mode.high))
            continue
        amounts = measure(reference.runs, expectation).amounts
        values = [x for x in amounts if x is not None and holds(mode.low, mode.high, x)]
        if len(values) < MINIMUM_RUNS:
            of_all = count(len(amounts), "reference run")
            return Uncalibrated(
                f"uncalibrated: {len(values)} of {of_all} ended in the mode {name}, "
                f"at least {MINIMUM_RUNS} are wanted",
                more_runs_help=True,
            )
        sides = sides_of(expectation)
        law = law_of(expectation, values, describe(values, reference), test_images=test_images)
        rule = law.rule(1, alpha / runs, sides)
        if not rule.calibrated:
            return Uncalibrated(
                f"uncalibrated: the bound of the mode {name} would lie {rule.widest:.1f} "
                f"standard deviations from the mean, and beyond {WIDEST:g} it says nothing",
                more_runs_help=True,
            )
        low, high = mode.low, mode.high
        if rule.below is not None:
            low = max(low, low_end(rule, law.mean, law.sd))
        if rule.above is not None:
            high = min(high, high_end(rule, law.mean, law.sd))
        found.append(Outcome(name, mode, low, high))
    return found


def holds(low: float, high: float, amount: float) -> bool:
    """Tell whether a value lies between two ends, but for the last bits of a float."""
    return not is_below(amount, low) and not is_below(high, amount)


def classify(
    modes: Sequence[Outcome], amounts: Sequence[float]
) -> tuple[list[str | None], list[float]]:
    """Return for each run its mode, None for none of them, and the share of points it earns."""
    names: list[str | None] = []
    shares: list[float] = []
    for amount in amounts:
        found = next((mode for mode in modes if holds(mode.low, mode.high, amount)), None)
        names.append(found.name if found is not None else None)
        shares.append(found.mode.share if found is not None else 0.0)
    return names, shares
