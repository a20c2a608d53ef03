from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from assessment.report.figures import draw, to_png
from assessment.report.figures.style import COLORS, assign_looks
from assessment.results.record import Mistake
from tests.report.builders import (
    FASHION,
    batch_losses,
    confusion,
    epochs,
    graded,
    picture,
    result,
    run,
)
from tests.report.drawings import drawn, figures, found, legend, panel, titles
from tests.report.examples import (
    comparison,
    crashed,
    learning_rates,
    model_a,
    not_gradable,
    written,
)
from tests.report.extremes import gradients, many_variants, one_epoch, to_target


def test_one_recipe_shows_splits_band_report_and_seeds() -> None:
    drawing = drawn([model_a()])
    assert titles(drawing)[:2] == ["Training and test loss", "Training and test accuracy"]
    assert legend(drawing) == [
        "training",
        "test",
        "lowest to highest of 5 seeds",
        "reported",
        "asked for",
    ]
    accuracy = panel(drawing, "Training and test accuracy")
    edges = {line.get_ydata()[0] for line in accuracy.lines if len(set(line.get_ydata())) == 1}
    assert {97.61, 98.83} <= edges
    markers = [line for line in accuracy.lines if line.get_marker() == "D"]
    assert [len(line.get_xdata()) for line in markers] == [10, 1]
    assert len(accuracy.collections) >= 2  # the spread of the seeds of both curves


@pytest.mark.parametrize(
    ("given", "marked"),
    [({"max": 98.7}, []), ({"max": 98.7, "mean": 98.2}, [98.2]), (98.2, [98.2])],
)
def test_the_best_of_several_runs_is_no_point_of_their_mean(
    given: Any, marked: list[float]
) -> None:
    best = graded(value=98.6, reported=98.7)
    runs = [run(seed, epochs=epochs(4, seed=seed)) for seed in (1, 2)]
    drawing = drawn([result(expectations=[best], runs=runs, reported={"test_accuracy": given})])
    accuracy = panel(drawing, "Training and test accuracy")
    points = [line for line in accuracy.lines if line.get_marker() == "D"]
    assert [value for line in points for value in line.get_ydata()] == marked


def test_values_over_decades_get_a_logarithmic_axis_with_plain_numbers() -> None:
    drawing = drawn(learning_rates())
    loss = panel(drawing, "Training and test loss")
    assert loss.get_yscale() == "log"
    assert loss.get_ylabel() == "loss, nats (log scale)"
    to_png(figures(drawing)[0])
    assert "0.1" in [label.get_text() for label in loss.get_yticklabels()]
    assert panel(drawn([model_a()]), "Training and test loss").get_yscale() == "linear"


def test_good_and_collapsed_variants_are_told_apart_on_a_stretched_axis() -> None:
    accuracy = panel(drawn(learning_rates()), "Training and test accuracy")
    assert accuracy.get_ylabel() == "accuracy, % (stretched)"
    low, high = accuracy.get_ylim()
    assert low < 10.28
    assert high > 98.9
    place = accuracy.transData.transform
    between_good = place((1, 98.6))[1] - place((1, 97.2))[1]
    assert between_good > 0.08 * (place((1, high))[1] - place((1, low))[1])


def test_many_variants_get_a_panel_per_split_and_a_look_each() -> None:
    drawing = drawn(many_variants())
    assert titles(drawing)[:4] == [
        "Training loss",
        "Test loss",
        "Training accuracy",
        "Test accuracy",
    ]
    loss = panel(drawing, "Training loss")
    looks = {
        (line.get_color(), line.get_marker(), line.get_markerfacecolor()) for line in loss.lines
    }
    assert len(looks) == 9  # the tenth variant has no values at all


def test_no_two_variants_look_alike() -> None:
    looks = assign_looks([str(number) for number in range(12)])
    assert len({(look.color, look.marker, look.filled) for look in looks.values()}) == 12
    assert len({look.marker for look in list(looks.values())[: len(COLORS)]}) == len(COLORS)


def test_missing_values_break_a_curve_and_lone_ones_are_marked() -> None:
    losses = [2.0, None, 1.5, None, None, 1.0, 0.9]
    drawing = drawn([result(runs=[run(1, epochs={"train_loss": losses})])])
    axes = panel(drawing, "Training loss")
    (course, alone) = axes.lines
    assert list(alone.get_xdata()) == [1, 3]
    assert len(course.get_xdata()) == 7


def test_a_test_value_of_the_end_is_a_point_on_the_band() -> None:
    columns = epochs(5)
    columns["test_accuracy"] = [None, None, None, None, 98.4]
    drawing = drawn([result(expectations=[graded(value=98.4)], runs=[run(1, epochs=columns)])])
    axes = panel(drawing, "Training and test accuracy")
    alone = [line for line in axes.lines if list(line.get_xdata()) == [5]]
    assert [list(line.get_ydata()) for line in alone] == [[98.4]]
    assert "Test accuracy, measured" not in titles(drawing)


def test_validation_by_step_gets_a_panel_of_its_own_where_variants_are_many() -> None:
    steps = batch_losses(90, 10)
    steps["validation_accuracy"] = [50.0 + number / 10 for number in range(90)]
    many = [result("q", variant=f"v{n}", runs=[run(1, steps=steps)]) for n in range(5)]
    assert titles(drawn(many)) == ["Batch loss", "Validation accuracy by step"]
    assert titles(drawn(many[:2])) == ["Batch loss", "Validation accuracy by step"]


