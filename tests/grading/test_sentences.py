from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from assessment.grading import sentences
from assessment.grading.measurements import Measurement, measure
from assessment.results.record import Run
from assessment.spec.expectations import Measured

MakeRun = Callable[..., Run]


@pytest.fixture
def found(make_run: MakeRun) -> Callable[..., Measurement]:
    """Return what measures runs that have one epoch each, by its value."""

    def one(name: str, *values: float | None, **measured: Any) -> Measurement:
        what = Measured.model_validate({"measure": name, **measured})
        runs = []
        for seed, value in enumerate(values):
            columns: dict[str, Any] = {"test_accuracy": [90.0], name: [value]}
            if name in ("parameters", "seconds"):
                columns = {name: value}
            elif name == "epochs":
                columns = {"train_loss": [1.0] * int(value or 0)}
            elif name == "epochs_to_accuracy":
                late = int(value) - 1 if value else 9
                columns = {"test_accuracy": [50.0] * late + ([90.0] if value else [])}
            runs.append(make_run(seed, **columns))
        return measure(runs, what)

    return one


@pytest.mark.parametrize(
    ("name", "values", "measured", "words"),
    [
        ("test_accuracy", [98.0], {}, "test accuracy 98.0 %"),
        ("test_accuracy", [98.0, 98.5], {}, "mean test accuracy 98.25 %"),
        ("test_accuracy", [98.0], {"at": 1}, "test accuracy of epoch 1: 98.0 %"),
        ("test_loss", [None], {}, "test loss was not finite"),
        ("test_loss", [None, 0.5], {}, "test loss was not finite in 1 of 2 runs"),
        ("parameters", [101146, 101146], {}, "101,146 trainable parameters"),
        ("epochs", [1], {}, "trained for 1 epoch"),
        ("epochs", [5, 2], {"over_seeds": "max"}, "trained for 5 epochs in the longest run"),
        ("seconds", [61.04], {}, "a run took 61.0 s"),
        ("epochs_to_accuracy", [3], {"target": 85}, "test accuracy 85.0 % took 3 epochs"),
        (
            "epochs_to_accuracy",
            [3, 4],
            {"target": 85},
            "test accuracy 85.0 % took 3.5 epochs on average",
        ),
    ],
)
def test_a_value_is_named(
    found: Callable[..., Measurement],
    name: str,
    values: list[float | None],
    measured: dict[str, Any],
    words: str,
) -> None:
    assert sentences.said(found(name, *values, **measured)) == words


def test_what_has_no_lower_or_upper_end(found: Callable[..., Measurement]) -> None:
    assert sentences.met(found("test_loss", 0.1), None, 0.2) == "test loss 0.1 is at most 0.2"
    assert sentences.met(found("test_accuracy", 97.0), 97.0, 99.0) == (
        "test accuracy 97.0 % is within 97.0 to 99.0 %"
    )
    assert sentences.met(found("seconds", 1.0), None, 2.0) == "a run took 1.0 s, at most 2.0 s"


