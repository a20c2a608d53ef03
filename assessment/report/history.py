"""What one unit measured, session after session: a table, and a line with what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from assessment.grading.wording import write_range
from assessment.report.blocks import WIDTH, Cell, Columns, Row, Writer, write_block
from assessment.report.comparison import (
    Compared,
    difference_text,
    earned_text,
    marked_text,
    side_text,
)
from assessment.report.measured import Measured, Place
from assessment.report.table import LEGEND
from assessment.report.text import UNIT_STYLES, count_text, one_line, time_text

COLUMNS = Columns(
    headers={
        "session": "session",
        "name": "name",
        "graded": "graded, UTC",
        "value": "measured",
        "difference": "difference",
        "asked": "asked",
        "points": "points",
        "change": "change",
    },
    right=frozenset({"session", "value", "difference", "points"}),
    shrinkable={"name": 10, "asked": 16, "change": 12},
    kept=frozenset({"session", "value"}),
    cut_at_end=frozenset({"asked", "change"}),
)


@dataclass(frozen=True)
class Moment:
    """One number as a session measured it."""

    session: int
    """Number of the session."""
    session_name: str
    """Its name; empty where it was not saved under one."""
    graded: str
    """UTC time, ISO 8601."""
    measured: Measured


def write_history(writer: Writer, moments: Iterable[Moment], *, width: int = WIDTH) -> None:
    """Write a block for each number of a unit, its sessions from the oldest to the newest."""
    lines = follow(moments)
    for line in lines:
        last = line[-1].measured
        whose = f" of {last.submission}" if last.submission else ""
        heading = f"{last.unit}{whose}: {last.label} ({last.lab})"
        write_block(writer, one_line(heading), _rows(line), COLUMNS, width)
        writer.line(_summary(line), bold=True)
    if any("!" in row["value"].text for line in lines for row in _rows(line)):
        writer.line(f"Legend: {LEGEND['!']}")
    if not lines:
        writer.line("No session holds a measured number of it.")


def history_picture(
    moments: Iterable[Moment], *, kind: Literal["png", "svg"] = "png"
) -> bytes | None:
    """Return values over sessions as the bytes of a picture; None where there is no value."""
    # matplotlib takes a second to import, which a table does not pay.
    from assessment.report.figures.sessions import session_keys, session_panels
    from assessment.report.figures.sheet import draw_sheet

    lines = follow(moments)
    panels = session_panels(lines)
    return draw_sheet(panels, session_keys(lines), kind) if panels else None


def follow(moments: Iterable[Moment]) -> list[list[Moment]]:
    """Return the moments of each number by session, the numbers in the order given."""
    lines: dict[Place, list[Moment]] = {}
    for moment in moments:
        lines.setdefault(moment.measured.place, []).append(moment)
    return [sorted(line, key=lambda moment: moment.session) for line in lines.values()]


def _rows(line: Sequence[Moment]) -> list[Row]:
    before: list[Measured | None] = [None, *(moment.measured for moment in line)]
    return [
        _row(moment, Compared(earlier, moment.measured))
        for moment, earlier in zip(line, before, strict=False)
    ]


def _row(moment: Moment, step: Compared) -> Row:
    measured = moment.measured
    color = {True: "green", False: "red", None: ""}[measured.met]
    return {
        "session": Cell(str(moment.session)),
        "name": Cell(one_line(moment.session_name)),
        "graded": Cell(time_text(moment.graded)),
        "value": Cell(marked_text(measured), {"bold": True}),
        "difference": Cell(difference_text(step, with_unit=False)),
        "asked": Cell(_asked(measured)),
        "points": Cell(earned_text(measured), {color: True} if color else {}),
        "change": Cell((step.direction or step.verdict) if step.old is not None else ""),
    }


def _asked(measured: Measured) -> str:
    if measured.low is None and measured.high is None:
        return ""
    return write_range(
        measured.low, measured.high, UNIT_STYLES.get(measured.unit_word, "significant")
    )


def _summary(line: Sequence[Moment]) -> str:
    """Say over how many sessions a number went between which ends."""
    known = [moment.measured for moment in line if moment.measured.value is not None]
    known.sort(key=lambda measured: measured.value or 0.0)
    ends = dict.fromkeys(side_text(measured) for measured in (known[:1] + known[-1:]))
    return ": ".join(filter(None, (count_text(len(line), "session"), " to ".join(ends))))
