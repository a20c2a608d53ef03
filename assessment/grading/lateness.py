"""Counts of epochs to a target that the reference itself sometimes misses: judged by rank.

No mean can be taken of runs that never arrived. So all runs of a solution are ranked with those of
the reference, whoever never arrived last, and fail where correct work would rank as late in less
than alpha of cases. A first run that is not later than the reference's median passes at once.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from assessment.grading.bands import Uncalibrated, sides_of
from assessment.grading.measurements import measure
from assessment.grading.ranks import least_p, reference_runs_needed
from assessment.grading.rates import rank_average_rate, rank_upper_rate
from assessment.grading.wording import count
from assessment.results.calibration import MINIMUM_RUNS, Calibration
from assessment.results.record import BandSource
from assessment.spec.expectations import Expectation


@dataclass(frozen=True)
class Ranking:
    """What runs are ranked with."""

    reference: list[float]
    """Counts of the reference's runs, infinite where the target was never reached."""
    alpha: float
    source: BandSource


def ranking(
    expectation: Expectation, reference: Calibration, *, runs: int, alpha: float
) -> Ranking | Uncalibrated | None:
    """Return what an expectation's runs are ranked with; None where a mean can be taken.

    Args:
        expectation: with `band: calibrated`.
        reference: the reference's runs of the same recipe.
        runs: how many runs are made of a solution at most (M).
        alpha: share of correct solutions that may fail.
    """
    if expectation.target is None:
        return None
    counts = [x for x in measure(reference.runs, expectation).amounts if x is not None]
    lost = sum(map(math.isinf, counts))
    n = len(counts)
    if not lost or n < MINIMUM_RUNS:
        return None
    missed = f"uncalibrated: the target was never reached in {lost} of {count(n, 'reference run')}"
    if sides_of(expectation) != "upper":
        return Uncalibrated(f"{missed}, and only late runs can be judged by rank: {BY_HAND}")
    if least_p(n, runs, lost) > alpha:
        wanted = reference_runs_needed(alpha, runs, n, lost)
        if wanted is None:
            return Uncalibrated(f"{missed}, which no rank can tell from failing: {BY_HAND}")
        return Uncalibrated(
            f"{missed}; judging by rank takes {wanted} of them, or more `seeds`",
            more_runs_help=True,
        )
    middle = statistics.median(counts)
    source = BandSource(
        kind="calibrated",
        n=n,
        smallest=min(counts),
        alpha=alpha,
        runs=runs,
        false_fails=rank_average_rate(n, runs, alpha),
        false_fails_upper=rank_upper_rate(n, runs, alpha),
        at_once=(None, middle) if math.isfinite(middle) else None,
        environment=reference.environment,
        elsewhere=reference.elsewhere,
        text=f"{reference.text}, {lost} of which never reached the target; judged by rank",
    )
    return Ranking(counts, alpha, source)


BY_HAND = "the band has to be given by hand"
