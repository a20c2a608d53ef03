from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import pytest

from assessment.grading.ranks import (
    critical_count,
    least_p,
    rank_sum_p,
    reference_runs_needed,
    size_of,
)

NEVER = math.inf


def by_trying(reference: Sequence[float], new: Sequence[float]) -> float:
    """Return the p value by going through every way to choose the new runs."""
    everything = [*reference, *new]

    def rank(value: float) -> float:
        less = sum(other < value for other in everything)
        return less + (sum(other == value for other in everything) + 1) / 2

    ranks = [rank(value) for value in everything]
    observed = sum(ranks[len(reference) :])
    ways = list(combinations(ranks, len(new)))
    return sum(sum(way) >= observed for way in ways) / len(ways)


@pytest.mark.parametrize(
    ("reference", "new"),
    [
        ([3, 5, 8, 9, 12], [7, 13, 25]),
        ([3, 5, 8, 9, 12], [1, 2]),
        ([4, 4, 4, 5, 6, 6], [6, 4, 7]),
        ([4, 6, NEVER, NEVER, 5, 6], [6, NEVER]),
        ([4, 6, NEVER, NEVER, 5, 6], [NEVER, NEVER, NEVER]),
        ([5, 5, 5, 5], [5, 5]),
        ([2.5], [3.5]),
    ],
)
def test_p_is_the_share_of_all_ways(reference: list[float], new: list[float]) -> None:
    assert rank_sum_p(reference, new) == pytest.approx(by_trying(reference, new), rel=1e-12)


def test_p_is_that_of_the_u_test() -> None:
    from scipy.stats import mannwhitneyu

    reference, new = [3, 5, 8, 9, 12, 20, 22, 31, 40, 41, 45], [7, 13, 25, 44, 51]
    expected = mannwhitneyu(new, reference, alternative="greater", method="exact").pvalue
    assert rank_sum_p(reference, new) == pytest.approx(expected, rel=1e-12)


def test_fifty_reference_runs_and_ten_new_ones() -> None:
    reference = [*range(45), *[NEVER] * 5]
    assert rank_sum_p(reference, [NEVER] * 10) == pytest.approx(least_p(50, 10, 5))
    assert rank_sum_p(reference, [-1] * 10) == 1


@pytest.mark.parametrize(("n", "runs", "unreached"), [(5, 3, 0), (7, 2, 2), (6, 1, 6), (20, 3, 4)])
def test_the_smallest_p_is_that_of_runs_that_never_get_there(
    n: int, runs: int, unreached: int
) -> None:
    reference = [*range(n - unreached), *[NEVER] * unreached]
    assert rank_sum_p(reference, [NEVER] * runs) == pytest.approx(least_p(n, runs, unreached))


def test_known_values_of_the_smallest_p() -> None:
    assert least_p(99, 1) == pytest.approx(0.01)
    assert least_p(5, 3) == 1 / 56
    assert least_p(7, 3) == 1 / 120
    assert least_p(5, 3, 5) == 1


def test_how_many_reference_runs_would_do() -> None:
    assert reference_runs_needed(0.01, 1, 5) == 99
    assert reference_runs_needed(0.01, 3, 5) == 7
    assert reference_runs_needed(0.01, 3, 20) == 20, "what there is already does"
    needed = reference_runs_needed(0.01, 3, 10, 1)
    assert needed is not None
    assert least_p(needed, 3, math.ceil(needed / 10)) <= 0.01
    assert least_p(needed - 1, 3, math.ceil((needed - 1) / 10)) > 0.01
    assert reference_runs_needed(0.01, 3, 10, 9) is None, "0.9 ** 3 is not rare"


@pytest.mark.parametrize(("n", "runs"), [(7, 3), (10, 2), (20, 3), (5, 10)])
def test_the_critical_count_is_the_first_that_is_rare_enough(n: int, runs: int) -> None:
    alpha = 0.02
    count = critical_count(n, runs, alpha)
    assert count is not None
    assert size_of(n, runs, alpha) <= alpha
    # Runs later than all of the reference, but for `short` pairs of the first of them.
    for short, rare in ((n * runs - count, True), (n * runs - count + 1, False)):
        if 0 <= short <= n:
            new = [n - short - 0.5, *[n + i for i in range(runs - 1)]]
            assert (rank_sum_p(list(range(n)), new) <= alpha) == rare


def test_too_few_runs_have_no_critical_count() -> None:
    assert critical_count(5, 1, 0.01) is None
    assert size_of(5, 1, 0.01) == 0


@pytest.mark.parametrize(
    ("reference", "new", "message"),
    [([], [1], "both sides"), ([1], [], "both sides"), ([1, math.nan], [2], "needs numbers")],
)
def test_what_cannot_be_ranked(reference: list[float], new: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rank_sum_p(reference, new)
