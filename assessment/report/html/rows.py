"""Columns and details that pytest-html's own table of tests gets.

pytest-html matches a cell's class `col-X` with its header's
`data-column-type="X"`, sorts by the cell's content as text, and toggles a row
only where the click hits the cell itself: so numbers sort by a hidden padded
copy, and cells hold no visible elements.
"""

from __future__ import annotations

from assessment.report.cells import asked_text, fixed_text, main_expectation, measured_text
from assessment.report.html.expectations import expectations_table, reason_line
from assessment.report.text import STATUS_WORDS, escape, one_line, points_text
from assessment.results.record import Result
from assessment.results.totals import UNDECIDED

COLUMNS = (("points", "Points"), ("measured", "Measured"), ("asked", "Asked for"))

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
        f"<p>Seed {run.seed}: {escape(run.reason)}</p><pre>{escape(run.output)}</pre>"
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
