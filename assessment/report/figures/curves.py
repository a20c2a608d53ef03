"""Curves over epochs and steps: losses, accuracies, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from matplotlib.axes import Axes

from assessment.report.cells import asked_intervals
from assessment.report.figures.layout import Key, Panel, Subject
from assessment.report.figures.repeats import Repeats, Table, take
from assessment.report.figures.scales import (
    number_text,
    place_ticks,
    scale_accuracy,
    scale_axis,
)
from assessment.report.figures.strokes import (
    BAND_KEY,
    FEW,
    REPORTED_KEY,
    Curve,
    Interval,
    draw_curve,
    mark_reported,
    measure_extent,
    shade_band,
)
from assessment.report.figures.style import COLORS, INK, OVERLAID, Look, Numbers
from assessment.report.figures.words import course, named, spread, tell
from assessment.results.record import Result

SPREAD_SHOWN = 2 * OVERLAID
"""Up to this many curves show the spread of their seeds."""

THREE_SPLITS = 3
"""Up to this many variants show training, validation and test together; more only two of them."""

SPLITS: tuple[str, ...] = ("train", "validation", "test")
LINES = ("-", "--", ":")
"""Of the splits that share a panel, in their order."""
SPLIT_LOOKS = {
    "train": Look(COLORS[0], "o"),
    "validation": Look(COLORS[2], "^"),
    "test": Look(COLORS[1], "s"),
}
SPLIT_WORDS = {"train": "training", "validation": "validation", "test": "test"}

Scale = Callable[[Axes, Numbers, str], None]


def loss_panels(subject: Subject) -> list[Panel]:
    """Losses by epoch, and by step where they were recorded."""
    return [
        *_epoch_panels(subject, "loss", "nats", _scale_values),
        *_step_panels(subject, "loss", "nats", _scale_values),
    ]


def accuracy_panels(subject: Subject) -> list[Panel]:
    """Accuracies by epoch with what was asked, and by step where they were recorded."""
    return [
        *_epoch_panels(subject, "accuracy", "%", _scale_percent),
        *_step_panels(subject, "accuracy", "%", _scale_percent_evenly),
    ]


def gradient_panels(subject: Subject) -> list[Panel]:
    """Norm and mean of the gradient by step."""
    panels = []
    for column, title, label in (
        ("norm", "Gradient, L2 norm", "L2 norm"),
        ("mean", "Gradient, mean", "mean of the gradient"),
    ):
        curves = _curves(subject, "gradients", {"train": column})
        if any(curve.repeats.x.size > 1 for curve in curves):
            panels.append(_panel(title, "step", label, "", curves, _scale_values, subject))
    return panels


def has_course(subject: Subject, column: str) -> bool:
    """Say whether a column was taken more than once: otherwise measured values tell more."""
    return any(
        sum(value is not None for value in run.epochs.get(column, [])) > 1
        for result in subject.results
        for run in result.runs
    )


def _epoch_panels(subject: Subject, quantity: str, unit: str, scale: Scale) -> list[Panel]:
    courses = [split for split in SPLITS if has_course(subject, f"{split}_{quantity}")]
    if not courses:
        return []
    if len(subject.results) <= THREE_SPLITS:
        # A test value that was only taken at the end is a point beside the training's course.
        groups: list[tuple[str, ...]] = [SPLITS]
    else:
        if "test" in courses and "validation" in courses:
            courses.remove("test")
        together = len(subject.results) <= OVERLAID
        groups = [tuple(courses)] if together else [(split,) for split in courses]
    panels = []
    for splits in groups:
        columns = {split: f"{split}_{quantity}" for split in splits}
        curves = _curves(subject, "epochs", columns)
        used = _used(subject, "epochs", columns)
        words = " and ".join(SPLIT_WORDS[split] for split in used)
        title = f"{words} {quantity}" if len(used) < len(SPLITS) else quantity
        label = f"{quantity}, {unit}"
        panels.append(
            _panel(title.capitalize(), "epoch", label, unit, curves, scale, subject, used)
        )
    return panels


def _step_panels(subject: Subject, quantity: str, unit: str, scale: Scale) -> list[Panel]:
    columns = {"train": f"batch_{quantity}", "validation": f"validation_{quantity}"}
    together = len(subject.results) <= OVERLAID
    panels = []
    for group in [columns] if together else [{split: name} for split, name in columns.items()]:
        curves = _curves(subject, "steps", group)
        if not any(curve.repeats.x.size > 1 for curve in curves):
            continue
        used = _used(subject, "steps", group)
        title = f"{'Batch and validation' if len(used) > 1 else 'Batch'} {quantity}"
        if used == ("validation",):
            title = f"Validation {quantity} by step"
        label = f"{quantity}, {unit}"
        panels.append(_panel(title, "step", label, unit, curves, scale, subject, used))
    return panels


def _used(subject: Subject, table: Table, columns: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        split
        for split, column in columns.items()
        if any(take(result.runs, table, column) for result in subject.results)
    )


def _curves(subject: Subject, table: Table, columns: dict[str, str]) -> list[Curve]:
    curves = []
    splits = _used(subject, table, columns)
    for name, result, look in subject.items():
        for split in splits:
            column = columns[split]
            crowded = len(subject.results) > OVERLAID
            repeats = take(result.runs, table, column, crowded=crowded)
            if repeats is None:
                continue
            words = [name] if subject.several else []
            if len(splits) > 1:
                words.append(SPLIT_WORDS[split])
            by_epoch = table == "epochs"
            curves.append(
                Curve(
                    " ".join(words),
                    repeats,
                    look if subject.several else SPLIT_LOOKS[split],
                    LINES[splits.index(split)] if len(splits) > 1 else look.line,
                    # Of several variants the panel of measured values shows what was asked.
                    _bands(result, column) if by_epoch and not subject.several else (),
                    _reported(result, column, repeats) if by_epoch and not crowded else (),
                )
            )
    return curves


def _bands(result: Result, measure: str) -> Sequence[Interval]:
    found = (asked_intervals(each) for each in result.expectations if each.measure == measure)
    return next((intervals for intervals in found if intervals), ())


def _reported(result: Result, measure: str, repeats: Repeats) -> tuple[tuple[float, float], ...]:
    given = result.reported.get(measure)
    if isinstance(given, list):
        return tuple((float(epoch), value) for epoch, value in enumerate(given, start=1))
    if isinstance(given, dict):  # the best of several runs is no point of their mean
        given = given.get("mean")
    elif given is None:
        given = next(
            (graded.reported for graded in result.expectations if graded.measure == measure), None
        )
    return ((float(repeats.x[-1]), given),) if given is not None else ()


def _panel(
    title: str,
    x_label: str,
    y_label: str,
    unit: str,
    curves: Sequence[Curve],
    scale: Scale,
    subject: Subject,
    splits: tuple[str, ...] = (),
) -> Panel:
    shown = len(curves) <= SPREAD_SHOWN and any(curve.repeats.count > 1 for curve in curves)
    crowded = len(curves) > FEW
    binned = max(curve.repeats.binned for curve in curves)

    def fill(axes: Axes) -> None:
        scale(axes, measure_extent(curves, shown), y_label)
        for curve in curves:
            for band in curve.bands:
                shade_band(axes, band)
        for index, curve in enumerate(curves):
            draw_curve(axes, curve, index, shown, crowded=crowded)
        for curve in curves:
            mark_reported(axes, curve)
        axes.set_xlabel(x_label)
        axes.xaxis.set_major_locator(place_ticks(6, integer=True))
        axes.xaxis.set_major_formatter(number_text)

    facts = [named(curve.name, course(curve.repeats, unit)) for curve in curves]
    longest = max(curve.repeats.x.size for curve in curves)
    over = f" over {longest} epochs" if x_label == "epoch" and longest > 1 else ""
    return Panel(
        title,
        fill,
        tell(f"{title}{over}", facts, spread([curve.repeats for curve in curves])),
        f"Each point is the mean of {binned} records." if binned > 1 else "",
        tuple(_keys(curves, splits, subject, shown)),
    )


def _keys(
    curves: Sequence[Curve], splits: tuple[str, ...], subject: Subject, shown: bool
) -> Iterable[Key]:
    if not subject.several:
        for split, line in zip(splits, LINES, strict=False):
            look = SPLIT_LOOKS[split]
            yield Key(SPLIT_WORDS[split], look.color, look.marker, look.face, line)
    elif len(splits) > 1:
        for split, line in zip(splits, LINES, strict=False):
            yield Key(SPLIT_WORDS[split], INK, line=line)
    if shown:
        seeds = max(curve.repeats.count for curve in curves)
        yield Key(f"lowest to highest of {seeds} seeds", "none", face="#cfcfcf", patch=True)
    if any(curve.bands for curve in curves):
        yield BAND_KEY
    if any(curve.reported for curve in curves):
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
