"""Whether a series rises or falls: Spearman's rank correlation with its positions."""

from __future__ import annotations

from collections.abc import Sequence

FEWEST = 3
"""Values below which no trend can be told: two always rise or fall."""


def rank_correlation(values: Sequence[float]) -> float | None:
    """Return Spearman's rho between position and value, -1 to 1; None for fewer than `FEWEST`.

    Equal values share the mean of their ranks (Pearson's correlation of the
    ranks, Kendall 1945); a series of equal values has no trend, 0. Infinite
    values are larger than all others.
    """
    count = len(values)
    if count < FEWEST:
        return None
    middle = (count - 1) / 2
    ranks = _ranks(values)
    ordered = sum((position - middle) ** 2 for position in range(count))
    spread = sum((rank - middle) ** 2 for rank in ranks)
    if spread == 0:
        return 0.0
    together = sum((position - middle) * (rank - middle) for position, rank in enumerate(ranks))
    # The root of each, not of the product: of exact ranks it gives exactly 1.
    return float(together / (ordered**0.5 * spread**0.5))


def _ranks(values: Sequence[float]) -> list[float]:
    """Return each value's rank from 0; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for index in order[start:end]:
            ranks[index] = (start + end - 1) / 2
        start = end
    return ranks
