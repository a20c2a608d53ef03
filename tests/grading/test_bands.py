from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assessment.grading.bands import (
    Interval,
    Uncalibrated,
    alpha_per_expectation,
    calibrated_interval,
    least_spread,
    prediction_distance,
    sides_of,
)
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
        images = values.pop("test_images", None)
        runs = [run_at(accuracy, seed) for seed, accuracy in enumerate(accuracies)]
        found = calibrated_interval(
            expectation(**values), calibration(runs), runs=m, alpha=alpha, test_images=images
        )
        assert isinstance(found, Interval)
        return found

    return make


def test_the_bound_computed_by_hand(interval: Callable[..., Interval]) -> None:
    # t(0.99, 4) = 3.746947; 3.746947 * 0.316228 * sqrt(1 + 1/5) = 1.297980
    found = interval(FIVE)
    assert found.low == pytest.approx(98.2 - 1.297980, abs=1e-5)
    assert found.sides == "lower"
    # t(0.999, 4) = 7.173182; the flag would lie at 100.685
    assert found.high == 100.0
    source = found.source
    assert (source.n, source.mean, source.sd) == (5, pytest.approx(98.2), pytest.approx(0.1**0.5))
    assert (source.smallest, source.largest, source.alpha) == (97.8, 98.6, 0.01)


def test_more_runs_come_closer_to_the_mean(interval: Callable[..., Interval]) -> None:
    # sqrt(1/3 + 1/5) instead of sqrt(1 + 1/5)
    assert interval(FIVE, m=3).low == pytest.approx(98.2 - 1.297980 * math.sqrt(8 / 18), abs=1e-5)


@pytest.mark.parametrize(("n", "factor"), [(5, 4.10), (10, 2.96), (20, 2.60)])
def test_factors_of_a_single_run_at_one_percent(n: int, factor: float) -> None:
    assert prediction_distance(n, 1.0, 0.01, 1) == pytest.approx(factor, abs=0.006)


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
    both = interval([50.0, 50.2, 50.4, 50.6, 50.8], sides="both", alpha=0.02)
    lower = interval([50.0, 50.2, 50.4, 50.6, 50.8], sides="lower", alpha=0.01)
    assert both.low == lower.low
    assert both.low is not None
    assert both.high is not None
    assert both.high - 50.4 == pytest.approx(50.4 - both.low)


def test_an_upper_side_costs_at_alpha_and_flags_below(make_run: Callable[..., Run]) -> None:
    runs = [
        make_run(i, test_loss=[v], test_accuracy=[90.0])
        for i, v in enumerate((0.4, 0.5, 0.6, 0.5, 0.5))
    ]
    found = calibrated_interval(expectation("test_loss"), calibration(runs), runs=1, alpha=0.01)
    assert isinstance(found, Interval)
    # sd = sqrt(0.02 / 4) = 0.0707107
    assert found.high == pytest.approx(0.5 + 3.746947 * 0.0707107 * math.sqrt(1.2), abs=1e-6)
    # 0.5 - 7.173182 * 0.0707107 * 1.095445 = -0.0556: no loss is negative
    assert found.low == 0.0


class TestLeastSpread:
    def test_half_the_binomial_standard_error(self, interval: Callable[..., Interval]) -> None:
        # 100 * sqrt(0.982 * 0.018 / 10000) / 2 = 0.0664756
        assert least_spread(expectation(), 98.2, 10_000) == pytest.approx(0.0664756, abs=1e-6)
        alike = interval([98.2] * 5, test_images=10_000)
        assert alike.low == pytest.approx(98.2 - 3.746947 * 0.0664756 * math.sqrt(1.2), abs=1e-5)
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


def test_reference_runs_that_never_arrive_are_no_band(make_run: Callable[..., Run]) -> None:
    runs = [make_run(i, test_accuracy=[86.0 if i else 10.0]) for i in range(5)]
    found = calibrated_interval(
        expectation("epochs_to_accuracy", target=85), calibration(runs), runs=1, alpha=0.01
    )
    assert found == Uncalibrated(
        "uncalibrated: the target was never reached in 1 of 5 reference runs, "
        "so the band has to be given by hand"
    )


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


@pytest.mark.parametrize(("n", "m"), [(5, 1), (5, 3), (10, 1), (10, 3), (20, 1), (20, 3)])
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_correct_work_fails_as_often_as_stated(n: int, m: int, alpha: float) -> None:
    trials = 40_000
    draw = np.random.default_rng(20261121)
    reference = draw.normal(98.2, 0.3, (trials, n))
    graded = draw.normal(98.2, 0.3, (trials, m)).mean(axis=1)
    distance = prediction_distance(n, 1.0, alpha, m) * reference.std(axis=1, ddof=1)
    failed = (graded < reference.mean(axis=1) - distance).mean()
    assert failed == pytest.approx(alpha, abs=4 * math.sqrt(alpha / trials))


@pytest.mark.parametrize(("over_seeds", "pick"), [("max", max), ("min", min)])
def test_extremes_of_several_runs_fail_no_more_often(
    over_seeds: str, pick: Callable[[list[float]], float], interval: Callable[..., Interval]
) -> None:
    draw = np.random.default_rng(7)
    outside = 0
    for _ in range(1500):
        found = interval(
            draw.normal(50, 1, 6).tolist(), m=4, alpha=0.1, sides="both", over_seeds=over_seeds
        )
        value = pick(draw.normal(50, 1, 4).tolist())
        assert found.low is not None
        assert found.high is not None
        outside += not found.low <= value <= found.high
    assert outside / 1500 <= 0.1
