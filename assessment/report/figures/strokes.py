"""What is drawn of one curve: line, spread of its seeds, what was asked, what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from assessment.report.figures.layout import Key
from assessment.report.figures.repeats import Repeats
from assessment.report.figures.style import BAND_EDGE, BAND_FACE, INK, Look, Numbers

REPORTED_STYLE: dict[str, Any] = {
    "marker": "D",
    "markersize": 8,
    "markerfacecolor": "none",
    "markeredgewidth": 1.3,
    "linestyle": "none",
}
REPORTED_KEY = Key("reported", INK, "D", "none")
BAND_KEY = Key("asked for", BAND_EDGE, face=BAND_FACE, patch=True)

FEW = 4
"""Up to this many curves are drawn with a thick line and wide bands."""

Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Curve:
    """One line of a panel."""

    name: str
    repeats: Repeats
    look: Look
    line: str = "-"
    bands: Sequence[Interval] = ()
    """Intervals of which one was asked of its last value."""
    reported: tuple[tuple[float, float], ...] = ()
    """Places (epoch, value) that somebody's report gave."""


def measure_extent(curves: Sequence[Curve], spread: bool) -> Numbers:
    """Return all values that the axis must hold."""
    values = [
        curve.repeats.finite if spread else curve.repeats.mean[np.isfinite(curve.repeats.mean)]
        for curve in curves
    ]
    values += [np.array([value for _, value in curve.reported]) for curve in curves]
    values += [
        np.array([end for band in curve.bands for end in band if end is not None], dtype=float)
        for curve in curves
    ]
    extent: Numbers = np.concatenate(values)
    return extent


def shade_band(axes: Axes, band: Interval) -> None:
    """Shade what was asked."""
    bottom, top = axes.get_ylim()
    low, high = band
    axes.axhspan(
        bottom if low is None else low,
        top if high is None else high,
        color=BAND_FACE,
        alpha=0.6,
        linewidth=0,
        zorder=0.6,
    )
    for end in band:
        if end is not None:
            axes.axhline(end, color=BAND_EDGE, linewidth=0.8, zorder=0.7)
    axes.set_ylim(bottom, top)


def draw_curve(axes: Axes, curve: Curve, index: int, spread: bool, *, crowded: bool) -> None:
    """Draw the mean, and with `spread` the range of the seeds; `index` staggers the markers."""
    repeats, look = curve.repeats, curve.look
    if spread and repeats.count > 1:
        axes.fill_between(
            repeats.x,
            repeats.low,
            repeats.high,
            color=look.color,
            alpha=0.13 if crowded else 0.2,
            linewidth=0,
        )
    every = max(1, -(-repeats.x.size // (5 if crowded else 9)))
    axes.plot(
        repeats.x,
        repeats.mean,
        curve.line,
        color=look.color,
        linewidth=1.1 if crowded else 1.5,
        marker=look.marker,
        markersize=3.6 if crowded else 4,
        markerfacecolor=look.face,
        markevery=((2 * index) % every, every),
    )
    alone = _alone(repeats.mean)
    if alone.any():
        axes.plot(
            repeats.x[alone],
            repeats.mean[alone],
            linestyle="none",
            color=look.color,
            marker=look.marker,
            markersize=5,
            markerfacecolor=look.face,
        )


def mark_reported(axes: Axes, curve: Curve) -> None:
    """Mark what somebody's report gave."""
    if curve.reported:
        x, y = zip(*curve.reported, strict=True)
        axes.plot(x, y, color=curve.look.color, zorder=4, **REPORTED_STYLE)


def _alone(values: Numbers) -> NDArray[np.bool_]:
    """Say which values have no neighbour that a line could go to."""
    present = np.concatenate([[False], np.isfinite(values), [False]])
    alone: NDArray[np.bool_] = present[1:-1] & ~present[:-2] & ~present[2:]
    return alone
