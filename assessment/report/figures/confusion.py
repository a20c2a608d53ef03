"""The confusion matrix: which classes are taken for which others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from assessment.report.cells import best_and_worst
from assessment.report.figures.layout import PANEL_HEIGHT, Panel, Subject
from assessment.report.figures.style import (
    CHARACTER,
    FONT_POINTS,
    GRID,
    SHARES,
    Numbers,
    short_name,
)
from assessment.report.figures.words import tell
from assessment.report.text import count_text
from assessment.results.record import Result, Run

COUNTED_CLASSES = 10
"""Up to this many classes the matrix shows its counts."""

NAMED_CLASSES = 20
"""Up to this many classes the matrix names them."""

COUNTED_LABEL = "predicted class (counts: mistakes)"

CLASS_LIMIT = 11
"""Characters of a class' name."""

CLASS_HEIGHT = 0.14
"""Inches of a named row."""

PAIRS_TOLD = 3


def confusion_panels(subject: Subject) -> list[Panel]:
    """Show which classes the best variant takes for which others."""
    chosen = representative(subject)
    if chosen is None:
        return []
    name, result, run = chosen
    assert run.confusion is not None
    counts = np.array(run.confusion, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        return []
    classes = [class_name(result, label) for label in range(len(counts))]
    longest = max(map(len, classes)) if len(classes) <= NAMED_CLASSES else 2
    bottom = 0.46 if longest <= 2 else 0.36 + CHARACTER * longest
    named = len(classes) if len(classes) <= NAMED_CLASSES else 0
    title = f"Confusion{f', {name}' if subject.several else ''}, seed {run.seed}"
    return [
        Panel(
            title,
            lambda axes: _fill(axes, counts, classes),
            tell(title, _pairs(counts, classes)),
            "" if len(classes) <= COUNTED_CLASSES else _note(counts, classes),
            left=0.42 + CHARACTER * longest,
            bottom=bottom,
            height=max(PANEL_HEIGHT, 0.1 + bottom + max(1.6, CLASS_HEIGHT * named)),
            picture=True,
            named=False,
        )
    ]


def representative(
    subject: Subject, has: Callable[[Run], bool] = lambda run: bool(run.confusion)
) -> tuple[str, Result, Run] | None:
    """Return the best variant that has what is to be shown, and the first such run of it."""
    ranks = best_and_worst(subject.results)
    order = sorted(range(len(subject.results)), key=lambda index: ranks.get(index) != "best")
    for index in order:
        result = subject.results[index]
        for run in result.runs:
            if has(run):
                return subject.names[index], result, run
    return None


def class_name(result: Result, label: int) -> str:
    """Return a class' name, short enough for a picture; its number where it has none."""
    if 0 <= label < len(result.classes):
        return short_name(result.classes[label], CLASS_LIMIT)
    return str(label)


def _fill(axes: Axes, counts: Numbers, classes: Sequence[str]) -> None:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # The square root shows small shares, which are what a reader looks for.
    axes.imshow(
        np.sqrt(shares),
        cmap=ListedColormap(SHARES),
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
    )
    places = range(len(classes))
    if len(classes) <= NAMED_CLASSES:
        points = 8.0 if len(classes) > 16 else FONT_POINTS
        upright = max(map(len, classes)) <= 2
        axes.set_xticks(places, classes, rotation=0 if upright else 90, fontsize=points)
        axes.set_yticks(places, classes, fontsize=points)
    axes.tick_params(length=0, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(GRID)
    counted = len(classes) <= COUNTED_CLASSES
    axes.set_xlabel(COUNTED_LABEL if counted else "predicted class")
    axes.set_ylabel("right class")
    if not counted:
        return
    for row in places:
        for column in places:
            count = int(counts[row, column])
            if row != column and count:
                axes.text(
                    column,
                    row,
                    str(count) if count < 1000 else f"{count / 1000:.0f}k",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if shares[row, column] > 0.4 else "#111111",
                )


def _pairs(counts: Numbers, classes: Sequence[str]) -> list[str]:
    """Name the pairs that are confused most often."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:PAIRS_TOLD]
    found = [divmod(int(place), len(classes)) for place in order]
    named = [(classes[row], classes[column], int(wrong[row, column])) for row, column in found]
    return [
        f"{right} taken for {taken} ({count_text(times, 'time')})"
        for right, taken, times in named
        if times
    ] or ["no mistakes"]


def _note(counts: Numbers, classes: Sequence[str]) -> str:
    return f"Most often: {'; '.join(_pairs(counts, classes))}."
