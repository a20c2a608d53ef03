from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from assessment.grading.integration import both_below, spreads
from assessment.grading.limits import (
    Rule,
    high_end,
    low_end,
    make_rule,
    near_ends,
)
from assessment.grading.ranks import critical_count
from assessment.grading.rates import (
    average_rate,
    mean_runs,
    power,
    rank_average_rate,
    rank_upper_rate,
    upper_rate,
)

DRAWS = 200_000


@cache
def drawn(n: int, df: int, runs: int) -> tuple[Any, Any, Any]:
    """Return means and standard deviations of calibrations, and new runs, of the normal law."""
    rng = np.random.default_rng(n * 1000 + df * 10 + runs)
    x = rng.standard_normal(DRAWS) / math.sqrt(n)
    return x, np.sqrt(rng.chisquare(df, DRAWS) / df), rng.standard_normal((DRAWS, runs))


def simulated(rule: Rule, drop: float = 0.0) -> tuple[float, float]:
    """Return the share that fails and the mean number of runs, by drawing."""
    x, s, new = drawn(rule.n, int(rule.df), rule.runs)
    new = new - drop
    number = getattr(new, rule.over)(axis=1)
    good = (number >= low_end(rule, x, s)) & (number <= high_end(rule, x, s))
    low, high = near_ends(rule, x, s)
    first = rule.hasty & (low <= new[:, 0]) & (new[:, 0] <= high)
    return 1 - (first | good).mean(), 1 + (rule.runs - 1) * (1 - first.mean())


def close(share: float) -> Any:
    """Expect a share, but for four standard errors of the simulation, and one draw."""
    return pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / DRAWS) + 1 / DRAWS)


@pytest.mark.parametrize(("n", "rate"), [(5, 0.0710), (10, 0.0444), (20, 0.0329)])
def test_the_naive_rule_of_two_standard_deviations(n: int, rate: float) -> None:
    assert average_rate(Rule(n, n - 1, 1, below=2.0, above=None)) == pytest.approx(rate, abs=1e-4)


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.0003])
@pytest.mark.parametrize(("n", "df"), [(2, 1), (5, 4), (20, 19), (5, 36)])
def test_the_plain_limit_keeps_its_promise_exactly(n: int, df: int, alpha: float) -> None:
    for runs in (1, 4):
        rule = make_rule(n, df, runs, alpha, at_once=False, lean=0)
        assert average_rate(rule) == pytest.approx(alpha, rel=1e-5)
        both = make_rule(n, df, runs, alpha, at_once=False, sides="both")
        assert average_rate(both) == pytest.approx(alpha, rel=1e-5)


