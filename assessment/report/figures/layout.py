"""Panels: what stands in a figure of a question, each a picture of its own that a page arranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assessment.report.cells import side_names
from assessment.report.figures.scales import fit_ticks
from assessment.report.figures.style import Look, assign_looks
from assessment.results.record import Result

PANEL_WIDTH = 3.5
PANEL_HEIGHT = 2.4
"""Inches of one panel with its labels; its title is the page's."""


@dataclass(frozen=True)
class Key:
    """One entry of the legend."""

    label: str
    color: str
    marker: str = ""
    face: str = ""
    """Colour inside the marker, or of the patch."""
    line: str = ""
    """`-`, `--`, `:` or nothing."""
    patch: bool = False


@dataclass(frozen=True)
class Panel:
    """One pair of axes and how it is filled."""

    title: str
    fill: Callable[[Axes], None]
    words: str = ""
    """What it shows in words with numbers, for those who cannot see it."""
    note: str = ""
    """One line below it, for everybody."""
    keys: tuple[Key, ...] = ()
    """What the legend has to explain for it."""
    left: float = 0.62
    """Inches for the labels of the vertical axis."""
    bottom: float = 0.46
    """Inches for the labels of the horizontal axis."""
    height: float = PANEL_HEIGHT
    picture: bool = False
    """Images instead of axes."""
    named: bool = True
    """Whether it tells the variants apart by their looks."""


@dataclass(frozen=True)
class Subject:
    """A question's items, each with a name and a look."""

    results: tuple[Result, ...]
    names: tuple[str, ...]
    looks: dict[str, Look]

    @classmethod
    def of(cls, results: Sequence[Result]) -> Subject:
        """Name the items after their variants."""
        names = tuple(side_names([result.unit for result in results]).values())
        return cls(tuple(results), names, assign_looks(names))

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
    return Key(name, look.color, look.marker, look.face, look.line)


def draw_panel(panel: Panel) -> Figure:
    """Draw one panel."""
    figure = Figure(figsize=(PANEL_WIDTH, panel.height), facecolor="white")
    place_panel(figure, panel)
    return figure


def place_panel(figure: Figure, panel: Panel, x: float = 0.0, y: float = 0.0) -> None:
    """Draw a panel into a figure, its lower left corner at `x` and `y`, inches."""
    whole_width, whole_height = figure.get_size_inches()
    width = PANEL_WIDTH - panel.left - 0.16
    height = panel.height - 0.1 - panel.bottom
    axes = figure.add_axes(
        (
            (x + panel.left) / whole_width,
            (y + panel.bottom) / whole_height,
            width / whole_width,
            height / whole_height,
        )
    )
    if panel.picture:
        axes.grid(False)
        for spine in axes.spines.values():
            spine.set_visible(False)
    panel.fill(axes)
    if not panel.picture:
        fit_ticks(axes, width)


def collect_keys(subject: Subject, panels: Sequence[Panel]) -> tuple[Key, ...]:
    """Return the legend of some panels, each entry once; variants first."""
    keys: dict[str, Key] = {}
    if subject.several and any(panel.named for panel in panels):
        for name, _, look in subject.items():
            keys[name] = look_key(name, look)
    for panel in panels:
        for key in panel.keys:
            keys.setdefault(key.label, key)
    return tuple(keys.values())
