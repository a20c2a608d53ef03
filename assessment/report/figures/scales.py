"""Axes: ticks with plain numbers, logarithmic over decades, stretched towards 100 %."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from assessment.report.figures.style import FONT_POINTS, Numbers

DIGIT = 0.64 * FONT_POINTS / 72
"""Width of a digit, inches."""


def number_text(value: float, _position: object = None) -> str:
    """Write a tick's number without mathematical markup: `0.01`, `1,200`, `3M`."""
    for divisor, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= divisor:
            return f"{value / (1e3 if letter == 'k' else divisor):g}{letter}"
    if value == 0 or abs(value) >= 1e-3:
        return f"{round(value, 6):,.10g}"
    return f"{value:.0e}".replace("e-0", "e-")


def spans_decades(values: Numbers) -> bool:
    """Say whether positive values differ by more than a factor of thirty; zeros do not count."""
    finite = values[np.isfinite(values)]
    positive = finite[finite > 0]
    return bool(positive.size and not (finite < 0).any() and positive.max() / positive.min() > 30)


def place_ticks(count: int, *, integer: bool = False) -> MaxNLocator:
    """Return a locator of at most `count` round numbers."""
    return MaxNLocator(count, steps=[1, 2, 2.5, 5, 10], integer=integer, min_n_ticks=2)


def scale_axis(axes: Axes, values: Numbers, which: str = "y", *, marked: bool = False) -> None:
    """Choose a linear or logarithmic axis for values, with plain numbers at its ticks.

    A curve may have zeros, which a logarithmic axis leaves out; of values that are
    `marked` one by one each has to be there.
    """
    axis = axes.yaxis if which == "y" else axes.xaxis
    if spans_decades(values) and not (marked and (values <= 0).any()):
        (axes.set_yscale if which == "y" else axes.set_xscale)("log")
        positive = values[np.isfinite(values) & (values > 0)]
        few = positive.max() / positive.min() < 300
        axis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=8))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(place_ticks(6))
    axis.set_major_formatter(FuncFormatter(number_text))


def scale_measured(axes: Axes, values: Numbers, unit: str, which: str = "y") -> str:
    """Scale an axis for values that are marked one by one; return unit and scale for its label.

    These are `% (stretched)`, `nats (log scale)`, `epochs`, or nothing.
    """
    if unit == "%":
        return "% (stretched)" if scale_accuracy(axes, values, which) else "%"
    scale_axis(axes, values, which, marked=True)
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    logarithmic = (axes.get_yscale() if which == "y" else axes.get_xscale()) == "log"
    if logarithmic:
        ends = low / 1.3, high * 1.3
    else:
        margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
        ends = low - margin, high + margin
    (axes.set_ylim if which == "y" else axes.set_xlim)(ends)
    return f"{unit} (log scale)".strip() if logarithmic else unit


def fit_ticks(axes: Axes, width: float) -> None:
    """Leave out ticks of the horizontal axis whose numbers would touch; `width` is in inches."""
    axis = axes.xaxis
    locator = axis.get_major_locator()
    if isinstance(locator, MaxNLocator):
        for most in (5, 4, 3, 2):
            if not _touching(axes, axis.get_majorticklocs(), width):
                return
            locator.set_params(nbins=most)
        return
    kept: list[float] = []
    for place in sorted(axis.get_majorticklocs(), reverse=True):  # the right end tells most
        if not kept or not _touching(axes, np.array([place, kept[-1]]), width):
            kept.append(float(place))
    axis.set_major_locator(FixedLocator(kept))


def _touching(axes: Axes, places: Numbers, width: float) -> bool:
    low, high = sorted(axes.get_xlim())
    shown = np.array([place for place in places if low <= place <= high])
    ends = (
        axes.transAxes.inverted().transform(
            axes.transData.transform([(place, 0.0) for place in shown])
        )[:, 0]
        if shown.size
        else shown
    )
    written = axes.xaxis.get_major_formatter().format_ticks(list(shown))
    widths = [DIGIT * len(text) for text in written]
    gaps = width * np.diff(ends)
    return any(
        gap < (one + other) / 2 + DIGIT
        for gap, one, other in zip(gaps, widths, widths[1:], strict=False)
    )


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