@pytest.mark.parametrize(
    ("n", "rate", "caught", "runs"), [(20, 0.0091, 0.979, 1.631), (5, 0.0091, 0.650, 1.672)]
)
def test_the_whole_procedure(n: int, rate: float, caught: float, runs: float) -> None:
    rule = make_rule(n, n - 1, 3, 0.01, lean=0)
    assert average_rate(rule) == pytest.approx(rate, abs=1e-4)
    assert power(rule, 3.0) == pytest.approx(caught, abs=1e-3)
    assert mean_runs(rule) == pytest.approx(runs, abs=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lean": 0},
        {"at_once": False},
        {"sides": "both"},
        {"sides": "upper"},
        {"over": "max"},
        {"over": "min"},
        {"over": "max", "sides": "both"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("n", "df", "runs"), [(5, 4, 3), (20, 19, 3), (5, 24, 2), (10, 9, 1)])
def test_integrals_agree_with_drawing(n: int, df: int, runs: int, options: dict[str, Any]) -> None:
    rule = make_rule(n, df, runs, 0.02, **options)
    for drop in (0.0, 2.0, -2.0):
        failed, made = simulated(rule, drop)
        found = power(rule, drop)
        assert failed == close(found)
        assert mean_runs(rule, drop) == pytest.approx(made, abs=0.01)
    assert average_rate(rule) == power(rule, 0.0)


@pytest.mark.parametrize("ends", [(0.3, None), (None, 0.3), (0.3, 0.3)])
def test_no_first_run_passes_that_is_outside_of_narrow_ends(
    ends: tuple[float | None, float | None],
) -> None:
    rule = Rule(20, 19, 3, *ends)
    failed, made = simulated(rule)
    assert failed == close(average_rate(rule))
    assert mean_runs(rule) == pytest.approx(made, abs=0.01)


@pytest.mark.parametrize(("n", "rate"), [(20, 0.036), (5, 0.055)])
def test_the_upper_rate_of_a_single_run(n: int, rate: float) -> None:
    assert upper_rate(make_rule(n, n - 1, 1, 0.01, lean=0)) == pytest.approx(rate, abs=6e-4)


@pytest.mark.parametrize(
    "options", [{}, {"sides": "both"}, {"over": "max"}, {"over": "min", "sides": "upper"}], ids=str
)
def test_upper_rates_agree_with_drawing_calibrations(options: dict[str, Any]) -> None:
    """For each of 4,000 calibrations its own rate, from the same 4,000 new solutions."""
    rule = make_rule(8, 7, 3, 0.05, **options)
    x, s, new = (part[:4000] for part in drawn(8, 7, 3))
    own = []
    number = getattr(new, rule.over)(axis=1)
    for mean, spread in zip(x, s, strict=True):
        good = (number >= low_end(rule, mean, spread)) & (number <= high_end(rule, mean, spread))
        if rule.hasty:
            low, high = near_ends(rule, mean, spread)
            good |= (low <= new[:, 0]) & (new[:, 0] <= high)
        own.append(1 - good.mean())
    assert upper_rate(rule) == pytest.approx(np.quantile(own, 0.95), rel=0.08)


def test_more_reference_runs_promise_more() -> None:
    rates = [upper_rate(make_rule(n, n - 1, 1, 0.01, lean=0)) for n in (5, 10, 20, 50, 200)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.02
    caught = [power(make_rule(n, n - 1, 3, 0.01), 2.0) for n in (5, 10, 20, 50)]
    assert caught == sorted(caught)


@pytest.mark.parametrize("df", [1, 4, 30, 400])
def test_the_law_of_s(df: int) -> None:
    s, shares = spreads(df)
    assert (s**2 @ shares) == pytest.approx(1.0, abs=1e-6)
    of_s = math.sqrt(2 / df) * math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2))
    assert (s @ shares) == pytest.approx(of_s, abs=1e-6)


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.9])
@pytest.mark.parametrize("first", [-2.0, 0.0, 0.7])
@pytest.mark.parametrize("second", [-3.0, 0.0, 1.1])
def test_two_normal_numbers(first: float, second: float, correlation: float) -> None:
    from scipy.special import ndtr

    x = np.linspace(-9, first, 20_001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    inner = ndtr((second - correlation * x) / math.sqrt(1 - correlation**2))
    expected = np.trapezoid(density * inner, x)
    found = both_below(np.array(first), np.array(second), correlation)
    assert found == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("n", "runs"), [(7, 3), (10, 3), (20, 5)])
def test_the_rank_rule(n: int, runs: int) -> None:
    """Of each of 10,000 calibrations its own rate: how many of its runs each new one is behind."""
    alpha = 0.02
    count = critical_count(n, runs, alpha)
    references = np.sort(np.random.default_rng(3).random((10_000, n)), axis=1)
    own = []
    for behind in np.diff(references, prepend=0.0, append=1.0):
        law = np.ones(1)
        for _ in range(runs):
            law = np.convolve(law, behind)
        own.append(law[count:].sum())
    average = rank_average_rate(n, runs, alpha)
    assert 0 < average <= alpha
    assert np.mean(own) == pytest.approx(average, rel=0.06)
    assert rank_upper_rate(n, runs, alpha) == pytest.approx(np.quantile(own, 0.95), rel=0.05)


def test_a_rank_rule_that_can_fail_nobody() -> None:
    assert rank_average_rate(5, 1, 0.01) == rank_upper_rate(5, 1, 0.01) == 0
