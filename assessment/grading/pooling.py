"""One standard deviation from several groups of reference runs that scatter alike.

Five runs of one recipe tell its spread badly: one in eleven such s is less than
half of sigma. Like recipes have like spreads, so their variances are averaged with
their degrees of freedom as weights. Where spreads differ after all, the pool is too
narrow for the widest group, and its correct solutions fail more often than was
promised; so a test may refuse it.

The test is that of Brown and Forsythe (1974): analysis of variance of the distances
from each group's median. Bartlett's test would take skewed laws for unequal spreads;
this one does not; Conover, Johnson and Johnson (1981) found it among the best of 56. The
median of an odd number of values is one of them and its distance always 0; without
leaving one such zero out of each group (Hines and Hines, 2000) five values a group
are never refused. Few runs can show little, and keeping equal spreads apart only costs
runs, so the test speaks at 20 % and not at 5 % (Bancroft, 1964, takes 25 % for tests
that decide whether to pool).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assessment.grading.wording import count

REFUSED_BELOW = 0.2
"""p value of the test of equal spreads below which groups are not pooled."""

LEAST_RUNS = 3
"""Of a group: fewer leave nothing to compare."""


@dataclass(frozen=True)
class Pooled:
    """A common standard deviation."""

    sd: float
    """Root of the mean variance, weighted with degrees of freedom."""
    df: int
    """Sum of the groups' n - 1."""


@dataclass(frozen=True)
class Refused:
    """Why groups have no common standard deviation, in one clause."""

    reason: str


def pool(groups: Mapping[str, Sequence[float]]) -> Pooled | Refused:
    """Return the common standard deviation of groups, or why they have none.

    Args:
        groups: finite values of each group, by its name, in one unit.

    Raises:
        ValueError: there is no group.
    """
    if not groups:
        raise ValueError("a pool needs a group")
    for name, values in groups.items():
        if len(values) < LEAST_RUNS:
            number = count(len(values), "run")
            return Refused(f"{name} has {number}, a pool needs at least {LEAST_RUNS} of each")
    p = equal_spreads_p(list(groups.values()))
    if p < REFUSED_BELOW:
        spreads = {name: statistics.stdev(values) for name, values in groups.items()}
        least, most = min(spreads, key=spreads.__getitem__), max(spreads, key=spreads.__getitem__)
        return Refused(
            f"the spreads of the pool differ: s = {spreads[least]:.3g} of {least}, "
            f"{spreads[most]:.3g} of {most} (equal spreads differ so much in {100 * p:.2g} of 100 "
            f"cases, and less than {100 * REFUSED_BELOW:g} are refused)"
        )
    df = sum(len(values) - 1 for values in groups.values())
    squares = sum((len(values) - 1) * statistics.variance(values) for values in groups.values())
    return Pooled(math.sqrt(squares / df), df)


def equal_spreads_p(groups: Sequence[Sequence[float]]) -> float:
    """Return the p value of Brown and Forsythe's test, structural zeros left out; 1 for one group.

    Args:
        groups: at least 3 values each.
    """
    from scipy.special import fdtrc

    if len(groups) < 2:
        return 1.0
    apart = [_distances(values) for values in groups]
    centres = [statistics.fmean(distances) for distances in apart]
    number = sum(map(len, apart))
    centre = sum(map(sum, apart)) / number
    between = sum(len(d) * (c - centre) ** 2 for d, c in zip(apart, centres, strict=True))
    within = sum((x - c) ** 2 for d, c in zip(apart, centres, strict=True) for x in d)
    if within == 0:
        return 1.0 if between == 0 else 0.0
    of_between, of_within = len(groups) - 1, number - len(groups)
    return float(fdtrc(of_between, of_within, (between / of_between) / (within / of_within)))


def _distances(values: Sequence[float]) -> list[float]:
    """Return how far values lie from their median, without an odd group's own median."""
    middle = statistics.median(values)
    distances = sorted(abs(value - middle) for value in values)
    return distances[1:] if len(values) % 2 else distances
