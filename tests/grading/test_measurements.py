from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, get_args

import pytest

from assessment.grading.measurements import is_below, label, measure, reported_value
from assessment.grading.quantities import QUANTITIES
from assessment.grading.readings import series
from assessment.results.record import Run
from assessment.spec.expectations import Measure, Measured
from assessment.spec.lab import Repeated

MakeRun = Callable[..., Run]


def what(measure: str, **values: Any) -> Measured:
    return Measured.model_validate({"measure": measure, **values})


def test_every_measure_has_words_and_a_unit() -> None:
    assert set(QUANTITIES) == set(get_args(Measure))


@pytest.mark.parametrize(
    ("at", "accuracy", "loss"),
    [("last", 92.0, 0.4), ("best", 93.0, 0.3), ("first", 80.0, 0.9), (2, 93.0, 0.3)],
)
def test_an_epoch_is_chosen(make_run: MakeRun, at: Any, accuracy: float, loss: float) -> None:
    run = make_run(test_accuracy=[80.0, 93.0, 92.0], test_loss=[0.9, 0.3, 0.4])
    assert measure([run], what("test_accuracy", at=at)).value == accuracy
    assert measure([run], what("test_loss", at=at)).value == loss


def test_an_epoch_that_was_not_trained_is_missing(make_run: MakeRun) -> None:
    found = measure([make_run(test_accuracy=[80.0])], what("test_accuracy", at=7))
    assert (found.value, found.amount) == (None, None)
    assert found.reason == "epoch 7 was not trained, only 1 epoch"


def test_a_column_that_was_not_recorded_is_missing(make_run: MakeRun) -> None:
    found = measure([make_run(test_accuracy=[80.0])], what("validation_accuracy"))
    assert found.reason == "the run recorded no validation accuracy"


def test_values_taken_at_the_end_only_are_missing_before(make_run: MakeRun) -> None:
    run = make_run(test_accuracy=[None, 90.0], test_loss=[None, 0.2])
    assert measure([run], what("test_loss")).value == 0.2
    assert measure([run], what("test_loss", at="best")).value == 0.2
    first = measure([run], what("test_loss", at="first"))
    assert (first.amount, first.reason) == (None, "test loss was not taken after epoch 1")


def test_a_loss_that_is_not_finite_is_larger_than_any_number(make_run: MakeRun) -> None:
    run = make_run(train_loss=[2.0, None], test_loss=[2.0, None], test_accuracy=[10.0, 9.8])
    for name in ("train_loss", "test_loss"):
        found = measure([run], what(name))
        assert (found.value, found.amount) == (None, math.inf)
        assert found.reason == f"{name.replace('_', ' ')} was not finite"
    assert measure([run], what("test_loss", at="best")).value == 2.0


def test_seeds_become_one_number(make_run: MakeRun) -> None:
    runs = [make_run(i, test_accuracy=[v]) for i, v in enumerate((97.0, 98.0, 99.6))]
    found = {
        how: measure(runs, what("test_accuracy", over_seeds=how)) for how in ("mean", "max", "min")
    }
    assert found["mean"].value == pytest.approx(98.2, abs=1e-12)
    assert (found["max"].value, found["min"].value) == (99.6, 97.0)
    assert found["mean"].values == (97.0, 98.0, 99.6)
    assert found["mean"].label == "test accuracy, last epoch, mean of 3 runs"
    assert found["max"].clause == "highest test accuracy {}"


def test_a_missing_run_spoils_the_mean_but_not_the_extremes(make_run: MakeRun) -> None:
    runs = [make_run(1, test_accuracy=[97.0]), make_run(2)]
    assert measure(runs, what("test_accuracy")).amount is None
    assert measure(runs, what("test_accuracy", over_seeds="max")).value == 97.0
    assert measure([], what("test_accuracy")).reason == "no run was made"


def test_nothing_missing_makes_an_infinite_mean_smaller(make_run: MakeRun) -> None:
    runs = [make_run(1, train_loss=[None]), make_run(2)]
    assert measure(runs, what("train_loss")).amount == math.inf


def test_a_run_that_was_not_scored_is_missing(make_run: MakeRun) -> None:
    run = make_run(3, outcome="out_of_memory", test_accuracy=[97.0])
    found = measure([run], what("test_accuracy"))
    assert (found.amount, found.reason) == (None, "the run with seed 3 is out of memory")