def test_a_run_without_any_finite_value_shows_no_empty_panel() -> None:
    empty = result(runs=[run(1, epochs={"train_loss": [None, None]}, steps={"batch_loss": []})])
    assert draw([empty]) is None


def test_diverging_to_huge_losses_is_drawn() -> None:
    diverged = result(runs=[run(1, epochs={"train_loss": [2.3, 1e4, 1e30, None]})])
    assert panel(drawn([diverged]), "Training loss").get_yscale() == "log"
    assert len(to_png(figures(drawn([diverged]))[0])) > 1000


def test_one_epoch_shows_steps_and_measured_values() -> None:
    assert titles(drawn(one_epoch())) == [
        "Batch loss",
        "Test accuracy, measured",
        "Test against training accuracy",
        "Confusion, base, seed 1",
        "Mistakes (right \u2192 predicted), base",
    ]


def test_runs_of_different_length_end_where_they_end() -> None:
    loss = panel(drawn(to_target()), "Training and test loss")
    assert sorted({line.get_xdata()[-1] for line in loss.lines}) == [5, 17, 43, 119]


def test_epochs_to_a_target_say_what_was_not_reached() -> None:
    axes = panel(drawn(to_target()), "Epochs to test accuracy 85.0 %")
    assert [text.get_text().strip() for text in axes.texts] == ["not reached", "5", "17", "119"]


def test_comparison_shows_each_side_and_parameters_against_accuracy() -> None:
    drawing = drawn([comparison()])
    assert titles(drawing) == [
        "Test accuracy, last epoch",
        "Trainable parameters",
        "Parameters and accuracy",
    ]
    assert legend(drawing) == ["mlp_1", "mlp_2", "cnn_3", "cnn_4", "cnn_5"]
    numbers = [text.get_text() for text in panel(drawing, "Trainable parameters").texts]
    assert numbers == ["33,130", "35,498", "11,106", "13,522", "8,346"]


def test_confusion_is_of_the_best_variant_and_counts_mistakes_only() -> None:
    drawing = drawn(learning_rates())
    axes = panel(drawing, "Confusion, lr-0.001, seed 1")
    matrix = learning_rates()[2].runs[0].confusion
    assert matrix is not None
    wrong = [n for r, row in enumerate(matrix) for c, n in enumerate(row) if r != c and n]
    assert [int(text.get_text()) for text in axes.texts] == wrong


def test_a_large_confusion_matrix_has_no_numbers() -> None:
    classes = [f"class {number}" for number in range(100)]
    drawing = drawn([result(classes=classes, runs=[run(1, confusion=confusion(100, images=50))])])
    axes = panel(drawing, "Confusion, seed 1")
    assert not axes.texts
    assert found(drawing, "Confusion, seed 1").note.startswith("Most often: class ")


def test_mistakes_name_right_and_predicted_class() -> None:
    wrong = [picture(9, 6), picture(0, 6, channels=3), Mistake(
        index=1, label=1, predicted=2, pixels="not base64!", shape=[28, 28, 1]
    )]  # fmt: skip
    drawing = drawn([result(classes=FASHION, runs=[run(1, mistakes=wrong)])])
    axes = panel(drawing, "Mistakes (right \u2192 predicted)")
    captions = [text.get_text() for text in axes.texts]
    assert captions == ["Ankle boot\n\u2192 Shirt", "T-shirt/top\n\u2192 Shirt"]
    assert len(axes.images) == 2


def test_photographs_keep_their_colours() -> None:
    red = bytes([200, 30, 30] * (32 * 32))
    image = Mistake(
        index=0, label=1, predicted=1, pixels=base64.b64encode(red).decode(), shape=[32, 32, 3]
    )
    encoded = to_png(figures(drawn([result(samples=[image], classes=FASHION)]))[0])
    colors = Image.open(io.BytesIO(encoded)).convert("RGB").getcolors(1 << 24)
    assert colors is not None
    common = {color for count, color in colors if count > 1000}
    assert any(abs(r - 200) < 8 and abs(g - 30) < 8 and abs(b - 30) < 8 for r, g, b in common)


def test_long_step_records_are_averaged_and_say_so() -> None:
    steps = batch_losses(1350, 10)
    drawing = drawn([result(runs=[run(1, steps=steps)])])
    axes = panel(drawing, "Batch loss")
    assert len(axes.lines[0].get_xdata()) <= 120
    assert axes.lines[0].get_xdata()[0] == 55  # the middle of steps 0, 10, ..., 110
    assert found(drawing, "Batch loss").note == "Each point is the mean of 12 records."
    assert axes.lines[0].get_ydata()[0] == pytest.approx(
        sum(value for value in steps["batch_loss"][:12] if value is not None) / 12
    )


def test_gradients_show_norm_and_mean() -> None:
    drawing = drawn(gradients())
    assert panel(drawing, "Gradient, L2 norm").get_yscale() == "log"
    assert panel(drawing, "Gradient, mean").get_yscale() == "linear"


def test_nothing_to_show_gives_no_figure() -> None:
    assert draw([]) is None
    assert draw([written()]) is None
    assert draw([not_gradable()]) is None
    assert draw([crashed()]) is None


def test_sides_far_apart_leave_room_for_their_numbers() -> None:
    """An accuracy that collapsed beside one near 100, as lab 1's learning rates have them."""
    sides = graded(measure="test_accuracy", unit="%", value=None, values={"a": 98.8, "b": 9.82})
    (figure,) = figures(drawn([result("far", kind="comparison", expectations=[sides], runs=[])]))
    low, high = figure.axes[0].get_xlim()
    assert low < 9.82
    assert high > 98.8
    assert to_png(figure).startswith(b"\x89PNG")
