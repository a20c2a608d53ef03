"""Points on a line: measured beside asked, sides of a comparison, epochs to a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from assessment.report.cells import (
    asked_intervals,
    distinct_labels,
    main_expectation,
    side_names,
)
from assessment.report.figures.curves import SPLITS, has_course
from assessment.report.figures.layout import PANEL_HEIGHT, Panel, Subject
from assessment.report.figures.scales import place_ticks, scale_accuracy, scale_axis
from assessment.report.figures.strokes import BAND_KEY, REPORTED_KEY, REPORTED_STYLE
from assessment.report.figures.style import (
    BAND_EDGE,
    BAND_FACE,
    CHARACTER,
    INK,
    Look,
    assign_looks,
    short_name,
    short_names,
)
from assessment.report.figures.words import brief, named, tell
from assessment.report.text import shorten, value_text
from assessment.results.record import Graded, Result

NAME_LIMIT = 20
"""Characters of a name beside an axis."""

ROW_HEIGHT = 0.17
"""Inches of a row where there are many."""

NUMBER_ROOM = 0.3
"""Share of the width that the numbers beside the points get."""


def measured_panels(subject: Subject) -> list[Panel]:
    """Show the main measurement of each variant on the interval that was asked for."""
    chosen = {
        name: graded
        for name, result, _ in subject.items()
        if (graded := main_expectation(result)) is not None
        and (graded.value is not None or asked_intervals(graded))
        and not graded.values
    }
    measures = {(graded.measure, graded.unit) for graded in chosen.values()}
    if len(measures) != 1:
        return []
    measure, unit = measures.pop()
    quantity = measure.rpartition("_")[2]
    if not subject.several and subject.results[0].kind != "training":
        return []  # a single number, which the table shows
    if not subject.several and any(has_course(subject, f"{split}_{quantity}") for split in SPLITS):
        return []  # the panel of the course shows the same
    banded = any(asked_intervals(graded) for graded in chosen.values())
    reported = any(graded.reported is not None for graded in chosen.values())
    nothing = all(graded.value is None for graded in chosen.values())
    if nothing or measure.startswith("epochs_to") or not (banded or reported):
        return []
    results = dict(zip(subject.names, subject.results, strict=True))
    seeds = {name: _seed_values(results[name], graded) for name, graded in chosen.items()}

    def fill(axes: Axes) -> None:
        rows = {name: len(chosen) - 1 - index for index, name in enumerate(chosen)}
        _scale(axes, unit, [value for g in chosen.values() for value in _numbers(g)])
        for name, graded in chosen.items():
            _bullet(axes, rows[name], graded, subject.looks[name], seeds[name])
        _name_rows(axes, rows if subject.several else {"": 0})

    keys = [key for key, used in ((BAND_KEY, banded), (REPORTED_KEY, reported)) if used]
    title = f"{next(iter(chosen.values())).label.partition(',')[0].capitalize()}, measured"
    facts = [
        named(name if subject.several else "", _measured_words(graded))
        for name, graded in chosen.items()
    ]
    thin = "Thin lines are single runs." if any(seeds.values()) else ""
    left = _left(chosen) if subject.several else 0.3
    height = _height(chosen)
    return [Panel(title, fill, tell(title, facts), thin, tuple(keys), left=left, height=height)]


def comparison_panels(subject: Subject) -> list[Panel]:
    """Show each measurement that a comparison compares, one row a side."""
    return [
        _sides_panel(graded, label)
        for result in subject.results
        for graded, label in zip(
            result.expectations, distinct_labels(result.expectations), strict=True
        )
        if any(value is not None for value in graded.values.values())
    ]


def epochs_panels(subject: Subject) -> list[Panel]:
    """Show after how many epochs each variant reached its target."""
    reached: dict[str, float | None] = {}
    given: dict[str, float] = {}
    label = ""
    for name, result, _ in subject.items():
        for graded in result.expectations:
            if graded.measure in ("epochs_to_accuracy", "epochs_to_train_loss"):
                reached.setdefault(name, graded.value)
                label = label or graded.label
                if graded.reported is not None:
                    given.setdefault(name, graded.reported)
    if len(reached) < 2 and not any(reached.values()):
        return []

    def fill(axes: Axes) -> None:
        rows = {name: len(reached) - 1 - index for index, name in enumerate(reached)}
        known = [value for value in (*reached.values(), *given.values()) if value is not None]
        scale_axis(axes, np.array([0.0, *known]), "x", marked=True)
        axes.set_xlim(0, 1.2 * max([*known, 1.0]))
        for name, value in reached.items():
            _lollipop(axes, rows[name], value, "epochs", subject.looks[name])
            if name in given:
                axes.plot(given[name], rows[name], color=INK, zorder=4, **REPORTED_STYLE)
        axes.set_xlabel("epochs")
        _name_rows(axes, rows)

    title = label.partition(",")[0].capitalize()
    facts = [
        named(name, "not reached" if value is None else value_text(value, "epochs"))
        for name, value in reached.items()
    ]
    keys = (REPORTED_KEY,) if given else ()
    words = tell(title, facts)
    return [Panel(title, fill, words, keys=keys, left=_left(reached), height=_height(reached))]


def _sides_panel(graded: Graded, label: str) -> Panel:
    names = side_names(list(graded.values))
    values = {names[side]: value for side, value in graded.values.items()}
    looks = assign_looks(list(values))

    def fill(axes: Axes) -> None:
        rows = {name: len(values) - 1 - index for index, name in enumerate(values)}
        _scale(axes, graded.unit, [value for value in values.values() if value is not None])
        _leave_room(axes, NUMBER_ROOM)
        if graded.unit == "%":
            ticks = [tick for tick in axes.get_xticks() if tick <= 100]
            axes.xaxis.set_major_locator(FixedLocator(ticks))
        for name, value in values.items():
            stem = graded.unit == "epochs"
            _lollipop(axes, rows[name], value, graded.unit, looks[name], stem=stem)
        _name_rows(axes, rows)

    title = label[:1].upper() + label[1:]
    facts = [named(name, brief(value, graded.unit)) for name, value in values.items()]
    return Panel(
        title, fill, tell(title, facts), left=_left(values), height=_height(values), named=False
    )


def _leave_room(axes: Axes, share: float) -> None:
    """Move the right end outwards by a share of the width, whatever the scale."""
    transform = axes.xaxis.get_transform()
    low, high = axes.get_xlim()
    left, right = transform.transform(np.array([low, high]))
    moved = float(transform.inverted().transform(np.array([right + share * (right - left)]))[0])
    if np.isfinite(moved) and moved > high:  # a stretched scale may have no further values
        axes.set_xlim(low, moved)


def _bullet(axes: Axes, row: int, graded: Graded, look: Look, seeds: Sequence[float]) -> None:
    left, right = axes.get_xlim()
    for low, high in asked_intervals(graded):
        start, end = left if low is None else low, right if high is None else high
        if start == end:
            axes.plot([start] * 2, [row - 0.31, row + 0.31], color=BAND_EDGE, linewidth=3, zorder=1)
        else:
            axes.barh(
                row,
                end - start,
                left=start,
                height=0.62,
                color=BAND_FACE,
                edgecolor=BAND_EDGE,
                zorder=1,
            )
    for value in seeds:
        axes.plot(
            [value, value], [row - 0.44, row - 0.2], color=look.color, linewidth=1.1, zorder=3
        )
    if graded.reported is not None:
        axes.plot(graded.reported, row, color=INK, zorder=4, **REPORTED_STYLE)
    if graded.value is not None:
        _point(axes, graded.value, row, look)
    else:
        axes.text(left, row, " no value", va="center", ha="left", fontstyle="italic")


def _lollipop(
    axes: Axes, row: int, value: float | None, unit: str, look: Look, *, stem: bool = True
) -> None:
    left = axes.get_xlim()[0]
    if value is None:
        axes.text(
            left, row, " not reached" if stem else " no value", va="center", fontstyle="italic"
        )
        return
    if stem:
        axes.plot([left, value], [row, row], color=look.color, linewidth=2, alpha=0.5)
    _point(axes, value, row, look)
    axes.annotate(
        shorten(value_text(value, unit, with_unit=unit == "%"), 12),
        (value, row),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
    )


def _point(axes: Axes, value: float, row: int, look: Look) -> None:
    axes.plot(
        value,
        row,
        linestyle="none",
        marker=look.marker,
        color=look.color,
        markerfacecolor=look.face,
        markersize=7,
        zorder=5,
    )


def _scale(axes: Axes, unit: str, values: Sequence[float]) -> None:
    numbers = np.array(values, dtype=float)
    if unit == "%":
        stretched = scale_accuracy(axes, numbers, "x")
        axes.set_xlabel("% (stretched)" if stretched else "%")
        return
    if unit == "epochs":
        axes.set_xlim(0, max(1.0, numbers.max(initial=1.0)))
        axes.xaxis.set_major_locator(place_ticks(5, integer=True))
        axes.set_xlabel(unit)
        return
    scale_axis(axes, numbers, "x", marked=True)
    if axes.get_xscale() == "linear" and numbers.size:
        margin = 0.08 * (numbers.max() - numbers.min()) or 0.05 * abs(numbers.max()) or 1.0
        axes.set_xlim(numbers.min() - margin, numbers.max() + margin)
        axes.xaxis.set_major_locator(place_ticks(4))
    elif numbers.size:
        axes.set_xlim(numbers.min() / 1.5, numbers.max() * 1.5)
    axes.set_xlabel(
        (short_name(unit) or "count") + (" (log scale)" if axes.get_xscale() == "log" else "")
    )


def _name_rows(axes: Axes, rows: Mapping[str, int]) -> None:
    axes.set_yticks(list(rows.values()), list(short_names(list(rows), NAME_LIMIT).values()))
    spare = max(0.0, (3 - len(rows)) / 2)  # a single row is not blown up
    axes.set_ylim(-0.6 - spare, len(rows) - 0.4 + spare)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")


def _left(names: Mapping[str, object]) -> float:
    """Return inches for the names beside the axis."""
    return 0.2 + CHARACTER * max(map(len, short_names(list(names), NAME_LIMIT).values()))


def _height(names: Mapping[str, object]) -> float:
    """Return the height of a panel with a row for each name."""
    return max(PANEL_HEIGHT, 0.6 + ROW_HEIGHT * len(names))


def _numbers(graded: Graded) -> list[float]:
    ends = [end for interval in asked_intervals(graded) for end in interval]
    return [value for value in (graded.value, graded.reported, *ends) if value is not None]


def _measured_words(graded: Graded) -> str:
    parts = [brief(graded.value, graded.unit)]
    if graded.condition:
        parts.append(f"asked for {shorten(graded.condition, 60)}")
    if graded.reported is not None:
        parts.append(f"reported {brief(graded.reported, graded.unit)}")
    return ", ".join(parts)


def _seed_values(result: Result, graded: Graded) -> list[float]:
    """Return each run's last value where their mean is the value that was graded."""
    lasts = [(run.epochs.get(graded.measure) or [None])[-1] for run in result.runs]
    values = [value for value in lasts if value is not None]
    if len(values) < 2 or graded.value is None:
        return []
    agrees = abs(sum(values) / len(values) - graded.value) <= 1e-6 + 0.002 * abs(graded.value)
    return values if agrees else []
