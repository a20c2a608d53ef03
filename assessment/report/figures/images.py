"""Misclassified test images with right and predicted class, and training images."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import NDArray

from assessment.report.figures.confusion import class_name, representative
from assessment.report.figures.layout import PANEL_WIDTH, Panel, Subject
from assessment.report.figures.style import GRAYS
from assessment.report.figures.words import tell
from assessment.report.text import count_text
from assessment.results.record import Mistake

MOST_IMAGES = 8
COLUMNS = 4

LEFT = 0.02
"""Inches left of the images."""

ARROW = "\N{RIGHTWARDS ARROW}"


def mistake_panels(subject: Subject) -> list[Panel]:
    """Show some misclassified test images of the best variant."""
    chosen = representative(subject, lambda run: bool(run.mistakes))
    if chosen is None:
        return []
    name, result, run = chosen
    shown = run.mistakes[:MOST_IMAGES]
    pairs = [(class_name(result, m.label), class_name(result, m.predicted)) for m in shown]
    of = f", {name}" if subject.several else ""
    return _panels(
        f"Mistakes (right {ARROW} predicted){of}",
        shown,
        [_caption(*pair) for pair in pairs],
        [f"{right} taken for {predicted}" for right, predicted in pairs],
        _how_many(len(shown), _count_wrong(run.confusion), run.seed),
    )


def sample_panels(subject: Subject) -> list[Panel]:
    """Show training images with their labels."""
    for result in subject.results:
        if result.samples:
            shown = result.samples[:MOST_IMAGES]
            names = [class_name(result, sample.label) for sample in shown]
            return _panels("Training images", shown, [(name, "") for name in names], names, "")
    return []


def _panels(
    title: str,
    images: Sequence[Mistake],
    captions: Sequence[tuple[str, str]],
    facts: Sequence[str],
    note: str,
) -> list[Panel]:
    shown = [
        (pixels, caption)
        for image, caption in zip(images, captions, strict=True)
        if (pixels := _pixels(image)) is not None
    ]
    if not shown:
        return []
    lines = 2 if any(second for _, (_, second) in shown) else 1
    columns = max(2, min(COLUMNS, len(shown)))
    rows = -(-len(shown) // columns)
    # One unit is the pitch of the columns; a caption takes what its lines need.
    pitch = (PANEL_WIDTH - LEFT - 0.16) / COLUMNS
    caption_height = 0.2 * lines + 0.06
    depth = rows * (0.86 + caption_height) + 0.02

    def fill(axes: Axes) -> None:
        for index, (pixels, caption) in enumerate(shown):
            row, column = divmod(index, columns)
            top = row * (0.86 + caption_height)
            axes.imshow(
                pixels,
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
        axes.set_xlim(0, COLUMNS)
        axes.set_ylim(depth, 0)
        axes.set_aspect("equal", anchor="NW")
        axes.set_axis_off()

    words = tell(title, facts)
    return [
        Panel(
            title,
            fill,
            words,
            note,
            left=LEFT,
            bottom=0.04,
            height=depth * pitch + 0.14,
            picture=True,
            named=False,
        )
    ]


def _caption(right: str, predicted: str) -> tuple[str, str]:
    if len(right) + len(predicted) <= 8:
        return f"{right} {ARROW} {predicted}", ""
    return right, f"{ARROW} {predicted}"


def _count_wrong(confusion: list[list[int]] | None) -> int | None:
    if confusion is None:
        return None
    return sum(n for row, line in enumerate(confusion) for column, n in enumerate(line)
               if row != column)  # fmt: skip


def _how_many(shown: int, wrong: int | None, seed: int) -> str:
    if wrong is None or wrong <= shown:
        return f"Of seed {seed}."
    return f"The first {count_text(shown, 'mistake')} of {wrong:,}, of seed {seed}."


def _pixels(image: Mistake) -> NDArray[np.uint8] | None:
    """Return pixels as height x width, or height x width x 3; None where they do not fit."""
    try:
        pixels = np.frombuffer(base64.b64decode(image.pixels, validate=True), dtype=np.uint8)
        shaped = pixels.reshape(image.shape)
    except (binascii.Error, ValueError):
        return None
    if shaped.ndim == 3 and shaped.shape[2] == 1:
        return shaped[:, :, 0]
    return shaped if shaped.ndim == 2 or (shaped.ndim == 3 and shaped.shape[2] == 3) else None
