from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from assessment.grading.bands import (
    Interval,
    Uncalibrated,
    alpha_per_expectation,
    calibrated_interval,
    least_spread,
    sides_of,
)
from assessment.grading.limits import make_rule
from assessment.grading.pooling import Refused, pool
from assessment.grading.rates import average_rate
from assessment.grading.score import Setting
from assessment.results.calibration import Calibration
from assessment.results.record import Run
from assessment.spec.expectations import Expectation

FIVE = [97.8, 98.0, 98.2, 98.4, 98.6]
"""Mean 98.2, standard deviation sqrt(0.1) = 0.316228."""


def expectation(measure: str = "test_accuracy", **values: Any) -> Expectation:
    return Expectation.model_validate({"measure": measure, "band": "calibrated", **values})


def calibration(runs: list[Run]) -> Calibration:
    return Calibration(key="recipe", runs=runs, text="some reference runs")


@pytest.fixture
def interval(run_at: Callable[..., Run]) -> Callable[..., Interval]:
    def make(accuracies: list[float], m: int = 1, alpha: float = 0.01, **values: Any) -> Interval:
        images, pooled = values.pop("test_images", None), values.pop("pooled", None)
        runs = [run_at(accuracy, seed) for seed, accuracy in enumerate(accuracies)]
        found = calibrated_interval(
            expectation(**values),
            calibration(runs),
            runs=m,
            alpha=alpha,
            test_images=images,
            pooled=pooled,
        )
        assert isinstance(found, Interval)
        return found

    return make


def test_the_bound_computed_by_hand(interval: Callable[..., Interval]) -> None:
    # t(0.99, 4) = 3.746947; 3.746947 * 0.316228 * sqrt(1 + 1/5) = 1.297980
    found = interval(FIVE, sides="both", alpha=0.02)
    assert found.low == pytest.approx(98.2 - 1.297980, abs=1e-5)
    assert found.high == pytest.approx(98.2 + 1.297980, abs=1e-5)
    source = found.source
    assert (source.n, source.mean, source.sd) == (5, pytest.approx(98.2), pytest.approx(0.1**0.5))
    assert (source.smallest, source.largest, source.alpha) == (97.8, 98.6, 0.02)
    assert (source.df, source.runs, source.at_once) == (4, 1, None)


def test_one_costly_end_allows_for_skewness(interval: Callable[..., Interval]) -> None:
    found = interval(FIVE)
    below = make_rule(5, 4, 1, 0.01).below
    assert below is not None
    assert found.low == pytest.approx(98.2 - below * 0.316228, abs=1e-5)
    assert found.low < 98.2 - 1.297980
    assert found.sides == "lower"
    assert found.high == 100.0, "the flag lies beyond the last percent"
    assert found.source.false_fails == pytest.approx(average_rate(make_rule(5, 4, 1, 0.01)))
    assert found.source.false_fails < 0.01 < found.source.false_fails_upper


def test_more_runs_come_closer_to_the_mean(interval: Callable[..., Interval]) -> None:
    # sqrt(1/3 + 1/5) instead of sqrt(1 + 1/5)
    low = interval(FIVE, m=3, sides="both", alpha=0.02).low
    assert low == pytest.approx(98.2 - 1.297980 * math.sqrt(8 / 18), abs=1e-5)


def test_the_flag_of_the_better_end_is_that_of_a_single_run(
    interval: Callable[..., Interval],
) -> None:
    values = [49.0, 49.5, 50.0, 50.5, 51.0]
    # t(0.999, 4) = 7.173182 times 0.790569 times sqrt(1 + 1/5), however many runs may be made
    assert interval(values, m=1).high == pytest.approx(50 + 6.212155, abs=1e-5)
    assert interval(values, m=3).high == interval(values, m=1).high, "one may have passed at once"


