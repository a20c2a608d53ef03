"""Curves of several seeds made one: mean, smallest and largest value at each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assessment.report.figures.style import Numbers
from assessment.results.record import Run

Table = Literal["epochs", "steps", "gradients"]

MOST_POINTS = 120
CROWDED_POINTS = 50
"""Longer curves of steps are averaged in bins, so that a figure stays small and readable."""


@dataclass(frozen=True)
class Repeats:
    """A column of a table over the seeds; NaN where no seed has a finite value."""

    x: Numbers
    """Epoch counted from 1, or step counted from 0; of averaged records their mean."""
    mean: Numbers
    low: Numbers
    high: Numbers
    count: int
    """Seeds."""
    binned: int = 1
    """Recorded values that were averaged to one."""

    @property
    def finite(self) -> Numbers:
        """All finite values that are drawn."""
        values = np.concatenate([self.mean, self.low, self.high])
        found: Numbers = values[np.isfinite(values)]
        return found

    @property
    def ends(self) -> tuple[float, float] | None:
        """The first and the last finite mean."""
        finite = self.mean[np.isfinite(self.mean)]
        return (float(finite[0]), float(finite[-1])) if finite.size else None


def take(
    runs: Sequence[Run], table: Table, column: str, *, crowded: bool = False
) -> Repeats | None:
    """Return one column over all runs that have it; None where no value is finite.

    Runs that stopped early leave the mean to the others. `crowded` asks for fewer points,
    where many curves share a panel.
    """
    series = [getattr(run, table) for run in runs if getattr(run, table).get(column)]
    if not series:
        return None
    values = _stack([each[column] for each in series])
    if not np.isfinite(values).any():
        return None
    length = values.shape[1]
    x = np.arange(1, length + 1, dtype=float)
    if table != "epochs":
        longest = max((each.get("step", []) for each in series), key=len)
        if len(longest) == length and all(step is not None for step in longest):
            x = np.array(longest, dtype=float)
        else:
            x -= 1
    if column.startswith("validation"):
        # Taken at some of the records only: the others are no gaps in the curve.
        taken = np.isfinite(values).any(axis=0)
        x, values = x[taken], values[:, taken]
    most = CROWDED_POINTS if crowded else MOST_POINTS
    bins = -(-x.size // most) if table != "epochs" else 1
    if bins > 1:
        x, values = _binned(x[None], bins)[0], _binned(values, bins)
    return Repeats(x, *_spread(values), count=len(series), binned=bins)


def _stack(columns: Sequence[Sequence[float | None]]) -> Numbers:
    """Return one row a run, NaN where it has no finite value or ended earlier."""
    values = np.full((len(columns), max(map(len, columns))), np.nan)
    for row, column in zip(values, columns, strict=True):
        numbers = np.array([np.nan if v is None else v for v in column], dtype=float)
        row[: len(numbers)] = np.where(np.isfinite(numbers), numbers, np.nan)
    return values


def _binned(values: Numbers, size: int) -> Numbers:
    padding = -values.shape[1] % size
    padded = np.pad(values, ((0, 0), (0, padding)), constant_values=np.nan)
    return _mean(padded.reshape(values.shape[0], -1, size), axis=2)


def _spread(values: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    present = np.isfinite(values)
    nobody = ~present.any(axis=0)
    low = np.where(present, values, np.inf).min(axis=0)
    high = np.where(present, values, -np.inf).max(axis=0)
    low[nobody] = high[nobody] = np.nan
    return _mean(values, axis=0), low, high


def _mean(values: Numbers, axis: int) -> Numbers:
    present = np.isfinite(values)
    count = present.sum(axis=axis)
    total = np.where(present, values, 0.0).sum(axis=axis)
    mean: Numbers = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
