"""Panels as SVG: the same as matplotlib draws, at the same places."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from assessment.report.figures import Vector, draw, draw_quickly
from assessment.report.figures import layout as layouts
from assessment.report.figures.layout import Panel, draw_panel
from assessment.report.figures.points import points_panel
from assessment.report.figures.scales import fit_ticks, scale_accuracy, scale_axis
from assessment.report.figures.vector.axes import VectorAxes
from assessment.results.record import Result
from tests.report.builders import epochs
from tests.report.examples import comparison, learning_rates, model_a
from tests.report.extremes import gradients, hostile, many_variants, one_epoch, to_target
from tests.report.homework import colour_filters, homework, hundred_classes, two_classes
from tests.report.pages import Page
from tests.report.students import handed_in, trained


def flat(made: Any) -> list[Result]:
    return [made] if isinstance(made, Result) else list(made)


SETS: dict[str, Callable[[], Any]] = {
    "model a": model_a, "rates": learning_rates, "comparison": comparison,
    "variants": many_variants, "target": to_target, "one epoch": one_epoch,
    "gradients": gradients, "hostile": hostile, "colour": colour_filters,
    "hundred": hundred_classes, "two": two_classes,
    "homework": homework, "student": lambda: trained("q", handed_in()),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_no_panel_needs_matplotlib(name: str) -> None:
    drawing = draw(flat(SETS[name]()), draw_quickly)
    assert drawing is not None
    for picture in drawing.pictures:
        if picture.scale:
            continue  # first-layer weights are an image
        assert isinstance(picture.source, Vector), picture.title
        shown = Page(picture.source.markup)
        assert shown.tags["script"] == 0
        assert "nan" not in picture.source.markup
        assert "inf" not in re.sub(r'aria-label="[^"]*"|>[^<]*<', "", picture.source.markup)


@pytest.mark.parametrize(
    "name", ["model a", "rates", "variants", "target", "one epoch", "gradients"]
)
def test_axes_have_the_ends_and_ticks_that_matplotlib_gives_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels: list[Panel] = []

    def keep(panel: Panel) -> Figure:
        panels.append(panel)
        return draw_panel(panel)

    draw(flat(SETS[name]()), keep)
    compared = 0
    for panel in panels:
        if panel.picture:
            continue
        (theirs,) = draw_panel(panel).axes
        ours: Any = VectorAxes()
        panel.fill(ours)
        fit_ticks(ours, layouts.PANEL_WIDTH - panel.left - 0.16)
        for mine, other in (
            (ours.get_xlim(), theirs.get_xlim()),
            (ours.get_ylim(), theirs.get_ylim()),
        ):
            assert mine == pytest.approx(other, rel=0.02), panel.title
        for axis, other_axis, ends in (
            (ours.xaxis, theirs.xaxis, theirs.get_xlim()),
            (ours.yaxis, theirs.yaxis, theirs.get_ylim()),
        ):
            low, high = sorted(ends)
            shown = [tick for tick in other_axis.get_majorticklocs() if low <= tick <= high]
            written = other_axis.get_major_formatter().format_ticks(list(shown))
            assert [text for _, text in axis.ticks()] == written, panel.title
        assert ours.xaxis.label == theirs.get_xlabel()
        assert ours.yaxis.label == theirs.get_ylabel()
        compared += 1
    assert compared > 1


def curve(values: list[float], **look: Any) -> Panel:
    def fill(axes: Any) -> None:
        scale_axis(axes, np.array(values))
        axes.plot(range(len(values)), values, color="#123456", **look)

    return Panel("A curve", fill)


def paths(source: object) -> list[str]:
    assert isinstance(source, Vector)
    return re.findall(r'<path d="([^"]*)" fill="none"', source.markup)


def test_a_gap_in_the_values_is_a_gap_in_the_line() -> None:
    [path] = paths(draw_quickly(curve([1.0, 2.0, float("nan"), 3.0, 2.0])))
    assert path.count("M") == 2


def test_larger_values_are_higher_up() -> None:
    [path] = paths(draw_quickly(curve([1.0, 3.0, 2.0])))
    heights = [float(y) for y in re.findall(r"[ML][\d.-]+ ([\d.-]+)", path)]
    assert heights[1] < heights[2] < heights[0]


@pytest.mark.parametrize("values", [[5.0], [0.0, 0.0, 0.0], [1e-9, 1e9], [float("nan")] * 3])
def test_odd_values_are_drawn(values: list[float]) -> None:
    source = draw_quickly(curve(values, marker="o"))
    assert isinstance(source, Vector)
    assert "nan" not in source.markup


def test_an_accuracy_that_is_stretched_keeps_its_ticks() -> None:
    axes: Any = VectorAxes()
    assert scale_accuracy(axes, np.array([10.0, 99.5]))
    ticks = {text: share for share, text in axes.yaxis.ticks()}
    assert list(ticks) == ["99.5", "98", "95", "90", "80", "60", "20"]
    assert list(ticks.values()) == sorted(ticks.values(), reverse=True)


def unknown(axes: Any) -> None:
    axes.plot([0, 1], [0, 1], color="#000000")
    axes.pie([1, 2])


def unknown_look(axes: Any) -> None:
    axes.plot([0, 1], [0, 1], color="#000000", dash_capstyle="round")


@pytest.mark.parametrize("fill", [unknown, unknown_look])
def test_what_is_not_known_here_is_left_to_matplotlib(fill: Callable[[Any], None]) -> None:
    assert isinstance(draw_quickly(Panel("Odd", fill)), Figure)


def test_words_are_escaped_and_kept() -> None:
    def fill(axes: Any) -> None:
        axes.set_xlabel("<b>&")
        axes.text(0.5, 0.5, "  <i>\x1b two\nlines", ha="center", va="top")

    source = draw_quickly(Panel("x", fill, words='"quoted" <u>'))
    assert isinstance(source, Vector)
    shown = Page(source.markup)
    assert "<b>&" in shown.text
    assert "lines" in shown.text
    assert shown.values("aria-label") == ['"quoted" <u>']
    assert "\x1b" not in source.markup


def test_points_of_a_class_are_counted_in_tenths() -> None:
    panel = points_panel([0, 0, 9.999999, 10, 10, 4.99, 5], 10)
    assert panel is not None
    assert "0 to 1 points: 2 students" in panel.words
    assert "4 to 5 points: 1 student" in panel.words
    assert "5 to 6 points: 1 student" in panel.words
    assert "9 to 10 points: 3 students" in panel.words
    assert isinstance(draw_quickly(panel), Vector)
    assert points_panel([], 10) is None
    assert points_panel([0.0], 0) is None


def test_many_points_make_no_large_picture() -> None:
    made = trained("q", handed_in())
    long = made.model_copy(
        update={"runs": [made.runs[0].model_copy(update={"epochs": epochs(200)})]}
    )
    drawing = draw([long], draw_quickly)
    assert drawing is not None
    sizes = [len(p.source.markup) for p in drawing.pictures if isinstance(p.source, Vector)]
    assert max(sizes) < 20_000
