from __future__ import annotations

import io
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from PIL import Image

from assessment.report.comparison import (
    Compared,
    compare,
    comparison_markdown,
    comparison_picture,
    difference_text,
    write_comparison,
)
from assessment.report.figures.change import change_keys, change_panels
from assessment.report.figures.layout import draw_panel
from assessment.report.measured import Measured, list_measured
from tests.report.builders import HOSTILE
from tests.report.examples import comparison as order
from tests.report.examples import model_a
from tests.report.numbers import ACCURACY, ESCAPE, loss, number, reached, terminal, two_runs
from tests.report.students import handed_in

GOLDEN = Path(__file__).parent / "golden"


def table(
    old: Sequence[Measured], new: Sequence[Measured], *, markup: bool = False, width: int = 100
) -> str:
    return terminal(
        lambda writer: write_comparison(
            writer, compare(old, new), old="#3 first", new="#7 nightly", width=width
        ),
        markup=markup,
    )


def test_numbers_of_a_result_keep_what_a_comparison_needs() -> None:
    theirs = model_a().model_copy(update={"submission": handed_in("e19310")})
    practice = model_a().model_copy(update={"submission": handed_in("e19310", practice=True)})
    found = list_measured([theirs, order(), practice])
    assert [each.name for each in found[:3]] == ["accuracy", "parameters", "loss"]
    assert found[0] == number(submission="e19310")
    assert found[3].value is None
    assert found[3].met is True
    assert [each.submission for each in found[3:]] == ["", "", *["e19310 (practice)"] * 3]


def test_rows_are_matched_by_place_and_stand_in_the_new_order() -> None:
    old = [ACCURACY, loss(), number(unit="gone"), number(submission="e1")]
    new = [number(submission="e2"), loss(), replace(ACCURACY, value=98.0, spec="moved.yaml")]
    rows = compare(old, new)
    assert [row.change for row in rows] == [
        *("only in new", "same", "worse", "only in old", "only in old")
    ]
    assert [(row.old, row.new) for row in rows] == [
        (None, new[0]), (old[1], new[1]), (old[0], new[2]), (old[2], None), (old[3], None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "change", "difference"),
    [
        (ACCURACY, number(value=98.62), "better", "+0.31 %"),
        (ACCURACY, number(value=97.0, met=False), "worse, no longer met", "-1.31 %"),
        (number(met=False), ACCURACY, "same, now met", "0"),
        (ACCURACY, number(value=98.314), "better", "+0.004 %"),
        (loss(), loss(0.03), "worse", "+0.0049 nats"),
        (loss(), loss(0.02), "better", "-0.0051 nats"),
        (reached(), reached(15.0), "better", "-2 epochs"),
        (reached(), reached(None, met=False), "no value now, no longer met", ""),
        (reached(None, met=False), reached(), "no value before, now met", ""),
        (reached(None, met=False), reached(None, met=False), "same", ""),
        (number(value=None), number(value=None, met=False), "no longer met", ""),
        (ACCURACY, number(value=None, met=None), "no value now, now undecided", ""),
        (
            number(measure="parameters", unit_word="", value=100.0),
            number(measure="parameters", unit_word="", value=1250.0),
            "higher",
            "+1,150",
        ),
        (
            number(measure="gradient_mean", unit_word="", value=-1e-5),
            number(measure="gradient_mean", unit_word="", value=-3e-5),
            "lower",
            "-2e-05",
        ),
    ],
)
def test_what_changed(old: Measured, new: Measured, change: str, difference: str) -> None:
    (row,) = compare([old], [new])
    assert row.change == change
    assert difference_text(row) == difference


@pytest.mark.parametrize("markup", [False, True], ids=["plain", "markup"])
def test_table_of_two_runs(markup: bool) -> None:
    golden = GOLDEN / ("comparison_markup.txt" if markup else "comparison.txt")
    assert table(*two_runs(), markup=markup) == golden.read_text(encoding="utf-8")


def test_colour_adds_nothing_but_colour() -> None:
    assert ESCAPE.sub("", table(*two_runs(), markup=True)) == table(*two_runs())


def test_the_better_side_is_green_and_the_worse_one_red() -> None:
    text = table([ACCURACY], [number(value=98.0)], markup=True)
    assert re.search("\x1b\\[32m *98.31 %", text)
    assert re.search("\x1b\\[1m\x1b\\[31m *98.00 %", text)
    text = table([loss()], [loss(0.02)], markup=True)
    assert re.search("\x1b\\[31m *0.0251 nats", text)
    assert re.search("\x1b\\[1m\x1b\\[32m *0.02 nats", text)


