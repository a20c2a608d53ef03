"""How figures look: colours that colour-blind people can tell apart, markers, axes, fonts.

Everything that a colour says, a marker, a line style or a position says too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from assessment.report.text import shorten

Numbers = NDArray[np.float64]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#4D4D4D")
"""Okabe and Ito's palette without its black, its yellow made darker to be seen on white."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")

INK = "#222222"
GRID = "#e3e3e3"
BAND_EDGE = "#8a8a8a"
BAND_FACE = "#dcdcdc"

SHARES = ("#ffffff", "#e3edf6", "#c3d9ec", "#8db8da", "#4f8fc2", "#1f5f99")
"""From none to all, of a confusion matrix."""

SIGNS = (
    "#8a4b00",
    "#c97b1c",
    "#eab26a",
    "#f7dfbf",
    "#f7f7f7",
    "#dad6e8",
    "#b0a5cf",
    "#7d6bac",
    "#4d2f80",
)
"""From negative by way of zero to positive, of weights."""

GRAYS = tuple(
    f"#{level:02x}{level:02x}{level:02x}" for level in (0, 36, 73, 109, 146, 182, 219, 255)
)
"""Levels of gray pictures, evenly spaced."""

EDGE_GRAY = "#ededed"
"""At the edge of a letter, where without it a pale colour would be nearest."""

FONT_POINTS = 8.5

RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so that figures repeat exactly
    "font.size": FONT_POINTS,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": FONT_POINTS,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#777777",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.labelsize": FONT_POINTS,
    "ytick.labelsize": FONT_POINTS,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold dollar signs
    "axes.unicode_minus": True,
    "legend.fontsize": FONT_POINTS,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "assessment",
    "path.simplify": True,
}
"""matplotlib's settings while drawing and writing."""


def list_palette() -> list[tuple[int, int, int]]:
    """Return every colour that a figure without photographs needs, edges of lines included."""
    solid = [to_rgb(color) for color in COLORS]
    paled = [
        tuple(1 - share * (1 - channel) for channel in color)
        for color in solid
        for share in (1.0, 0.75, 0.5, 0.3, 0.18)
    ]
    plain = [
        to_rgb(color)
        for color in (*GRAYS, EDGE_GRAY, *SHARES, *SIGNS, INK, GRID, BAND_FACE, BAND_EDGE)
    ]
    rounded = [tuple(round(255 * channel) for channel in color) for color in (*paled, *plain)]
    return list(dict.fromkeys(cast("list[tuple[int, int, int]]", rounded)))


@dataclass(frozen=True)
class Look:
    """Colour and marker of one variant, side or split."""

    color: str
    marker: str
    filled: bool = True

    @property
    def face(self) -> str:
        """Colour inside the marker; white once the colours begin anew."""
        return self.color if self.filled else "white"


def assign_looks(names: Sequence[str]) -> dict[str, Look]:
    """Give each name a look of its own, in order."""
    return {
        name: Look(
            COLORS[index % len(COLORS)],
            MARKERS[index % len(MARKERS)],
            filled=(index // len(COLORS)) % 2 == 0,
        )
        for index, name in enumerate(names)
    }


def short_name(name: str, limit: int = 24) -> str:
    """Return a name that fits a legend or an axis and that matplotlib does not hide."""
    text = shorten(name, limit)
    return f" {text}" if text.startswith("_") else text


def number_text(value: float, _position: object = None) -> str:
    """Write a tick's number without mathematical markup: `0.01`, `1,200`, `3M`."""
    for divisor, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= divisor:
            return f"{value / (1e3 if letter == 'k' else divisor):g}{letter}"
    if value == 0 or abs(value) >= 1e-3:
        return f"{round(value, 6):,.10g}"
    return f"{value:.0e}".replace("e-0", "e-")


def spans_decades(values: Numbers) -> bool:
    """Say whether positive values differ by more than a factor of thirty."""
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.min() > 0 and finite.max() / finite.min() > 30)


def place_ticks(count: int, *, integer: bool = False) -> MaxNLocator:
    """Return a locator of at most `count` round numbers."""
    return MaxNLocator(count, steps=[1, 2, 2.5, 5, 10], integer=integer, min_n_ticks=2)


def scale_axis(axes: Axes, values: Numbers, which: str = "y") -> None:
    """Choose a linear or logarithmic axis for values, with plain numbers at its ticks."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    if spans_decades(values):
        (axes.set_yscale if which == "y" else axes.set_xscale)("log")
        finite = values[np.isfinite(values)]
        few = finite.max() / finite.min() < 300
        axis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=8))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(place_ticks(6))
    axis.set_major_formatter(FuncFormatter(number_text))


STRETCH_TICKS = (0, 10, 20, 40, 60, 80, 90, 95, 98, 99, 99.5, 100)


def scale_accuracy(
    axes: Axes, values: Numbers, which: str = "y", *, may_stretch: bool = True
) -> bool:
    """Scale an axis of percent; stretch it towards 100 where good and collapsed runs share it.

    Returns whether it was stretched, which the axis' label has to say.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return False
    low, high = float(finite.min()), float(finite.max())
    axis = axes.yaxis if which == "y" else axes.xaxis
    set_limits = axes.set_ylim if which == "y" else axes.set_xlim
    if not may_stretch or high < 95 or high - low < 25:
        margin = max(0.06 * (high - low), 0.15)
        set_limits(max(low - margin, -1.0), min(high + margin, 100.6))
        axis.set_major_locator(place_ticks(6))
        axis.set_major_formatter(FuncFormatter(number_text))
        return False
    set_scale = axes.set_yscale if which == "y" else axes.set_xscale
    set_scale("function", functions=(_stretch, _relax))
    ends = float(_stretch(np.array(low))), float(_stretch(np.array(high)))
    margin = 0.06 * (ends[1] - ends[0])
    bottom, top = ends[0] - margin, min(ends[1] + margin, float(_stretch(np.array(100.4))))
    set_limits(max(float(_relax(np.array(bottom))), -8.0), float(_relax(np.array(top))))
    kept: list[float] = []
    for tick in sorted(STRETCH_TICKS, reverse=True):
        place = float(_stretch(np.array(float(tick))))
        near = kept and abs(place - float(_stretch(np.array(kept[-1])))) < 0.09 * (top - bottom)
        if bottom <= place <= top and not near:
            kept.append(float(tick))
    axis.set_major_locator(FixedLocator(kept))
    axis.set_major_formatter(FuncFormatter(number_text))  # a new scale brings its own
    axis.set_minor_locator(NullLocator())
    return True


def _stretch(percent: Numbers) -> Numbers:
    result: Numbers = -np.log10(np.maximum(100.5 - np.asarray(percent, dtype=float), 1e-3))
    return result


def _relax(stretched: Numbers) -> Numbers:
    result: Numbers = 100.5 - 10.0 ** -np.asarray(stretched, dtype=float)
    return result
