"""What a rule promises: how often it fails correct work, what it catches, what it costs.

All rates are those of the normal law. The average is taken over calibrations:
before a calibration is made, so many correct solutions will fail. Given one
calibration, the rate of its own is another: whoever drew a high mean and a small
s fails more. 95 of 100 calibrations stay below the upper rate.

Nothing here depends on chance, and values are good to about 1 % of themselves, upper
rates of the rank rule to 5 %. That rule's rates hold for every law without ties.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from assessment.grading.integration import (
    both_below,
    calibrations,
    means,
    share_beyond,
    spreads,
)
from assessment.grading.limits import Rule
from assessment.grading.ranks import critical_count, size_of

if TYPE_CHECKING:
    from assessment.grading.integration import Array

UPPER = 0.95
"""Share of calibrations whose own rate lies below the upper rate."""

DRAWS, DRAWN_NUMBERS = 10_000, 2_560_000
"""Calibrations drawn for a rank rule, fewer where each has many ranks."""


@lru_cache(maxsize=4096)
def average_rate(rule: Rule) -> float:
    """Return the share of correct solutions that fail, averaged over calibrations, in [0, 1]."""
    return power(rule, 0.0)


@lru_cache(maxsize=4096)
def upper_rate(rule: Rule) -> float:
    """Return the rate of false fails that 95 of 100 calibrations stay below, in [0, 1]."""
    import numpy as np

    x, s = calibrations(rule.n, rule.df)
    return float(np.quantile(_conditional(rule, x, s, 0.0), UPPER))


@lru_cache(maxsize=4096)
def power(rule: Rule, drop: float) -> float:
    """Return the share of solutions that fail whose mean is lower by `drop` standard deviations.

    Args:
        rule: the procedure.
        drop: in true standard deviations; negative for a solution whose values are higher.
    """
    s, share_of_s = spreads(rule.df)
    if rule.over == "mean":
        # Less the reference's mean, first run and mean of all are normal as well: no integral.
        far = 1 + 1 / rule.n, 1 / rule.runs + 1 / rule.n
        return float(_failing(rule, -drop, s, *far) @ share_of_s)
    x, share_of_x = means(rule.n)
    return float(share_of_x @ _conditional(rule, x[:, None], s[None, :], drop) @ share_of_s)


@lru_cache(maxsize=4096)
def mean_runs(rule: Rule, drop: float = 0.0) -> float:
    """Return how many runs of a solution are made on average, in 1 to M."""
    if not rule.hasty:
        return float(rule.runs)
    from scipy.special import ndtr

    s, share_of_s = spreads(rule.df)
    width = math.sqrt(1 + 1 / rule.n)
    below = ndtr((-rule.near * s + drop) / width) @ share_of_s if rule.below is not None else 0.0
    above = ndtr((-rule.near * s - drop) / width) @ share_of_s if rule.above is not None else 0.0
    return 1 + (rule.runs - 1) * float(below + above)


def _conditional(rule: Rule, x: Array, s: Array, drop: float) -> Array:
    """Return the share that fails given calibrations."""
    if rule.over == "mean":
        return _failing(rule, -drop - x, s, 1.0, 1 / rule.runs)
    import numpy as np

    total = np.zeros(np.broadcast_shapes(x.shape, s.shape))
    if rule.below is not None:
        bound = x + drop - rule.below * s
        total += share_beyond(bound, rule.runs, lone=rule.over == "min")
    if rule.above is not None:
        bound = -x - drop - rule.above * s
        total += share_beyond(bound, rule.runs, lone=rule.over == "max")
    return total


def _failing(rule: Rule, centre: Array | float, s: Array, of_one: float, of_all: float) -> Array:
    """Return the share that fails where runs scatter around a centre.

    Args:
        rule: the procedure, over the mean.
        centre: where the runs lie, from the reference's mean.
        s: the reference's standard deviation.
        of_one: variance of the first run.
        of_all: variance of the mean of all runs, and its covariance with the first.
    """
    import numpy as np

    total = np.zeros(np.broadcast_shapes(np.shape(centre), s.shape))
    for end, sign in ((rule.below, 1.0), (rule.above, -1.0)):
        if end is not None:
            total = total + _beyond(rule, end, sign * centre, s, of_one, of_all)
    return total


def _beyond(
    rule: Rule, end: float, centre: Array | float, s: Array, of_one: float, of_all: float
) -> Array:
    """Return the share that ends below an end without having passed at once."""
    import numpy as np
    from scipy.special import ndtr

    last = (-end * s - centre) / math.sqrt(of_all)
    if not rule.hasty:
        lone: Array = ndtr(last)
        return lone
    correlation = math.sqrt(of_all / of_one)
    low = (-rule.near * s - centre) / math.sqrt(of_one)
    low, last = np.broadcast_arrays(low, last)
    failing = both_below(low, last, correlation)
    if rule.below is not None and rule.above is not None:
        high = (rule.near * s - centre) / math.sqrt(of_one)
        high = np.broadcast_to(high, last.shape)
        failing = failing + ndtr(last) - both_below(high, last, correlation)
    return failing


def rank_average_rate(n: int, runs: int, alpha: float) -> float:
    """Return the share of correct solutions that the rank-sum test fails, without ties."""
    return size_of(n, runs, alpha)


@lru_cache(maxsize=1024)
def rank_upper_rate(n: int, runs: int, alpha: float) -> float:
    """Return the rate of the rank-sum test that 95 of 100 calibrations stay below, without ties."""
    import numpy as np

    return float(np.quantile(_rank_conditional(n, runs, alpha), UPPER))


def _rank_conditional(n: int, runs: int, alpha: float) -> Array:
    """Return the share that fails given each of many drawn calibrations, always the same ones."""
    import numpy as np

    count = critical_count(n, runs, alpha)
    if count is None:
        return np.zeros(1)
    length = 1 << (n * runs).bit_length()  # a power of two, for the transform
    draws = min(DRAWS, DRAWN_NUMBERS // length)
    heights = np.sort(np.random.default_rng(0).random((draws, n)), axis=1)
    # A new run is later than i reference runs where it falls between the i-th and the next.
    later = np.diff(heights, axis=1, prepend=0.0, append=1.0)
    # Numbers of later pairs of the runs add up: the law of a sum is a product of transforms.
    law = np.fft.irfft(np.fft.rfft(later, length, axis=1) ** runs, length, axis=1)
    late: Array = law[:, count:].sum(axis=1)
    return np.clip(late, 0.0, 1.0)
