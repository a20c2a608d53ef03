"""The axes of a panel that is drawn as SVG: what panels draw is kept until limits are known.

It has what the panels use of matplotlib's `Axes`; anything else raises, and matplotlib draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from assessment.report.figures.style import GRID
from assessment.report.figures.vector import marks
from assessment.report.figures.vector.axis import VectorAxis
from assessment.report.figures.vector.marks import Box

Draw = Callable[[Box], str]

PATCH, LINE, TEXT = 1.0, 2.0, 3.0
"""What lies above what, as in matplotlib; pictures lie at 0."""


@dataclass(frozen=True)
class _Piece:
    order: float
    draw: Draw
    clipped: bool


class VectorAxes:
    """A pair of axes and what was drawn between them."""

    def __init__(self) -> None:
        """Have nothing in it."""
        self.xaxis, self.yaxis = VectorAxis(), VectorAxis()
        self.spines = {
            name: _Spine(visible=name in ("left", "bottom"))
            for name in ("left", "bottom", "right", "top")
        }
        self.is_off = False
        self.grid_color = GRID
        self.equal_from: str | None = None
        """Where the drawing is anchored when both axes have one scale."""
        self._pieces: list[_Piece] = []
        # Places are shares of the axes already, so that there is nothing to turn back.
        self.transData = SimpleNamespace(transform=self._shares)
        self.transAxes = SimpleNamespace(
            inverted=lambda: SimpleNamespace(transform=lambda places: places)
        )

    # --- axes ------------------------------------------------------------------------------------

    def set_xlabel(self, text: str) -> None:
        """Write below the horizontal axis."""
        self.xaxis.label = text

    def set_ylabel(self, text: str) -> None:
        """Write beside the vertical axis."""
        self.yaxis.label = text

    def set_xscale(self, kind: str, functions: Any = None) -> None:
        """Choose the scale of the horizontal axis."""
        self.xaxis.set_scale(kind, functions)

    def set_yscale(self, kind: str, functions: Any = None) -> None:
        """Choose the scale of the vertical axis."""
        self.yaxis.set_scale(kind, functions)

    def get_xscale(self) -> str:
        """Return the scale of the horizontal axis."""
        return self.xaxis.kind

    def get_yscale(self) -> str:
        """Return the scale of the vertical axis."""
        return self.yaxis.kind

    def get_xlim(self) -> tuple[float, float]:
        """Return the ends of the horizontal axis."""
        return self.xaxis.limits

    def get_ylim(self) -> tuple[float, float]:
        """Return the ends of the vertical axis."""
        return self.yaxis.limits

    def set_xlim(self, *ends: Any) -> None:
        """Set the ends of the horizontal axis."""
        self.xaxis.set_limits(*_pair(ends))

    def set_ylim(self, *ends: Any) -> None:
        """Set the ends of the vertical axis."""
        self.yaxis.set_limits(*_pair(ends))

    def get_xticks(self) -> Any:
        """Return the places of the horizontal axis' ticks."""
        return self.xaxis.get_majorticklocs()

    def set_xticks(
        self,
        places: Sequence[float],
        labels: Sequence[str] | None = None,
        *,
        rotation: float = 0,
        fontsize: float | None = None,
    ) -> None:
        """Set the ticks of the horizontal axis."""
        self.xaxis.set_ticks(places, labels)
        self.xaxis.rotation, self.xaxis.points = rotation, fontsize

    def set_yticks(
        self,
        places: Sequence[float],
        labels: Sequence[str] | None = None,
        *,
        fontsize: float | None = None,
    ) -> None:
        """Set the ticks of the vertical axis."""
        self.yaxis.set_ticks(places, labels)
        self.yaxis.points = fontsize

    def tick_params(self, axis: str = "both", *, length: float, pad: float = 0) -> None:
        """Set how long ticks are."""
        for one, name in ((self.xaxis, "x"), (self.yaxis, "y")):
            if axis in (name, "both"):
                one.tick_length = length

    def grid(self, visible: bool, axis: str = "both", color: str = GRID) -> None:
        """Show or hide lines at ticks."""
        self.grid_color = color
        for one, name in ((self.xaxis, "x"), (self.yaxis, "y")):
            if axis in (name, "both"):
                one.has_grid = visible

    def margins(self, *, x: float) -> None:
        """Leave a share of the horizontal extent free."""
        self.xaxis.margin = x

    def set_autoscale_on(self, on: bool) -> None:
        """Follow data from now on, or stay."""
        if on:
            raise NotImplementedError
        for axis in (self.xaxis, self.yaxis):
            axis.set_limits(*axis.limits)

    def set_aspect(self, aspect: str, *, anchor: str) -> None:
        """Have one scale on both axes."""
        if aspect != "equal" or anchor != "NW":
            raise NotImplementedError(aspect)
        self.equal_from = anchor

    def set_axis_off(self) -> None:
        """Show what is drawn only."""
        self.is_off = True

    # --- what is drawn ---------------------------------------------------------------------------

    def plot(self, x: Any, y: Any, style: str = "", **look: Any) -> None:
        """Draw a line, markers or both."""
        xs, ys = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
        zorder, clipped = look.pop("zorder", LINE), look.pop("clip_on", True)
        stroke = marks.read_stroke(style, **look)
        self._add(zorder, lambda box: marks.draw_line(self._at(box, xs, ys), stroke), clipped)
        self._follow(xs, ys)

    def fill_between(
        self,
        x: Any,
        low: Any,
        high: Any,
        *,
        color: str,
        alpha: float,
        linewidth: float = 0,
        zorder: float = PATCH,
    ) -> None:
        """Fill between two curves; gaps stay gaps."""
        xs, lows, highs = (np.asarray(values, float) for values in (x, low, high))
        self._add(
            zorder,
            lambda box: marks.draw_area(
                self._at(box, xs, lows), self._at(box, xs, highs), color, alpha
            ),
        )
        self._follow(xs, np.concatenate([lows, highs]))

    def axhspan(
        self, low: float, high: float, *, color: str, alpha: float, linewidth: float, zorder: float
    ) -> None:
        """Shade a range of the vertical axis."""

        def draw(box: Box) -> str:
            bottom, top = self._at(box, [np.nan] * 2, [low, high])[1]
            return marks.draw_rectangle((0, bottom, box.width, top), color, alpha=alpha)

        self._add(zorder, draw)

    def axhline(self, y: float, *, color: str, linewidth: float, zorder: float) -> None:
        """Draw a line from side to side."""
        stroke = marks.Stroke(color, linewidth)

        def draw(box: Box) -> str:
            (place,) = self._at(box, [np.nan], [y])[1]
            ends = np.array([0.0, box.width]), np.array([place, place])
            return marks.draw_line(ends, stroke)

        self._add(zorder, draw)

    def axline(
        self,
        point: tuple[float, float],
        *,
        slope: float,
        color: str,
        linewidth: float,
        zorder: float,
    ) -> None:
        """Draw a line through a point, as long as there is room; on straight axes."""
        if (self.xaxis.kind, self.yaxis.kind) != ("linear", "linear"):
            raise NotImplementedError("axline")
        ends = np.array(self.xaxis.limits)
        self.plot(
            ends,
            point[1] + slope * (ends - point[0]),
            color=color,
            linewidth=linewidth,
            zorder=zorder,
        )

    def barh(
        self,
        row: float,
        width: float,
        *,
        left: float,
        height: float,
        color: str,
        edgecolor: str,
        zorder: float,
    ) -> None:
        """Draw a bar."""
        xs = np.array([left, left + width])
        ys = np.array([row - height / 2, row + height / 2])

        def draw(box: Box) -> str:
            (x0, x1), (y0, y1) = self._at(box, xs, ys)
            return marks.draw_rectangle((x0, y0, x1, y1), color, edge=edgecolor)

        self._add(zorder, draw)
        self._follow(xs, ys)

    def imshow(
        self,
        values: Any,
        *,
        cmap: Any,
        vmin: float,
        vmax: float,
        interpolation: str,
        aspect: str = "auto",
        extent: tuple[float, float, float, float] | None = None,
    ) -> None:
        """Draw an array as a picture, its first row at the top."""
        array = np.asarray(values)
        rows, columns = array.shape[:2]
        left, right, bottom, top = extent or (-0.5, columns - 0.5, rows - 0.5, -0.5)
        uri = marks.encode_picture(array, cmap.colors, vmin, vmax)

        def draw(box: Box) -> str:
            (x0, x1), (y0, y1) = self._at(box, [left, right], [top, bottom])
            return marks.draw_picture((x0, y0, x1, y1), uri)

        self._add(0.0, draw)
        for axis, ends in ((self.xaxis, (left, right)), (self.yaxis, (bottom, top))):
            if axis.follows:
                axis.set_limits(*ends)
                axis.follows = True  # later pictures move them again

    def text(self, x: float, y: float, words: str, **look: Any) -> None:
        """Write at a place; lines below each other."""
        lettering = marks.Lettering(**look)
        self._add(
            TEXT,
            lambda box: marks.draw_text(self._at(box, [x], [y]), words, lettering),
            clipped=False,
        )

    def annotate(
        self,
        words: str,
        place: tuple[float, float],
        *,
        xytext: tuple[float, float],
        textcoords: str,
        va: str,
    ) -> None:
        """Write at some points from a place."""
        if textcoords != "offset points":
            raise NotImplementedError(textcoords)
        lettering = marks.Lettering(va=va, offset=xytext)
        x, y = place
        self._add(
            TEXT,
            lambda box: marks.draw_text(self._at(box, [x], [y]), words, lettering),
            clipped=False,
        )

    # --- for whoever writes it down --------------------------------------------------------------

    def pieces(self, *, clipped: bool) -> list[Draw]:
        """Return what was drawn, the lowest first."""
        kept = [piece for piece in self._pieces if piece.clipped is clipped]
        return [piece.draw for piece in sorted(kept, key=lambda piece: piece.order)]

    def _add(self, order: float, draw: Draw, clipped: bool = True) -> None:
        self._pieces.append(_Piece(order, draw, clipped))

    def _follow(self, xs: Any, ys: Any) -> None:
        self.xaxis.include(xs)
        self.yaxis.include(ys)

    def _at(self, box: Box, xs: Any, ys: Any) -> marks.Places:
        """Return places in pixels from the upper left corner of the axes."""
        return self.xaxis.shares(xs) * box.width, (1 - self.yaxis.shares(ys)) * box.height

    def _shares(self, places: Sequence[tuple[float, float]]) -> Any:
        xs, ys = np.asarray(places, dtype=float).T
        return np.stack([self.xaxis.shares(xs), self.yaxis.shares(ys)], axis=1)


@dataclass
class _Spine:
    """One side of the axes."""

    visible: bool
    color: str = "#777777"

    def set_visible(self, visible: bool) -> None:
        self.visible = visible

    def set_color(self, color: str) -> None:
        self.color = color


def _pair(ends: Any) -> tuple[float, float]:
    low, high = ends[0] if len(ends) == 1 else ends
    return low, high
