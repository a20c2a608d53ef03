"""Bands from repeated reference runs: where a correct solution's number lies.

`grading.limits` says how far out, in standard deviations, a correct solution may lie;
here that becomes an interval in the measurement's unit. alpha is a promise for a
student and a whole lab, so it is divided over the lab's expectations that chance can
fail and that carry points (Bonferroni), and again over two ends that both cost points.
docs/statistics.md explains all of it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assessment.grading.limits import (
    LEAN,
    WIDEST,
    Over,
    Rule,
    high_end,
    low_end,
    make_rule,
    near_ends,
)
from assessment.grading.measurements import measure
from assessment.grading.pooling import Pooled, Refused
from assessment.grading.rates import average_rate, upper_rate
from assessment.grading.wording import count
from assessment.results.calibration import MINIMUM_RUNS, Calibration
from assessment.results.record import BandSource
from assessment.spec.expectations import (
    HIGHER_IS_BETTER,
    ComparisonExpectation,
    Expectation,
    Measured,
)
from assessment.spec.lab import Lab
from assessment.spec.units import units

FLAG_ALPHA = 0.001
"""Share of correct solutions beyond the end that costs nothing; beyond it a person looks."""

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
    """Return the lab's alpha divided over its expectations that carry points and chance can fail.

    Calibrated bands, calibrated modes, and orders of comparisons.
    """
    chancy = sum(
        is_promised(expectation)
        for unit in units(lab).values()
        for expectation in unit.expect.values()
    )
    return lab.alpha / max(1, chancy)


def is_promised(expectation: Expectation | ComparisonExpectation) -> bool:
    """Tell whether alpha is spent on an expectation: it has points, and chance can fail it."""
    if expectation.points == 0 or expectation.measure in NO_CHANCE:
        return False
    if isinstance(expectation, ComparisonExpectation):
        return expectation.show is None
    calibrated = any(mode.calibrated for mode in (expectation.modes or {}).values())
    return calibrated or expectation.band == "calibrated"


@dataclass(frozen=True)
class Law:
    """How the reference's numbers scatter: what a limit is made of."""

    n: int
    mean: float
    sd: float
    """Pooled where the expectation is in a pool, and never below the least that is believed."""
    df: int
    """Degrees of freedom of `sd`."""
    source: BandSource

    def rule(
        self,
        runs: int,
        alpha: float,
        sides: Side,
        over: Over = "mean",
        *,
        hasty: bool = True,
        lean: float = LEAN,
    ) -> Rule:
        """Return the procedure for a number of runs, with the ends that cost points."""
        return make_rule(
            self.n, self.df, runs, alpha, sides=sides, at_once=hasty, over=over, lean=lean
        )


def law_of(
    expectation: Measured,
    values: Sequence[float],
    source: BandSource,
    *,
    test_images: int | None = None,
    pooled: Pooled | Refused | None = None,
) -> Law:
    """Return the law of some numbers of the reference; at least two are needed."""
    mean, sd, df = *_moments(tuple(values)), len(values) - 1
    if isinstance(pooled, Pooled):
        sd, df = pooled.sd, pooled.df
        source = source.model_copy(update={"pooled_sd": sd})
    elif pooled is not None:
        text = f"{source.text}; on its own, as {pooled.reason}"
        source = source.model_copy(update={"text": text})
    sd = max(sd, least_spread(expectation, mean, test_images))
    return Law(len(values), mean, sd, df, source.model_copy(update={"df": df}))


