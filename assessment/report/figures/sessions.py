"""Values over sessions: a line, and what was asked in each of them shaded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from assessment.report.figures.layout import Key, Panel
from assessment.report.figures.scales import place_ticks, scale_measured
from assessment.report.figures.strokes import BAND_KEY
from assessment.report.figures.style import BAND_EDGE, BAND_FACE, COLORS, INK, Numbers, short_name
from assessment.report.figures.words import brief, named, tell
from assessment.report.history import Moment
from assessment.report.measured import Measured
from assessment.report.text import one_line

MISSED_KEY = Key("not what was asked", COLORS[1], "v", "white")
GONE_KEY = Key("no value", INK, "X", INK)
VALUE_KEY = Key("measured", COLORS[0], "o", COLORS[0], "-")


def session_panels(lines: Sequence[Sequence[Moment]]) -> list[Panel]:
    """Show each number that has a value over the sessions that measured it."""
    several = len({moment.measured.unit for line in lines for moment in line}) > 1
    return [
        _panel(line, several)
        for line in lines
        if any(moment.measured.value is not None for moment in line)
    ]


def session_keys(lines: Sequence[Sequence[Moment]]) -> list[Key]:
    """Return the legend of these panels."""
    shown = [[moment.measured for moment in line] for line in lines]
    every = [
        measured
        for line in shown
        if any(measured.value is not None for measured in line)
        for measured in line
    ]
    used = (
        (VALUE_KEY, bool(every)),
        (MISSED_KEY, any(_missed(measured) for measured in every)),
        (GONE_KEY, any(measured.value is None for measured in every)),
        (BAND_KEY, any((measured.low, measured.high) != (None, None) for measured in every)),
    )
    return [key for key, is_used in used if is_used]


def _panel(line: Sequence[Moment], several: bool) -> Panel:
    taken = [moment.measured for moment in line]
    last = taken[-1]
    unit = last.unit_word
    places = np.arange(len(line), dtype=float)
    values, lows, highs = (
        _numbers([getattr(measured, column) for measured in taken])
        for column in ("value", "low", "high")
    )

    def fill(axes: Axes) -> None:
        label = scale_measured(axes, np.concatenate([values, lows, highs]), short_name(unit))
        axes.set_xlim(-0.5, len(line) - 0.5)
        _shade(axes, lows, highs)
        axes.plot(places, values, "-o", color=COLORS[0], linewidth=1.5, markersize=4.5)
        missed = np.array([_missed(measured) for measured in taken])
        axes.plot(
            places[missed],
            values[missed],
            linestyle="none",
            marker=MISSED_KEY.marker,
            color=MISSED_KEY.color,
            markerfacecolor=MISSED_KEY.face,
            markersize=8,
            markeredgewidth=1.5,
            zorder=4,
        )
        for place in places[np.isnan(values)]:
            axes.plot(
                place,
                axes.get_ylim()[0],
                marker=GONE_KEY.marker,
                color=GONE_KEY.color,
                markersize=6,
                clip_on=False,  # it lies on the edge
                zorder=4,
            )
        axes.xaxis.set_major_locator(place_ticks(6, integer=True))
        axes.xaxis.set_major_formatter(lambda place, _: _number(line, place))
        axes.set_xlabel("session")
        axes.set_ylabel(label or "value")

    label = last.label[:1].upper() + last.label[1:]
    title = one_line(f"{last.unit}: {last.label}" if several else label)
    facts = [
        named(f"session {moment.session}", brief(moment.measured.value, unit)) for moment in line
    ]
    return Panel(title, fill, tell(title, facts), left=0.72)


def _numbers(values: Sequence[float | None]) -> Numbers:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _missed(measured: Measured) -> bool:
    return measured.met is False and measured.value is not None


def _number(line: Sequence[Moment], place: float) -> str:
    """Return the number of the session at a place of the axis; nothing between two of them."""
    whole = round(place)
    inside = 0 <= whole < len(line) and abs(place - whole) < 1e-6
    return f"#{line[whole].session}" if inside else ""


def _shade(axes: Axes, lows: Numbers, highs: Numbers) -> None:
    """Shade what each session asked for, an open end up to the edge."""
    bottom, top = axes.get_ylim()
    asked = np.isfinite(lows) | np.isfinite(highs)
    for place in np.flatnonzero(asked):
        low, high = lows[place], highs[place]
        sides = [place - 0.5, place + 0.5]
        axes.fill_between(
            sides,
            bottom if np.isnan(low) else low,
            top if np.isnan(high) else high,
            color=BAND_FACE,
            alpha=0.6,
            linewidth=0,
            zorder=0.6,
        )
        for end in (low, high):
            if np.isfinite(end):
                axes.plot(sides, [end, end], color=BAND_EDGE, linewidth=0.8, zorder=0.7)
    axes.set_ylim(bottom, top)
