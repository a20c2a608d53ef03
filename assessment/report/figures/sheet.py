"""Panels side by side in one picture of its own, with titles, notes and legend: PNG or SVG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from assessment.report.figures.encoding import to_png
from assessment.report.figures.layout import PANEL_WIDTH, Key, Panel, place_panel
from assessment.report.figures.style import CHARACTER, RC, short_name
from assessment.report.text import one_line, shorten

Format = Literal["png", "svg"]

PER_ROW = 3

TITLE_ROOM = 0.3
LINE_ROOM = 0.16
LEGEND_ROOM = 0.32
"""Inches of a panel's title, of a line of its note, and of the legend."""

DOTS = 150
MOST_BYTES = 1_000_000
"""A file by itself may be larger than a picture in a page."""

TITLE_LIMIT = int((PANEL_WIDTH - 0.2) / (1.3 * CHARACTER))
"""Characters of a title, whose letters are larger and bold."""


def draw_sheet(panels: Sequence[Panel], keys: Sequence[Key], kind: Format) -> bytes:
    """Return panels, at least one, as the bytes of one file; the same panels give the same."""
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may hold a letter that the font lacks
        figure = _arrange(panels, keys)
        if kind == "png":
            return to_png(figure, MOST_BYTES, DOTS)
        buffer = io.BytesIO()
        words = one_line(" ".join(panel.words for panel in panels))
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Description": words})
        return buffer.getvalue()


def _arrange(panels: Sequence[Panel], keys: Sequence[Key]) -> Figure:
    rows = [panels[start : start + PER_ROW] for start in range(0, len(panels), PER_ROW)]
    notes = [[_note_lines(panel) for panel in row] for row in rows]
    heights = [
        TITLE_ROOM
        + max(panel.height for panel in row)
        + LINE_ROOM * max(map(len, lines))
        + (0.08 if any(lines) else 0.0)
        for row, lines in zip(rows, notes, strict=True)
    ]
    legend = LEGEND_ROOM if keys else 0.0
    width, height = PANEL_WIDTH * max(map(len, rows)), sum(heights) + legend
    figure = Figure(figsize=(width, height), facecolor="white")
    top = height - legend
    for row, lines, room in zip(rows, notes, heights, strict=True):
        for column, panel in enumerate(row):
            x = PANEL_WIDTH * column
            y = top - TITLE_ROOM - panel.height
            place_panel(figure, panel, x, y)
            title = shorten(panel.title, TITLE_LIMIT, keep_end=False)
            figure.text(
                (x + 0.1) / width,
                (top - 0.22) / height,
                title,
                size=mpl.rcParams["axes.titlesize"],
                weight="bold",
            )
            for number, line in enumerate(lines[column], start=1):
                figure.text((x + 0.1) / width, (y - LINE_ROOM * number) / height, line)
        top -= room
    if keys:
        figure.legend(
            handles=[_handle(key) for key in keys],
            loc="upper left",
            bbox_to_anchor=(0.1 / width, 1.0),
            borderaxespad=0.2,
            borderpad=0.2,
            ncols=len(keys),
        )
    return figure


def _note_lines(panel: Panel) -> list[str]:
    return wrap(one_line(panel.note), int((PANEL_WIDTH - 0.2) / CHARACTER))


def _handle(key: Key) -> Line2D | Patch:
    label = short_name(key.label, 40)
    if key.patch:
        return Patch(facecolor=key.face, edgecolor=key.color, label=label)
    style: dict[str, Any] = {"linestyle": key.line or "none", "marker": key.marker or "none"}
    return Line2D([], [], color=key.color, markerfacecolor=key.face, label=label, **style)
