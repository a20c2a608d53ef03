"""Panels side by side in one figure, with one legend above them that covers no data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from assessment.report.figures.style import FONT_POINTS, INK, Look, assign_looks, short_name
from assessment.results.record import Result

PANEL_WIDTH = 3.5
PANEL_HEIGHT = 2.65
"""Inches of one panel with its labels."""

TITLE_HEIGHT = 0.36
LEGEND_ROW = 0.21
"""Inches of the figure's title, and of one row of the legend."""

LEGEND_LIMIT = 36
"""Characters of a name in the legend."""

CHARACTER = 0.56 * FONT_POINTS / 72
"""About the width of a character, inches."""


@dataclass(frozen=True)
class Key:
    """One entry of the legend."""

    label: str
    style: dict[str, Any] = field(hash=False)
    patch: bool = False


@dataclass(frozen=True)
class Panel:
    """One pair of axes and how it is filled."""

    title: str
    fill: Callable[[Axes], None]
    keys: tuple[Key, ...] = ()
    """What the legend has to explain for it."""
    left: float = 0.62
    """Inches for the labels of the vertical axis."""
    bottom: float = 0.46
    """Inches for the labels of the horizontal axis."""
    picture: bool = False
    """Images instead of axes."""


@dataclass(frozen=True)
class Subject:
    """A question's items, each with a name and a look."""

    title: str
    results: tuple[Result, ...]
    names: tuple[str, ...]
    looks: dict[str, Look]

    @classmethod
    def of(cls, title: str, results: Sequence[Result]) -> Subject:
        """Name the items after their variants."""
        names = tuple(result.variant or result.question for result in results)
        return cls(title, tuple(results), names, assign_looks(names))

    @property
    def several(self) -> bool:
        """Whether there is more than one variant to overlay."""
        return len(self.results) > 1

    def items(self) -> list[tuple[str, Result, Look]]:
        """Return name, item and look of each variant."""
        return [
            (name, result, self.looks[name])
            for name, result in zip(self.names, self.results, strict=True)
        ]


def look_key(name: str, look: Look) -> Key:
    """Return the legend's entry for a variant or a side."""
    return Key(
        name,
        {
            "color": look.color,
            "marker": look.marker,
            "markerfacecolor": look.face,
            "markersize": 5,
            "linewidth": 1.6,
        },
    )


def choose_columns(panels: int) -> int:
    """Return how many panels stand side by side on a wide page."""
    return {1: 1, 2: 2, 3: 3, 4: 2}.get(panels, 3)


def compose(subject: Subject, panels: Sequence[Panel], columns: int) -> Figure:
    """Draw the panels row by row below the title and the legend."""
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    width = columns * PANEL_WIDTH
    keys = _collect_keys(subject, panels)
    per_row = _keys_per_row(keys, width)
    legend_rows = -(-len(keys) // per_row) if keys else 0
    head = TITLE_HEIGHT + LEGEND_ROW * legend_rows
    height = head + rows * PANEL_HEIGHT
    figure = Figure(figsize=(width, height), facecolor="white")
    title_limit = int((width - 0.3) / (CHARACTER * 1.35))
    figure.text(
        0.12 / width,
        1 - 0.22 / height,
        short_name(subject.title, title_limit),
        fontsize=11,
        fontweight="bold",
        va="center",
    )
    if keys:
        figure.legend(
            handles=[_handle(key) for key in _by_columns(keys, per_row)],
            labels=[short_name(key.label, LEGEND_LIMIT) for key in _by_columns(keys, per_row)],
            loc="upper left",
            bbox_to_anchor=(0.12 / width, 1 - (TITLE_HEIGHT - 0.02) / height),
            ncols=per_row,
            borderaxespad=0.0,
            columnspacing=1.2,
            handletextpad=0.5,
            handlelength=2.2,
            labelspacing=0.35,
        )
    for index, panel in enumerate(panels):
        row, column = divmod(index, columns)
        left = column * PANEL_WIDTH + panel.left
        top = head + row * PANEL_HEIGHT + 0.3
        box = (
            left / width,
            1 - (top + PANEL_HEIGHT - 0.3 - panel.bottom) / height,
            (PANEL_WIDTH - panel.left - 0.16) / width,
            (PANEL_HEIGHT - 0.3 - panel.bottom) / height,
        )
        axes = figure.add_axes(box)
        figure.text(
            (column * PANEL_WIDTH + 0.12) / width,
            1 - (top - 0.1) / height,
            short_name(panel.title, 44),
            fontsize=9.5,
            fontweight="bold",
        )
        if panel.picture:
            axes.grid(False)
            for spine in axes.spines.values():
                spine.set_visible(False)
        panel.fill(axes)
    return figure


def _collect_keys(subject: Subject, panels: Sequence[Panel]) -> list[Key]:
    keys: dict[str, Key] = {}
    if subject.several:
        for name, _, look in subject.items():
            keys[name] = look_key(name, look)
    for panel in panels:
        for key in panel.keys:
            keys.setdefault(key.label, key)
    return list(keys.values())


def _keys_per_row(keys: Sequence[Key], width: float) -> int:
    if not keys:
        return 1
    widest = max(len(short_name(key.label, LEGEND_LIMIT)) for key in keys) * CHARACTER + 0.55
    return max(1, min(len(keys), int((width - 0.1) / widest)))


def _by_columns(keys: Sequence[Key], per_row: int) -> list[Key]:
    """Reorder for matplotlib, which fills a legend column by column, so that rows read in order."""
    return [key for column in range(per_row) for key in keys[column::per_row]]


def _handle(key: Key) -> Line2D | Patch:
    if key.patch:
        return Patch(**key.style)
    return Line2D([], [], **{"color": INK, **key.style})
