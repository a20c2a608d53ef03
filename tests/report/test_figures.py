from __future__ import annotations

import base64
import io
import random
from functools import cache
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from assessment.report.figures import MOST_BYTES, draw, to_png, to_svg
from assessment.report.figures.layout import PANEL_HEIGHT
from assessment.report.figures.style import COLORS, assign_looks
from assessment.results.record import Mistake, Result
from tests.report.builders import (
    FASHION,
    batch_losses,
    confusion,
    epochs,
    graded,
    gradient_norms,
    mistakes,
    nested,
    picture,
    result,
    run,
)
from tests.report.examples import (
    comparison,
    crashed,
    learning_rates,
    model_a,
    not_gradable,
    written,
)
from tests.report.extremes import gradients, hostile, many_variants, one_epoch, to_target


def everything() -> list[Result]:
    """The most that a figure can hold: all panels, ten variants, noise, coloured images."""
    results = []
    for index in range(10):
        results.append(
            result(
                "all", variant=f"variant-{index}", title=f"All: variant-{index}", classes=FASHION,
                expectations=[graded(value=90.0 - index, low=80.0, high=95.0, reported=89.0)],
                runs=[
                    run(
                        seed, parameters=1000 * (index + 1), confusion=confusion(right=0.6),
                        epochs=epochs(119, noise=4, validation=True, seed=100 * index + seed),
                        steps=batch_losses(1350, 10, seed=index),
                        gradients=gradient_norms(1350, 5, 1, seed=index),
                        first_layer=nested((64, 1024), random.Random(index)),
                        mistakes=mistakes(12, side=32, channels=3),
                    )
                    for seed in (1, 2)
                ],
            )
        )  # fmt: skip
    return results


CASES = {
    "one recipe": [model_a()],
    "rates": learning_rates(),
    "ten variants": many_variants(),
    "119 epochs": to_target(),
    "one epoch": one_epoch(),
    "gradients": gradients(),
    "comparison": [comparison()],
    "hostile": [hostile()],
    "everything": everything(),
}


@pytest.fixture(
    params=[*((name, None) for name in CASES), ("rates", 1), ("everything", 1)], ids=str
)
def case(request: pytest.FixtureRequest) -> tuple[list[Result], Figure, bytes]:
    """Give each example with its figure, wide and narrow, and the picture of it."""
    name, columns = request.param
    return (CASES[name], *drawn_case(name, columns))


@cache
def drawn_case(name: str, columns: int | None) -> tuple[Figure, bytes]:
    figure = drawn(CASES[name], columns=columns)
    return figure, to_png(figure)


def drawn(results: list[Result], **options: Any) -> Figure:
    figure = draw(results, **options)
    assert figure is not None
    return figure


def titles(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts[1:]]


def panel(figure: Figure, title: str) -> Axes:
    return figure.axes[titles(figure).index(title)]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for box in figure.legends for text in box.get_texts()]


def test_pictures_stay_small_and_sharp(case: tuple[list[Result], Figure, bytes]) -> None:
    _, figure, encoded = case
    image = Image.open(io.BytesIO(encoded))
    assert len(encoded) <= MOST_BYTES
    dots = image.width / figure.get_figwidth()
    assert dots >= (52 if len(figure.axes) == 12 else 75)  # 8.5 points are 7 or 9 pixels high


def test_the_same_results_give_the_same_bytes() -> None:
    assert to_png(drawn([comparison()])) == to_png(drawn([comparison()]))
    assert to_svg(drawn([comparison()])) == to_svg(drawn([comparison()]))


def test_an_svg_keeps_its_text_and_runs_nothing() -> None:
    svg = to_svg(drawn([hostile()])).decode("utf-8")
    assert "Training and test loss" in svg
    assert "<script" not in svg


def test_text_is_large_enough_and_nothing_is_cut_off(
    case: tuple[list[Result], Figure, bytes],
) -> None:
    _, figure, _ = case
    sizes = {text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip()}  # type: ignore[attr-defined]
    assert min(sizes) >= 8
    inches = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert inches.x0 >= 0
    assert inches.y0 >= 0
    assert inches.x1 <= width
    assert inches.y1 <= height


def test_the_legend_covers_no_panel(case: tuple[list[Result], Figure, bytes]) -> None:
    _, figure, _ = case
    for box in figure.legends:
        for axes in figure.axes:
            assert not box.get_window_extent().overlaps(axes.get_window_extent())


