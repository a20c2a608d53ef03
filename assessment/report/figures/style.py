"""How figures look: colours that colour-blind people can tell apart, markers, axes, fonts.

Everything that a colour says, a marker, a line style or a position says too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from assessment.report.text import shorten

Numbers = NDArray[np.float64]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#4D4D4D")
"""Okabe and Ito's palette without its black, its yellow made darker to be seen on white."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")

OVERLAID = 5
"""Up to this many variants share a panel for training and test; more get one panel each."""

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

CHARACTER = 0.56 * FONT_POINTS / 72
"""About the width of a character, inches."""

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
    """Colour, marker and line of one variant, side or split."""

    color: str
    marker: str
    filled: bool = True
    line: str = "-"

    @property
    def face(self) -> str:
        """Colour inside the marker; white once the colours begin anew."""
        return self.color if self.filled else "white"


def assign_looks(names: Sequence[str]) -> dict[str, Look]:
    """Give each name a look of its own, in order.

    More than `OVERLAID` names that pair each of several with each of two (`mlp-relu`,
    `mlp-sigmoid`, `cnn-relu`, ...) share a colour and differ in line and filling.
    """
    if len(names) > OVERLAID and (pairs := _pair(names)) is not None:
        firsts, seconds = (list(dict.fromkeys(half)) for half in zip(*pairs, strict=True))
        return {
            name: Look(
                COLORS[firsts.index(first) % len(COLORS)],
                MARKERS[firsts.index(first) % len(MARKERS)],
                filled=second == seconds[0],
                line="-" if second == seconds[0] else "--",
            )
            for name, (first, second) in zip(names, pairs, strict=True)
        }
    return {
        name: Look(
            COLORS[index % len(COLORS)],
            MARKERS[index % len(MARKERS)],
            filled=(index // len(COLORS)) % 2 == 0,
        )
        for index, name in enumerate(names)
    }


def _pair(names: Sequence[str]) -> list[tuple[str, str]] | None:
    """Split names into what gets a colour and what gets a line; None where they do not pair up."""
    for split, turned in ((str.rpartition, False), (str.partition, True)):
        halves = [split(name, "-") for name in names]
        pairs = [(last, first) if turned else (first, last) for first, _, last in halves]
        firsts, seconds = ({pair[place] for pair in pairs} for place in (0, 1))
        whole = len(set(pairs)) == len(names) == len(firsts) * len(seconds)
        if whole and len(seconds) == 2 and 2 < len(firsts) <= len(COLORS) and "" not in firsts:
            return pairs
    return None


def short_name(name: str, limit: int = 24) -> str:
    """Return a name that fits a legend or an axis and that matplotlib does not hide."""
    text = shorten(name, limit)
    return f" {text}" if text.startswith("_") else text


def short_names(names: Sequence[str], limit: int) -> dict[str, str]:
    """Return each name short enough for an axis; different names stay different if possible."""
    found = {name: short_name(name, limit) for name in names}
    if len(set(found.values())) == len(found):
        return found
    end = _shared([name[::-1] for name in names])
    start = _shared([name[: len(name) - end] for name in names])
    start = start if start > 2 else 0
    return {
        name: short_name((".." if start else "") + name[start : len(name) - end], limit)
        for name in names
    }


def _shared(names: Sequence[str]) -> int:
    """Return with how many characters all names begin."""
    return next(
        (place for place, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1),
        min(map(len, names)),
    )