def calibrated_interval(
    expectation: Expectation,
    reference: Calibration,
    *,
    runs: int,
    alpha: float,
    test_images: int | None = None,
    pooled: Pooled | Refused | None = None,
    hasty: bool = True,
) -> Interval | Uncalibrated:
    """Return the band of an expectation, in the measurement's unit.

    Args:
        expectation: what is measured, with `band: calibrated`.
        reference: the reference's runs of the same recipe.
        runs: how many runs of the solution become one number (M).
        alpha: share of correct solutions that may fall outside the ends that cost points.
        test_images: size of the test set, for the floor of a test accuracy's spread.
        pooled: the standard deviation shared with like expectations, or why there is none.
        hasty: a first run may settle it; otherwise all are made whatever it shows.
    """
    values = usable(expectation, reference)
    if isinstance(values, Uncalibrated):
        return values
    source = describe(values, reference)
    law = law_of(expectation, values, source, test_images=test_images, pooled=pooled)
    sides = sides_of(expectation)
    rule = law.rule(runs, alpha, sides, expectation.over_seeds, hasty=hasty)
    if not rule.calibrated:
        return too_wide(rule, law)
    flag = rule
    if (
        sides != "both"
    ):  # accuracies lean away from their better end, which therefore allows nothing
        free: Side = "upper" if sides == "lower" else "lower"
        over = expectation.over_seeds
        looked_at = 1 if over == "mean" else runs  # one run may have passed at once
        flag = law.rule(looked_at, FLAG_ALPHA, free, over, lean=0.0)
    low = low_end(flag if rule.below is None else rule, law.mean, law.sd)
    high = high_end(flag if rule.above is None else rule, law.mean, law.sd)
    if expectation.measure in HIGHER_IS_BETTER:
        if low <= 0 and sides != "upper":
            return Uncalibrated(
                f"uncalibrated: with {count(law.n, 'reference run')} the bound would lie at 0 %, "
                "which no run misses",
                more_runs_help=True,
            )
        high = min(100.0, high)
    if expectation.measure != "gradient_mean":
        low = max(0.0, low)
    return Interval(low, high, sides, promised(law, rule, alpha))


def usable(expectation: Measured, reference: Calibration) -> list[float] | Uncalibrated:
    """Return the reference's numbers, or why they make no band."""
    # A run of the same recipe that recorded less is not a run against the band.
    known = [x for x in measure(reference.runs, expectation).amounts if x is not None]
    values = [amount for amount in known if math.isfinite(amount)]
    if len(known) < MINIMUM_RUNS:
        where = " in this environment" if reference.strict else ""
        reason = f"uncalibrated: {len(known)} of at least {MINIMUM_RUNS} reference runs{where}"
        return Uncalibrated(reason, more_runs_help=True)
    if len(values) < len(known):
        lost = f"{len(known) - len(values)} of {count(len(known), 'reference run')}"
        return Uncalibrated(
            f"uncalibrated: not finite in {lost}, so the band has to be given by hand"
        )
    return values


def promised(law: Law, rule: Rule, alpha: float) -> BandSource:
    """Return where a band comes from, with what it promises."""
    at_once = None
    if rule.hasty:
        low, high = near_ends(rule, law.mean, law.sd)
        at_once = None if rule.below is None else low, None if rule.above is None else high
    return law.source.model_copy(
        update={
            "alpha": alpha,
            "runs": rule.runs,
            "at_once": at_once,
            "false_fails": average_rate(rule),
            "false_fails_upper": upper_rate(rule),
        }
    )


def too_wide(rule: Rule, law: Law) -> Uncalibrated:
    """Say that a bound lies so far out that it says nothing."""
    return Uncalibrated(
        f"uncalibrated: with {count(law.n, 'reference run')} the bound would lie {rule.widest:.1f} "
        f"standard deviations from the mean, and beyond {WIDEST:g} it says nothing",
        more_runs_help=True,
    )


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
    mean, sd = _moments(tuple(values))
    return BandSource(
        kind="calibrated",
        n=len(values),
        mean=mean,
        sd=sd,
        smallest=min(values),
        largest=max(values),
        environment=reference.environment,
        elsewhere=reference.elsewhere,
        text=text or reference.text,
    )


def least_spread(expectation: Measured, mean: float, test_images: int | None) -> float:
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


@lru_cache(maxsize=4096)
def _moments(values: tuple[float, ...]) -> tuple[float, float]:
    return statistics.fmean(values), statistics.stdev(values)
