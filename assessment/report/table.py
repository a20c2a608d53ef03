"""The table at the end of a run: one block a lab, one row an item.

The plugin calls `write_table` from `pytest_terminal_summary`. Nothing depends
on colour alone: `!` marks a value outside what was asked, `^` one above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from assessment.report.blocks import WIDTH, Cell, Columns, Row, Writer, write_block
from assessment.report.cells import (
    Rank,
    asked_text,
    best_and_worst,
    main_expectation,
    measured_text,
    others_text,
    reported_text,
)
from assessment.report.class_table import write_class_table
from assessment.report.found import practice_notes
from assessment.report.provenance import elsewhere_notes
from assessment.report.text import (
    STATUS_WORDS,
    count_text,
    duration_text,
    one_line,
    points_text,
    seed_count,
)
from assessment.results.classes import Absent, Pair, is_class
from assessment.results.promises import promise_of, promise_words
from assessment.results.record import Graded, Result, Status
from assessment.results.totals import UNDECIDED, LabResults, Totals, add_up, group

__all__ = ["LEGEND", "WIDTH", "totals_text", "write_table"]


def write_table(
    terminalwriter: Writer,
    results: Sequence[Result],
    *,
    width: int = WIDTH,
    absent: Sequence[Absent] = (),
    similar: Sequence[Pair] = (),
) -> None:
    """Write a block for each lab, then the sum of all; nothing where there are no results.

    Args:
        terminalwriter: of pytest.
        results: of all items.
        width: columns that the table tries not to exceed.
        absent: of a class, who handed in nothing.
        similar: of a class, submissions that are much alike.
    """
    if is_class(results):
        write_class_table(terminalwriter, results, absent=absent, similar=similar, width=width)
        return
    labs = group(results)
    marks: set[str] = set()
    for lab in labs:
        _write_lab(terminalwriter, lab, width, marks)
    if len(labs) > 1:
        terminalwriter.line(f"All labs: {totals_text(add_up(results))}", bold=True)
    if marks:
        terminalwriter.line("Legend: " + ", ".join(LEGEND[mark] for mark in sorted(marks)))


SHORT_STATUS: dict[Status, str] = {
    "waiting": "waiting",
    "shortened": "cut short",
    "smoke": "smoke run",
}
"""Status words that are too long for a column."""

LEGEND = {"!": "! not what was asked", "^": "^ unusual for correct work, to be looked at"}


def totals_text(totals: Totals) -> str:
    """Say in one line how many points there are, and what is still open."""
    parts = [f"{points_text(totals.earned)} of {points_text(totals.points)} points"]
    if totals.waiting:
        parts.append(f"{points_text(totals.waiting)} waiting for a person")
    if totals.undecided:
        parts.append(f"{points_text(totals.undecided)} not graded")
    parts.append(count_text(totals.items, "item"))
    if totals.seconds:
        parts.append(f"{duration_text(totals.seconds)} of training")
    return ", ".join(parts)


def _write_lab(writer: Writer, lab: LabResults, width: int, marks: set[str]) -> None:
    rows = list(_rows(lab, marks))
    heading = f"{one_line(lab.lab)} ({one_line(lab.spec)})"
    write_block(writer, heading, rows, COLUMNS, width)
    writer.line(f"total {totals_text(lab.totals)}", bold=True)
    promise = promise_of(lab.results)
    notes = [*_notes(lab), *practice_notes(lab)]
    notes += [(note, "yellow") for note in elsewhere_notes(lab.results)]
    if promise is not None:
        notes.append((f"chance: {promise_words(promise)}", "light"))
    for note, color in notes:
        for line in wrap(note, width, subsequent_indent="  ", break_on_hyphens=False):
            writer.line(line, **{color: True})
    writer.line("")


COLUMNS = Columns(
    headers={
        "question": "question",
        "variant": "variant",
        "points": "points",
        "measured": "measured",
        "asked": "asked",
        "others": "others",
        "reported": "reported",
        "seconds": "seconds",
        "seeds": "seeds",
    },
    right=frozenset({"points", "measured", "reported", "seconds", "seeds"}),
    shrinkable={"asked": 16, "question": 19, "variant": 12},
    kept=frozenset({"question", "points", "measured"}),
    cut_at_end=frozenset({"asked"}),
)


def _rows(lab: LabResults, marks: set[str]) -> Iterator[Row]:
    for question in lab.questions:
        ranks = best_and_worst(question.results)
        for index, result in enumerate(question.results):
            main = main_expectation(result)
            yield {
                "question": Cell(one_line(result.question) if index == 0 else ""),
                "variant": Cell(one_line(result.variant or "")),
                "points": _points(result),
                "measured": _measured(result, main, ranks.get(index), marks),
                "asked": Cell(one_line(asked_text(main))),
                "others": Cell(others_text(result)),
                "reported": Cell(reported_text(main)),
                "seconds": Cell(_seconds(result.seconds)),
                "seeds": Cell(str(seed_count(result) or "")),
            }


def _points(result: Result) -> Cell:
    if result.status == "waiting":
        return Cell(f"-/{points_text(result.waiting)}")
    if result.status in UNDECIDED:
        return Cell(f"-/{points_text(result.points)}")
    text = f"{points_text(result.earned)}/{points_text(result.points)}"
    if not result.points:
        return Cell(text if result.status == "scored" else "-")
    if result.earned >= result.points:
        return Cell(text, {"green": True})
    return Cell(text, {"yellow" if result.earned > 0 else "red": True})


def _measured(result: Result, main: Graded | None, rank: Rank | None, marks: set[str]) -> Cell:
    if result.status != "scored":
        return Cell(SHORT_STATUS.get(result.status, STATUS_WORDS[result.status]), {"yellow": True})
    mark = ""
    if main is not None and main.flagged:
        mark = "^"
    elif main is not None and main.met is False:
        mark = "!"
    if mark:
        marks.add(mark)
    markup = {"bold": True}
    if rank is not None:
        markup["green" if rank == "best" else "red"] = True
    return Cell(one_line(measured_text(main)) + (mark or " "), markup)


def _seconds(seconds: float) -> str:
    if not seconds:
        return ""
    return f"{seconds:.1f}" if seconds < 100 else f"{seconds:,.0f}"


def _notes(lab: LabResults) -> Iterator[tuple[str, str]]:
    """Yield a line for each reason why items were not graded, and one for all that wait."""
    waiting = [result for result in lab.results if result.waiting]
    ungraded: dict[tuple[Status, str], list[Result]] = {}
    for result in lab.results:
        if result.status not in ("scored", "waiting", "smoke"):
            reason = one_line(result.reason) or "no reason was given"
            ungraded.setdefault((result.status, reason), []).append(result)
    for (status, reason), results in ungraded.items():
        names = ", ".join(one_line(result.unit) for result in results)
        worth = sum(result.points for result in results)
        points = f" ({_points_words(worth)})" if worth else ""
        color = "yellow" if status in UNDECIDED else "red"
        yield f"{SHORT_STATUS.get(status, STATUS_WORDS[status])}: {names}{points}: {reason}", color
    if waiting:
        names = ", ".join(one_line(result.unit) for result in waiting)
        points = _points_words(sum(result.waiting for result in waiting))
        yield f"waiting: a person gives {points} for {names}", "yellow"


def _points_words(points: float) -> str:
    return f"{points_text(points)} point{'' if points == 1 else 's'}"