class TestBeyondAnEnd:
    def test_there_is_more_or_less_of_what_is_counted(
        self, found: Callable[..., Measurement]
    ) -> None:
        epochs = found("epochs_to_accuracy", 9, target=85)
        assert sentences.missed(epochs, "above", 8.62) == (
            "test accuracy 85.0 % took 9 epochs, more than 8.6"
        )
        assert sentences.missed(found("epochs", 1), "below", 2) == (
            "trained for 1 epoch, fewer than 2"
        )
        assert sentences.missed(found("seconds", 0.5), "below", 1) == (
            "a run took 0.5 s, less than 1.0 s"
        )

    @pytest.mark.parametrize("name", ["test_accuracy", "test_loss", "seconds"])
    @pytest.mark.parametrize("value", [98.0, 0.25, 2.302585, 1e-5])
    def test_no_value_is_above_itself(
        self, found: Callable[..., Measurement], name: str, value: float
    ) -> None:
        for bound in (math.nextafter(value, 0), value * (1 - 1e-6), value / 1.01):
            words = sentences.missed(found(name, value), "above", bound).split()
            numbers = [float(word) for word in words if word[0].isdigit()]
            assert len(set(numbers)) == 2
            assert numbers[0] > numbers[1]

    @pytest.mark.parametrize(
        ("name", "end", "kind"),
        [
            ("test_accuracy", "above", "better than expected"),
            ("test_accuracy", "below", "unusual for correct work"),
            ("test_loss", "below", "better than expected"),
            ("test_loss", "above", "unusual for correct work"),
            ("seconds", "below", "unusual for correct work"),
        ],
    )
    def test_only_what_is_better_is_called_so(
        self, found: Callable[..., Measurement], name: str, end: Any, kind: str
    ) -> None:
        bound = 2.0 if end == "below" else 0.5
        assert f": {kind}, which costs nothing" in sentences.flagged(found(name, 1.0), end, bound)

    def test_a_target_that_is_not_reached_where_lateness_is_free(
        self, found: Callable[..., Measurement]
    ) -> None:
        assert sentences.flagged(found("epochs_to_accuracy", None, target=85), "above", 6.5) == (
            "test accuracy 85.0 % was not reached within 9 epochs, where at most 6.5 is usual: "
            "this costs nothing but is worth a look"
        )


class TestUnequal:
    def test_several_values(self, found: Callable[..., Measurement]) -> None:
        assert sentences.unequal(found("parameters", 5), [7, 101146, 202666], 0) == (
            "5 trainable parameters, not 7, 101,146 or 202,666"
        )

    def test_many_values(self, found: Callable[..., Measurement]) -> None:
        shares = [9.80, 11.35, 10.32, 10.10, 9.82, 8.92, 9.58, 10.28, 9.74, 10.09]
        assert sentences.unequal(found("test_accuracy", 12.0), shares, 0.01) == (
            "test accuracy 12.0 % is not one of 10 accepted values, "
            "the nearest of which is 11.35 % \u00b1 0.01 %"
        )

    def test_just_outside_the_tolerance(self, found: Callable[..., Measurement]) -> None:
        assert sentences.unequal(found("test_accuracy", 10.2901), [10.28], 0.01) == (
            "test accuracy 10.2901 % is not 10.28 % \u00b1 0.01 %"
        )
        assert sentences.unequal(found("test_accuracy", 10.2699), [10.28], 0.01) == (
            "test accuracy 10.2699 % is not 10.28 % \u00b1 0.01 %"
        )

    def test_just_not_equal(self, found: Callable[..., Measurement]) -> None:
        assert sentences.unequal(found("test_accuracy", 10.2801), [10.28], 0) == (
            "test accuracy 10.2801 % is not 10.28 %"
        )


def test_runs_that_all_end_alike(found: Callable[..., Measurement]) -> None:
    both = found("test_accuracy", 10.0, 10.0)
    assert sentences.in_modes(both, ["guessing", "guessing"], [1, 1]) == (
        'all 2 runs are in the mode "guessing"'
    )
    assert sentences.in_modes(both, [None, "guessing"], [0, 1]) == (
        '1 of 2 runs is in no mode and 1 in "guessing"'
    )


def test_a_mode_that_is_worth_less_says_so(found: Callable[..., Measurement]) -> None:
    assert sentences.in_modes(found("test_accuracy", 11.35), ["collapsed"], [0.5]) == (
        'test accuracy 11.35 % is in the mode "collapsed", worth 50.0 % of the points'
    )


def test_a_trend_missed_by_a_hair(found: Callable[..., Measurement]) -> None:
    assert sentences.trending(found("test_loss", 1.0), "falling", -0.49996, 0.5, met=False) == (
        "test loss does not fall from epoch to epoch "
        "(rank correlation -0.49996; at most -0.5 is asked)"
    )
