"""Lines, markers, areas, pictures and words as SVG; lengths are matplotlib's points."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image

from assessment.report.figures.style import FONT_POINTS, INK, Numbers
from assessment.report.html.keys import DASHES, SHAPES
from assessment.report.text import escape

Places = tuple[Numbers, Numbers]
"""Pixels from the left and from the top."""

PIXELS = 96 / 72
"""Of a point."""

SHAPE_POINTS = 6.0
"""Size of the markers in `SHAPES`."""

LETTER = 0.35
"""Height of half a letter, in sizes of the font."""


@dataclass(frozen=True)
class Box:
    """Where axes are, in pixels of the panel."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Stroke:
    """How a line and its markers look."""

    color: str
    width: float = 1.5
    line: str = "-"
    marker: str = ""
    size: float = 6.0
    face: str = ""
    edge: float = 1.0
    every: tuple[int, int] = (0, 1)
    alpha: float = 1.0


@dataclass(frozen=True)
class Lettering:
    """How words are written at a place."""

    ha: str = "left"
    va: str = "baseline"
    fontsize: float = FONT_POINTS
    color: str = INK
    fontstyle: str = "normal"
    linespacing: float = 1.2
    offset: tuple[float, float] = (0.0, 0.0)
    """Points to the right and upwards."""


def read_stroke(
    style: str = "",
    *,
    color: str,
    linewidth: float = 1.5,
    linestyle: str = "",
    marker: str = "",
    markersize: float = 6.0,
    markerfacecolor: str = "",
    markeredgewidth: float = 1.0,
    markevery: tuple[int, int] = (0, 1),
    alpha: float = 1.0,
) -> Stroke:
    """Read a line as matplotlib's `plot` is told of it.

    Raises:
        NotImplementedError: it is told in a way that is not known here.
    """
    line = linestyle or style or "-"
    if style == ".":
        line, marker, markersize = "none", "o", markersize / 2
    if line not in (*DASHES, "none") or (marker and marker not in SHAPES):
        raise NotImplementedError(f"{line} {marker}")
    return Stroke(
        color,
        linewidth,
        line,
        marker,
        markersize,
        markerfacecolor or color,
        markeredgewidth,
        markevery,
        alpha,
    )


def draw_line(places: Places, stroke: Stroke) -> str:
    """Return a line with its markers; where a place is no number there is a gap."""
    xs, ys = places
    known = np.isfinite(xs) & np.isfinite(ys)
    parts = []
    if stroke.line != "none" and known.sum() > 1:
        parts.append(
            f'<path d="{_path(xs, ys, known)}" fill="none" stroke="{stroke.color}" '
            f'stroke-width="{_number(stroke.width * PIXELS)}" stroke-linejoin="round"'
            f"{DASHES[stroke.line]}{_faint(stroke.alpha)}/>"
        )
    if stroke.marker:
        start, step = stroke.every
        shown = [place for place in range(start, len(xs), step) if known[place]]
        scale = stroke.size / SHAPE_POINTS
        at = "".join(
            f'<path d="{SHAPES[stroke.marker]}" '
            f'transform="translate({_number(xs[place])} {_number(ys[place])}) '
            f'scale({_number(scale, 2)})"/>'
            for place in shown
        )
        if at:
            edge = _number(stroke.edge * PIXELS / scale, 2)
            parts.append(
                f'<g fill="{stroke.face}" stroke="{stroke.color}" stroke-width="{edge}"'
                f"{_faint(stroke.alpha)}>{at}</g>"
            )
    return "".join(parts)


def draw_area(lower: Places, upper: Places, color: str, alpha: float) -> str:
    """Return what lies between two curves over the same places."""
    xs, lows = lower
    highs = upper[1]
    known = np.isfinite(xs) & np.isfinite(lows) & np.isfinite(highs)
    path = "".join(
        _run(
            np.concatenate([xs[first:last], xs[first:last][::-1]]),
            np.concatenate([lows[first:last], highs[first:last][::-1]]),
        )
        + "z"
        for first, last in _runs(known)
    )
    return f'<path d="{path}" fill="{color}"{_faint(alpha)}/>' if path else ""


