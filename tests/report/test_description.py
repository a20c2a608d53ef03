from __future__ import annotations

import pytest

from assessment.report.figures import describe
from assessment.results.record import Result
from tests.report.builders import epochs, graded, result, run
from tests.report.examples import comparison, crashed, learning_rates, model_a, written
from tests.report.extremes import gradients, hostile, many_variants, one_epoch, to_target


def test_names_the_numbers_of_one_recipe() -> None:
    assert describe([model_a()]) == (
        "Figure: Task 2.1, Model A. Over 10 epochs training loss 0.322 to 0.0295 nats, "
        "test loss 0.0894 to 0.0515 nats, training accuracy 90.92 to 99.05 %, "
        "test accuracy 95.89 to 98.24 %; test accuracy, last epoch 98.31 %, "
        "asked for 97.61 to 98.83 %, reported 98.01 %; trainable parameters 101,146, "
        "asked for equals 101,146, reported 101,146; train loss, last epoch 0.0251 nats, "
        "reported 0.025 nats (mean of 5 seeds). "
        "Confusion matrix: most often, 6 times, 5 is taken for 9."
    )


def test_names_each_variant() -> None:
    text = describe(learning_rates())
    assert text.index("lr-0.1: over 10 epochs") < text.index("lr-0.01: over 10 epochs")
    assert "reported 10.28 %" in text


def test_single_epochs_and_steps_have_no_false_course() -> None:
    text = describe(one_epoch())
    assert "over 1 epoch training loss 0.255 nats" in text
    assert "batch loss 3.73 to 0.0691 nats" in text
    assert "gradient norm 13.1 to 4.29 over 100 records" in describe(gradients())


def test_tells_every_side_of_a_comparison() -> None:
    assert "cnn_4 63.25 %, cnn_5 59.93 %" in describe([comparison()])


def test_many_variants_are_told_by_their_measured_values_only() -> None:
    text = describe(many_variants())
    assert "over 20 epochs" not in text
    assert "test accuracy, last epoch without a value" in text


@pytest.mark.parametrize(
    "results", [many_variants(40), to_target(), [hostile()]], ids=["forty", "target", "hostile"]
)
def test_stays_short_enough_to_be_read_aloud(results: list[Result]) -> None:
    text = describe(results)
    assert 100 < len(text) < 1600
    assert "\n" not in text
    assert text.endswith(".")


def test_forty_variants_send_the_reader_to_the_tables() -> None:
    assert describe(many_variants(40)).endswith("More stands in the tables of this question.")


def test_says_nothing_where_nothing_was_measured() -> None:
    assert describe([written()]) == ""
    assert describe([crashed()]) == ""


def test_values_that_never_were_finite_are_left_out() -> None:
    columns = {**epochs(2), "train_loss": [None, None], "test_loss": [None, 2.0]}
    text = describe([result(expectations=[graded(reported=None)], runs=[run(1, epochs=columns)])])
    assert "training loss" not in text
    assert "test loss 2 nats" in text
