"""A function's outputs beside the right ones: one expectation a call, and pictures of both."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from assessment.results.record import Case, Graded, Picture
from assessment.spec.kinds.function import FunctionQuestion

Array = np.ndarray[Any, Any]

MOST_SIDE = 420
"""Rows and columns of a picture; larger arrays are told in numbers only."""
GAP = 1
"""White pixels between two tiles."""


def compare_calls(
    question: FunctionQuestion,
    arguments: Mapping[str, Sequence[Array]],
    expected: Mapping[str, Array],
    found: Mapping[str, Array],
    errors: Mapping[str, str],
) -> tuple[list[Graded], list[Case]]:
    """Grade every call of a function question.

    Args:
        question: its tolerances and points, of which every call has the same share.
        arguments: of each call, by name.
        expected: the right outputs.
        found: outputs of the function that is graded.
        errors: why a call gave no output.

    Returns:
        One expectation a call, and its arrays as pictures.
    """
    share = question.points / len(question.cases)
    graded, cases = [], []
    for name in question.cases:
        right, output = expected[name], found.get(name)
        difference, why = (
            (None, errors.get(name, "gave no output"))
            if output is None
            else _compare(right, output, question)
        )
        met = difference is not None and not why
        graded.append(
            Graded(
                name=name,
                measure="largest_difference",
                label="largest difference",
                value=difference,
                verified=True,
                condition=asked_of(question),
                met=met,
                earned=share if met else 0.0,
                points=share,
                why=why or f"all {right.size:,} numbers agree",
            )
        )
        pictures = [
            picture(f"argument {place}", array) for place, array in enumerate(arguments[name], 1)
        ]
        pictures.append(picture("expected", right))
        if output is not None:
            pictures.append(picture("found", output))
            if output.shape == right.shape:
                # White from the tolerance on, so that rounding does not look like a mistake.
                least = question.absolute_tolerance
                pictures.append(picture("difference", _difference(right, output), 0.0, least))
        cases.append(Case(name=name, pictures=pictures))
    return graded, cases


def picture(
    title: str, array: Array, most_black: float = math.inf, least_white: float = -math.inf
) -> Picture:
    """Lay an array out as a gray image between its smallest and largest finite number.

    Black is `most_black` at most and white `least_white` at least. One dimension is a row, two are
    an image; of more, the last two are tiles, the one before them goes across and all others go
    down: (5, 8, 25, 25) gives 5 rows of 8 tiles.
    """
    values = array.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = None, None
    if finite.size:
        low, high = min(float(finite.min()), most_black), max(float(finite.max()), least_white)
    told = Picture(title=title, dtype=str(array.dtype), shape=list(array.shape), low=low, high=high)
    tiles = _tiles(values)
    if tiles is None or low is None or high is None:
        return told
    scaled = np.round(255 * ((tiles - low) / ((high - low) or 1.0)))
    pixels = np.where(np.isfinite(scaled), scaled, 255)
    return told.model_copy(
        update={
            "pixels": base64.b64encode(pixels.astype(np.uint8).tobytes()).decode(),
            "height": tiles.shape[0],
            "width": tiles.shape[1],
        }
    )


def _tiles(values: Array) -> Array | None:
    """Return one image (rows, columns); NaN between the tiles; None where it were too large."""
    if values.size == 0:
        return None
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    height, width = (1, 1, *values.shape)[-2:]
    across = values.shape[-3] if values.ndim > 2 else 1
    down = values.size // (height * width * across)
    rows, columns = down * (height + GAP) - GAP, across * (width + GAP) - GAP
    if rows > MOST_SIDE or columns > MOST_SIDE:
        return None
    image = np.full((rows + GAP, columns + GAP), np.nan)
    for index, tile in enumerate(values.reshape(down * across, height, width)):
        row, column = divmod(index, across)
        top, left = row * (height + GAP), column * (width + GAP)
        image[top : top + height, left : left + width] = tile
    return image[:rows, :columns]


def _difference(right: Array, output: Array) -> Array:
    # Where it is wider than a double, a long double tells any two 64-bit integers apart.
    whole = right.dtype.kind in "iu" and output.dtype.kind in "iu"
    wide = np.longdouble if whole else np.float64
    with np.errstate(all="ignore"):
        apart = np.abs(output.astype(wide) - right.astype(wide))
    return np.asarray(apart, dtype=np.float64)


def _compare(right: Array, output: Array, question: FunctionQuestion) -> tuple[float | None, str]:
    """Return the largest difference, and what is wrong; nothing where all is right."""
    if output.shape != right.shape:
        return None, f"gives shape {output.shape}, right is {right.shape}"
    wanted = right.astype(np.float64)
    difference = _difference(right, output)
    same = output == right  # infinities of one sign included
    both_missing = np.isnan(output.astype(np.float64)) & np.isnan(wanted)
    difference = np.where(same | both_missing, 0.0, difference)
    size = np.where(np.isfinite(wanted), np.abs(wanted), 0.0)
    allowed = question.absolute_tolerance + question.relative_tolerance * size
    wrong = ~(difference <= allowed)
    largest = float(np.max(difference, initial=0.0))
    value = largest if math.isfinite(largest) else None
    if not wrong.any():
        return value, ""
    strange = ~np.isfinite(output.astype(np.float64)) & np.isfinite(wanted)
    ranked = np.where(strange | np.isnan(difference), np.inf, difference - allowed)
    where = np.unravel_index(int(np.argmax(np.where(wrong, ranked, -np.inf))), right.shape)
    place = f" at [{', '.join(str(int(index)) for index in where)}]" if right.ndim else ""
    count = int(wrong.sum())
    how_many = "every number is wrong" if count == right.size > 1 else _count(count, right.size)
    numbers = f"{float(output[where]):.6g}, right is {float(right[where]):.6g}"
    return value, f"{how_many}, worst{place}: {numbers}"


def _count(wrong: int, size: int) -> str:
    return f"{wrong:,} of {size:,} numbers {'is' if wrong == 1 else 'are'} wrong"


def asked_of(question: FunctionQuestion) -> str:
    """Say in words what a function question asks."""
    absolute, relative = question.absolute_tolerance, question.relative_tolerance
    if relative == 0:
        return f"at most {absolute:g}"
    return f"at most {absolute:g} + {relative:g} of the right number"
