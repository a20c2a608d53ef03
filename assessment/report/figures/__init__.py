"""Figures: everything that the runs of a question can show, one picture a panel.

A page arranges the pictures by its width; title, legend and notes are its own text.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from assessment.report.figures.against import (
    generalisation_panels,
    parameter_panels,
    trajectory_panels,
)
from assessment.report.figures.confusion import confusion_panels
from assessment.report.figures.curves import accuracy_panels, gradient_panels, loss_panels
from assessment.report.figures.encoding import MOST_BYTES, MOST_DOTS, encode, to_png
from assessment.report.figures.evidence import comparison_panels, epochs_panels, measured_panels
from assessment.report.figures.images import mistake_panels, sample_panels
from assessment.report.figures.layout import (
    PANEL_WIDTH,
    Key,
    Panel,
    Subject,
    collect_keys,
    draw_panel,
)
from assessment.report.figures.style import RC
from assessment.report.figures.vector import Vector, draw_quickly
from assessment.report.figures.weights import weight_mosaics
from assessment.results.record import Result

__all__ = [
    "MOST_BYTES",
    "PANEL_PIXELS",
    "Drawing",
    "Key",
    "Picture",
    "Vector",
    "draw",
    "draw_panel",
    "draw_quickly",
    "encode",
    "to_png",
]

MAKERS = (
    loss_panels,
    accuracy_panels,
    measured_panels,
    epochs_panels,
    comparison_panels,
    parameter_panels,
    generalisation_panels,
    trajectory_panels,
    gradient_panels,
    confusion_panels,
    mistake_panels,
    sample_panels,
)
"""What a question may show, in reading order; the last ones go first where there are too many."""

MOST_PANELS = 18

PER_FIGURE = 3
"""Panels that share the bytes of one figure: a row of a wide page."""

PANEL_PIXELS = round(PANEL_WIDTH * MOST_DOTS)
"""How wide a panel is at its sharpest."""


@dataclass(frozen=True)
class Picture:
    """One panel, drawn."""

    title: str
    words: str
    """What it shows, for those who cannot see it."""
    note: str
    source: Figure | Image.Image | Vector
    scale: int = 0
    """Pixels of the page for each of an image's own; 0 for a figure, which may be of any width."""


@dataclass(frozen=True)
class Drawing:
    """The figures of one question."""

    keys: tuple[Key, ...]
    """The legend of all of them."""
    sheets: tuple[tuple[Picture, ...], ...]
    """Each may have `MOST_BYTES`."""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All panels in reading order."""
        return tuple(picture for sheet in self.sheets for picture in sheet)


def draw(
    question_results: Sequence[Result], pen: Callable[[Panel], Figure | Vector] = draw_panel
) -> Drawing | None:
    """Draw one question, all its variants overlaid; None where there is nothing to show.

    `pen` draws a panel: `draw_panel` as a picture, `draw_quickly` as SVG.
    """
    if not question_results:
        return None
    subject = Subject.of(question_results)
    panels: list[Panel] = [panel for make in MAKERS for panel in make(subject)][:MOST_PANELS]
    mosaics = weight_mosaics(subject)
    if not panels and not mosaics:
        return None
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may hold a letter that the font lacks
        pictures = [Picture(panel.title, panel.words, panel.note, pen(panel)) for panel in panels]
    sheets = tuple(
        tuple(pictures[start : start + PER_FIGURE]) for start in range(0, len(pictures), PER_FIGURE)
    )
    weights = tuple(Picture(m.title, m.words, m.note, m.image, m.scale) for m in mosaics)
    return Drawing(collect_keys(subject, panels), sheets + ((weights,) if weights else ()))
