"""What holds for every panel of every example: size, sharpness, room for text, words."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from assessment.report.figures import MOST_BYTES, Drawing, encode, to_png
from tests.report.builders import confusion, result, run
from tests.report.drawings import CASES, drawn, drawn_case, figures, panel
from tests.report.examples import comparison
from tests.report.extremes import many_variants


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Drawing, list[list[bytes]]]:
    """Give each example drawn, with the pictures of each of its figures."""
    return drawn_case(request.param)


def test_pictures_stay_small_and_sharp(case: tuple[Drawing, list[list[bytes]]]) -> None:
    drawing, encoded = case
    for sheet, pngs in zip(drawing.sheets, encoded, strict=True):
        assert len(sheet) <= 6  # a row of panels, or the weights of some variants
        assert sum(map(len, pngs)) <= MOST_BYTES
        for shown, png in zip(sheet, pngs, strict=True):
            if isinstance(shown.source, Figure):
                dots = Image.open(io.BytesIO(png)).width / shown.source.get_figwidth()
                assert dots >= 80, shown.title  # 8.5 points are 9 pixels high


def test_a_heavy_panel_leaves_the_others_sharp() -> None:
    light = figures(drawn([comparison()]))[0]
    heavy = figures(drawn_case("everything")[0])[0]
    sizes = [len(png) for png in encode([light, heavy])]
    least = sizes[0] + sizes[1] // 2
    again = [len(png) for png in encode([light, heavy], least)]
    assert again[0] == sizes[0]
    assert sizes[1] / 3 < again[1] <= sizes[1] // 2


def test_the_same_results_give_the_same_bytes() -> None:
    one, other = (figures(drawn([comparison()]))[0] for _ in range(2))
    assert to_png(one) == to_png(other)


def test_text_is_large_enough_and_nothing_is_cut_off(
    case: tuple[Drawing, list[list[bytes]]],
) -> None:
    for figure in figures(case[0]):
        sizes = {text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip()}  # type: ignore[attr-defined]
        assert min(sizes) >= 8
        inches = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert inches.x0 >= 0
        assert inches.y0 >= 0
        assert inches.x1 <= width
        assert inches.y1 <= height


def test_numbers_at_an_axis_do_not_touch(case: tuple[Drawing, list[list[bytes]]]) -> None:
    for shown in case[0].pictures:
        if not isinstance(shown.source, Figure) or not shown.source.axes[0].axison:
            continue
        (axes,) = shown.source.axes
        low, high = sorted(axes.get_xlim())
        boxes = [
            label.get_window_extent()
            for place, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
            if low <= place <= high and label.get_text()
        ]
        for one, other in pairwise(sorted(boxes, key=lambda box: box.x0)):
            assert one.x1 < other.x0 + 0.5, shown.title


@pytest.mark.parametrize("count", [2, 10, 11, 20, 21, 100])
def test_names_of_classes_do_not_touch(count: int) -> None:
    classes = [f"{number}-animal-or-thing" for number in range(count)]
    item = result(classes=classes, runs=[run(1, confusion=confusion(count, images=50))])
    axes = panel(drawn([item]), "Confusion, seed 1")
    axes.figure.draw_without_rendering()
    rows = [label.get_window_extent() for label in axes.get_yticklabels()]
    columns = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(rows) >= (count if count <= 20 else 2)
    for one, other in pairwise(sorted(rows, key=lambda box: box.y0)):
        assert one.y1 < other.y0 + 2
    for one, other in pairwise(sorted(columns, key=lambda box: box.x0)):
        assert one.x1 < other.x0 + 2


@pytest.mark.parametrize("count", [3, 12, 40])
def test_names_of_variants_do_not_touch(count: int) -> None:
    axes = panel(drawn(many_variants(count)), "Test accuracy, measured")
    axes.figure.draw_without_rendering()
    rows = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert len(rows) == count
    for one, other in pairwise(sorted(rows, key=lambda box: box.y0)):
        assert one.y1 < other.y0 + 2


def test_every_picture_has_words_and_no_two_the_same(
    case: tuple[Drawing, list[list[bytes]]],
) -> None:
    drawing, _ = case
    words = [shown.words for shown in drawing.pictures]
    assert len(set(words)) == len(words)
    for shown in drawing.pictures:
        assert 15 < len(shown.words) < 1000
        assert shown.words.endswith(".")
        assert "\n" not in shown.words


def test_every_axis_is_labelled_with_its_unit(
    case: tuple[Drawing, list[list[bytes]]],
) -> None:
    for shown in case[0].pictures:
        if not isinstance(shown.source, Figure):
            continue
        title, (axes,) = shown.title, shown.source.axes
        if axes.axison:
            assert axes.get_xlabel(), title
        if axes.lines and title.lower().endswith("loss"):
            assert "nats" in axes.get_ylabel() + axes.get_xlabel()
        if axes.lines and title.lower().endswith("accuracy"):
            assert "%" in axes.get_ylabel() + axes.get_xlabel()
