from __future__ import annotations

import math

import pytest

from assessment.grading.trends import rank_correlation


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, 9.0], 1.0),
        ([3.0, 2.0, 1.0], -1.0),
        # ranks 1, 0, 3, 2 against 0, 1, 2, 3: 1 - 6 * 4 / (4 * 15)
        ([2.0, 1.0, 4.0, 3.0], 0.6),
        # a tie: ranks 0, 1.5, 1.5, 3
        ([1.0, 2.0, 2.0, 3.0], 4.5 / math.sqrt(5 * 4.5)),
        ([7.0, 7.0, 7.0], 0.0),
        ([1.0, 2.0, math.inf, math.inf], 4.5 / math.sqrt(5 * 4.5)),
        ([1.0, 2.0], None),
        ([], None),
    ],
)
def test_rank_correlation(values: list[float], expected: float | None) -> None:
    assert rank_correlation(values) == (expected if expected is None else pytest.approx(expected))


def test_a_perfect_order_is_exactly_one() -> None:
    assert rank_correlation([float(value) for value in range(7)]) == pytest.approx(1, abs=1e-15)


def test_agrees_with_scipy_on_values_with_ties() -> None:
    from scipy.stats import spearmanr

    values = [float(index * 7919 % 13) for index in range(60)]
    expected = spearmanr(range(60), values).statistic
    assert rank_correlation(values) == pytest.approx(expected, abs=1e-12)