def test_one_recipe_shows_splits_band_report_and_seeds() -> None:
    figure = drawn([model_a()])
    assert titles(figure)[:2] == ["Training and test loss", "Training and test accuracy"]
    assert legend(figure) == [
        "training",
        "test",
        "range of 5 seeds",
        "reported",
        "asked for",
    ] or set(legend(figure)) == {"training", "test", "range of 5 seeds", "reported", "asked for"}
    accuracy = panel(figure, "Training and test accuracy")
    edges = {line.get_ydata()[0] for line in accuracy.lines if len(set(line.get_ydata())) == 1}
    assert {97.61, 98.83} <= edges
    markers = [line for line in accuracy.lines if line.get_marker() == "D"]
    assert [len(line.get_xdata()) for line in markers] == [10, 1]
    assert len(accuracy.collections) >= 2  # the spread of the seeds of both curves


def test_every_axis_is_labelled_with_its_unit(
    case: tuple[list[Result], Figure, bytes],
) -> None:
    _, figure, _ = case
    for title, axes in zip(titles(figure), figure.axes, strict=True):
        if axes.axison:
            assert axes.get_xlabel(), title
        if axes.lines and title.lower().endswith("loss"):
            assert "nats" in axes.get_ylabel() + axes.get_xlabel()
        if axes.lines and title.lower().endswith("accuracy"):
            assert "%" in axes.get_ylabel() + axes.get_xlabel()


def test_values_over_decades_get_a_logarithmic_axis_with_plain_numbers() -> None:
    figure = drawn(learning_rates())
    loss = panel(figure, "Training and test loss")
    assert loss.get_yscale() == "log"
    assert loss.get_ylabel() == "loss, nats (log scale)"
    to_png(figure)
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
    figure = drawn(many_variants())
    assert titles(figure)[:4] == [
        "Training loss",
        "Test loss",
        "Training accuracy",
        "Test accuracy",
    ]
    loss = panel(figure, "Training loss")
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
    figure = drawn([result(runs=[run(1, epochs={"train_loss": losses})])])
    axes = panel(figure, "Training loss")
    (course, alone) = axes.lines
    assert list(alone.get_xdata()) == [1, 3]
    assert len(course.get_xdata()) == 7


def test_a_test_value_of_the_end_is_a_point_on_the_band() -> None:
    columns = epochs(5)
    columns["test_accuracy"] = [None, None, None, None, 98.4]
    figure = drawn([result(expectations=[graded(value=98.4)], runs=[run(1, epochs=columns)])])
    axes = panel(figure, "Training and test accuracy")
    alone = [line for line in axes.lines if list(line.get_xdata()) == [5]]
    assert [list(line.get_ydata()) for line in alone] == [[98.4]]
    assert "Test accuracy, measured" not in titles(figure)


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
    assert len(to_png(drawn([diverged]))) > 1000


def test_one_epoch_shows_steps_and_measured_values() -> None:
    assert titles(drawn(one_epoch())) == [
        "Batch loss",
        "Test accuracy, measured",
        "Confusion, base, seed 1",
        "Mistakes (right \u2192 predicted), base",
    ]


def test_runs_of_different_length_end_where_they_end() -> None:
    loss = panel(drawn(to_target()), "Training loss")
    assert sorted(line.get_xdata()[-1] for line in loss.lines) == [5, 17, 43, 119]


def test_epochs_to_a_target_say_what_was_not_reached() -> None:
    axes = panel(drawn(to_target()), "Epochs to test accuracy 85.0 %")
    assert [text.get_text().strip() for text in axes.texts] == ["not reached", "5", "17", "119"]


def test_comparison_shows_each_side_and_parameters_against_accuracy() -> None:
    figure = drawn([comparison()])
    assert titles(figure) == [
        "Test accuracy, last epoch",
        "Trainable parameters",
        "Parameters and accuracy",
    ]
    assert legend(figure) == ["mlp_1", "mlp_2", "cnn_3", "cnn_4", "cnn_5"]
    numbers = [text.get_text() for text in panel(figure, "Trainable parameters").texts]
    assert numbers == ["33,130", "35,498", "11,106", "13,522", "8,346"]