class TestTargets:
    def test_the_first_epoch_at_or_above_counts(self, make_run: MakeRun) -> None:
        run = make_run(test_accuracy=[84.0, 85.0, 84.0, 86.0])
        assert measure([run], what("epochs_to_accuracy", target=85)).value == 2
        assert measure([run], what("epochs_to_accuracy", target=85.01)).value == 4

    def test_never_is_later_than_any_epoch(self, make_run: MakeRun) -> None:
        run = make_run(test_accuracy=[10.0, 19.65])
        found = measure([run], what("epochs_to_accuracy", target=85))
        assert (found.value, found.amount) == (None, math.inf)
        assert found.reason == "test accuracy 85.0 % was not reached within 2 epochs"

    def test_a_censored_run_censors_the_mean_and_the_last(self, make_run: MakeRun) -> None:
        runs = [make_run(1, test_accuracy=[80.0, 90.0]), make_run(2, test_accuracy=[80.0, 80.0])]
        assert measure(runs, what("epochs_to_accuracy", target=85)).amount == math.inf
        assert measure(runs, what("epochs_to_accuracy", target=85)).values == (2.0, None)
        latest = measure(runs, what("epochs_to_accuracy", target=85, over_seeds="max"))
        assert latest.amount == math.inf
        assert latest.reason.endswith("within 2 epochs in 1 of 2 runs")
        assert measure(runs, what("epochs_to_accuracy", target=85, over_seeds="min")).value == 2

    def test_all_censored(self, make_run: MakeRun) -> None:
        runs = [make_run(i, test_accuracy=[10.0]) for i in (1, 2)]
        found = measure(runs, what("epochs_to_accuracy", target=85, over_seeds="min"))
        assert (found.value, found.amount, found.values) == (None, math.inf, (None, None))

    def test_accuracy_taken_at_the_end_only_tells_nothing(self, make_run: MakeRun) -> None:
        found = measure(
            [make_run(test_accuracy=[None, 90.0])], what("epochs_to_accuracy", target=85)
        )
        assert found.amount is None
        assert "after every epoch" in found.reason

    def test_a_loss_is_reached_from_above(self, make_run: MakeRun) -> None:
        run = make_run(train_loss=[0.3, None, 0.05, 0.01])
        assert measure([run], what("epochs_to_train_loss", target=0.05)).value == 3
        assert measure([make_run()], what("epochs_to_train_loss", target=1)).amount is None


class TestSteps:
    def test_first_and_last_record(self, make_run: MakeRun) -> None:
        run = make_run(steps={"step": [0, 10, 20], "batch_loss": [2.293, 0.5, 0.0147]})
        assert measure([run], what("first_batch_loss")).value == 2.293
        assert measure([run], what("last_batch_loss")).value == 0.0147
        assert measure([make_run()], what("last_batch_loss")).amount is None

    @pytest.mark.parametrize("columns", [{}, {"epoch": [1, 1, 1]}, {"epoch": [1, 1, 2]}])
    def test_first_and_last_gradient(self, make_run: MakeRun, columns: dict[str, Any]) -> None:
        steps = {"step": [0, 1, 2], "norm": [13.0, 9.0, 4.0], **columns}
        run = make_run(gradients=steps, train_loss=[1.0])
        assert measure([run], what("first_gradient_norm")).value == 13.0
        assert measure([run], what("last_gradient_norm")).value == 4.0
        assert measure([run], what("last_gradient_norm")).label == "last gradient norm"
        missing = measure([make_run()], what("first_gradient_norm"))
        assert missing.reason == "the run recorded no gradients (`record.gradients`)"

    def test_gradients_without_epochs_are_one_mean(self, make_run: MakeRun) -> None:
        run = make_run(
            gradients={"step": [0, 1], "norm": [0.5, 0.7], "mean": [-1e-5, 3e-5]},
            train_loss=[1.0, 0.9],
        )
        assert measure([run], what("gradient_norm")).value == pytest.approx(0.6)
        assert measure([run], what("gradient_mean")).value == pytest.approx(1e-5)
        assert measure([run], what("gradient_norm")).label == "gradient norm"
        assert measure([run], what("gradient_norm", at="first")).amount is None

    def test_gradients_by_epoch(self, make_run: MakeRun) -> None:
        run = make_run(
            gradients={"step": [0, 1, 2], "norm": [12.0, 14.0, 4.0], "epoch": [1, 1, 2]},
            train_loss=[1.0, 0.9, 0.8],
        )
        values = [
            measure([run], what("gradient_norm", at=at)).value for at in ("first", "last", "best")
        ]
        assert values == [13.0, 4.0, 4.0]
        assert "epoch 3" in measure([run], what("gradient_norm", at=3)).reason

    def test_a_gradient_that_is_not_finite(self, make_run: MakeRun) -> None:
        run = make_run(gradients={"step": [0, 1], "norm": [1.0, None]}, train_loss=[1.0])
        assert measure([run], what("gradient_norm")).amount == math.inf


