"""Counts that some reference runs never reach, judged by rank: the exact rank-sum test.

Of n reference runs and M new ones each has the number of epochs it took to reach
a target, or infinity where it never did. Under the same law every way of dealing
the n + M ranks is equally likely, so the share of ways that give the new runs a
rank sum at least as large as theirs is an exact p value: no law is assumed, equal
counts share their mean rank, and whoever never reached the target is last (Mann
and Whitney, 1947; with ties Lehmann, Nonparametrics, 1975, section 1.4). Larger is worse.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

MOST_REFERENCE_RUNS = 1000
"""More than anybody makes; a sample that would have to be larger is not proposed."""


def rank_sum_p(reference: Sequence[float], new: Sequence[float]) -> float:
    """Return how likely new runs of the same law rank as late as these or later, in (0, 1].

    Args:
        reference: one number for each reference run; `math.inf` where it was never reached.
        new: the same of the runs that are judged; at least one.

    Raises:
        ValueError: a sample is empty or has a value that is no number.
    """
    if not reference or not new:
        raise ValueError("a rank-sum test needs runs on both sides")
    if any(math.isnan(value) for value in (*reference, *new)):
        raise ValueError("a rank-sum test needs numbers; a run that never got there is infinite")
    sizes = Counter((*reference, *new))
    ranks, before = {}, 0
    for value in sorted(sizes):
        ranks[value] = 2 * before + sizes[value] + 1  # twice the mean rank, to stay whole
        before += sizes[value]
    observed = sum(ranks[value] for value in new)
    ways = _ways(tuple((ranks[value], sizes[value]) for value in sorted(sizes)), len(new))
    late = sum(number for total, number in ways.items() if total >= observed)
    return late / math.comb(len(reference) + len(new), len(new))


def least_p(n: int, runs: int, unreached: int = 0) -> float:
    """Return the smallest p that new runs can get: that of runs which all never reach the target.

    Args:
        n: reference runs.
        runs: new runs (M).
        unreached: how many of the reference runs never reached it.
    """
    return math.comb(unreached + runs, runs) / math.comb(n + runs, runs)


def reference_runs_needed(alpha: float, runs: int, n: int, unreached: int = 0) -> int | None:
    """Return how many reference runs would let the worst ranks fail at alpha, at least n.

    The share of them that never reach the target is taken to stay the same. None where no number
    would do: a target that the reference itself misses this often proves nothing about `runs`.
    """
    for size in range(n, MOST_REFERENCE_RUNS + 1):
        if least_p(size, runs, math.ceil(unreached * size / n)) <= alpha:
            return size
    return None


@lru_cache(maxsize=1024)
def critical_count(n: int, runs: int, alpha: float) -> int | None:
    """Return from which count of (reference run, new run) pairs on, the new one later, p <= alpha.

    For values without ties. None where not even n * runs pairs suffice.
    """
    pairs = _pairs(n, runs)
    late, total = 0, sum(pairs)
    for count in range(len(pairs) - 1, -1, -1):
        late += pairs[count]
        if late > alpha * total:
            return count + 1 if count + 1 < len(pairs) else None
    return 0


def size_of(n: int, runs: int, alpha: float) -> float:
    """Return the share of correct solutions with p <= alpha, in [0, alpha], without ties.

    Ranks are whole, so the share lies below alpha; ties lower it further.
    """
    count = critical_count(n, runs, alpha)
    if count is None:
        return 0.0
    pairs = _pairs(n, runs)
    return sum(pairs[count:]) / sum(pairs)


@lru_cache(maxsize=256)
def _pairs(n: int, runs: int) -> tuple[int, ...]:
    """Return in how many ways 0, 1, ..., n * runs pairs have the new run later."""
    ways = _ways(tuple((2 * rank, 1) for rank in range(1, n + runs + 1)), runs)
    least = runs * (runs + 1)
    return tuple(ways.get(least + 2 * count, 0) for count in range(n * runs + 1))


def _ways(ranks: tuple[tuple[int, int], ...], runs: int) -> dict[int, int]:
    """Count for each sum of ranks in how many ways `runs` of all values have it.

    Args:
        ranks: rank and number of the values that share it.
        runs: how many values are chosen.
    """
    found: list[Counter[int]] = [Counter({0: 1}), *(Counter() for _ in range(runs))]
    for rank, size in ranks:
        for chosen in range(runs, 0, -1):  # downwards, so that smaller choices are still the old
            for taken in range(1, min(size, chosen) + 1):
                times = math.comb(size, taken)
                for total, number in found[chosen - taken].items():
                    found[chosen][total + taken * rank] += times * number
    return found[runs]
