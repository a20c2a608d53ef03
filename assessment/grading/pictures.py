"""Arrays as gray images: tiles in rows and columns, made smaller where they are too large."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from assessment.results.record import Picture

Array = np.ndarray[Any, Any]
Span = tuple[float, float]
"""Two finite numbers, the second not below the first."""

MOST_SIDE = 420
"""Rows and columns of a picture; of a larger array several numbers share a pixel."""
GAP = 1
"""White pixels between two tiles."""
SHORT = 16
"""Numbers along a side that need not be made fewer only because the other side's are."""


def picture(title: str, array: Array, scale: Span | None = None, *, peaks: bool = False) -> Picture:
    """Lay an array out as a gray image.

    One dimension is a row, two are an image; of more, the last two are tiles, the one before them
    goes across and all others go down: (5, 8, 25, 25) gives 5 rows of 8 tiles.

    Args:
        title: what it is.
        array: its numbers. What is not a number is white.
        scale: values of black and white, which what lies beyond has too; by default the array's
            own smallest and largest finite number.
        peaks: where several numbers share a pixel, show the largest of them instead of their mean.
    """
    values = array.astype(np.float64)
    own = span(values)
    low, high = (None, None) if own is None else scale or own
    beyond = own is not None and own != (low, high)
    told = Picture(
        title=title,
        dtype=str(array.dtype),
        shape=list(array.shape),
        low=low,
        high=high,
        least=own[0] if own is not None and beyond else None,
        most=own[1] if own is not None and beyond else None,
    )
    if low is None or high is None or values.size == 0:
        return told
    image, shares = _laid_out(values, peaks=peaks)
    with np.errstate(all="ignore"):  # of numbers near the largest there are
        scaled = np.clip(255 * ((image - low) / ((high - low) or 1.0)), 0, 255)
    pixels = np.where(np.isnan(scaled), 255, np.round(scaled))
    return told.model_copy(
        update={
            "pixels": base64.b64encode(pixels.astype(np.uint8).tobytes()).decode(),
            "height": image.shape[0],
            "width": image.shape[1],
            "shares": [] if shares == (1, 1) else list(shares),
        }
    )


def span(*arrays: Array) -> Span | None:
    """Return the smallest and the largest finite number of some arrays; None without any."""
    finite = [array[np.isfinite(array)] for array in arrays]
    known = [part for part in finite if part.size]
    if not known:
        return None
    return min(float(part.min()) for part in known), max(float(part.max()) for part in known)


def _laid_out(values: Array, *, peaks: bool) -> tuple[Array, tuple[int, int]]:
    """Return one image (rows, columns) and how many numbers share a pixel, down and across.

    NaN stands between the tiles.
    """
    if peaks:
        values = np.where(np.isnan(values), np.inf, values)
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    height, width = (1, 1, *values.shape)[-2:]
    across = values.shape[-3] if values.ndim > 2 else 1
    down = values.size // (height * width * across)
    first = _shares(height, down), _shares(width, across)
    if min(height, width) > SHORT:  # what looks like an image keeps its proportions
        first = max(first), max(first)
    tiles = _shrunk(values.reshape(down * across, height, width), first, peaks)
    height, width = tiles.shape[1:]
    image = np.full((down * (height + GAP), across * (width + GAP)), np.nan)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, across)
        top, left = row * (height + GAP), column * (width + GAP)
        image[top : top + height, left : left + width] = tile
    image = image[:-GAP, :-GAP]
    # More tiles than pixels: what is left to do is to make the whole image smaller.
    then = math.ceil(image.shape[0] / MOST_SIDE), math.ceil(image.shape[1] / MOST_SIDE)
    whole = _shrunk(image[np.newaxis], then, peaks)[0]
    return whole, (first[0] * then[0], first[1] * then[1])


def _shares(side: int, tiles: int) -> int:
    """Return how many numbers must share a pixel for some tiles to fit; 1 where that is no use."""
    room = (MOST_SIDE + GAP) // tiles - GAP
    return math.ceil(side / room) if room > 0 else 1


def _shrunk(tiles: Array, shares: tuple[int, int], peaks: bool) -> Array:
    """Return tiles (N, rows, columns) with one number for each block of them."""
    if shares == (1, 1):
        return tiles
    if peaks:
        return _reduced(np.fmax, tiles, shares)
    known = np.isfinite(tiles)
    counts = _reduced(np.add, known.astype(np.float64), shares)
    sums = _reduced(np.add, np.where(known, tiles, 0.0), shares)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _reduced(function: np.ufunc, tiles: Array, shares: tuple[int, int]) -> Array:
    for axis, size in enumerate(shares, start=1):
        tiles = function.reduceat(tiles, np.arange(0, tiles.shape[axis], size), axis=axis)
    return tiles