def draw_rectangle(
    corners: tuple[float, float, float, float],
    color: str,
    *,
    edge: str = "none",
    alpha: float = 1.0,
) -> str:
    """Return a rectangle between two corners; nothing where one is no number."""
    x0, y0, x1, y1 = corners
    if not np.isfinite(corners).all():
        return ""
    return (
        f'<rect x="{_number(min(x0, x1))}" y="{_number(min(y0, y1))}" '
        f'width="{_number(abs(x1 - x0))}" height="{_number(abs(y1 - y0))}" fill="{color}" '
        f'stroke="{edge}"{_faint(alpha)}/>'
    )


def draw_picture(corners: tuple[float, float, float, float], uri: str) -> str:
    """Return a picture between its upper left and its lower right corner."""
    x0, y0, x1, y1 = corners
    return (
        f'<image x="{_number(x0)}" y="{_number(y0)}" width="{_number(x1 - x0)}" '
        f'height="{_number(y1 - y0)}" preserveAspectRatio="none" class="as-pixels" href="{uri}"/>'
    )


def encode_picture(array: NDArray[Any], colors: Any, low: float, high: float) -> str:
    """Return an array as a PNG in a URI.

    Args:
        array: (H, W) of values that colours stand for, or (H, W, 3) of uint8.
        colors: from low to high.
        low: the value of the first colour.
        high: the value of the last one.
    """
    if array.ndim == 3:
        image = Image.fromarray(array)
    else:
        count = len(colors)
        shares = (array.astype(float) - low) / (high - low)
        image = Image.fromarray(np.clip(shares * count, 0, count - 1).astype(np.uint8), "P")
        channels = (round(255 * channel) for color in colors for channel in to_rgb(color))
        image.putpalette(list(channels))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def draw_text(places: Places, words: str, lettering: Lettering) -> str:
    """Return words at a place, lines below each other; nothing where it is no number."""
    x, y = float(places[0][0]), float(places[1][0])
    if not (np.isfinite(x) and np.isfinite(y)):
        return ""
    size = lettering.fontsize * PIXELS
    lines = words.split("\n")
    pitch = size * lettering.linespacing
    first = {
        "top": 0.85 * size,
        "center": LETTER * size - pitch * (len(lines) - 1) / 2,
        "baseline": 0.0,
    }[lettering.va]
    x += lettering.offset[0] * PIXELS
    y += first - lettering.offset[1] * PIXELS
    return "".join(
        write(x, y + pitch * number, line, lettering) for number, line in enumerate(lines)
    )


def write(x: float, y: float, words: str, lettering: Lettering, turned: float = 0) -> str:
    """Return a line of text whose baseline is at a place, turned to the left by degrees."""
    anchor = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}
    style = ' font-style="italic"' if lettering.fontstyle == "italic" else ""
    color = f' fill="{lettering.color}"' if lettering.color != INK else ""
    size = lettering.fontsize * PIXELS
    font = f' font-size="{_number(size)}"' if lettering.fontsize != FONT_POINTS else ""
    where = f'x="{_number(x)}" y="{_number(y)}"'
    turn = f' transform="rotate({-turned:g} {_number(x)} {_number(y)})"' if turned else ""
    text = escape(words).replace("  ", " \u00a0")
    if text.startswith(" "):
        text = f"\u00a0{text[1:]}"
    return f"<text {where}{anchor[lettering.ha]}{style}{color}{font}{turn}>{text}</text>"


def _path(xs: Numbers, ys: Numbers, known: NDArray[np.bool_]) -> str:
    return "".join(_run(xs[first:last], ys[first:last]) for first, last in _runs(known))


def _runs(known: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where neighbours that are numbers begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _run(xs: Numbers, ys: Numbers) -> str:
    # Far outside of the axes is as good as just outside, and keeps numbers short.
    places = zip(np.clip(xs, -1e4, 1e4).tolist(), np.clip(ys, -1e4, 1e4).tolist(), strict=True)
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in places)


def _number(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def _faint(alpha: float) -> str:
    return "" if alpha == 1 else f' opacity="{alpha:g}"'