def test_the_table_fits_a_hundred_columns_and_uses_more() -> None:
    assert max(map(len, table(*two_runs()).splitlines())) <= 100
    assert "complex-network-with-8192-hidden-units" in table(*two_runs(), width=160)


def test_points_show_both_sides_where_they_differ() -> None:
    half = number(earned=1.5)
    assert " 3 > 1.5/3 " in table([ACCURACY], [half])
    assert " 3/3  same" in table([ACCURACY], [ACCURACY])
    assert " 3/3 > 1.5/2 " in table([ACCURACY], [number(earned=1.5, points=2.0)])


def test_the_last_lines_add_up_each_run_and_count_what_happened() -> None:
    old = [ACCURACY, loss(), number(unit="other", seconds=10.0)]
    text = table(old, [number(value=97.0, met=False, earned=0.0), loss()])
    assert "old: #3 first, 6 of 6 points, 2 items, 3 min 40 s of training" in text
    assert "new: #7 nightly, 0 of 3 points, 1 item, 3 min 30 s of training" in text
    assert "3 numbers: 1 worse, 1 same, 1 only in old; 1 no longer met" in text
    assert "Legend: ! not what was asked" in text
    assert "Legend" not in table([ACCURACY], [ACCURACY])


def test_submissions_have_a_column_only_where_there_are_some() -> None:
    whose = number(submission="e19310")
    assert "submission" in table([whose], [whose])
    assert "submission" not in table([ACCURACY], [ACCURACY])


def test_two_runs_without_a_number_are_said_to_hold_none() -> None:
    assert table([], []) == "Neither run holds a measured number.\n"
    assert comparison_markdown([], old="a", new="b") == "Neither run holds a measured number.\n"
    assert comparison_picture([], old="a", new="b") is None
    assert comparison_picture([Compared(ACCURACY, None)], old="a", new="b") is None


def harmful() -> Measured:
    return number(
        lab=HOSTILE, unit=HOSTILE, submission=HOSTILE, name=HOSTILE, label=HOSTILE, unit_word="%"
    )


def test_no_text_of_others_reaches_a_terminal_or_becomes_markup() -> None:
    rows = compare([harmful()], [replace(harmful(), value=90.0)])
    text = terminal(lambda writer: write_comparison(writer, rows, old=HOSTILE, new=HOSTILE))
    markdown = comparison_markdown(rows, old=HOSTILE, new=HOSTILE)
    for shown in (text, markdown):
        assert not [c for c in shown if ord(c) < 32 and c != "\n"]
        assert "\u202e" not in shown
        shown.encode("utf-8")
    outside_code = re.sub("`[^`]*`", "", markdown)
    assert "<script>" not in outside_code
    assert {line.count("|") for line in markdown.splitlines() if line.startswith("| ")} == {8, 10}


def test_markdown_holds_every_row() -> None:
    rows = compare(*two_runs())
    text = comparison_markdown(rows, old="#3 first", new="#7 nightly")
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(lines) == len(rows)
    assert "Old: #3 first, " in text
    assert "## CO543 Image Processing, Lab 7\n\n| Item | Expectation | Old | New |" in text
    (row,) = compare([ACCURACY], [number(value=98.0, earned=1.5)])
    shown = comparison_markdown([row], old="a", new="b").splitlines()[-1]
    assert shown == (
        "| `task2-1-model-a` | test accuracy, last epoch | 98.31 % | 98.0 % | -0.31 % "
        "| 3 &gt; 1.5/3 | worse |"
    )


def test_thousands_of_numbers_take_a_moment() -> None:
    old = [number(unit=f"q{at}", value=90 + at % 10) for at in range(10_000)]
    new = [replace(each, value=each.value - 0.5) for each in old if each.value is not None]
    began = time.perf_counter()
    rows = compare(old, new)
    terminal(lambda writer: write_comparison(writer, rows, old="a", new="b"))
    comparison_markdown(rows, old="a", new="b")
    assert time.perf_counter() - began < 5
    assert {row.direction for row in rows} == {"worse"}


# --- figure --------------------------------------------------------------------------------------


