"""Averages over what a calibration may find: mean x and standard deviation s of n reference runs.

In units of the true standard deviation and from the true mean, x is normal with
variance 1/n, s is the root of a chi-squared with df degrees of freedom over df, and
the two are independent. SciPy and NumPy are imported inside, because collecting
needs no probabilities.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

OUTSIDE = 1e-12
"""Probability left out at either end of the law of s."""

NODES = 160
"""Of the integral over log s: far more than a smooth law needs."""

SQUARES = 128
"""The law of one calibration is cut into this many squared pieces of equal probability."""


@lru_cache(maxsize=256)
def spreads(df: float) -> tuple[Array, Array]:
    """Return values of s and their weights, which add up to 1 (Gauss-Legendre in log s)."""
    import numpy as np
    from scipy.special import chdtri, gammaln

    least, most = (math.sqrt(chdtri(df, q) / df) for q in (1 - OUTSIDE, OUTSIDE))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    low, high = math.log(max(least, 1e-9)), math.log(most)
    logs = low + (high - low) * (nodes + 1) / 2
    half = df / 2
    # Density of log s: chi-squared's at df s^2, times the derivative 2 df s^2.
    density = np.exp(
        math.log(2)
        + half * (math.log(half) + 2 * logs)
        - half * np.exp(2 * logs)
        - float(gammaln(half))
    )
    shares = weights * (high - low) / 2 * density
    return np.exp(logs), shares / shares.sum()


@lru_cache(maxsize=64)
def means(n: int) -> tuple[Array, Array]:
    """Return values of x and their weights (Gauss-Hermite)."""
    import numpy as np

    nodes, weights = np.polynomial.hermite_e.hermegauss(48)
    return nodes / math.sqrt(n), weights / weights.sum()


@lru_cache(maxsize=64)
def calibrations(n: int, df: float) -> tuple[Array, Array]:
    """Return x as a column and s as a row: together equally likely calibrations."""
    import numpy as np
    from scipy.special import chdtri, ndtri

    middles = (np.arange(SQUARES) + 0.5) / SQUARES
    return (ndtri(middles) / math.sqrt(n))[:, None], np.sqrt(chdtri(df, middles) / df)[None, :]


def extreme_tail(n: int, df: float, runs: int, distance: float, *, lone: bool) -> float:
    """Return how often new runs lie more than `distance` s below the reference's mean.

    Args:
        n: reference runs.
        df: degrees of freedom of s.
        runs: new runs.
        distance: in s, from the reference's mean.
        lone: one of the runs is enough; otherwise all of them have to.
    """
    s, share_of_s = spreads(df)
    x, share_of_x = means(n)
    each = share_beyond(x[:, None] - distance * s[None, :], runs, lone=lone)
    return float(share_of_x @ each @ share_of_s)


def share_beyond(bound: Array, runs: int, *, lone: bool) -> Array:
    """Return how likely one (or all) of `runs` standard normal numbers lie below a bound."""
    import numpy as np
    from scipy.special import log_ndtr, ndtr

    beyond: Array = -np.expm1(runs * log_ndtr(-bound)) if lone else ndtr(bound) ** runs
    return beyond


def both_below(first: Array, second: Array, correlation: float) -> Array:
    """Return P(X < first, Y < second) of two standard normal numbers (Owen, 1956).

    Args:
        first: bounds of X.
        second: bounds of Y, of the same shape.
        correlation: of X and Y, in (-1, 1).
    """
    import numpy as np
    from scipy.special import ndtr, owens_t

    root = math.sqrt(1 - correlation**2)
    h = np.where(first == 0, 1e-300, first)
    k = np.where(second == 0, 1e-300, second)
    apart = (h < 0) != (k < 0)
    found: Array = (
        (ndtr(h) + ndtr(k) - apart) / 2
        - owens_t(h, (k - correlation * h) / (h * root))
        - owens_t(k, (h - correlation * k) / (k * root))
    )
    return np.clip(found, 0.0, 1.0)
