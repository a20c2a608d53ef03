"""How far apart two sides of a comparison are: the reference's own differences, seed by seed.

Run i of one side and run i of the other have the same seed, so that their difference is one number
with one law, and everything that holds for the mean of runs holds for the mean of differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from assessment.grading.bands import (
    NO_CHANCE,
    Law,
    Uncalibrated,
    describe,
    law_of,
    promised,
    too_wide,
)
from assessment.grading.limits import AT_ONCE, low_end
from assessment.grading.measurements import measure
from assessment.grading.wording import count
from assessment.grading.yardsticks import Yardstick, once
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


@once
def required_lead(
    larger: Yardstick, expectation: ComparisonExpectation, smaller: Yardstick
) -> Lead | Uncalibrated:
    """Return the lead asked of a pair, and what is known of the reference's own.

    Args:
        larger: what the unit is measured with whose number has to be larger.
        expectation: the order.
        smaller: what the other one is measured with.
    """
    given = expectation.by_at_least
    if expectation.measure in NO_CHANCE:
        return Lead(0.0 if given == "calibrated" else given, -math.inf)
    values = differences(expectation, larger, smaller)
    if len(values) < MINIMUM_RUNS:
        if given != "calibrated":
            return Lead(given, None)
        reason = f"uncalibrated: {len(values)} of at least {MINIMUM_RUNS} pairs of reference runs"
        return Uncalibrated(reason, more_runs_help=True)
    references = [side.reference for side in (larger, smaller)]
    farther = next((one for one in references if one.elsewhere), larger.reference)
    text = f"{count(len(values), 'pair')} of reference runs {farther.elsewhere}".rstrip()
    law = law_of(expectation, values, describe(values, farther, text))
    runs = min(larger.most, smaller.most)
    if given == "calibrated":
        rule = law.rule(runs, larger.alpha, "lower")
        if not rule.calibrated:
            return too_wide(rule, law)
        least = low_end(rule, law.mean, law.sd)
        source = promised(law, rule, larger.alpha)
    else:
        least = given
        broken = share_broken(law, least, runs)
        source = law.source.model_copy(update={"runs": runs, "false_fails": broken})
    return Lead(least, max(least, law.mean - AT_ONCE * law.sd), source)


def share_broken(law: Law, gap: float, runs: int) -> float:
    """Return how often the mean of `runs` correct differences is not above a gap, in [0, 1].

    By the predictive law of a future mean: t with the law's degrees of freedom.
    """
    from scipy.special import stdtr

    width = law.sd * math.sqrt(1 / runs + 1 / law.n)
    if width == 0:
        return float(law.mean <= gap)
    return float(stdtr(law.df, (gap - law.mean) / width))


def differences(
    expectation: ComparisonExpectation, larger: Yardstick, smaller: Yardstick
) -> list[float]:
    """Return the reference's own differences, one a seed; none where some are infinite."""
    columns = []
    for side in (larger, smaller):
        runs = side.reference.runs
        amounts = measure(runs, expectation).amounts
        columns.append({run.seed: x for run, x in zip(runs, amounts, strict=True) if x is not None})
    one, other = columns
    if not all(map(math.isfinite, (*one.values(), *other.values()))):
        return []
    return [one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())]