def test_confusion_is_of_the_best_variant_and_counts_mistakes_only() -> None:
    figure = drawn(learning_rates())
    axes = panel(figure, "Confusion, lr-0.001, seed 1")
    matrix = learning_rates()[2].runs[0].confusion
    assert matrix is not None
    wrong = [n for r, row in enumerate(matrix) for c, n in enumerate(row) if r != c and n]
    assert [int(text.get_text()) for text in axes.texts] == wrong


def test_a_large_confusion_matrix_has_no_numbers() -> None:
    classes = [f"class {number}" for number in range(100)]
    figure = drawn([result(classes=classes, runs=[run(1, confusion=confusion(100, images=50))])])
    axes = panel(figure, "Confusion, seed 1")
    assert not axes.texts
    assert len(to_png(figure)) <= MOST_BYTES


def test_mistakes_name_right_and_predicted_class() -> None:
    wrong = [picture(9, 6), picture(0, 6, channels=3), Mistake(
        index=1, label=1, predicted=2, pixels="not base64!", shape=[28, 28, 1]
    )]  # fmt: skip
    figure = drawn([result(classes=FASHION, runs=[run(1, mistakes=wrong)])])
    axes = panel(figure, "Mistakes (right \u2192 predicted)")
    captions = [text.get_text() for text in axes.texts]
    assert captions == ["Ankle boot\n\u2192 Shirt", "T-shirt/top\n\u2192 Shirt"]
    assert len(axes.images) == 2


def test_photographs_keep_their_colours() -> None:
    red = bytes([200, 30, 30] * (32 * 32))
    image = Mistake(
        index=0, label=1, predicted=1, pixels=base64.b64encode(red).decode(), shape=[32, 32, 3]
    )
    encoded = to_png(drawn([result(samples=[image], classes=FASHION)]))
    colors = Image.open(io.BytesIO(encoded)).convert("RGB").getcolors(1 << 24)
    assert colors is not None
    common = {color for count, color in colors if count > 1000}
    assert any(abs(r - 200) < 8 and abs(g - 30) < 8 and abs(b - 30) < 8 for r, g, b in common)


@pytest.mark.parametrize(
    ("shape", "shown"),
    [((64, 784), True), ((32, 1024), True), ((16, 3, 5, 5), True), ((8, 10), False), ((7,), False)],
)
def test_first_layer_weights_are_tiled_where_they_are_images(
    shape: tuple[int, ...], shown: bool
) -> None:
    weights = nested(shape, random.Random(0))
    figure = draw([result(runs=[run(1, first_layer=weights)])])
    assert (figure is not None) == shown


def test_ragged_weights_are_left_out() -> None:
    assert draw([result(runs=[run(1, first_layer=[[1.0, 2.0], [1.0]])])]) is None


def test_long_step_records_are_averaged_and_say_so() -> None:
    steps = batch_losses(1350, 10)
    axes = panel(drawn([result(runs=[run(1, steps=steps)])]), "Batch loss")
    assert len(axes.lines[0].get_xdata()) <= 120
    assert axes.get_xlabel() == "step (mean of 12 records)"
    assert axes.lines[0].get_ydata()[0] == pytest.approx(
        sum(value for value in steps["batch_loss"][:12] if value is not None) / 12
    )


def test_gradients_show_norm_and_mean() -> None:
    figure = drawn(gradients())
    assert panel(figure, "Gradient, L2 norm").get_yscale() == "log"
    assert panel(figure, "Gradient, mean").get_yscale() == "linear"


def test_nothing_to_show_gives_no_figure() -> None:
    assert draw([]) is None
    assert draw([written()]) is None
    assert draw([not_gradable()]) is None
    assert draw([crashed()]) is None


def test_narrow_figures_stack_the_same_panels() -> None:
    wide, narrow = drawn(learning_rates()), drawn(learning_rates(), columns=1)
    assert titles(narrow) == titles(wide)
    assert narrow.get_figheight() > len(titles(narrow)) * PANEL_HEIGHT
    assert narrow.get_figwidth() < wide.get_figwidth() / 2


def test_sides_far_apart_leave_room_for_their_numbers() -> None:
    """An accuracy that collapsed beside one near 100, as lab 1's learning rates have them."""
    sides = graded(measure="test_accuracy", unit="%", value=None, values={"a": 98.8, "b": 9.82})
    figure = draw([result("far", kind="comparison", expectations=[sides], runs=[])])
    assert figure is not None
    low, high = figure.axes[0].get_xlim()
    assert low < 9.82
    assert high > 98.8
    assert to_png(figure).startswith(b"\x89PNG")