def test_a_count_of_epochs_is_no_percentage(make_run: Callable[..., Run]) -> None:
    runs = [
        make_run(i, test_accuracy=[80.0] * (count - 1) + [86.0])
        for i, count in enumerate((113, 114, 118, 121, 122))
    ]
    wanted = expectation("epochs_to_accuracy", target=85)
    found = calibrated_interval(wanted, calibration(runs), runs=1, alpha=0.01)
    assert isinstance(found, Interval)
    assert found.high is not None
    assert found.high > 130, "117.6 + 4.1 * 4.04 or more; 100 is no end of it"


def test_a_band_that_says_nothing_is_none(run_at: Callable[..., Run]) -> None:
    runs = [run_at(v, seed) for seed, v in enumerate(FIVE)]
    found = calibrated_interval(expectation(), calibration(runs), runs=1, alpha=0.0005)
    assert isinstance(found, Uncalibrated)
    assert found.more_runs_help
    assert re.fullmatch(
        r"uncalibrated: with 5 reference runs the bound would lie \d+\.\d standard deviations "
        r"from the mean, and beyond 6 it says nothing",
        found.reason,
    )


class TestPools:
    def test_a_shared_spread_has_more_degrees_of_freedom(
        self, interval: Callable[..., Interval]
    ) -> None:
        others = {"one": FIVE, "two": [90.1, 90.3, 90.5, 90.7, 90.9]}
        shared = pool(others)
        found = interval(FIVE, pool="p", pooled=shared, sides="both", alpha=0.02)
        # t(0.99, 8) = 2.896459
        assert found.low == pytest.approx(98.2 - 2.896459 * 0.316228 * math.sqrt(1.2), abs=1e-5)
        assert (found.source.df, found.source.pooled_sd) == (8, pytest.approx(0.316228, abs=1e-6))

    def test_a_refused_pool_leaves_the_band_to_its_own_runs(
        self, interval: Callable[..., Interval]
    ) -> None:
        refused = Refused("the spreads of the pool differ: so and so")
        found = interval(FIVE, pool="p", pooled=refused)
        assert found.low == interval(FIVE).low
        assert found.source.text.endswith(
            "on its own, as the spreads of the pool differ: so and so"
        )


@pytest.mark.parametrize(
    ("measure", "sides"),
    [
        ("test_accuracy", "lower"),
        ("train_accuracy", "lower"),
        ("test_loss", "upper"),
        ("last_batch_loss", "upper"),
        ("gradient_norm", "both"),
        ("epochs_to_accuracy", "upper"),
    ],
)
def test_which_end_costs(measure: str, sides: str) -> None:
    target = {"target": 85} if measure.startswith("epochs_to") else {}
    assert sides_of(expectation(measure, **target)) == sides
    assert sides_of(expectation(measure, sides="lower", **target)) == "lower"


def test_two_costly_ends_share_alpha(interval: Callable[..., Interval]) -> None:
    found = interval([50.0, 50.2, 50.4, 50.6, 50.8], sides="both", alpha=0.02)
    # t(0.99, 4) on each side
    assert found.low == pytest.approx(50.4 - 1.297980, abs=1e-5)
    assert found.high == pytest.approx(50.4 + 1.297980, abs=1e-5)


def test_an_upper_side_costs_at_alpha_and_flags_below(make_run: Callable[..., Run]) -> None:
    runs = [
        make_run(i, test_loss=[v], test_accuracy=[90.0])
        for i, v in enumerate((0.4, 0.5, 0.6, 0.5, 0.5))
    ]
    found = calibrated_interval(expectation("test_loss"), calibration(runs), runs=1, alpha=0.01)
    assert isinstance(found, Interval)
    # sd = sqrt(0.02 / 4) = 0.0707107
    above = make_rule(5, 4, 1, 0.01, sides="upper").above
    assert above is not None
    assert found.high == pytest.approx(0.5 + above * 0.0707107, abs=1e-6)
    assert found.low == 0.0


