"""Panels as SVG, many times faster than matplotlib draws them: for the pages of a class.

A panel fills axes that know what panels use of matplotlib's; one that uses more is left to
matplotlib, so that nothing is missing and nothing is drawn half.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from matplotlib.figure import Figure

from assessment.report.figures.layout import PANEL_WIDTH, Panel, draw_panel
from assessment.report.figures.scales import fit_ticks
from assessment.report.figures.style import FONT_POINTS
from assessment.report.figures.vector.axes import VectorAxes
from assessment.report.figures.vector.marks import LETTER, PIXELS, Box, Lettering, write
from assessment.report.text import escape

INCH = 96
LABEL = 11.0
"""Pixels from the edge of a panel to the baseline of an axis' label."""


@dataclass(frozen=True)
class Vector:
    """A panel as a piece of SVG that stands in a page."""

    markup: str


def draw_quickly(panel: Panel) -> Vector | Figure:
    """Draw one panel as SVG, or with matplotlib where it needs that."""
    axes = VectorAxes()
    if panel.picture:
        axes.grid(False)
        for spine in axes.spines.values():
            spine.set_visible(False)
    try:
        panel.fill(cast(Any, axes))
        if not panel.picture:
            fit_ticks(cast(Any, axes), PANEL_WIDTH - panel.left - 0.16)
        return Vector(_write(panel, axes))
    except (AttributeError, TypeError, NotImplementedError):
        return draw_panel(panel)


def _write(panel: Panel, axes: VectorAxes) -> str:
    width, height = PANEL_WIDTH * INCH, panel.height * INCH
    box = _shrunk(
        Box(
            panel.left * INCH,
            0.1 * INCH,
            (PANEL_WIDTH - panel.left - 0.16) * INCH,
            (panel.height - 0.1 - panel.bottom) * INCH,
        ),
        axes,
    )
    frame = "" if axes.is_off else "".join(_frame(box, axes))
    labels = "" if axes.is_off else "".join(_labels(box, axes, height))
    clipped = "".join(draw(box) for draw in axes.pieces(clipped=True))
    free = "".join(draw(box) for draw in axes.pieces(clipped=False))
    place = (
        f'x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    )
    return (
        f'<svg class="as-vector" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(panel.words)}">{frame}<svg {place}>{clipped}</svg>'
        f'<g transform="translate({box.left:.1f} {box.top:.1f})">{free}</g>{labels}</svg>'
    )


def _shrunk(box: Box, axes: VectorAxes) -> Box:
    """Return the part of a box in which both axes have one scale, where they have to."""
    if axes.equal_from is None:
        return box
    across, down = (abs(high - low) for low, high in (axes.get_xlim(), axes.get_ylim()))
    unit = min(box.width / across, box.height / down)
    return Box(box.left, box.top, unit * across, unit * down)


def _frame(box: Box, axes: VectorAxes) -> Iterator[str]:
    """Yield grid and sides."""
    right, bottom = box.left + box.width, box.top + box.height
    grid = ""
    if axes.xaxis.has_grid:
        for share, _ in axes.xaxis.ticks():
            grid += f"M{box.left + share * box.width:.1f} {box.top:.1f}V{bottom:.1f}"
    if axes.yaxis.has_grid:
        for share, _ in axes.yaxis.ticks():
            grid += f"M{box.left:.1f} {bottom - share * box.height:.1f}H{right:.1f}"
    if grid:
        yield f'<path d="{grid}" stroke="{axes.grid_color}" stroke-width=".9"/>'
    sides = {
        "left": f"M{box.left:.1f} {box.top:.1f}V{bottom:.1f}",
        "bottom": f"M{box.left:.1f} {bottom:.1f}H{right:.1f}",
        "right": f"M{right:.1f} {box.top:.1f}V{bottom:.1f}",
        "top": f"M{box.left:.1f} {box.top:.1f}H{right:.1f}",
    }
    for name, path in sides.items():
        if axes.spines[name].visible:
            yield f'<path d="{path}" stroke="{axes.spines[name].color}" stroke-width="1.1"/>'


def _labels(box: Box, axes: VectorAxes, height: float) -> Iterator[str]:
    """Yield ticks with their numbers, and the labels of the axes."""
    bottom = box.top + box.height
    ticks = ""
    for axis, across in ((axes.xaxis, True), (axes.yaxis, False)):
        size = axis.points or FONT_POINTS
        length = axis.tick_length * PIXELS
        letter = LETTER * size * PIXELS
        for share, text in axis.ticks():
            if across:
                x = box.left + share * box.width
                ticks += f"M{x:.1f} {bottom:.1f}v{length:.1f}" if length else ""
                if axis.rotation:
                    lettering = Lettering(ha="right", fontsize=size)
                    yield write(x + letter, bottom + length + 4, text, lettering, axis.rotation)
                else:
                    lettering = Lettering(ha="center", fontsize=size)
                    yield write(x, bottom + length + size * PIXELS, text, lettering)
            else:
                y = bottom - share * box.height
                ticks += f"M{box.left:.1f} {y:.1f}h{-length:.1f}" if length else ""
                lettering = Lettering(ha="right", fontsize=size)
                yield write(box.left - length - 4, y + letter, text, lettering)
    if ticks:
        yield f'<path d="{ticks}" stroke="#555" stroke-width="1.1"/>'
    middle = Lettering(ha="center")
    if axes.xaxis.label:
        yield write(box.left + box.width / 2, height - 5, axes.xaxis.label, middle)
    if axes.yaxis.label:
        yield write(LABEL, box.top + box.height / 2, axes.yaxis.label, middle, 90)
