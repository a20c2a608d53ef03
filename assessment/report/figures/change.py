"""Old against new: a point a number, on the diagonal where nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
from matplotlib.axes import Axes

from assessment.report.comparison import BETTER, WORSE, Compared, counts_text, difference_text
from assessment.report.figures.layout import Key, Panel
from assessment.report.figures.scales import scale_measured
from assessment.report.figures.style import (
    BAND_EDGE,
    BAND_FACE,
    COLORS,
    Look,
    Numbers,
    short_name,
)
from assessment.report.figures.words import brief, named, tell
from assessment.report.markdown import SAME
from assessment.report.text import one_line

HEIGHT = 3.3
"""Inches: about as high as wide, so that the diagonal is one."""

MOST_NAMES = 3
"""Points that are named: those that got worse the most."""

NAME_LIMIT = 22

LOOKS = {
    WORSE: Look(COLORS[1], "v"),
    BETTER: Look(COLORS[2], "^"),
    "": Look(COLORS[6], "o", filled=False),
}
"""Of what got worse, what got better, and what did neither."""

NO_CHANGE = Key("no change to speak of", BAND_EDGE, face=BAND_FACE, patch=True)


def change_panels(rows: Sequence[Compared], old: str, new: str) -> list[Panel]:
    """Show new against old values, a panel a unit, or a measurement that has none."""
    groups: dict[str, list[Compared]] = {}
    for row in rows:
        if row.values is not None:
            known = row.known
            groups.setdefault(known.unit_word or known.measure, []).append(row)
    return [_panel(group, old, new) for group in groups.values()]


def change_keys(rows: Sequence[Compared]) -> list[Key]:
    """Return the legend of these panels."""
    used = {_kind(row) for row in rows if row.values is not None}
    words = {WORSE: "worse", BETTER: "better", "": "neither"}
    marks = [
        Key(words[kind], look.color, look.marker, look.face)
        for kind, look in LOOKS.items()
        if kind in used
    ]
    return [*marks, NO_CHANGE] if marks else []


def _panel(rows: Sequence[Compared], old: str, new: str) -> Panel:
    unit = rows[0].known.unit_word
    measures = list(dict.fromkeys(row.known.measure.replace("_", " ") for row in rows))
    quantity = measures[0] if len(measures) == 1 else f"values in {unit}"
    values = np.array([row.values for row in rows], dtype=float)
    amount, relative = _unchanged(rows, unit)

    def fill(axes: Axes) -> None:
        for which in ("x", "y"):
            scale = scale_measured(axes, values.ravel(), short_name(unit), which)
        _shade(axes, amount, relative)
        for kind, look in LOOKS.items():
            chosen = values[[_kind(row) == kind for row in rows]]
            axes.plot(
                chosen[:, 0],
                chosen[:, 1],
                linestyle="none",
                marker=look.marker,
                color=look.color,
                markerfacecolor=look.face,
                markersize=5,
                zorder=3,
            )
        for row in _worst(rows, amount, relative):
            _name(axes, row)
        axes.set_xlabel(", ".join(filter(None, (short_name(old), scale))))
        axes.set_ylabel(", ".join(filter(None, (short_name(new), scale))))

    title = one_line(quantity[:1].upper() + quantity[1:])
    facts = [one_line(f"{new} against {old}"), counts_text(rows)]
    facts += [
        named(row.known.unit, f"{one_line(row.known.label)} {difference_text(row)}")
        for row in _worst(rows, amount, relative)
    ]
    margin = f"{100 * amount:.2g} % of the value" if relative else brief(amount, unit)
    banded = any(_half_width(row) is not None for row in rows)
    source = ", half the median width of the bands" if banded else ""
    note = f"Shaded: a change of at most {margin}{source}."
    return Panel(title, fill, tell(title, facts), note, left=0.72, height=HEIGHT)


def _kind(row: Compared) -> str:
    return row.direction if row.direction in LOOKS else ""


def _half_width(row: Compared) -> float | None:
    known = row.known
    if known.low is None or known.high is None or known.high <= known.low:
        return None
    return (known.high - known.low) / 2


def _unchanged(rows: Sequence[Compared], unit: str) -> tuple[float, bool]:
    """Return what counts as no change, and whether that is a share of the value.

    What was asked for tells how far correct work scatters.
    """
    halves = [half for row in rows if (half := _half_width(row)) is not None]
    if halves and unit == "%":
        return median(halves), False
    shares = [
        half / abs(middle)
        for row in rows
        if (half := _half_width(row)) is not None and (middle := (row.known.low or 0.0) + half)
    ]
    return (min(median(shares), 0.9), True) if shares else (SAME, True)


def _shade(axes: Axes, amount: float, relative: bool) -> None:
    low, high = axes.get_xlim()
    places = np.geomspace(low, high, 300) if axes.get_xscale() == "log" else _spaced(low, high)
    width = np.abs(places) * amount if relative else np.full_like(places, amount)
    axes.set_autoscale_on(False)
    axes.fill_between(
        places,
        places - width,
        places + width,
        color=BAND_FACE,
        alpha=0.8,
        linewidth=0,
        zorder=0.6,
    )
    axes.plot(places, places, color=BAND_EDGE, linewidth=0.9, zorder=0.7)


def _spaced(low: float, high: float) -> Numbers:
    """Return places that stand closer towards the upper end, where an axis may be stretched."""
    places: Numbers = high - (high - low) * np.linspace(1, 0, 300) ** 2
    return places


def _worst(rows: Sequence[Compared], amount: float, relative: bool) -> list[Compared]:
    """Return what got worse by more than counts as no change, the worst first."""
    excesses = {}
    for place, row in enumerate(rows):
        if row.values is not None and row.direction == WORSE:
            old, new = row.values
            margin = amount * abs(old) if relative else amount
            if abs(new - old) > margin:
                excesses[place] = abs(new - old) / (margin or 1.0)
    places = sorted(excesses, key=lambda place: -excesses[place])
    return [rows[place] for place in places[:MOST_NAMES]]


def _name(axes: Axes, row: Compared) -> None:
    assert row.values is not None
    right = axes.transAxes.inverted().transform(axes.transData.transform(row.values))[0] > 0.5
    axes.annotate(
        short_name(row.known.unit, NAME_LIMIT),
        row.values,
        xytext=(-6 if right else 6, 0),
        textcoords="offset points",
        ha="right" if right else "left",
        va="center",
    )