class TestLeastSpread:
    def test_half_the_binomial_standard_error(self, interval: Callable[..., Interval]) -> None:
        # 100 * sqrt(0.982 * 0.018 / 10000) / 2 = 0.0664756
        assert least_spread(expectation(), 98.2, 10_000) == pytest.approx(0.0664756, abs=1e-6)
        alike = interval([98.2] * 5, test_images=10_000)
        below = make_rule(5, 4, 1, 0.01).below
        assert below is not None
        assert alike.low == pytest.approx(98.2 - below * 0.0664756, abs=1e-5)
        assert alike.source.sd == 0.0

    def test_it_does_not_narrow_what_was_measured(self, interval: Callable[..., Interval]) -> None:
        assert interval(FIVE, test_images=10_000) == interval(FIVE)

    def test_perfect_runs_still_allow_a_mistake(self, interval: Callable[..., Interval]) -> None:
        low = interval([100.0] * 5, test_images=899).low
        assert low is not None
        assert 99.0 < low < 100.0

    def test_epochs_are_whole_numbers(self) -> None:
        wanted = expectation("epochs_to_accuracy", target=85)
        assert least_spread(wanted, 5.0, None) == pytest.approx(0.288675, abs=1e-6)
        assert least_spread(expectation("test_loss"), 0.5, 10_000) == 0.0


def test_fewer_than_five_runs_are_no_band(run_at: Callable[..., Run]) -> None:
    runs = [run_at(98.0, seed) for seed in range(3)]
    found = calibrated_interval(expectation(), calibration(runs), runs=1, alpha=0.01)
    assert found == Uncalibrated(
        "uncalibrated: 3 of at least 5 reference runs", more_runs_help=True
    )


def test_a_run_that_recorded_less_does_not_count(
    run_at: Callable[..., Run], make_run: Callable[..., Run]
) -> None:
    runs = [run_at(v, seed) for seed, v in enumerate(FIVE)]
    with_other = calibrated_interval(
        expectation(), calibration([*runs, make_run(9)]), runs=1, alpha=0.01
    )
    assert with_other == calibrated_interval(expectation(), calibration(runs), runs=1, alpha=0.01)


def test_alpha_is_divided_over_calibrated_expectations_with_points(
    make_setting: Callable[..., Setting],
) -> None:
    band = {"measure": "test_accuracy", "band": "calibrated"}
    questions = {
        "a": {"kind": "training", "expect": {"x": band | {"points": 1}, "shown": band}},
        "b": {
            "kind": "training",
            "variants": {"v1": {}, "v2": {}, "v3": {"expect": {"x": band}}},
            "expect": {
                "x": band | {"points": 1},
                "y": {"measure": "test_accuracy", "at_least": 3, "points": 1},
            },
        },
    }
    # a.x, b[v1].x and b[v2].x; b[v3].x is worth nothing
    lab = make_setting(questions, alpha=0.03).lab_file.lab
    assert alpha_per_expectation(lab) == pytest.approx(0.01)
    only_shown = make_setting({"a": {"kind": "training", "expect": {"shown": band}}}, alpha=0.03)
    assert alpha_per_expectation(only_shown.lab_file.lab) == 0.03


def test_orders_and_calibrated_modes_share_alpha_too(make_setting: Callable[..., Setting]) -> None:
    learnt = {"learnt": {"low": 90, "high": 100}}
    modes = {"measure": "test_accuracy", "points": 1, "modes": learnt}
    order = {"descending": ["a", "b"], "points": 1}
    questions = {
        "a": {"kind": "training", "expect": {"x": modes}},
        "b": {
            "kind": "training",
            "expect": {"x": modes | {"modes": {"learnt": learnt["learnt"] | {"calibrated": True}}}},
        },
        "order": {
            "kind": "comparison",
            "expect": {
                "x": order | {"measure": "test_accuracy"},
                "size": order | {"measure": "parameters"},
                "shown": {"measure": "test_accuracy", "show": ["a", "b"]},
            },
        },
    }
    lab = make_setting(questions, alpha=0.03).lab_file.lab
    assert alpha_per_expectation(lab) == pytest.approx(0.03 / 2), "b.x and order.x"
