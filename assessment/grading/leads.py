"""How far apart two sides of a comparison are: the reference's own differences, seed by seed.

Run i of one side and run i of the other have the same seed, so that their difference is one number
with one law, and everything that holds for the mean of runs holds for the mean of differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from assessment.grading.bands import (
    AT_ONCE,
    NO_CHANCE,
    Uncalibrated,
    describe,
    prediction_distance,
)
from assessment.grading.conditions import Yardstick
from assessment.grading.measurements import measure
from assessment.grading.wording import count
from assessment.results.calibration import MINIMUM_RUNS
from assessment.results.record import BandSource
from assessment.spec.expectations import ComparisonExpectation


@dataclass(frozen=True)
class Lead:
    """By how much the larger side of a pair has to be ahead."""

    least: float
    """Smallest difference of the means over all runs that is enough."""
    at_once: float | None
    """Difference of first runs that settles it; None where all runs are made."""
    source: BandSource | None = None
    """The reference's differences, where they are known."""


Yardsticks = Callable[[str], Yardstick]
"""What a unit is measured with, by its id."""


def required_lead(
    expectation: ComparisonExpectation, larger: str, smaller: str, yardsticks: Yardsticks
) -> Lead | Uncalibrated:
    """Return the lead asked of a pair, and what is known of the reference's own.

    Args:
        expectation: the order.
        larger: id of the unit whose number has to be larger.
        smaller: id of the other one.
        yardsticks: of both.
    """
    given = expectation.by_at_least
    if expectation.measure in NO_CHANCE:
        return Lead(0.0 if given == "calibrated" else given, -math.inf)
    source = differences(expectation, larger, smaller, yardsticks)
    if source is None or source.n is None or source.n < MINIMUM_RUNS:
        if given == "calibrated":
            n = 0 if source is None else source.n
            reason = f"uncalibrated: {n} of at least {MINIMUM_RUNS} pairs of reference runs"
            return Uncalibrated(reason, more_runs_help=True)
        return Lead(given, None, source)
    mean, sd = source.mean or 0.0, source.sd or 0.0
    one, other = yardsticks(larger), yardsticks(smaller)
    if given == "calibrated":
        given = mean - prediction_distance(source.n, sd, one.alpha, min(one.most, other.most))
        source = source.model_copy(update={"alpha": one.alpha})
    return Lead(given, max(given, mean - AT_ONCE * sd), source)


def differences(
    expectation: ComparisonExpectation, larger: str, smaller: str, yardsticks: Yardsticks
) -> BandSource | None:
    """Return mean and spread of the reference's differences; None where some are infinite."""
    columns = []
    for side in (larger, smaller):
        runs = yardsticks(side).reference.runs
        amounts = measure(runs, expectation).amounts
        columns.append({run.seed: x for run, x in zip(runs, amounts, strict=True) if x is not None})
    one, other = columns
    if not all(map(math.isfinite, (*one.values(), *other.values()))):
        return None
    values = [one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())]
    if len(values) < 2:  # one number has no spread
        return None
    text = count(len(values), "pair") + " of reference runs"
    return describe(values, yardsticks(larger).reference, text)
