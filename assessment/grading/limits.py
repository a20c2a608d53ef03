"""How far a correct solution's number may lie from the reference's, in units of s.

n runs of the reference have mean x and standard deviation s, which has `df`
degrees of freedom: n - 1, more where several groups are pooled. The mean of m
further runs of a correct solution lies below

    L = x - t(1 - alpha, df) * s * sqrt(1/m + 1/n)

in a share alpha of cases, averaged over calibrations: the one-sided normal
prediction limit for a future mean (Hahn and Meeker, Statistical Intervals, 1991,
section 4.7; ISO 16269-8).

Real accuracies lean: their tail is longer on the worse side, and a limit made for
the normal law fails up to twice as many correct solutions as it says. So a limit
with one end allows for some skewness (`LEAN`) by the first terms of the
expansion of Cornish and Fisher for this ratio (Johnson, 1978, does the same for
the t test of one sample). With two ends the short tail makes up for the long one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assessment.grading.integration import extreme_tail

AT_ONCE = 0.5
"""A first run this many s from the mean, or better, passes without further runs."""

WIDEST = 6.0
"""A bound that costs points and lies farther out, in s, says nothing: the band is uncalibrated."""

LEAN = 0.25
"""Skewness towards the end that costs points that a limit with one end allows for. At alpha = 1 %
0.7 to 0.8 % of correct solutions of the normal law then fail instead of 0.9 to 1.0 %, and of a law
with skewness 0.5 at most 1.5 % instead of 1.9 % (benchmarks/false_fails.py)."""

Sides = Literal["lower", "upper", "both"]
Over = Literal["mean", "max", "min"]
"""How the runs become the one number that is judged."""


@dataclass(frozen=True)
class Rule:
    """A procedure for one number: how many runs, and how far it may lie out, in units of s."""

    n: int
    """Reference runs behind the mean."""
    df: float
    """Degrees of freedom of s."""
    runs: int
    """The most runs that are made of the solution."""
    below: float | None
    """Distance of the lower end from the mean; None where that end costs nothing."""
    above: float | None
    """Distance of the upper end."""
    at_once: bool = True
    """A first run `near` the mean, or better, ends it; else all runs are made."""
    over: Over = "mean"

    @property
    def widest(self) -> float:
        """The larger distance of an end that costs points."""
        return max(end for end in (self.below, self.above) if end is not None)

    @property
    def calibrated(self) -> bool:
        """The bound is near enough to say something."""
        return self.widest <= WIDEST

    @property
    def near(self) -> float:
        """So many s from the mean a first run alone is enough; never beyond an end."""
        return min([AT_ONCE, *(end for end in (self.below, self.above) if end is not None)])

    @property
    def hasty(self) -> bool:
        """One run can decide, although more are allowed."""
        return self.at_once and self.runs > 1 and self.over == "mean"


def make_rule(
    n: int,
    df: float,
    runs: int,
    alpha: float,
    *,
    sides: Sides = "lower",
    at_once: bool = True,
    over: Over = "mean",
    lean: float = LEAN,
) -> Rule:
    """Return the rule that fails a share alpha of correct solutions, of the normal law at most.

    Args:
        n: reference runs, at least 2.
        df: degrees of freedom of s, at least 1.
        runs: the most runs that are made of a solution (M).
        alpha: share of correct solutions outside the ends that cost points, in (0, 0.5).
        sides: which ends cost points; alpha is divided over both.
        at_once: a first run near the mean may pass alone.
        over: what is made of the runs; of `max` and `min` all runs are made.
        lean: skewness towards the end that costs points, where only one does.
    """
    share, skewness = (alpha / 2, 0.0) if sides == "both" else (alpha, lean)

    def distance(end: Literal["lower", "upper"]) -> float:
        if over == "mean":
            return prediction_distance(n, df, share, runs, lean=skewness)
        return extreme_distance(n, df, share, runs, over=over, end=end, lean=skewness)

    return Rule(
        n,
        df,
        runs,
        None if sides == "upper" else distance("lower"),
        None if sides == "lower" else distance("upper"),
        at_once and over == "mean",
        over,
    )


@lru_cache(maxsize=4096)
def prediction_distance(n: int, df: float, alpha: float, runs: int, *, lean: float = 0.0) -> float:
    """Return how far the mean of `runs` further runs stays from that of n, but for alpha, in s.

    t(1 - alpha, df) * sqrt(1/runs + 1/n) on one side, for the normal law (`lean` 0).

    Args:
        n: reference runs.
        df: degrees of freedom of s.
        alpha: share of correct solutions farther out, in (0, 0.5).
        runs: how many runs become one mean.
        lean: skewness of the law towards this side.
    """
    from scipy.special import stdtrit  # scipy is slow to import, and collecting needs no quantiles

    _check(n, df, alpha, runs)
    plain = float(stdtrit(df, 1 - alpha)) * math.sqrt(1 / runs + 1 / n)
    return plain + _allowance(n, df, alpha, runs, lean)


@lru_cache(maxsize=4096)
def extreme_distance(
    n: int,
    df: float,
    alpha: float,
    runs: int,
    *,
    over: Literal["max", "min"],
    end: Literal["lower", "upper"] = "lower",
    lean: float = 0.0,
) -> float:
    """Return how far the highest (lowest) of `runs` further runs stays from the mean, in s.

    The c with P(max of M new values <= x - c s) = alpha under the normal law, over all
    calibrations; for the upper end P(max >= x + c s). Negative where the bound lies beyond the
    mean: the highest of many runs is expected above it.

    Args:
        n: reference runs.
        df: degrees of freedom of s.
        alpha: share of correct solutions farther out, in (0, 0.5).
        runs: of how many runs the extreme is taken (M).
        over: the highest or the lowest.
        end: which side of the mean the bound is for.
        lean: skewness of the law towards this side.
    """
    from scipy.optimize import brentq

    _check(n, df, alpha, runs)
    # The lower end of the lowest and the upper end of the highest are passed by any single run.
    lone = (over == "max") == (end == "upper")

    def excess(distance: float) -> float:
        return math.log(extreme_tail(n, df, runs, distance, lone=lone) / alpha)

    # Union bound for one run of many; all of them lie out at least as rarely as their mean does.
    high = prediction_distance(n, df, alpha / runs if lone else alpha, 1) + 1e-6
    low = -1.0
    while excess(low) < 0:
        low *= 2
    found = float(brentq(excess, low, high, xtol=1e-9))
    each = -math.expm1(math.log1p(-alpha) / runs) if lone else alpha ** (1 / runs)
    return found + max(0.0, _allowance(n, df, each, 1, lean))


def low_end(rule: Rule, mean: float, spread: float) -> float:
    """Return the bound below the mean; minus infinity where that end costs nothing."""
    return -math.inf if rule.below is None else mean - rule.below * spread


def high_end(rule: Rule, mean: float, spread: float) -> float:
    """Return the bound above the mean; infinity where that end costs nothing."""
    return math.inf if rule.above is None else mean + rule.above * spread


def near_ends(rule: Rule, mean: float, spread: float) -> tuple[float, float]:
    """Return between what a first run alone is enough; infinite on a side that costs nothing."""
    return (
        -math.inf if rule.below is None else mean - rule.near * spread,
        math.inf if rule.above is None else mean + rule.near * spread,
    )


def _allowance(n: int, df: float, alpha: float, runs: int, lean: float) -> float:
    """Return what skewness adds to a distance, in s.

    With U = (x - y) / (sigma w), w = sqrt(1/m + 1/n), and V = (s^2 - sigma^2) / sigma^2, the
    ratio is U (1 - V / 2) to first order. A skewness g towards the side in question gives U the
    third cumulant g (1/m^2 - 1/n^2) / w^3, and U and V the covariance -c, c = g (n - 1) / (n w df):
    a reference mean drawn high comes with an s drawn low. Of the ratio, hence, the mean is c / 2
    and the third cumulant that of U and 3 c.
    """
    if lean == 0:
        return 0.0
    from scipy.special import ndtri

    width = math.sqrt(1 / runs + 1 / n)
    together = lean * (n - 1) / (n * width * df)
    third = lean * (1 / runs**2 - 1 / n**2) / width**3 + 3 * together
    z = float(ndtri(alpha))
    return width * (together / 2 + third * (z * z - 1) / 6)


def _check(n: int, df: float, alpha: float, runs: int) -> None:
    if n < 2 or df < 1 or runs < 1 or not 0 < alpha < 0.5:
        raise ValueError(
            f"no limit for n = {n}, df = {df:g}, runs = {runs}, alpha = {alpha:g}: "
            "needs n >= 2, df >= 1, runs >= 1, 0 < alpha < 0.5"
        )
