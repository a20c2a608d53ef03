"""Bands from repeated reference runs: where the mean of a correct solution's runs lies.

Given n runs of the reference with mean x and standard deviation s (ddof = 1),
the mean of m further runs of a correct solution lies below

    L = x - t(1 - alpha, n - 1) * s * sqrt(1/m + 1/n)

in a share alpha of cases, averaged over calibrations: the one-sided normal
prediction limit for a future mean (Hahn and Meeker, Statistical Intervals, 1991,
section 4.7; ISO 16269-8). The upper limit has + for -. alpha is a promise for a
student and a whole lab, so it is divided over the lab's expectations that use
such a band and carry points (Bonferroni), and again over two ends that both
cost points.

The highest of m runs is at least their mean, so L is a safe lower limit for it;
it lies above U only if one of m runs does, so its upper limit is that of a
single run (m = 1) at alpha / m. The lowest of m runs likewise.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
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

AT_ONCE = 0.5
"""Distance from the reference's mean, in standard deviations, within which one run is enough."""

WHOLE_EPOCHS = frozenset({"epochs", "epochs_to_accuracy", "epochs_to_train_loss"})

NO_CHANCE = frozenset({"parameters", "seconds"})
"""Measurements that are the recipe's or the machine's."""

Side = Literal["lower", "upper", "both"]


@dataclass(frozen=True)
class Interval:
    """A band with numbers, ends included."""

    low: float | None
    high: float | None
    sides: Side
    """Which ends cost points; the other end only flags."""
    source: BandSource


@dataclass(frozen=True)
class Uncalibrated:
    """Why there is no band, in one clause."""

    reason: str
    more_runs_help: bool = False


def sides_of(expectation: Expectation) -> Side:
    """Return which ends of a calibrated band cost points: by default the worse one."""
    if expectation.sides is not None:
        return expectation.sides
    if expectation.measure in HIGHER_IS_BETTER:
        return "lower"
    late = expectation.measure.endswith("_loss") or expectation.measure.startswith("epochs_to_")
    return "upper" if late else "both"


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
    test_images: int | None = None,
) -> Interval | Uncalibrated:
    """Return the band of an expectation, in the measurement's unit.

    Args:
        expectation: what is measured, with `band: calibrated`.
        reference: the reference's runs of the same recipe.
        runs: how many runs of the solution become one number (m).
        alpha: share of correct solutions that may fall outside the ends that cost points.
        test_images: size of the test set, for the floor of a test accuracy's spread.
    """
    amounts = measure(reference.runs, expectation).amounts
    # A run of the same recipe that recorded less is not a run against the band.
    known = [amount for amount in amounts if amount is not None]
    values = [amount for amount in known if math.isfinite(amount)]
    n = len(known)
    if n < MINIMUM_RUNS:
        reason = f"uncalibrated: {n} of at least {MINIMUM_RUNS} reference runs"
        return Uncalibrated(reason, more_runs_help=True)
    if len(values) < n:
        lost = f"{n - len(values)} of {count(n, 'reference run')}"
        never = "the target was never reached" if expectation.target is not None else "not finite"
        return Uncalibrated(f"uncalibrated: {never} in {lost}, so the band has to be given by hand")
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    spread = max(sd, least_spread(expectation, mean, test_images))
    sides = sides_of(expectation)
    costing = alpha / 2 if sides == "both" else alpha
    single = expectation.over_seeds
    low = mean - _distance(
        n, spread, FLAG_ALPHA if sides == "upper" else costing, runs, safe=single != "min"
    )
    high = mean + _distance(
        n, spread, FLAG_ALPHA if sides == "lower" else costing, runs, safe=single != "max"
    )
    if expectation.measure.endswith("_accuracy"):
        high = min(100.0, high)
    if expectation.measure != "gradient_mean":
        low = max(0.0, low)
    near = AT_ONCE * spread
    at_once = None
    if runs > 1 and single == "mean":
        at_once = (
            None if sides == "upper" else mean - near,
            None if sides == "lower" else mean + near,
        )
    source = describe(values, reference).model_copy(update={"alpha": alpha, "at_once": at_once})
    return Interval(low, high, sides, source)


def spread_of(expectation: Expectation, reference: Calibration) -> BandSource | None:
    """Return how the reference's runs scatter, for a value that no calibrated band judges.

    None where fewer than two of them have the number, or where it is no matter of chance.
    """
    if expectation.measure in NO_CHANCE:
        return None
    amounts = measure(reference.runs, expectation).amounts
    values = [amount for amount in amounts if amount is not None and math.isfinite(amount)]
    if len(values) < max(2, len(amounts)):
        return None
    return describe(values, reference)


def describe(values: Sequence[float], reference: Calibration, text: str = "") -> BandSource:
    """Return how some numbers of the reference scatter; at least two are needed."""
    return BandSource(
        kind="calibrated",
        n=len(values),
        mean=statistics.fmean(values),
        sd=statistics.stdev(values),
        smallest=min(values),
        largest=max(values),
        environment=reference.environment,
        text=text or reference.text,
    )


def prediction_distance(n: int, spread: float, alpha: float, runs: int) -> float:
    """Return how far the mean of `runs` further runs stays from that of n, but for alpha.

    t(1 - alpha, n - 1) * spread * sqrt(1/runs + 1/n), on one side.
    """
    from scipy.special import stdtrit  # scipy is slow to import, and collecting needs no quantiles

    return float(stdtrit(n - 1, 1 - alpha)) * spread * math.sqrt(1 / runs + 1 / n)


def least_spread(expectation: Expectation, mean: float, test_images: int | None) -> float:
    """Return the smallest standard deviation that is believed: a few runs can agree by luck.

    For a test accuracy half the binomial standard error of the test set,
    100 * sqrt(p (1 - p) / N) / 2 percent, p kept half an image away from 0 and 1;
    for a count of epochs that of rounding to whole numbers, 1 / sqrt(12).
    """
    if expectation.measure == "test_accuracy" and test_images:
        p = min(max(mean / 100, 0.5 / test_images), 1 - 0.5 / test_images)
        return 100 * math.sqrt(p * (1 - p) / test_images) / 2
    if expectation.measure in WHOLE_EPOCHS:
        return 1 / math.sqrt(12)
    return 0.0


def _distance(n: int, spread: float, alpha: float, runs: int, *, safe: bool) -> float:
    """Return the distance of an end; where the mean's is not safe, that of the extreme run."""
    if safe:
        return prediction_distance(n, spread, alpha, runs)
    return prediction_distance(n, spread, alpha / runs, 1)
