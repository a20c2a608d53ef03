"""One axis of a panel that is drawn as SVG: limits, scale, ticks and their numbers.

It has what the panels use of matplotlib's `Axis`, whose locators and formatters do the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    Formatter,
    FuncFormatter,
    Locator,
    LogLocator,
)
from numpy.typing import NDArray

from assessment.report.figures.scales import number_text, place_ticks
from assessment.report.figures.style import Numbers

Curve = Callable[[Numbers], Numbers]

MARGIN = 0.05
"""Share of the extent that is left free at both ends, unless limits are set."""


def _same(values: Numbers) -> Numbers:
    return values


def _logarithm(values: Numbers) -> Numbers:
    positive = np.where(values > 0, values, np.nan)
    result: Numbers = np.log10(positive)
    return result


def _power(values: Numbers) -> Numbers:
    result: Numbers = np.power(10.0, values)
    return result


@dataclass(frozen=True)
class Transform:
    """From values to evenly spaced places; matplotlib's name for it."""

    forward: Curve
    backward: Curve

    def transform(self, values: Any) -> Numbers:
        """Return the places of values."""
        return self.forward(np.asarray(values, dtype=float))

    def inverted(self) -> Transform:
        """Return the way back."""
        return Transform(self.backward, self.forward)


class VectorAxis:
    """One axis; what panels ask for that is not here has to be drawn by matplotlib."""

    def __init__(self) -> None:
        """Be linear, from 0 to 1 until there are data."""
        self.label = ""
        self.kind = "linear"
        self.margin = MARGIN
        self.follows = True
        """Whether limits follow the data."""
        self.has_grid = True
        self.tick_length = 3.5
        self.rotation = 0.0
        self.points: float | None = None
        """Size of the numbers, where it is not that of all text."""
        self._transform = Transform(_same, _same)
        self._limits: tuple[float, float] | None = None
        self._extent: tuple[float, float] | None = None
        self._locator: Locator = place_ticks(6)
        self._formatter: Formatter = FuncFormatter(number_text)

    # --- what panels call ------------------------------------------------------------------------

    def set_major_locator(self, locator: Locator) -> None:
        """Say where ticks are."""
        self._locator = locator

    def set_minor_locator(self, locator: Locator) -> None:
        """Have none between them."""

    def set_major_formatter(self, formatter: Formatter | Callable[..., str]) -> None:
        """Say how ticks are written."""
        known = isinstance(formatter, Formatter)
        self._formatter = formatter if known else FuncFormatter(formatter)  # type: ignore[assignment]

    def get_major_locator(self) -> Locator:
        """Return what says where ticks are."""
        return self._locator

    def get_major_formatter(self) -> Formatter:
        """Return what writes ticks."""
        return self._formatter

    def get_majorticklocs(self) -> Numbers:
        """Return the places of ticks, also those beyond the ends."""
        ticks: Numbers = np.asarray(self._locator.tick_values(*self.limits), dtype=float)
        return ticks

    def get_transform(self) -> Transform:
        """Return the way from values to evenly spaced places."""
        return self._transform

    # --- what axes call --------------------------------------------------------------------------

    def set_scale(self, kind: str, functions: tuple[Curve, Curve] | None = None) -> None:
        """Be `linear`, `log`, or a `function` with its inverse."""
        self.kind = kind
        if kind == "linear":
            self._transform = Transform(_same, _same)
        elif kind == "log":
            self._transform = Transform(_logarithm, _power)
            self._locator = LogLocator(10)
        elif kind == "function" and functions is not None:
            self._transform = Transform(*functions)
        else:
            raise NotImplementedError(kind)

    def set_ticks(self, places: Sequence[float], labels: Sequence[str] | None = None) -> None:
        """Have ticks at these places only."""
        self._locator = FixedLocator(list(places))
        if labels is not None:
            self._formatter = FixedFormatter(list(labels))

    def set_limits(self, low: float, high: float) -> None:
        """Go from one value to another, the larger of which may be the first."""
        self._limits, self.follows = (float(low), float(high)), False

    def include(self, values: NDArray[Any]) -> None:
        """Follow data."""
        if not self.follows:
            return
        known = np.asarray(values, dtype=float).ravel()
        known = known[np.isfinite(self._transform.transform(known))]
        if known.size:
            low, high = float(known.min()), float(known.max())
            if self._extent is not None:
                low, high = min(low, self._extent[0]), max(high, self._extent[1])
            self._extent = low, high

    @property
    def limits(self) -> tuple[float, float]:
        """The values at both ends."""
        if self._limits is not None:
            return self._limits
        if self._extent is None:
            return (1.0, 10.0) if self.kind == "log" else (0.0, 1.0)
        low, high = self._transform.transform(self._extent)
        if low == high:  # as matplotlib widens a single value
            wide = 0.055 * abs(self._extent[0]) or 0.055
            if self.kind != "linear":
                wide = 0.5
            low, high = low - wide, high + wide
        else:
            low, high = low - self.margin * (high - low), high + self.margin * (high - low)
        ends = self._transform.inverted().transform([low, high])
        return float(ends[0]), float(ends[1])

    def shares(self, values: Any) -> Numbers:
        """Return where values lie between the ends, 0 to 1."""
        low, high = self._transform.transform(self.limits)
        result: Numbers = (self._transform.transform(values) - low) / (high - low)
        return result

    def ticks(self) -> list[tuple[float, str]]:
        """Return the ticks between the ends: where, as a share, and what is written there."""
        places = self.get_majorticklocs()
        written = self._formatter.format_ticks(list(places))
        return [
            (float(share), text)
            for share, text in zip(self.shares(places), written, strict=True)
            if -1e-9 <= share <= 1 + 1e-9
        ]
