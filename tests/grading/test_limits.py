from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pytest

from assessment.grading.limits import (
    AT_ONCE,
    LEAN,
    WIDEST,
    Sides,
    extreme_distance,
    high_end,
    low_end,
    make_rule,
    near_ends,
    prediction_distance,
)


@pytest.mark.parametrize(
    ("n", "factor"), [(3, 8.0420), (5, 4.1046), (10, 2.9591), (20, 2.6022), (1000, 2.3313)]
)
def test_factors_of_a_single_run_at_one_percent(n: int, factor: float) -> None:
    assert prediction_distance(n, n - 1, 0.01, 1) == pytest.approx(factor, abs=5e-5)


def test_more_runs_and_a_pool_come_closer() -> None:
    # t(0.99, 4) = 3.746947, t(0.99, 16) = 2.583487
    assert prediction_distance(5, 4, 0.01, 3) == pytest.approx(3.746947 * math.sqrt(8 / 15))
    assert prediction_distance(5, 16, 0.01, 3) == pytest.approx(2.583487 * math.sqrt(8 / 15))


@pytest.mark.parametrize(("n", "runs"), [(5, 1), (10, 1), (20, 1), (5, 3), (10, 3), (20, 3)])
def test_skewness_adds_what_was_expanded(n: int, runs: int) -> None:
    """Against the definition, written out for the ratio's mean and third cumulant."""
    width = math.sqrt(1 / runs + 1 / n)
    c = LEAN / (n * width)
    third = LEAN * (1 / runs**2 - 1 / n**2) / width**3 + 3 * c
    z2 = 2.3263478740**2
    expected = width * (c / 2 + third * (z2 - 1) / 6)
    plain = prediction_distance(n, n - 1, 0.01, runs)
    assert prediction_distance(n, n - 1, 0.01, runs, lean=LEAN) - plain == pytest.approx(expected)


def test_skewness_matters_less_for_a_mean_and_with_a_pool() -> None:
    def added(df: int, runs: int) -> float:
        return prediction_distance(10, df, 0.01, runs, lean=LEAN) - prediction_distance(
            10, df, 0.01, runs
        )

    assert added(9, 1) > added(36, 1) > 0
    assert added(9, 1) > 2 * added(9, 3) > 0


@pytest.mark.parametrize("over", ["max", "min"])
@pytest.mark.parametrize("end", ["lower", "upper"])
@pytest.mark.parametrize(("n", "df"), [(5, 4), (10, 40)])
def test_extremes_pass_their_bound_as_rarely_as_promised(
    over: Literal["max", "min"], end: Literal["lower", "upper"], n: int, df: int
) -> None:
    alpha, runs, draws = 0.02, 4, 200_000
    distance = extreme_distance(n, df, alpha, runs, over=over, end=end)
    rng = np.random.default_rng(1)
    x = rng.standard_normal(draws) / math.sqrt(n)
    s = np.sqrt(rng.chisquare(df, draws) / df)
    new = rng.standard_normal((draws, runs))
    number = new.max(axis=1) if over == "max" else new.min(axis=1)
    out = number < x - distance * s if end == "lower" else number > x + distance * s
    assert out.mean() == pytest.approx(alpha, abs=4 * math.sqrt(alpha / draws))


def test_extremes_of_one_run_are_that_run() -> None:
    for over in ("max", "min"):
        found = extreme_distance(7, 6, 0.01, 1, over=over, lean=LEAN)
        assert found == pytest.approx(prediction_distance(7, 6, 0.01, 1, lean=LEAN), abs=1e-6)


def test_the_highest_of_many_is_expected_above_the_mean() -> None:
    assert extreme_distance(10, 9, 0.01, 3, over="max") > 0
    assert extreme_distance(10, 9, 0.01, 30, over="max") < 0


def test_rules_divide_alpha_over_two_ends_that_cost_points() -> None:
    lower = make_rule(10, 9, 3, 0.01)
    upper = make_rule(10, 9, 3, 0.01, sides="upper")
    both = make_rule(10, 9, 3, 0.01, sides="both")
    assert lower.below == upper.above == prediction_distance(10, 9, 0.01, 3, lean=LEAN)
    assert lower.above is upper.below is None
    assert both.below == both.above == prediction_distance(10, 9, 0.005, 3)


def test_a_bound_too_far_out_is_no_calibration() -> None:
    assert make_rule(5, 4, 1, 0.01).calibrated
    far = make_rule(5, 4, 1, 0.001)
    assert far.widest > WIDEST
    assert not far.calibrated
    assert make_rule(5, 20, 1, 0.001).calibrated, "a pool mends it"
    assert make_rule(10, 9, 1, 0.001).calibrated, "so do more seeds"


def test_ends_and_the_first_run() -> None:
    lower, upper, both = (make_rule(5, 4, 3, 0.01, sides=s) for s in ("lower", "upper", "both"))
    assert lower.below is not None
    assert (low_end(lower, 98.0, 0.2), high_end(lower, 98.0, 0.2)) == (
        98.0 - 0.2 * lower.below,
        math.inf,
    )
    assert low_end(upper, 98.0, 0.2) == -math.inf
    least, most = 98.0 - AT_ONCE * 0.2, 98.0 + AT_ONCE * 0.2
    assert near_ends(lower, 98.0, 0.2) == (least, math.inf)
    assert near_ends(upper, 98.0, 0.2) == (-math.inf, most)
    assert near_ends(both, 98.0, 0.2) == (least, most)


@pytest.mark.parametrize("sides", ["lower", "upper", "both"])
def test_no_first_run_is_enough_that_is_too_far_out_for_the_mean(sides: Sides) -> None:
    rule = make_rule(100, 99, 100, 0.05, sides=sides)
    assert rule.widest < AT_ONCE
    ends = low_end(rule, 98.0, 0.2), high_end(rule, 98.0, 0.2)
    assert near_ends(rule, 98.0, 0.2) == ends


def test_extremes_and_single_runs_are_never_decided_by_the_first() -> None:
    assert make_rule(5, 4, 3, 0.01).hasty
    assert not make_rule(5, 4, 1, 0.01).hasty
    assert not make_rule(5, 4, 3, 0.01, at_once=False).hasty
    assert not make_rule(5, 4, 3, 0.01, over="max").at_once


@pytest.mark.parametrize("wrong", [{"n": 1}, {"df": 0}, {"runs": 0}, {"alpha": 0}, {"alpha": 0.5}])
def test_impossible_numbers(wrong: dict[str, Any]) -> None:
    values: dict[str, Any] = {"n": 5, "df": 4, "alpha": 0.01, "runs": 3} | wrong
    with pytest.raises(ValueError, match="no limit for"):
        prediction_distance(**values)
    with pytest.raises(ValueError, match="no limit for"):
        extreme_distance(**values, over="max")
