"""Pictures: confusion matrix, misclassified and sample images, first-layer weights."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from assessment.report.cells import best_and_worst
from assessment.report.figures.layout import CHARACTER, Panel, Subject
from assessment.report.figures.style import GRAYS, GRID, SHARES, SIGNS, Numbers, short_name
from assessment.results.record import Mistake, Result, Run

COUNTED_CLASSES = 10
"""Up to this many classes a confusion matrix shows its counts."""

COUNTED_LABEL = "predicted class (counts: mistakes)"

CLASS_LIMIT = 11
"""Characters of a class' name."""

MOST_IMAGES = 8
MOST_TILES = 32
MOST_MOSAICS = 4
MOST_CELLS = 8192
"""Weights shown in a figure: they look like noise, which no picture format makes small."""

MOST_SIDE = 16
"""Larger tiles are averaged two by two until they are not."""


def confusion_panels(subject: Subject) -> list[Panel]:
    """Show which classes the best variant takes for which others."""
    chosen = _representative(subject)
    if chosen is None:
        return []
    name, result, run = chosen
    assert run.confusion is not None
    counts = np.array(run.confusion, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        return []
    classes = _class_names(result, len(counts))
    longest = max(map(len, classes))
    of = f", {name}" if subject.several else ""
    return [
        Panel(
            f"Confusion{of}, seed {run.seed}",
            lambda axes: _fill_confusion(axes, counts, classes),
            left=0.42 + CHARACTER * longest,
            bottom=0.46 if longest <= 2 else 0.36 + CHARACTER * longest,
            picture=True,
        )
    ]


def mistake_panels(subject: Subject) -> list[Panel]:
    """Show some misclassified test images of the best variant."""
    chosen = _representative(subject, lambda run: bool(run.mistakes))
    if chosen is None:
        return []
    name, result, run = chosen
    of = f", {name}" if subject.several else ""
    captions = [
        _caption(_class_name(result, mistake.label), _class_name(result, mistake.predicted))
        for mistake in run.mistakes[:MOST_IMAGES]
    ]
    return _image_panels(
        f"Mistakes (right \N{RIGHTWARDS ARROW} predicted){of}", run.mistakes, captions
    )


def sample_panels(subject: Subject) -> list[Panel]:
    """Show training images with their labels."""
    for result in subject.results:
        if result.samples:
            captions = [
                (_class_name(result, sample.label), "") for sample in result.samples[:MOST_IMAGES]
            ]
            return _image_panels("Training images", result.samples, captions)
    return []


def weight_panels(subject: Subject) -> list[Panel]:
    """Show the first layer's weights of each variant as tiles, at most four of them."""
    panels = []
    with_weights = [
        (name, weights)
        for name, result, _ in subject.items()
        if (weights := next((run.first_layer for run in result.runs if run.first_layer), None))
    ][:MOST_MOSAICS]
    for name, weights in with_weights:
        mosaic = _weight_mosaic(weights, MOST_CELLS // len(with_weights))
        if mosaic is not None:
            of = f", {name}" if subject.several else ""
            panels.append(_mosaic_panel(f"First-layer weights{of}", mosaic))
    return panels


def _representative(
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


def _fill_confusion(axes: Axes, counts: Numbers, classes: Sequence[str]) -> None:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # The square root shows small shares, which are what a reader looks for.
    axes.imshow(np.sqrt(shares), cmap=ListedColormap(SHARES), vmin=0, vmax=1, aspect="auto")
    places = range(len(classes))
    if len(classes) <= 26:
        upright = max(map(len, classes)) <= 2
        axes.set_xticks(places, classes, rotation=0 if upright else 90)
        axes.set_yticks(places, classes)
    axes.tick_params(length=0, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(GRID)
    axes.set_xlabel("predicted class" if len(classes) > COUNTED_CLASSES else COUNTED_LABEL)
    axes.set_ylabel("right class")
    if len(classes) > COUNTED_CLASSES:
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


def _image_panels(
    title: str, images: Sequence[Mistake], captions: Sequence[tuple[str, str]]
) -> list[Panel]:
    shown = [
        (picture, caption)
        for image, caption in zip(images, captions, strict=False)
        if (picture := _picture(image)) is not None
    ]
    if not shown:
        return []
    lines = 2 if any(second for _, (_, second) in shown) else 1

    def fill(axes: Axes) -> None:
        columns = min(4, len(shown))
        rows = -(-len(shown) // columns)
        # One unit is the pitch of the columns; a caption takes what its lines need.
        caption_height = 0.2 * lines + 0.06
        for index, (picture, caption) in enumerate(shown):
            row, column = divmod(index, columns)
            top = row * (0.86 + caption_height)
            axes.imshow(
                picture,
                cmap=ListedColormap(GRAYS),
                vmin=0,
                vmax=255,
                interpolation="nearest",
                extent=(column + 0.07, column + 0.93, top + 0.86, top),
            )
            axes.text(
                column + 0.5,
                top + 0.9,
                "\n".join(filter(None, caption)),
                ha="center",
                va="top",
                fontsize=8,
                linespacing=1.1,
            )
        axes.set_xlim(0, max(columns, 2))
        axes.set_ylim(rows * (0.86 + caption_height) + 0.02, 0)
        axes.set_aspect("equal", anchor="NW")
        axes.set_axis_off()

    return [Panel(title, fill, left=0.12, bottom=0.08, picture=True)]


def _caption(right: str, predicted: str) -> tuple[str, str]:
    arrow = "\N{RIGHTWARDS ARROW}"
    if len(right) + len(predicted) <= 8:
        return f"{right} {arrow} {predicted}", ""
    return right, f"{arrow} {predicted}"


def _mosaic_panel(title: str, mosaic: Numbers) -> Panel:
    def fill(axes: Axes) -> None:
        largest = float(np.nanmax(np.abs(mosaic))) or 1.0
        axes.imshow(
            np.ma.masked_invalid(mosaic),
            cmap=ListedColormap(SIGNS),
            vmin=-largest,
            vmax=largest,
            interpolation="nearest",
        )
        axes.set_xlabel(f"orange negative, purple positive, up to {largest:.2g}")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_anchor("NW")

    return Panel(title, fill, left=0.12, bottom=0.3, picture=True)


def _weight_mosaic(weights: list[object], most_cells: int) -> Numbers | None:
    """Lay the units' or filters' weights out as tiles with a gap of one cell between them."""
    try:
        array = np.array(weights, dtype=float)
    except (TypeError, ValueError):
        return None  # ragged or not numbers
    if array.ndim == 2:
        side = math.isqrt(array.shape[1])
        if side * side != array.shape[1] or side < 2:
            return None
        array = array.reshape(-1, side, side)
    elif array.ndim == 4:
        array = array.mean(axis=1)
    else:
        return None
    if not np.isfinite(array).any():
        return None
    while min(array.shape[1:]) > MOST_SIDE:
        height, width = (2 * (side // 2) for side in array.shape[1:])
        halves = array[:, :height, :width].reshape(-1, height // 2, 2, width // 2, 2)
        array = halves.mean(axis=(2, 4))
    height, width = array.shape[1:]
    tiles = array[: max(1, min(MOST_TILES, most_cells // (height * width)))]
    columns = min(len(tiles), math.ceil(math.sqrt(len(tiles) * 1.5)))
    rows = -(-len(tiles) // columns)
    mosaic = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top, left = row * (height + 1), column * (width + 1)
        mosaic[top : top + height, left : left + width] = tile
    return mosaic


def _picture(image: Mistake) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
    """Return pixels as height x width, or height x width x 3; None where they do not fit."""
    try:
        pixels = np.frombuffer(base64.b64decode(image.pixels, validate=True), dtype=np.uint8)
        shaped = pixels.reshape(image.shape)
    except (binascii.Error, ValueError):
        return None
    if shaped.ndim == 3 and shaped.shape[2] == 1:
        return shaped[:, :, 0]
    return shaped if shaped.ndim == 2 or (shaped.ndim == 3 and shaped.shape[2] == 3) else None


def _class_names(result: Result, count: int) -> list[str]:
    return [_class_name(result, label) for label in range(count)]


def _class_name(result: Result, label: int) -> str:
    if 0 <= label < len(result.classes):
        return short_name(result.classes[label], CLASS_LIMIT)
    return str(label)
