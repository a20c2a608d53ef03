"""What an expectation compares numbers with, whoever is graded: a band, a ranking, or modes."""

from __future__ import annotations

from assessment.grading.bands import Interval, Uncalibrated, calibrated_interval
from assessment.grading.lateness import Ranking, ranking
from assessment.grading.modes import Outcome, outcomes
from assessment.grading.yardsticks import Yardstick, once
from assessment.results.record import BandSource
from assessment.spec.expectations import Band, Expectation


@once
def find_bound(
    yardstick: Yardstick, expectation: Expectation, runs: int
) -> Interval | Ranking | list[Outcome] | Uncalibrated | None:
    """Return the band, the ranking or the modes of an expectation; None where it has none.

    Args:
        yardstick: of the unit.
        expectation: of it.
        runs: those at hand; the bound is for as many as the unit makes, if that is more.
    """
    most = max(1, runs, yardstick.most if expectation.points else 1)
    alpha = yardstick.alpha if expectation.points else yardstick.alpha_shown
    reference, test_images = yardstick.reference, yardstick.test_images
    if expectation.modes is not None:
        return outcomes(expectation, reference, runs=most, alpha=alpha, test_images=test_images)
    if expectation.band != "calibrated":
        return _by_hand(expectation)
    ranked = ranking(expectation, reference, runs=most, alpha=alpha)
    if ranked is not None:
        return ranked
    return calibrated_interval(
        expectation,
        reference,
        runs=most,
        alpha=alpha,
        test_images=test_images,
        pooled=yardstick.pooled.get(expectation.pool or ""),
        hasty=yardstick.hasty,
    )


def _by_hand(expectation: Expectation) -> Interval | None:
    """Return the band that the spec gives; None where it gives none."""
    low, high, text = expectation.at_least, expectation.at_most, ""
    if isinstance(expectation.band, Band):
        band = expectation.band
        low, high, text = band.low, band.high, band.source or ""
    if low is None and high is None:
        return None
    return Interval(low, high, "both", BandSource(kind="given", text=text))
