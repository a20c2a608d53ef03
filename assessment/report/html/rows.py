"""Columns and details that pytest-html's own table of tests gets.

pytest-html matches a cell's class `col-X` with its header's
`data-column-type="X"`, sorts by the cell's content as text, and toggles a row
only where the click hits the cell itself: so numbers sort by a hidden padded
copy, and cells hold no visible elements.

Of a class there are thousands of rows, and every character of markup counts: a
quotation mark takes five within pytest-html's attribute, and what is sorted by
stands in it twice. So attributes have no quotation marks, points sort by the
spaces in front of them, and details are on the students' own pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from assessment.report.cells import asked_text, fixed_text, main_expectation, measured_text
from assessment.report.html.expectations import expectations_table, reason_line
from assessment.report.text import (
    STATUS_WORDS,
    escape,
    one_line,
    points_text,
    printed_html,
    shorten,
)
from assessment.results.record import Result
from assessment.results.totals import UNDECIDED

COLUMNS = (("points", "Points"), ("measured", "Measured"), ("asked", "Asked for"))

CLASS_COLUMNS = (("who", "Student"), ("unit", "Question"), ("points", "Points"))
"""Of a class, what can be sorted by; behind them stands what was measured."""

MOST_CHARACTERS = 60
"""Of what a row of a class says was measured, or of the id of a test that is no item."""

REASON_LIMIT = 120

WHOLE_DIGITS = 4
"""Digits of points before the decimal point."""

OFFSET = 1e12
"""Larger than any measured value; makes negative numbers sort as text."""


def header_cells() -> list[str]:
    """Return the header's cells, for `pytest_html_results_table_header`."""
    return [
        f'<th class="sortable" data-column-type="{name}">{title}</th>' for name, title in COLUMNS
    ]


def row_cells(result: Result | None) -> list[str]:
    """Return as many cells for a row, empty ones for a test that is no item of a lab."""
    if result is None:
        return [_cell(name) for name, _ in COLUMNS]
    return [
        _cell(name, key, text.replace("`", ""))  # an element in it would be no place to click
        for (name, _), (key, text) in zip(COLUMNS, row_contents(result), strict=True)
    ]


def class_header_cells(cells: Sequence[str]) -> list[str]:
    """Return the header's cells of a class in place of pytest-html's, the first of which stays."""
    own = [
        f'<th class="sortable" data-column-type="{name}">{title}</th>'
        for name, title in CLASS_COLUMNS
    ]
    return [cells[0], *own, "<th>Measured</th>"]


def class_row_cells(
    cells: Sequence[str], result: Result | None, address: str = "", name: str = ""
) -> list[str]:
    """Return a row of a class in place of pytest-html's.

    Args:
        cells: of pytest-html, the first of which tells how the test ended.
        result: of the item; None for another test.
        address: of the student's page, seen from the report.
        name: of another test.
    """
    ended = cells[0].replace('"', "")
    if result is None or result.submission is None:
        shown = shorten(name, MOST_CHARACTERS)
        return [ended, _bare("who"), _bare("unit", shown), _bare("points"), _bare("measured")]
    student = escape(one_line(result.submission.id))
    link = f"<a href={quote(address)}>{student}</a>" if address else student
    measured = shorten(row_contents(result)[1][1].replace("`", ""), MOST_CHARACTERS)
    return [
        ended,
        f"<td class=col-who>{link}</td>",
        _bare("unit", one_line(result.unit)),
        f"<td class=col-points>{escape(_sorting_points(result))}</td>",
        _bare("measured", measured),
    ]


def class_row_log(result: Result) -> str:
    """Return what a row of a class tells when it is opened: why, where it went wrong."""
    if result.status in ("scored", "waiting"):
        return ""
    return escape(shorten(result.reason, REASON_LIMIT, keep_end=False))


def _bare(name: str, text: str = "") -> str:
    return f"<td class=col-{name}>{escape(text)}</td>"


def _sorting_points(result: Result) -> str:
    """Write points so that their text sorts as they do; a page shows no spaces in front."""
    if result.status == "waiting":
        return f"waiting / {points_text(result.waiting)}"
    of = points_text(result.points)
    if result.status in UNDECIDED:
        return f"\u2013 / {of}"
    earned = points_text(result.earned)
    return f"{' ' * (WHOLE_DIGITS - len(earned.partition('.')[0]))}{earned} / {of}"


def row_contents(result: Result) -> list[tuple[float | None, str]]:
    """Return of each column the number that it is sorted by and its text, which is not escaped."""
    main = main_expectation(result)
    if result.status == "scored":
        value = main.value if main is not None else None
        measured = measured_text(main) if main is not None else fixed_text(None, "")
    else:
        value, measured = None, STATUS_WORDS[result.status]
    return [_points(result), (value, measured), (None, asked_text(main))]


def row_extra_html(result: Result) -> str:
    """Return the details of a row: why, what was expected, and where a failed run ended."""
    outputs = "".join(
        f"<p>Seed {run.seed}: {escape(run.reason)}</p>{printed_html(run.output)}"
        for run in result.runs
        if run.outcome != "scored" and (run.reason or run.output)
    )
    return (
        f'<div class="as-report as-row">{reason_line(result)}'
        f"{expectations_table([result])}{outputs}</div>"
    )


def _points(result: Result) -> tuple[float | None, str]:
    if result.status == "waiting":
        return None, f"waiting/{points_text(result.waiting)}"
    if result.status in UNDECIDED:
        return None, f"\u2013/{points_text(result.points)}"
    return result.earned, f"{points_text(result.earned)}/{points_text(result.points)}"


def _cell(name: str, key: float | None = None, text: str = "") -> str:
    hidden = "" if key is None else f"<span hidden>{_sortable(key)}</span>"
    return f'<td class="col-{name}">{hidden}{escape(one_line(text))}</td>'


def _sortable(value: float) -> str:
    bounded = max(-OFFSET, min(value, OFFSET))
    return f"{bounded:020.6f}" if bounded >= 0 else f"-{OFFSET + bounded:019.6f}"
