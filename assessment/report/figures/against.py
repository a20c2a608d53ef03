"""One quantity against another: accuracy and parameters, accuracy unseen and in training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from assessment.report.cells import side_names
from assessment.report.figures.layout import Panel, Subject, look_key
from assessment.report.figures.repeats import Repeats, take
from assessment.report.figures.scales import place_ticks, scale_accuracy, scale_axis
from assessment.report.figures.strokes import Curve, draw_curve
from assessment.report.figures.style import GRID, Look, Numbers, assign_looks
from assessment.report.figures.words import brief, named, tell
from assessment.report.text import value_text
from assessment.results.record import Run

Points = Mapping[str, tuple[Numbers, Numbers]]
"""Per variant the places (x, y) of its runs."""


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
        names = side_names(list(sides))
        for side, count in sides.items():
            reached = accuracies.get(side)
            if count and reached is not None:
                points[names[side]] = (count, reached)
        if points and result.kind == "comparison":
            looks = assign_looks(list(names.values()))
    if len({count for count, _ in points.values()}) < 2:
        return []

    def fill(axes: Axes) -> None:
        counts = np.array([count for count, _ in points.values()])
        scale_axis(axes, counts, "x")
        stretched = scale_accuracy(axes, np.array([value for _, value in points.values()]))
        axes.set_ylim(*axes.get_ylim())
        if axes.get_xscale() == "linear":
            axes.xaxis.set_major_locator(place_ticks(4))
            axes.margins(x=0.18)
        else:
            axes.set_xlim(counts.min() / 1.6, counts.max() * 1.6)
        for name, (count, accuracy) in points.items():
            _mark(axes, count, accuracy, looks[name])
        axes.set_xlabel("trainable parameters")
        axes.set_ylabel("test accuracy, %" + (" (stretched)" if stretched else ""))

    facts = [
        named(name, f"{value_text(count)} parameters, {brief(accuracy, '%')}")
        for name, (count, accuracy) in points.items()
    ]
    title = "Parameters and accuracy"
    # A comparison's other panels name each side at its row, only this one needs the legend.
    keys = () if subject.several else tuple(look_key(name, looks[name]) for name in points)
    return [Panel(title, fill, tell(title, facts), keys=keys)]


def generalisation_panels(subject: Subject) -> list[Panel]:
    """Set test accuracy against the last training accuracy: each run small, their mean large."""
    points: dict[str, tuple[Numbers, Numbers]] = {}
    for name, result, _ in subject.items():
        ends = [end for run in result.runs if (end := _ends(run)) is not None]
        if ends:
            trained, tested = zip(*ends, strict=True)
            points[name] = np.array(trained), np.array(tested)
    if len(points) < 3:
        return []

    def fill(axes: Axes) -> None:
        xs, ys = (np.concatenate([pair[place] for pair in points.values()]) for place in (0, 1))
        _frame(axes, xs, ys)
        for name, (trained, tested) in points.items():
            look = subject.looks[name]
            if trained.size > 1:
                axes.plot(
                    trained, tested, ".", color=look.color, markersize=3.5, alpha=0.55, zorder=2.5
                )
            _mark(axes, float(trained.mean()), float(tested.mean()), look)
        axes.set_xlabel("training accuracy, last epoch, %")
        axes.set_ylabel("test accuracy, %")

    facts = [
        named(name, f"{brief(float(x.mean()), '%')} training, {brief(float(y.mean()), '%')} test")
        for name, (x, y) in points.items()
    ]
    title = "Test against training accuracy"
    note = "On the thin line test equals training accuracy; below it, the network over-fits."
    return [Panel(title, fill, tell(title, facts), note)]


def trajectory_panels(subject: Subject) -> list[Panel]:
    """Set validation against training accuracy, epoch by epoch."""
    if len(subject.results) < 3:
        return []
    curves = []
    for name, result, look in subject.items():
        trained = take(result.runs, "epochs", "train_accuracy")
        held_back = take(result.runs, "epochs", "validation_accuracy")
        if trained is None or held_back is None or trained.x.size != held_back.x.size:
            continue
        if trained.x.size > 1:
            mean = held_back.mean
            pair = Repeats(trained.mean, mean, mean, mean, count=held_back.count)
            curves.append(Curve(name, pair, look, look.line))
    if len(curves) < 3:
        return []

    def fill(axes: Axes) -> None:
        xs, ys = (
            np.concatenate([getattr(curve.repeats, column) for curve in curves])
            for column in ("x", "mean")
        )
        _frame(axes, xs, ys)
        for index, curve in enumerate(curves):
            draw_curve(axes, curve, index, spread=False, crowded=True)
        axes.set_xlabel("training accuracy, %")
        axes.set_ylabel("validation accuracy, %")

    facts = [
        f"{curve.name} ends at {brief(float(curve.repeats.x[-1]), '%')} training, "
        f"{brief(float(curve.repeats.mean[-1]), '%')} validation"
        for curve in curves
    ]
    title = "Validation against training accuracy"
    note = "One point an epoch; on the thin line both are equal."
    return [Panel(title, fill, tell(title, facts), note)]


def _ends(run: Run) -> tuple[float, float] | None:
    """Return training and test accuracy after the last epoch."""
    trained, tested = (
        next(reversed(run.epochs.get(column, [])), None)
        for column in ("train_accuracy", "test_accuracy")
    )
    return None if trained is None or tested is None else (trained, tested)


def _frame(axes: Axes, xs: Numbers, ys: Numbers) -> None:
    """Scale both axes of percent and draw the line on which they are equal."""
    scale_accuracy(axes, xs, "x", may_stretch=False)
    scale_accuracy(axes, ys, may_stretch=False)
    axes.set_autoscale_on(False)
    axes.axline((0, 0), slope=1, color="#9a9a9a", linewidth=0.9, zorder=1)
    axes.grid(True, color=GRID)


def _mark(axes: Axes, x: float, y: float, look: Look) -> None:
    axes.plot(
        x,
        y,
        linestyle="none",
        marker=look.marker,
        color=look.color,
        markerfacecolor=look.face,
        markersize=7,
        zorder=3,
        clip_on=False,  # a point may lie on the edge
    )
