"""First-layer weights as tiles, one a unit or filter: one pixel a weight, which a page enlarges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray
from PIL import Image

from assessment.report.figures.layout import Subject
from assessment.report.figures.style import SIGNS, Numbers
from assessment.report.figures.words import brief, tell
from assessment.report.text import count_text
from assessment.results.record import Run

MOST_TILES = 64
MOST_MOSAICS = 6
MOST_COST = 300_000
"""Bits of all mosaics of a question: weights look like noise, which no format makes small."""

SMALLEST_TILE = 4
WIDE_TILE = 12
"""Weights on a side below which no more are averaged; pixels on a side of the smallest tiles."""

REACH = 0.998
"""Share of the weights within the darkest colours: one outlier would make all others pale."""

SHOWN_PIXELS = 420
LOW_PIXELS = 300
"""Largest side of a mosaic on the page, and its height where that suffices."""

SHADES = 15

GAP = 255
"""Level of the lines between tiles."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Mosaic:
    """Tiles of one variant's first layer."""

    title: str
    words: str
    note: str
    image: Image.Image
    scale: int
    """Pixels of the page for each of its own."""


def weight_mosaics(subject: Subject) -> list[Mosaic]:
    """Show the first layer of each variant's best run; the first variants where there are many."""
    found = [
        (name if subject.several else "", run, len(result.runs), *shown)
        for name, result, _ in subject.items()
        if (run := best_run(result.runs)) is not None
        and (shown := _tiles(run.first_layer)) is not None
    ][:MOST_MOSAICS]
    sizes = [tiles.shape for *_, tiles, _ in found]
    while sum(map(_cost, sizes)) > MOST_COST and max(size[1] for size in sizes) > SMALLEST_TILE:
        largest = max(range(len(sizes)), key=lambda place: _cost(sizes[place]))
        count, height, width, *channels = sizes[largest]
        sizes[largest] = (count, height // 2, width // 2, *channels)
    return [
        _mosaic(name, run, runs, tiles, source, averaged=tiles.shape[1] // size[1])
        for (name, run, runs, tiles, source), size in zip(found, sizes, strict=True)
    ]


def _cost(shape: tuple[int, ...]) -> int:
    """Return about how many bits the weights of a mosaic take."""
    count, height, width, *channels = shape
    return min(count, MOST_TILES) * height * width * (18 if channels else 4)


def best_run(runs: Sequence[Run]) -> Run | None:
    """Return the run with first-layer weights that has the highest test accuracy."""
    with_weights = [run for run in runs if run.first_layer]
    return max(with_weights, key=_accuracy, default=None)


def _accuracy(run: Run) -> float:
    last = (run.epochs.get("test_accuracy") or [None])[-1]
    return -math.inf if last is None else last


def _tiles(weights: list[object] | None) -> tuple[Numbers, str] | None:
    """Return tiles (count, height, width) or (count, height, width, 3), and what one shows."""
    try:
        array = np.array(weights, dtype=float)
    except (TypeError, ValueError):
        return None  # ragged or not numbers
    if not array.size or not np.isfinite(array).any():
        return None
    if array.ndim == 2:
        side = math.isqrt(array.shape[1])
        if side * side != array.shape[1] or side < 2:
            return None
        return array.reshape(-1, side, side), "unit"
    if array.ndim != 4:
        return None
    channels = array.shape[1]
    if channels == 3:
        return array.transpose(0, 2, 3, 1), "filter"
    several = f"filter, mean over its {channels} input channels" if channels > 1 else "filter"
    return array.mean(axis=1), several


def _mosaic(
    name: str, run: Run, runs: int, tiles: Numbers, source: str, *, averaged: int
) -> Mosaic:
    every, height, width = tiles.shape[:3]
    shown = _average(tiles[:MOST_TILES], averaged)
    known = np.abs(shown[np.isfinite(shown)])
    largest = float(np.quantile(known, REACH)) or float(known.max()) or 1.0
    drawn = _colour(shown / largest)
    # So that the lines between small tiles stay thin.
    drawn = drawn.repeat(-(-WIDE_TILE // height), axis=1).repeat(-(-WIDE_TILE // width), axis=2)
    columns, scale = _arrange(*drawn.shape[:3])
    colours = (
        f"Red, green and blue are the input channels; gray is 0, full colour \u00b1{largest:.2g}."
        if tiles.ndim == 4
        else f"Orange is negative, purple positive, white 0; darkest from \u00b1{largest:.2g}."
    )
    accuracy = _accuracy(run)
    reached = "" if math.isinf(accuracy) else f", test accuracy {brief(accuracy, '%')}"
    parts = (
        f"Best of {runs} runs: seed {run.seed}{reached}." if runs > 1 else "",
        f"The first {MOST_TILES} of {every} tiles." if every > MOST_TILES else "",
        f"A tile is a {source}: {height}\u00d7{width} weights"
        + (f", means of {averaged}\u00d7{averaged}." if averaged > 1 else "."),
        colours,
    )
    title = f"First-layer weights{f', {name}' if name else ''}"
    note = " ".join(filter(None, parts))
    words = tell(title, [f"{count_text(len(shown), 'tile')} of {height} by {width} weights"])
    return Mosaic(title, words, note, _lay_out(drawn, columns), scale)


def _average(tiles: Numbers, size: int) -> Numbers:
    """Return tiles of which each weight is the mean of `size` by `size`."""
    height, width = (side // size for side in tiles.shape[1:3])
    cut = tiles[:, : height * size, : width * size]
    blocks = cut.reshape(len(tiles), height, size, width, size, *tiles.shape[3:])
    means: Numbers = blocks.mean(axis=(2, 4))
    return means


def _arrange(count: int, height: int, width: int) -> tuple[int, int]:
    """Return how many tiles stand side by side, and by how much they are enlarged.

    As low as the other panels, unless a square shows the weights much larger.
    """
    low, square = (_fill(count, height, width, deepest) for deepest in (LOW_PIXELS, SHOWN_PIXELS))
    columns, scale = low if low[1] > 0.6 * square[1] else square
    return columns, max(1, scale)


def _fill(count: int, height: int, width: int, deepest: int) -> tuple[int, int]:
    """Return columns and scale of the largest tiles that fit, with the fewest empty places."""
    found = []
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        scale = min(SHOWN_PIXELS // (columns * (width + 1)), deepest // (rows * (height + 1)))
        found.append((scale, count - rows * columns, columns))
    scale, _, columns = max(found)
    return columns, scale


def _colour(shares: Numbers) -> Pixels:
    """Return levels of the palette for tiles of one channel, pixels for those of three."""
    known = np.nan_to_num(np.clip(shares, -1, 1), nan=0.0)
    if shares.ndim == 4:
        return np.round(127.5 * (1 + known)).astype(np.uint8)
    return np.round((SHADES - 1) / 2 * (1 + known)).astype(np.uint8)


def _lay_out(tiles: Pixels, columns: int) -> Image.Image:
    """Lay tiles out with white lines of one pixel between them."""
    count, height, width = tiles.shape[:3]
    rows = -(-count // columns)
    shape = (rows * (height + 1) - 1, columns * (width + 1) - 1, *tiles.shape[3:])
    canvas = np.full(shape, GAP, dtype=np.uint8)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top, left = row * (height + 1), column * (width + 1)
        canvas[top : top + height, left : left + width] = tile
    if tiles.ndim == 4:
        return Image.fromarray(canvas)
    canvas[canvas == GAP] = SHADES
    image = Image.fromarray(canvas).convert("P")
    image.putpalette(_palette())
    return image


def _palette() -> list[int]:
    shades = LinearSegmentedColormap.from_list("signs", SIGNS)(np.linspace(0, 1, SHADES))[:, :3]
    return [*np.round(255 * shades).astype(int).ravel().tolist(), 255, 255, 255]
