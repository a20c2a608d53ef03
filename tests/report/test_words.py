"""Figures in words: what somebody who cannot see them is told."""

from __future__ import annotations

import pytest

from assessment.report.figures import draw
from assessment.report.figures.words import MOST_CHARACTERS, tell
from assessment.results.record import Result
from tests.report.builders import epochs, graded, result, run
from tests.report.examples import comparison, learning_rates, model_a
from tests.report.extremes import gradients, hostile, many_variants, one_epoch, to_target


def words(*results: Result) -> dict[str, str]:
    drawing = draw(results)
    assert drawing is not None
    return {picture.title: picture.words for picture in drawing.pictures}


def test_curves_are_told_by_their_ends() -> None:
    told = words(model_a())
    assert told["Training and test loss"] == (
        "Training and test loss over 10 epochs: training 0.322 to 0.0295 nats; "
        "test 0.0894 to 0.0515 nats. Means of 5 seeds."
    )
    assert told["Training and test accuracy"] == (
        "Training and test accuracy over 10 epochs: training 90.92 to 99.05 %; "
        "test 95.89 to 98.24 %. Means of 5 seeds."
    )


def test_the_confusion_matrix_is_told_by_its_commonest_mistakes() -> None:
    told = words(model_a())
    assert told["Confusion, seed 1"].startswith("Confusion, seed 1: 4 taken for 9 (6 times); ")
    right = result(runs=[run(1, confusion=[[5, 0], [0, 5]])], expectations=[graded()])
    assert words(right)["Confusion, seed 1"] == "Confusion, seed 1: no mistakes."


def test_mistakes_are_named() -> None:
    told = words(model_a())["Mistakes (right \u2192 predicted)"]
    assert told.count("taken for") == 8


def test_each_variant_is_named() -> None:
    told = words(*learning_rates())
    loss = told["Training and test loss"]
    assert loss.index("lr-0.1 training 3.17 to 2.3") < loss.index("lr-0.01 training")
    measured = told["Test accuracy, measured"]
    assert "lr-0.1 10.28 %, asked for 8.92 to 11.35 %, reported 10.28 %" in measured


def test_single_epochs_and_steps_have_no_false_course() -> None:
    assert "base 3.37 to 0.142 nats; " in words(*one_epoch())["Batch loss"]
    assert "complex 13.1 to 4.29" in words(*gradients())["Gradient, L2 norm"]


def test_sides_points_and_epochs_are_told() -> None:
    told = words(comparison())
    assert told["Test accuracy, last epoch"].endswith("cnn_4 63.25 %; cnn_5 59.93 %.")
    assert "cnn_5 8,346 parameters, 59.93 %" in told["Parameters and accuracy"]
    target = words(*to_target())["Epochs to test accuracy 85.0 %"]
    assert target.endswith("lr-0.1 5 epochs; lr-0.01 17 epochs; lr-0.001 119 epochs.")


def test_values_that_never_were_finite_are_left_out() -> None:
    columns = {**epochs(3), "train_loss": [None] * 3, "test_loss": [None, 2.0, 1.5]}
    told = words(result(runs=[run(1, epochs=columns)]))
    assert told["Test loss"] == "Test loss over 3 epochs: 2 to 1.5 nats."
    assert "Training and test loss" not in told


@pytest.mark.parametrize(
    "results", [many_variants(40), to_target(), [hostile()]], ids=["forty", "target", "hostile"]
)
def test_texts_stay_short_enough_to_be_read_aloud(results: list[Result]) -> None:
    for text in words(*results).values():
        assert 10 < len(text) <= MOST_CHARACTERS + 60
        assert "\n" not in text
        assert text.endswith(".")


def test_what_is_too_much_is_in_the_tables() -> None:
    text = tell("Test loss", [f"variant-{number} 0.1 to 0.2 nats" for number in range(40)])
    assert text.endswith("; more stands in the tables of this question.")