def test_a_panel_a_unit_and_a_measurement_without_one() -> None:
    size, norm = (
        number(name=measure, measure=measure, unit_word="", value=5.0)
        for measure in ("parameters", "gradient_norm")
    )
    rows = compare(*[[ACCURACY, loss(), reached(), size, norm]] * 2)
    titles = [panel.title for panel in change_panels(rows, "a", "b")]
    assert titles == [
        *("Test accuracy", "Test loss", "Epochs to accuracy", "Parameters", "Gradient norm")
    ]
    two = [ACCURACY, number(name="train", measure="train_accuracy")]
    assert [panel.title for panel in change_panels(compare(two, two), "a", "b")] == ["Values in %"]


def test_each_number_is_a_point_and_both_axes_are_alike() -> None:
    rows = compare(*two_runs())
    drawn = 0
    for panel in change_panels(rows, "#3 first", "#7 nightly"):
        (axes,) = draw_panel(panel).axes
        assert axes.get_xlim() == axes.get_ylim()
        assert axes.get_xlabel().startswith("#3 first")
        assert axes.get_ylabel().startswith("#7 nightly")
        low, high = axes.get_xlim()
        points = [line for line in axes.lines if line.get_linestyle() == "None"]
        shown = [place for line in points for place in line.get_xydata()]
        assert len(shown) > 0
        assert all(low <= x <= high and low <= y <= high for x, y in shown)
        drawn += len(shown)
    assert drawn == sum(row.values is not None for row in rows)


@pytest.mark.parametrize(
    ("old", "note"),
    [
        ([ACCURACY], "Shaded: a change of at most 0.61 %, half the median width of the bands."),
        ([number(low=None)], "Shaded: a change of at most 1 % of the value."),
        (
            [reached(low=10.0), reached(unit="b", low=5.0), reached(unit="c", low=None)],
            "Shaded: a change of at most 47 % of the value, half the median width of the bands.",
        ),
    ],
    ids=["band", "open", "epochs"],
)
def test_bands_say_what_is_no_change(old: list[Measured], note: str) -> None:
    (panel,) = change_panels(compare(old, old), "a", "b")
    assert panel.note == note


def test_what_got_worse_the_most_is_named_in_the_figure_and_in_words() -> None:
    old = [number(unit=f"q{at}", value=98.0) for at in range(8)]
    new = [number(unit=f"q{at}", value=98.0 - at) for at in range(8)]
    (panel,) = change_panels(compare(old, new), "a", "b")
    (axes,) = draw_panel(panel).axes
    assert [text.get_text() for text in axes.texts] == ["q7", "q6", "q5"]
    assert "8 numbers: 7 worse, 1 same; q7 test accuracy, last epoch -7.00 %" in panel.words
    (still,) = change_panels(compare(old, old), "a", "b")
    assert not draw_panel(still).axes[0].texts


def test_the_legend_has_what_is_used() -> None:
    rows = compare([ACCURACY, loss()], [number(value=98.0), loss(0.01)])
    assert [key.label for key in change_keys(rows)] == ["worse", "better", "no change to speak of"]
    assert change_keys([Compared(None, ACCURACY)]) == []


@pytest.mark.parametrize("count", [1, 3, 4])
def test_the_picture_is_one_file_and_nothing_is_cut_off(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [
        number(unit=f"q{at}", name=str(at), measure=f"m{at}", unit_word="", value=10.0 + at)
        for at in range(count)
    ]
    new = [replace(each, value=9.0) for each in old]
    seen: list[Figure] = []
    monkeypatch.setattr(
        Figure, "legend", lambda figure, *a, legend=Figure.legend, **k: seen.append(figure)
        or legend(figure, *a, **k),
    )  # fmt: skip
    png = comparison_picture(compare(old, new), old="#3 first", new="#7 nightly")
    assert png is not None
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    (figure,) = seen
    assert len(figure.axes) == count
    inches, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert 0 <= inches.x0 < inches.x1 <= width
    assert 0 <= inches.y0 < inches.y1 <= height


def test_pictures_repeat_and_hold_hostile_names() -> None:
    rows = compare([harmful()], [replace(harmful(), value=50.0)])
    for kind in ("png", "svg"):
        one, other = (
            comparison_picture(rows, old=HOSTILE, new=HOSTILE, kind=kind) for _ in range(2)
        )
        assert one is not None
        assert one == other
    svg = ElementTree.fromstring(one.decode("utf-8"))
    tags = {element.tag.rpartition("}")[2] for element in svg.iter()}
    assert "text" in tags
    assert "script" not in tags
    assert "alert" in "".join(svg.itertext())
