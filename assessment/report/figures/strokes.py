"""What is drawn of one curve: line, spread of its seeds, what was asked, what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from assessment.report.figures.layout import Key
from assessment.report.figures.repeats import Repeats
from assessment.report.figures.style import BAND_EDGE, BAND_FACE, INK, Look, Numbers
from assessment.results.record import Graded

REPORTED_STYLE = {
    "marker": "D",
    "markersize": 8,
    "markerfacecolor": "none",
    "markeredgewidth": 1.3,
    "linestyle": "none",
}
REPORTED_KEY = Key("reported", {"color": INK, **REPORTED_STYLE})
BAND_KEY = Key("asked for", {"facecolor": BAND_FACE, "edgecolor": BAND_EDGE}, patch=True)


@dataclass(frozen=True)
class Curve:
    """One line of a panel."""

    repeats: Repeats
    look: Look
    line: str = "-"
    band: Graded | None = None
    """What was asked of its last value."""
    reported: tuple[tuple[float, float], ...] = ()
    """Places (epoch, value) that somebody's report gave."""


def measure_extent(curves: Sequence[Curve], spread: bool, evidence: bool) -> Numbers:
    """Return all values that the axis must hold."""
    values = [
        curve.repeats.finite if spread else curve.repeats.mean[np.isfinite(curve.repeats.mean)]
        for curve in curves
    ]
    if evidence:
        values += [np.array([value for _, value in curve.reported]) for curve in curves]
        values += [
            np.array([end for end in (curve.band.low, curve.band.high) if end is not None])
            for curve in curves
            if curve.band is not None
        ]
    extent: Numbers = np.concatenate(values)
    return extent


def shade_band(axes: Axes, band: Graded, look: Look | None) -> None:
    """Shade what was asked, in gray where there is only one variant."""
    bottom, top = axes.get_ylim()
    low = bottom if band.low is None else band.low
    high = top if band.high is None else band.high
    face, edge = (BAND_FACE, BAND_EDGE) if look is None else (look.color, look.color)
    axes.axhspan(
        low, high, color=face, alpha=0.6 if look is None else 0.18, linewidth=0, zorder=0.6
    )
    for end in (band.low, band.high):
        if end is not None:
            axes.axhline(end, color=edge, linewidth=0.8, zorder=0.7)
    axes.set_ylim(bottom, top)


def draw_curve(axes: Axes, curve: Curve, index: int, spread: bool) -> None:
    """Draw the mean, and with `spread` the range of the seeds; `index` staggers the markers."""
    repeats, look = curve.repeats, curve.look
    if spread and repeats.count > 1:
        axes.fill_between(
            repeats.x, repeats.low, repeats.high, color=look.color, alpha=0.18, linewidth=0
        )
    every = max(1, -(-repeats.x.size // 9))
    axes.plot(
        repeats.x,
        repeats.mean,
        curve.line,
        color=look.color,
        linewidth=1.5,
        marker=look.marker,
        markersize=4,
        markerfacecolor=look.face,
        markevery=(index % every, every),
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


def _alone(values: Numbers) -> NDArray[np.bool_]:
    """Say which values have no neighbour that a line could go to."""
    present = np.concatenate([[False], np.isfinite(values), [False]])
    alone: NDArray[np.bool_] = present[1:-1] & ~present[:-2] & ~present[2:]
    return alone


def mark_reported(axes: Axes, curve: Curve) -> None:
    """Mark what somebody's report gave."""
    if curve.reported:
        x, y = zip(*curve.reported, strict=True)
        axes.plot(x, y, color=curve.look.color, zorder=4, **REPORTED_STYLE)  # type: ignore[arg-type]