def test_whole_runs(make_run: MakeRun) -> None:
    run = make_run(parameters=101146, seconds=3.5, train_loss=[1.0, 0.5])
    assert measure([run], what("parameters")).value == 101146
    assert measure([run], what("seconds")).value == 3.5
    assert measure([run], what("epochs")).value == 2
    assert measure([run, run], what("parameters")).clause == "{} trainable parameters"
    assert measure([make_run()], what("parameters")).reason == "the run did not tell its parameters"


def test_series_are_in_order_and_show_where_they_are_not_finite(make_run: MakeRun) -> None:
    run = make_run(
        train_loss=[2.0, None],
        test_loss=[None, 0.5],
        test_accuracy=[None, 80.0],
        gradients={"norm": [3.0, None]},
    )
    assert series(run, "train_loss") == [2.0, math.inf]
    assert series(run, "test_loss") == [0.5]
    assert series(run, "gradient_norm") == [3.0, math.inf]
    assert series(run, "parameters") == []


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (what("test_accuracy", at="best"), "test accuracy, best epoch"),
        (what("train_loss", at=5), "train loss, epoch 5"),
        (what("epochs_to_accuracy", target=85), "epochs to test accuracy 85.0 %"),
        (what("epochs_to_train_loss", target=0.05), "epochs to train loss 0.05"),
        (what("parameters"), "trainable parameters"),
    ],
)
def test_labels(measured: Measured, words: str) -> None:
    assert label(measured) == words


@pytest.mark.parametrize(
    ("at", "expected"), [("last", 64.5), ("first", 44.7), ("best", 65.0), (2, 65.0), (4, None)]
)
def test_reported_values_follow_the_epoch(at: Any, expected: float | None) -> None:
    assert reported_value({"test_accuracy": [44.7, 65.0, 64.5]}, what("test_accuracy", at=at)) == (
        expected
    )


def test_a_single_reported_value_stands_for_the_end() -> None:
    assert reported_value({"test_accuracy": 98.01}, what("test_accuracy")) == 98.01
    assert reported_value({"test_accuracy": 98.01}, what("test_accuracy", at="first")) is None
    assert reported_value({"test_accuracy": []}, what("test_accuracy")) is None
    assert reported_value({}, what("test_accuracy")) is None


@pytest.mark.parametrize(
    ("given", "mean", "highest"),
    [
        (58.1, 58.1, None),
        ([44.7, 58.1], 58.1, None),
        (Repeated(max=58.7), None, 58.7),
        (Repeated(max=58.7, mean=58.1), 58.1, 58.7),
    ],
)
def test_the_best_of_several_runs_is_not_their_mean(
    given: Any, mean: float | None, highest: float | None
) -> None:
    reported = {"test_accuracy": given}
    assert reported_value(reported, what("test_accuracy")) == mean
    assert reported_value(reported, what("test_accuracy", over_seeds="max")) == highest
    assert reported_value(reported, what("test_accuracy", over_seeds="min")) is None
    assert reported_value(reported, what("test_accuracy", at=1, over_seeds="max")) is None


def test_the_last_bits_of_a_float_are_no_difference() -> None:
    assert not is_below(100 * 0.98 - 1e-14, 98.0)
    assert is_below(97.999, 98.0)
    assert not is_below(98.0, 98.0)
    assert is_below(5e-6, 5.1e-6)
    assert is_below(1.0, math.inf)
    assert not is_below(math.inf, math.inf)
