"""A table of a terminal: a heading between lines, aligned columns, cells with colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assessment.report.text import shorten

WIDTH = 100
"""Columns that a table tries not to exceed."""

GAPS = (2, 1)
"""Spaces between two columns: roomy where there is room."""


class Writer(Protocol):
    """What is used of pytest's TerminalWriter."""

    def line(self, s: str = "", **markup: bool) -> None:
        """Write a line."""

    def write(self, msg: str, *, flush: bool = False, **markup: bool) -> None:
        """Write without ending the line."""


@dataclass
class Cell:
    """Text of one column, with pytest's markup."""

    text: str = ""
    markup: dict[str, bool] = field(default_factory=dict)


Row = dict[str, Cell]
"""Cells by the key of their column."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table, from left to right."""

    headers: Mapping[str, str]
    """What stands above each, by its key."""
    right: frozenset[str]
    """Aligned at their right."""
    shrinkable: Mapping[str, int]
    """Which give way when the table is too wide, in this order, and how far."""
    kept: frozenset[str]
    """Shown even where every row leaves them empty."""
    cut_at_end: frozenset[str] = frozenset()
    """Of a text that is too long these leave out the end, the others the middle."""


def write_block(
    writer: Writer, heading: str, rows: Sequence[Row], columns: Columns, width: int = WIDTH
) -> None:
    """Write a heading, the columns that are used, and a line below them; `rows` are not empty."""
    names = [
        name
        for name in columns.headers
        if name in columns.kept or any(row[name].text for row in rows)
    ]
    headers = columns.headers
    widths, gap = _fit(
        {name: max(len(headers[name]), *(len(row[name].text) for row in rows)) for name in names},
        columns,
        width,
    )
    heading = shorten(heading, width - 8)
    length = max(sum(widths.values()) + gap * (len(names) - 1), len(heading) + 8)
    writer.line("")
    writer.line(f" {heading} ".center(length, "-"), yellow=True)
    titles = (_aligned(columns, name, headers[name], widths[name]) for name in names)
    writer.line((" " * gap).join(titles).rstrip())
    writer.line("-" * length, yellow=True)
    for row in rows:
        _write_row(writer, row, columns, widths, gap)
    writer.line("-" * length, yellow=True)


def _fit(widths: dict[str, int], columns: Columns, limit: int) -> tuple[dict[str, int], int]:
    """Return widths and gap that fit: first the gap narrows, then the shrinkable columns."""
    for gap in GAPS:
        excess = sum(widths.values()) + gap * (len(widths) - 1) - limit
        if excess <= 0:
            return widths, gap
    for name, least in columns.shrinkable.items():
        if excess > 0 and name in widths:
            given = min(excess, max(0, widths[name] - least))
            widths[name] -= given
            excess -= given
    return widths, GAPS[-1]


def _write_row(
    writer: Writer, row: Row, columns: Columns, widths: Mapping[str, int], gap: int
) -> None:
    cells = []
    for name, width in widths.items():
        text = shorten(row[name].text, width, keep_end=name not in columns.cut_at_end)
        # Of right-aligned text the last character may be the space that keeps marks in line.
        text = row[name].text if len(row[name].text) <= width else text
        cells.append((_aligned(columns, name, text, width), row[name].markup))
    while len(cells) > 1 and not cells[-1][0].strip():
        cells.pop()
    for text, markup in cells[:-1]:
        writer.write(text, **markup)
        writer.write(" " * gap)
    writer.line(cells[-1][0].rstrip(), **cells[-1][1])


def _aligned(columns: Columns, name: str, text: str, width: int) -> str:
    return text.rjust(width) if name in columns.right else text.ljust(width)
