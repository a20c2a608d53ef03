"""Curves over epochs and steps: losses, accuracies, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from matplotlib.axes import Axes

from assessment.report.figures.layout import Key, Panel, Subject
from assessment.report.figures.repeats import Repeats, Table, take
from assessment.report.figures.strokes import (
    BAND_KEY,
    REPORTED_KEY,
    Curve,
    draw_curve,
    mark_reported,
    measure_extent,
    shade_band,
)
from assessment.report.figures.style import (
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
        scale(axes, measure_extent(curves, spread, evidence), y_label)
        for index, curve in enumerate(curves):
            if evidence and curve.band is not None:
                shade_band(axes, curve.band, curve.look if subject.several else None)
            draw_curve(axes, curve, index, spread)
        if evidence:
            for curve in curves:
                mark_reported(axes, curve)
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
