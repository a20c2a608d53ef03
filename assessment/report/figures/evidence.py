"""Points on a line: measured beside asked, sides of a comparison, parameters and accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from assessment.report.cells import main_expectation
from assessment.report.figures.curves import SPLITS, has_course
from assessment.report.figures.layout import CHARACTER, Panel, Subject, look_key
from assessment.report.figures.strokes import BAND_KEY, REPORTED_KEY, REPORTED_STYLE
from assessment.report.figures.style import (
    BAND_EDGE,
    BAND_FACE,
    INK,
    Look,
    assign_looks,
    place_ticks,
    scale_accuracy,
    scale_axis,
    short_name,
)
from assessment.report.text import value_text
from assessment.results.record import Graded, Result

NAME_LIMIT = 20
"""Characters of a name beside an axis."""


def measured_panels(subject: Subject) -> list[Panel]:
    """Show the main measurement of each variant on the interval that was asked for."""
    chosen = {
        name: graded
        for name, result, _ in subject.items()
        if (graded := main_expectation(result)) is not None
        and (graded.value is not None or graded.low is not None or graded.high is not None)
        and not graded.values
    }
    measures = {(graded.measure, graded.unit) for graded in chosen.values()}
    if len(measures) != 1:
        return []
    measure, unit = measures.pop()
    quantity = measure.rpartition("_")[2]
    if not subject.several and any(has_course(subject, f"{split}_{quantity}") for split in SPLITS):
        return []  # the panel of the course shows the same
    banded = any(g.low is not None or g.high is not None for g in chosen.values())
    reported = any(graded.reported is not None for graded in chosen.values())
    nothing = all(graded.value is None for graded in chosen.values())
    if nothing or measure.startswith("epochs_to") or not (banded or reported):
        return []
    results = dict(zip(subject.names, subject.results, strict=True))
    title = next(iter(chosen.values())).label.partition(",")[0].capitalize()
    left = _left(chosen) if subject.several else 0.3
    seeds = {name: _seed_values(results[name], graded) for name, graded in chosen.items()}

    def fill(axes: Axes) -> None:
        rows = {name: len(chosen) - 1 - index for index, name in enumerate(chosen)}
        _scale(axes, unit, [value for g in chosen.values() for value in _numbers(g)])
        for name, graded in chosen.items():
            _bullet(axes, rows[name], graded, subject.looks[name], seeds[name])
        _name_rows(axes, rows if subject.several else {"": 0})

    keys = [key for key, used in ((BAND_KEY, banded), (REPORTED_KEY, reported)) if used]
    return [Panel(f"{title}, measured", fill, tuple(keys), left=left)]


def comparison_panels(subject: Subject) -> list[Panel]:
    """Show each measurement that a comparison compares, one row a side."""
    panels = []
    for result in subject.results:
        for graded in result.expectations:
            if len([value for value in graded.values.values() if value is not None]) >= 1:
                panels.append(_sides_panel(graded))
    return panels


def parameter_panels(subject: Subject) -> list[Panel]:
    """Set test accuracy against trainable parameters, where both differ."""
    points: dict[str, tuple[float, float]] = {}
    for name, result, _ in subject.items():
        counts = [run.parameters for run in result.runs if run.parameters]
        accuracy = next(
            (g.value for g in result.expectations if g.measure == "test_accuracy"), None
        )
        if counts and accuracy is not None:
            points[name] = (float(counts[0]), accuracy)
    looks = subject.looks
    for result in subject.results:
        by_measure = {graded.measure: graded.values for graded in result.expectations}
        sides = by_measure.get("parameters", {})
        accuracies = by_measure.get("test_accuracy", {})
        for side, count in sides.items():
            reached = accuracies.get(side)
            if count and reached is not None:
                points[side] = (count, reached)
        if points and result.kind == "comparison":
            looks = assign_looks(list(points))
    if len({count for count, _ in points.values()}) < 2:
        return []
    return [_scatter_panel(points, looks, subject)]


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
        scale_axis(axes, np.array([0.0, *known]), "x")
        axes.set_xlim(0, 1.2 * max([*known, 1.0]))
        for name, value in reached.items():
            _lollipop(axes, rows[name], value, "epochs", subject.looks[name])
            if name in given:
                axes.plot(given[name], rows[name], color=INK, zorder=4, **REPORTED_STYLE)  # type: ignore[arg-type]
        axes.set_xlabel("epochs")
        _name_rows(axes, rows)

    title = label.partition(",")[0].capitalize()
    return [Panel(title, fill, (REPORTED_KEY,) if given else (), left=_left(reached))]


def _sides_panel(graded: Graded) -> Panel:
    looks = assign_looks(list(graded.values))

    def fill(axes: Axes) -> None:
        rows = {name: len(graded.values) - 1 - i for i, name in enumerate(graded.values)}
        known = [value for value in graded.values.values() if value is not None]
        _scale(axes, graded.unit, known)
        _leave_room(axes, 0.24)  # for the numbers
        for name, value in graded.values.items():
            _lollipop(axes, rows[name], value, graded.unit, looks[name], stem=False)
        _name_rows(axes, rows)

    return Panel(graded.label.capitalize(), fill, left=_left(graded.values))


def _leave_room(axes: Axes, share: float) -> None:
    """Move the right end outwards by a share of the width, whatever the scale."""
    transform = axes.xaxis.get_transform()
    low, high = axes.get_xlim()
    left, right = transform.transform(np.array([low, high]))
    moved = float(transform.inverted().transform(np.array([right + share * (right - left)]))[0])
    if np.isfinite(moved) and moved > high:  # a stretched scale may have no further values
        axes.set_xlim(low, moved)


def _scatter_panel(
    points: Mapping[str, tuple[float, float]], looks: Mapping[str, Look], subject: Subject
) -> Panel:
    def fill(axes: Axes) -> None:
        counts = np.array([count for count, _ in points.values()])
        scale_axis(axes, counts, "x")
        stretched = scale_accuracy(axes, np.array([value for _, value in points.values()]))
        low, high = axes.get_ylim()
        axes.set_ylim(low, high)
        if axes.get_xscale() == "linear":
            axes.xaxis.set_major_locator(place_ticks(4))
            axes.margins(x=0.18)
        else:
            axes.set_xlim(counts.min() / 1.6, counts.max() * 1.6)
        for name, (count, accuracy) in points.items():
            look = looks[name]
            axes.plot(
                count,
                accuracy,
                linestyle="none",
                marker=look.marker,
                color=look.color,
                markerfacecolor=look.face,
                markersize=7,
            )
        axes.set_xlabel("trainable parameters")
        axes.set_ylabel("test accuracy, %" + (" (stretched)" if stretched else ""))

    keys = () if subject.several else tuple(look_key(name, looks[name]) for name in points)
    return Panel("Parameters and accuracy", fill, keys)


def _bullet(axes: Axes, row: int, graded: Graded, look: Look, seeds: Sequence[float]) -> None:
    left, right = axes.get_xlim()
    if graded.low is not None or graded.high is not None:
        low = left if graded.low is None else graded.low
        high = right if graded.high is None else graded.high
        axes.barh(
            row, high - low, left=low, height=0.62, color=BAND_FACE, edgecolor=BAND_EDGE, zorder=1
        )
    for value in seeds:
        axes.plot(
            [value, value], [row - 0.24, row + 0.24], color=look.color, linewidth=1.1, zorder=3
        )
    if graded.reported is not None:
        axes.plot(graded.reported, row, color=INK, zorder=4, **REPORTED_STYLE)  # type: ignore[arg-type]
    if graded.value is not None:
        axes.plot(
            graded.value,
            row,
            linestyle="none",
            marker=look.marker,
            color=look.color,
            markerfacecolor=look.face,
            markersize=6.5,
            zorder=5,
        )
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
    axes.plot(
        value,
        row,
        linestyle="none",
        marker=look.marker,
        color=look.color,
        markerfacecolor=look.face,
        markersize=7,
    )
    axes.annotate(
        value_text(value, unit, with_unit=unit == "%"),
        (value, row),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
    )


def _scale(axes: Axes, unit: str, values: Sequence[float]) -> None:
    numbers = np.array(values, dtype=float)
    if unit == "%":
        stretched = scale_accuracy(axes, numbers, "x")
        axes.set_xlabel("% (stretched)" if stretched else "%")
        return
    scale_axis(axes, numbers, "x")
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
    axes.set_yticks(list(rows.values()), [short_name(name, NAME_LIMIT) for name in rows])
    spare = max(0.0, (3 - len(rows)) / 2)  # a single row is not blown up
    axes.set_ylim(-0.6 - spare, len(rows) - 0.4 + spare)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")


def _left(names: Mapping[str, object]) -> float:
    """Return inches for the names beside the axis."""
    return 0.2 + CHARACTER * max(len(short_name(name, NAME_LIMIT)) for name in names)


def _numbers(graded: Graded) -> list[float]:
    found = (graded.value, graded.low, graded.high, graded.reported)
    return [value for value in found if value is not None]


def _seed_values(result: Result, graded: Graded) -> list[float]:
    """Return each run's last value where their mean is the value that was graded."""
    lasts = [run.epochs.get(graded.measure, [None])[-1] for run in result.runs]
    values = [value for value in lasts if value is not None]
    if len(values) < 2 or graded.value is None:
        return []
    agrees = abs(sum(values) / len(values) - graded.value) <= 1e-6 + 0.002 * abs(graded.value)
    return values if agrees else []
