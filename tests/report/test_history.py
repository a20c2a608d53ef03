from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from assessment.report.figures.layout import draw_panel
from assessment.report.figures.sessions import session_keys, session_panels
from assessment.report.figures.style import RC
from assessment.report.history import Moment, follow, history_picture, write_history
from assessment.report.measured import Measured
from tests.report.builders import HOSTILE
from tests.report.numbers import ESCAPE, loss, number, reached, terminal

VALUES = (98.31, 98.02, 97.21, 98.31)
SESSIONS = (2, 3, 12, 20)


def moments(numbers: Sequence[Measured]) -> list[Moment]:
    return [
        Moment(session, "nightly" if session == 12 else "", f"2025-03-{session:02}T09:12:44Z", each)
        for session, each in zip(SESSIONS, numbers, strict=False)
    ]


def accuracies(**values: Any) -> list[Moment]:
    return moments([number(value=value, met=value > 97.61, **values) for value in VALUES])


def table(taken: Sequence[Moment], *, markup: bool = False) -> str:
    return terminal(lambda writer: write_history(writer, taken), markup=markup)


def test_the_table_has_a_row_a_session() -> None:
    text = table(accuracies()[::-1])
    lines = [line.rstrip() for line in text.splitlines()]
    assert "task2-1-model-a: test accuracy, last epoch (CO543 Image Processing, Lab 7)" in lines[1]
    assert [" ".join(line.split()) for line in lines[4:8]] == [
        "2 2025-03-02 09:12 98.31 % 97.61 to 98.83 % 3/3",
        "3 2025-03-03 09:12 98.02 % -0.29 97.61 to 98.83 % 3/3 worse",
        "12 nightly 2025-03-12 09:12 97.21 %! -0.81 97.61 to 98.83 % 3/3 worse",
        "20 2025-03-20 09:12 98.31 % +1.10 97.61 to 98.83 % 3/3 better",
    ]
    assert lines[9] == "4 sessions: 97.21 % to 98.31 %"
    assert lines[10] == "Legend: ! not what was asked"


def test_each_number_has_a_block_and_its_own_line() -> None:
    taken = [
        *accuracies(),
        *moments([loss(), loss(None), loss(0.02)]),
        *accuracies(submission="e1"),
    ]
    assert [len(line) for line in follow(taken)] == [4, 3, 4]
    text = table(taken)
    assert text.index("model-a: test accuracy") < text.index("model-a: test loss")
    assert "task2-1-model-a of e1: test accuracy" in text
    assert "3 sessions: 0.02 nats to 0.0251 nats" in text
    assert "no value now" in text
    assert "no value before" in text


def test_what_nobody_asked_for_has_no_such_column() -> None:
    text = table(moments([loss(), loss()]))
    assert "asked" not in text
    assert "points" not in text
    assert "2 sessions: 0.0251 nats\n" in text
    assert "at most 20" in table(moments([reached()]))


def test_a_unit_without_numbers_is_said_to_have_none() -> None:
    assert table([]) == "No session holds a measured number of it.\n"
    assert history_picture([]) is None
    never = moments([reached(None), reached(None)])
    assert "2 sessions\n" in table(never)
    assert history_picture(never) is None


def test_the_table_fits_and_colour_adds_nothing() -> None:
    taken = accuracies(label="test accuracy, last epoch, mean of 5 runs", submission="e" * 60)
    assert max(map(len, table(taken).splitlines())) <= 100
    assert ESCAPE.sub("", table(taken, markup=True)) == table(taken)
    assert "\x1b[31m" in table(taken, markup=True)


def test_no_text_of_others_steers_the_terminal() -> None:
    own = number(lab=HOSTILE, unit=HOSTILE, submission=HOSTILE, label=HOSTILE)
    text = table([Moment(1, HOSTILE, HOSTILE, own)])
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    assert "\u202e" not in text
    text.encode("utf-8")


# --- figure --------------------------------------------------------------------------------------


def test_the_line_goes_through_every_value_in_the_order_of_sessions() -> None:
    (panel,) = session_panels(follow(accuracies()[::-1]))
    (axes,) = draw_panel(panel).axes
    assert panel.title == "Test accuracy, last epoch"
    assert "session 2 98.31 %; session 3 98.02 %; session 12 97.21 %" in panel.words
    line = next(each for each in axes.lines if each.get_marker() == "o")
    assert tuple(line.get_ydata()) == VALUES
    axes.figure.draw_without_rendering()
    assert [label.get_text() for label in axes.get_xticklabels() if label.get_text()] == [
        *("#2", "#3", "#12", "#20")
    ]
    missed = next(each for each in axes.lines if each.get_marker() == "v")
    assert missed.get_xydata().tolist() == [[2.0, 97.21]]
    assert axes.get_ylabel() == "%"


def test_each_session_is_shaded_with_what_it_asked() -> None:
    taken = moments([number(low=97.0, high=98.5), number(low=98.0, high=None), number()])
    (panel,) = session_panels(follow(taken))
    (axes,) = draw_panel(panel).axes
    top = axes.get_ylim()[1]
    boxes = [shade.get_paths()[0].vertices for shade in axes.collections]
    ends = [(box[:, 0].min(), box[:, 1].min(), box[:, 1].max()) for box in boxes]
    assert np.allclose(ends, [(-0.5, 97.0, 98.5), (0.5, 98.0, top), (1.5, 97.61, 98.83)])
    (bare,) = session_panels(follow(moments([loss(), loss()])))
    assert not draw_panel(bare).axes[0].collections


def test_a_session_without_a_value_is_marked_and_leaves_a_gap() -> None:
    lines = follow(moments([reached(5.0), reached(None, met=False), reached(7.0)]))
    (panel,) = session_panels(lines)
    (axes,) = draw_panel(panel).axes
    line = next(each for each in axes.lines if each.get_marker() == "o")
    assert np.isnan(line.get_ydata()[1])
    gone = [each.get_xdata() for each in axes.lines if each.get_marker() == "X"]
    assert gone == [[1.0]]
    assert [key.label for key in session_keys(lines)] == ["measured", "no value", "asked for"]
    assert "session 3 no value" in panel.words


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_picture_repeats_and_holds_many_sessions(kind: Any) -> None:
    many = [
        Moment(at, HOSTILE, "2025-03-01", number(unit=HOSTILE, label=HOSTILE, value=90.0 + at % 7))
        for at in range(1, 200)
    ]
    one, other = (history_picture(many, kind=kind) for _ in range(2))
    assert one is not None
    assert one == other
    if kind == "png":
        image = Image.open(io.BytesIO(one))
        assert image.width > 400
    else:
        assert b"<svg" in one
        assert b"<script" not in one


def test_nothing_is_cut_off() -> None:
    lines = follow([*accuracies(), *moments([reached(5.0), reached(120_000.0)])])
    for panel in session_panels(lines):
        with mpl.rc_context(RC):
            figure = draw_panel(panel)
        inches, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert 0 <= inches.x0 < inches.x1 <= width
        assert 0 <= inches.y0 < inches.y1 <= height
