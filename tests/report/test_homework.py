"""Figures as a homework's sheet asks for them, from results as large as its runs give."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assessment.report.cells import asked_intervals, distinct_labels, side_names
from assessment.report.figures import Drawing, Picture, draw
from assessment.report.figures.style import assign_looks, short_names
from assessment.results.record import Result
from tests.report.builders import epochs, graded, result, run
from tests.report.homework import activations, architectures, hundred_classes, rates

Example = Callable[[], list[Result]]


@cache
def drawn(example: Example) -> Drawing:
    drawing = draw(example())
    assert drawing is not None
    return drawing


def found(results: list[Result] | Example, title: str) -> Picture:
    drawing = drawn(results) if callable(results) else draw(results)
    assert drawing is not None
    return next(picture for picture in drawing.pictures if picture.title == title)


def axes_of(results: list[Result] | Example, title: str) -> Axes:
    source = found(results, title).source
    assert isinstance(source, Figure)
    return source.axes[0]


@pytest.fixture
def five() -> Drawing:
    return drawn(architectures)


def test_the_panels_that_the_sheet_asks_for(five: Drawing) -> None:
    titles = [picture.title for picture in five.pictures]
    assert titles[:3] == [
        "Training loss",
        "Batch and validation loss",
        "Training and validation accuracy",
    ]
    assert {
        "Test against training accuracy",
        "Validation against training accuracy",
        "Parameters and accuracy",
    } <= set(titles)
    assert [title for title in titles if title.startswith("First-layer weights, ")] == [
        f"First-layer weights, {name}" for name in ("mlp-1", "mlp-2", "cnn-3", "cnn-4", "cnn-5")
    ]


def test_training_is_solid_and_validation_dashed_over_ten_repeats(five: Drawing) -> None:
    axes = axes_of(architectures, "Training and validation accuracy")
    assert sorted(line.get_linestyle() for line in axes.lines) == ["-"] * 5 + ["--"] * 5
    first = np.array([run.epochs["train_accuracy"] for run in architectures()[0].runs])
    np.testing.assert_allclose(axes.lines[0].get_ydata(), first.mean(axis=0))
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(first.min())
    labels = [key.label for key in five.keys]
    assert labels[:5] == ["mlp-1", "mlp-2", "cnn-3", "cnn-4", "cnn-5"]
    assert {"training", "validation", "lowest to highest of 10 seeds"} <= set(labels)


def test_validation_that_was_taken_now_and_then_is_one_line() -> None:
    axes = axes_of(rates()[:1], "Batch and validation loss")
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    records = {
        "step": [0.0, 10.0, 20.0, 30.0, 40.0],
        "batch_loss": [2.3, 2.2, 2.1, 2.0, 1.9],
        "validation_loss": [2.3, None, 2.2, None, 2.1],
    }
    sparse = [result(runs=[run(1, steps=records)])]
    _, validation = axes_of(sparse, "Batch and validation loss").lines
    assert list(validation.get_xdata()) == [0, 20, 40]
    assert list(validation.get_ydata()) == [2.3, 2.2, 2.1]


def test_vanishing_gradients_are_on_a_logarithmic_axis() -> None:
    axes = axes_of(activations, "Gradient, L2 norm")
    assert axes.get_yscale() == "log"
    assert axes.get_ylabel() == "L2 norm (log scale)"
    assert axes.get_ylim()[0] < 1e-5
    assert len(axes.lines) == 10


def test_a_gradient_that_becomes_zero_keeps_the_axis_logarithmic() -> None:
    gradients = {"step": [0.0, 1.0, 2.0, 3.0], "norm": [1.0, 1e-3, 0.0, 1e-5]}
    axes = axes_of([result(runs=[run(1, gradients=gradients)])], "Gradient, L2 norm")
    assert axes.get_yscale() == "log"


def test_relu_and_sigmoid_share_the_colour_of_their_architecture() -> None:
    names = [item.variant or "" for item in activations()]
    looks = assign_looks(names)
    assert {looks["mlp-1-relu"].color} == {looks["mlp-1-sigmoid"].color}
    assert {looks[name].line for name in names if name.endswith("relu")} == {"-"}
    assert {looks[name].line for name in names if name.endswith("sigmoid")} == {"--"}
    assert len({look.color for look in looks.values()}) == 5
    turned = assign_looks(
        [f"{name.rpartition('-')[2]}-{name.rpartition('-')[0]}" for name in names]
    )
    assert turned["relu-mlp-1"] == looks["mlp-1-relu"]
    unpaired = assign_looks(names[:-1])
    assert len({(look.color, look.filled) for look in unpaired.values()}) == 9


def test_modes_are_bands() -> None:
    axes = axes_of(rates, "Test accuracy, measured")
    bars = sorted((round(bar.get_x(), 1), round(bar.get_width(), 1)) for bar in axes.patches)
    assert bars == [(9.0, 2.0)] * 3 + [(28.0, 37.0)] * 3


def test_modes_shade_the_course_of_a_single_recipe() -> None:
    asked = graded(low=None, high=None, value=61.0, modes=[(9.0, 11.0), (60.0, 65.0)])
    single = [result(expectations=[asked], runs=[run(1, epochs=epochs(5, test_accuracy=(20, 61)))])]
    axes = axes_of(single, "Training and test accuracy")
    edges = {float(line.get_ydata()[0]) for line in axes.lines if len(set(line.get_ydata())) == 1}
    assert {9.0, 11.0, 60.0, 65.0} <= edges


def test_modes_are_several_intervals() -> None:
    assert asked_intervals(graded(low=None, high=None, modes=[(0, 0), (9, 11.5)])) == [
        (0, 0),
        (9, 11.5),
    ]
    assert asked_intervals(graded(low=97.0, high=None)) == [(97.0, None)]
    assert asked_intervals(graded(low=None, high=None)) == []


def test_sides_are_called_by_their_variants_where_these_differ() -> None:
    assert side_names(["q[lr-1]", "q[lr-2]"]) == {"q[lr-1]": "lr-1", "q[lr-2]": "lr-2"}
    assert side_names(["q1", "q2[a]"]) == {"q1": "q1", "q2[a]": "a"}
    assert side_names(["p[a]", "q[a]"]) == {"p[a]": "p[a]", "q[a]": "q[a]"}


def test_long_names_beside_an_axis_stay_different() -> None:
    names = [
        f"{kind}-network-with-{2**size}-units" for kind in ("basic", "complex") for size in (4, 12)
    ]
    shown = short_names(names, 20)
    assert list(shown) == names
    assert len(set(shown.values())) == 4
    assert max(map(len, shown.values())) <= 20
    assert short_names(["relu", "tanh"], 20) == {"relu": "relu", "tanh": "tanh"}


def test_points_on_the_line_are_each_runs_last_accuracies(five: Drawing) -> None:
    axes = axes_of(architectures, "Test against training accuracy")
    runs = [line for line in axes.lines if len(line.get_xdata()) == 10]
    assert len(runs) == 5
    assert "over-fits" in found(architectures, "Test against training accuracy").note


def test_a_hundred_classes_name_the_commonest_mistakes_below() -> None:
    note = found([hundred_classes()], "Confusion, seed 1").note
    assert note.count("taken for") == 3


def sides(measure: str, unit: str, **values: float | None) -> list[Result]:
    compared = graded(measure=measure, unit=unit, value=None, values=values, low=None, high=None)
    return [result(kind="comparison", expectations=[compared])]


def test_an_axis_of_percent_ends_at_a_hundred() -> None:
    axes = axes_of(sides("test_accuracy", "%", a=94.8, b=9.8), "Test accuracy, last epoch")
    ticks = list(axes.get_xticks())
    assert len(ticks) >= 3
    assert max(ticks) <= 100


def test_epochs_start_at_none_and_are_whole() -> None:
    axes = axes_of(
        sides("epochs_to_accuracy", "epochs", a=3.0, b=None), "Test accuracy, last epoch"
    )
    low, high = axes.get_xlim()
    assert low == 0
    assert all(tick == int(tick) for tick in axes.get_xticks() if low <= tick <= high)
    assert [text.get_text().strip() for text in axes.texts] == ["3", "not reached"]


def test_expectations_that_are_called_alike_are_told_apart() -> None:
    rows = [graded("cnn-ahead"), graded("rates"), graded("size", label="trainable parameters")]
    assert distinct_labels(rows) == [
        "test accuracy, last epoch (cnn-ahead)",
        "test accuracy, last epoch (rates)",
        "trainable parameters",
    ]
    compared = [each.model_copy(update={"values": {"a": 90.0, "b": 80.0}}) for each in rows]
    drawing = draw([result(kind="comparison", expectations=compared)])
    assert drawing is not None
    assert [picture.title for picture in drawing.pictures] == [
        "Test accuracy, last epoch (cnn-ahead)",
        "Test accuracy, last epoch (rates)",
        "Trainable parameters",
    ]
