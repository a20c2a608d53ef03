"""Bands from repeated reference runs: where the mean of a correct solution's runs lies.

The bound on the mean of m future runs, given n runs of the reference with mean
x and standard deviation s, is the normal prediction limit

    L = x - t(1 - alpha, n - 1) * s * sqrt(1/m + 1/n)

(Hahn and Meeker, Statistical Intervals, section 4.7; ISO 16269-8). Correct work
falls below it in a share alpha of cases, averaged over calibrations. alpha is a
promise per student and lab, so it is divided over the lab's expectations that
use such a band and carry points (Bonferroni).
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Literal

from assessment.grading.measurements import measure
from assessment.grading.wording import count
from assessment.results.calibration import MINIMUM_RUNS, Calibration
from assessment.results.record import BandSource
from assessment.spec.expectations import HIGHER_IS_BETTER, Expectation
from assessment.spec.lab import Lab
from assessment.spec.units import units

FLAG_ALPHA = 0.001
"""Share of correct solutions beyond the end that costs nothing; beyond it a person looks."""

Side = Literal["lower", "upper", "both"]


@dataclass(frozen=True)
class Interval:
    """A band with numbers."""

    low: float | None
    high: float | None
    sides: Side
    """Which ends cost points; the other end only flags."""
    source: BandSource


@dataclass(frozen=True)
class Uncalibrated:
    """Why there is no band, in one clause."""

    reason: str


def sides_of(expectation: Expectation) -> Side:
    """Return which ends of a calibrated band cost points: by default the worse one."""
    if expectation.sides is not None:
        return expectation.sides
    if expectation.measure in HIGHER_IS_BETTER:
        return "lower"
    return "upper" if expectation.measure.endswith("_loss") else "both"


def alpha_per_expectation(lab: Lab) -> float:
    """Return the lab's alpha divided over its calibrated expectations that carry points."""
    calibrated = sum(
        isinstance(expectation, Expectation)
        and expectation.band == "calibrated"
        and expectation.points > 0
        for unit in units(lab).values()
        for expectation in unit.expect.values()
    )
    return lab.alpha / max(1, calibrated)


def calibrated_interval(
    expectation: Expectation,
    reference: Calibration,
    *,
    runs: int,
    alpha: float,
    test_images: int | None,
) -> Interval | Uncalibrated:
    """Return the band of an expectation.

    Args:
        expectation: what is measured, with `band: calibrated`.
        reference: the reference's runs of the same recipe.
        runs: how many runs of the solution are averaged (m).
        alpha: share of correct solutions that may fall outside an end that costs points.
        test_images: size of the test set, for the floor of an accuracy's standard deviation.
    """
    n = len(reference.runs)
    if n < MINIMUM_RUNS:
        return Uncalibrated(f"uncalibrated: {n} of at least {MINIMUM_RUNS} reference runs")
    amounts = measure(reference.runs, expectation).amounts
    values = [amount for amount in amounts if amount is not None and math.isfinite(amount)]
    if len(values) < n:
        missing = count(n - len(values), "reference run")
        return Uncalibrated(f"uncalibrated: {missing} of {n} gave no number")
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    spread = max(sd, _floor(expectation, mean, test_images))
    sides = sides_of(expectation)
    width = spread * math.sqrt(1 / runs + 1 / n)
    costing = _quantile(1 - (alpha / 2 if sides == "both" else alpha), n - 1) * width
    flagging = _quantile(1 - FLAG_ALPHA, n - 1) * width
    low = mean - (flagging if sides == "upper" else costing)
    high = mean + (flagging if sides == "lower" else costing)
    if expectation.measure.endswith("_accuracy"):
        low, high = max(0.0, low), min(100.0, high)
    source = BandSource(
        kind="calibrated",
        n=n,
        mean=mean,
        sd=sd,
        alpha=alpha,
        environment=reference.environment,
        text=reference.text,
    )
    return Interval(low, high, sides, source)


def _floor(expectation: Expectation, mean: float, test_images: int | None) -> float:
    """Return the least standard deviation that is believed.

    A few runs can agree by luck. For an accuracy: half the binomial standard error of the
    test set; for a count of epochs: that of rounding to whole numbers.
    """
    if expectation.measure in ("test_accuracy", "validation_accuracy") and test_images:
        p = min(max(mean / 100, 0.5 / test_images), 1 - 0.5 / test_images)
        return 100 * math.sqrt(p * (1 - p) / test_images) / 2
    if expectation.measure in ("epochs", "epochs_to_accuracy", "epochs_to_train_loss"):
        return 1 / math.sqrt(12)
    return 0.0


def _quantile(probability: float, degrees: int) -> float:
    """Return Student's t quantile."""
    from scipy.special import stdtrit  # scipy is slow to import, and collecting needs no quantiles

    return float(stdtrit(degrees, probability))
