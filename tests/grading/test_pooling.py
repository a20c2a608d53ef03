from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from assessment.grading.pooling import REFUSED_BELOW, Pooled, Refused, equal_spreads_p, pool

NARROW = [97.9, 98.0, 98.1, 98.2, 98.3]
"""Variance 0.025."""
SHIFTED = [91.0, 91.3, 91.1, 91.5, 91.2, 91.6]
"""Variance 0.053667."""
WIDE = [88.0, 93.0, 91.0, 97.0, 85.0]


def test_variances_are_averaged_with_their_degrees_of_freedom() -> None:
    found = pool({"q1": NARROW, "q2": SHIFTED})
    assert isinstance(found, Pooled)
    assert found.sd == pytest.approx(math.sqrt((4 * 0.025 + 5 * 0.0536666667) / 9))
    assert found.df == 9


def test_a_single_group_keeps_its_own() -> None:
    found = pool({"q1": NARROW})
    assert found == Pooled(pytest.approx(statistics.stdev(NARROW)), 4)


def test_unlike_spreads_are_refused_with_both_ends_named() -> None:
    found = pool({"q1": NARROW, "q2": WIDE, "q3": SHIFTED})
    assert isinstance(found, Refused)
    assert "s = 0.158 of q1, 4.6 of q2" in found.reason
    assert "less than 20 are refused" in found.reason


def test_groups_that_are_too_small() -> None:
    found = pool({"q1": NARROW, "q2": [98.0]})
    assert found == Refused("q2 has 1 run, a pool needs at least 3 of each")
    with pytest.raises(ValueError, match="needs a group"):
        pool({})


def test_runs_that_agree_exactly() -> None:
    assert pool({"a": [1.0] * 5, "b": [2.0] * 5}) == Pooled(0.0, 8)
    assert isinstance(pool({"a": [1.0] * 5, "b": [1.0, 1.0, 3.0, 5.0, 5.0]}), Refused)


def test_even_groups_are_tested_as_brown_and_forsythe_do() -> None:
    from scipy.stats import levene

    groups = [list(row) for row in np.random.default_rng(1).normal(size=(3, 10))]
    expected = levene(*groups, center="median").pvalue
    assert equal_spreads_p(groups) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("n", [5, 10])
def test_equal_spreads_are_refused_about_as_often_as_said_and_unequal_ones_more(
    n: int, skewed: bool
) -> None:
    rng = np.random.default_rng(7)

    def refused(ratio: float) -> float:
        values = rng.gamma(6.25, size=(600, 4, n)) if skewed else rng.normal(size=(600, 4, n))
        values[:, 0] *= ratio
        tested = [equal_spreads_p([list(g) for g in groups]) for groups in values]
        return float(np.mean([p < REFUSED_BELOW for p in tested]))

    equal = refused(1.0)
    assert 0.1 < equal < 0.25
    assert refused(3.0) > (0.55 if n == 5 else 0.85)
