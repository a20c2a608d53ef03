"""Curves over epochs and steps: losses, accuracies, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from assessment.report.figures.layout import Key, Panel, Subject
from assessment.report.figures.repeats import Repeats, Table, take
from assessment.report.figures.style import (
    BAND_EDGE,
    BAND_FACE,
    COLORS,
    INK,
    Look,
    Numbers,
    number_text,
    place_ticks,
    scale_accuracy,
    scale_axis,
)
from assessment.results.record import Graded, Result

OVERLAID = 3
"""Up to this many variants share a panel for training and test; more get one panel each."""

SPREAD_SHOWN = 4
"""Up to this many curves show the spread of their seeds."""

SPLITS = ("train", "validation", "test")
LINES = {"train": "-", "validation": ":", "test": "--"}
SPLIT_LOOKS = {
    "train": Look(COLORS[0], "o"),
    "validation": Look(COLORS[2], "^"),
    "test": Look(COLORS[1], "s"),
}
SPLIT_WORDS = {"train": "training", "validation": "validation", "test": "test"}


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


def loss_panels(subject: Subject) -> list[Panel]:
    """Losses by epoch, and by step where they were recorded."""
    return [
        *_epoch_panels(subject, "loss", "loss, nats", _scale_values),
        *_step_panels(subject, "loss", "loss, nats", _scale_values),
    ]


def accuracy_panels(subject: Subject) -> list[Panel]:
    """Accuracies by epoch with what was asked, and by step where they were recorded."""
    return [
        *_epoch_panels(subject, "accuracy", "accuracy, %", _scale_percent),
        *_step_panels(subject, "accuracy", "accuracy, %", _scale_percent_evenly),
    ]


def gradient_panels(subject: Subject) -> list[Panel]:
    """Norm and mean of the gradient by step."""
    panels = []
    for column, title in (("norm", "Gradient, L2 norm"), ("mean", "Gradient, mean")):
        curves = _curves(subject, "gradients", {"train": column})
        if any(curve.repeats.x.size > 1 for curve in curves):
            panels.append(
                _panel(title, "step", f"{column} of the gradient", curves, _scale_values, subject)
            )
    return panels


def _epoch_panels(
    subject: Subject, quantity: str, label: str, scale: Callable[[Axes, Numbers, str], None]
) -> list[Panel]:
    courses = [split for split in SPLITS if has_course(subject, f"{split}_{quantity}")]
    if not courses:
        return []
    if len(subject.results) <= OVERLAID:
        # A test value that was only taken at the end is a point beside the training's course.
        groups = [{split: f"{split}_{quantity}" for split in SPLITS}]
    else:
        if "test" in courses and "validation" in courses:
            courses.remove("validation")
        groups = [{split: f"{split}_{quantity}"} for split in courses]
    panels = []
    for group in groups:
        curves = _curves(subject, "epochs", group)
        used = _used(subject, "epochs", group)
        words = " and ".join(SPLIT_WORDS[split] for split in used)
        title = f"{words} {quantity}" if len(used) < len(SPLITS) else quantity
        panels.append(_panel(title.capitalize(), "epoch", label, curves, scale, subject, used))
    return panels


def has_course(subject: Subject, column: str) -> bool:
    """Say whether a column was taken more than once: otherwise measured values tell more."""
    return any(
        sum(value is not None for value in run.epochs.get(column, [])) > 1
        for result in subject.results
        for run in result.runs
    )


def _step_panels(
    subject: Subject, quantity: str, label: str, scale: Callable[[Axes, Numbers, str], None]
) -> list[Panel]:
    columns = {"train": f"batch_{quantity}", "validation": f"validation_{quantity}"}
    together = len(subject.results) <= OVERLAID
    panels = []
    for group in [columns] if together else [{split: name} for split, name in columns.items()]:
        curves = _curves(subject, "steps", group)
        if not any(curve.repeats.x.size > 1 for curve in curves):
            continue
        binned = max(curve.repeats.binned for curve in curves)
        axis = f"step (mean of {binned} records)" if binned > 1 else "step"
        used = _used(subject, "steps", group)
        title = f"Batch {quantity}" if "train" in used else f"Validation {quantity} by step"
        panels.append(_panel(title, axis, label, curves, scale, subject, used))
    return panels


def _used(subject: Subject, table: Table, columns: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        split
        for split, column in columns.items()
        if any(take(result.runs, table, column) for result in subject.results)
    )


def _curves(subject: Subject, table: Table, columns: dict[str, str]) -> list[Curve]:
    curves = []
    for _, result, look in subject.items():
        for split, column in columns.items():
            crowded = len(subject.results) > OVERLAID
            repeats = take(result.runs, table, column, crowded=crowded)
            if repeats is None:
                continue
            own = look if subject.several else SPLIT_LOOKS[split]
            curves.append(
                Curve(
                    repeats,
                    own,
                    LINES[split] if len(columns) > 1 else "-",
                    _banded(result, column) if table == "epochs" else None,
                    _reported(result, column, repeats) if table == "epochs" else (),
                )
            )
    return curves


def _banded(result: Result, measure: str) -> Graded | None:
    return next(
        (
            graded
            for graded in result.expectations
            if graded.measure == measure and (graded.low is not None or graded.high is not None)
        ),
        None,
    )


def _reported(result: Result, measure: str, repeats: Repeats) -> tuple[tuple[float, float], ...]:
    given = result.reported.get(measure)
    if isinstance(given, list):
        return tuple((float(epoch), value) for epoch, value in enumerate(given, start=1))
    if given is None:
        given = next(
            (graded.reported for graded in result.expectations if graded.measure == measure), None
        )
    return ((float(repeats.x[-1]), given),) if given is not None else ()


def _panel(
    title: str,
    x_label: str,
    y_label: str,
    curves: Sequence[Curve],
    scale: Callable[[Axes, Numbers, str], None],
    subject: Subject,
    splits: tuple[str, ...] = (),
) -> Panel:
    overlaid = len(subject.results) <= OVERLAID
    spread = len(curves) <= 2 * SPREAD_SHOWN and any(curve.repeats.count > 1 for curve in curves)
    evidence = overlaid and x_label == "epoch"

    def fill(axes: Axes) -> None:
        scale(axes, _extent(curves, spread, evidence), y_label)
        for index, curve in enumerate(curves):
            if evidence and curve.band is not None:
                _shade(axes, curve.band, curve.look if subject.several else None)
            _draw(axes, curve, index, spread)
        if evidence:
            for curve in curves:
                _mark_reported(axes, curve)
        axes.set_xlabel(x_label)
        axes.xaxis.set_major_locator(place_ticks(6, integer=True))
        axes.xaxis.set_major_formatter(number_text)

    return Panel(title, fill, tuple(_keys(curves, splits, subject, spread, evidence)))


def _keys(
    curves: Sequence[Curve],
    splits: tuple[str, ...],
    subject: Subject,
    spread: bool,
    evidence: bool,
) -> Iterable[Key]:
    if not subject.several:
        for split in splits:
            look = SPLIT_LOOKS[split]
            line = LINES[split] if len(splits) > 1 else "-"
            yield Key(
                SPLIT_WORDS[split],
                {"color": look.color, "marker": look.marker, "linestyle": line, "markersize": 5},
            )
    elif len(splits) > 1:
        for split in splits:
            yield Key(SPLIT_WORDS[split], {"color": INK, "linestyle": LINES[split]})
    if spread:
        seeds = max(curve.repeats.count for curve in curves)
        yield Key(f"range of {seeds} seeds", {"color": "#c8c8c8"}, patch=True)
    if evidence and any(curve.band for curve in curves):
        yield BAND_KEY
    if evidence and any(curve.reported for curve in curves):
        yield REPORTED_KEY


REPORTED_STYLE = {
    "marker": "D",
    "markersize": 8,
    "markerfacecolor": "none",
    "markeredgewidth": 1.3,
    "linestyle": "none",
}
REPORTED_KEY = Key("reported", {"color": INK, **REPORTED_STYLE})
BAND_KEY = Key("asked for", {"facecolor": BAND_FACE, "edgecolor": BAND_EDGE}, patch=True)


def _extent(curves: Sequence[Curve], spread: bool, evidence: bool) -> Numbers:
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


def _scale_values(axes: Axes, values: Numbers, label: str) -> None:
    scale_axis(axes, values)
    logarithmic = axes.get_yscale() == "log"
    axes.set_ylabel(f"{label} (log scale)" if logarithmic else label)


def _scale_percent(axes: Axes, values: Numbers, label: str) -> None:
    stretched = scale_accuracy(axes, values)
    axes.set_ylabel(f"{label} (stretched)" if stretched else label)


def _scale_percent_evenly(axes: Axes, values: Numbers, label: str) -> None:
    scale_accuracy(axes, values, may_stretch=False)  # a good batch is at 100 % by chance
    axes.set_ylabel(label)


def _shade(axes: Axes, band: Graded, look: Look | None) -> None:
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


def _draw(axes: Axes, curve: Curve, index: int, spread: bool) -> None:
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


def _mark_reported(axes: Axes, curve: Curve) -> None:
    if curve.reported:
        x, y = zip(*curve.reported, strict=True)
        axes.plot(x, y, color=curve.look.color, zorder=4, **REPORTED_STYLE)  # type: ignore[arg-type]
