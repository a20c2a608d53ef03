"""A function's outputs beside the right ones: one expectation a call, and pictures of both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from assessment.grading.pictures import picture, span
from assessment.results.record import Case, Graded, Picture
from assessment.spec.kinds.function import FunctionQuestion

Array = np.ndarray[Any, Any]


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
        cases.append(
            Case(
                name=name,
                pictures=[
                    *(
                        picture(f"argument {n}", array)
                        for n, array in enumerate(arguments[name], 1)
                    ),
                    *_outputs(right, output, question.absolute_tolerance),
                ],
            )
        )
    return graded, cases


def _outputs(right: Array, output: Array | None, tolerance: float) -> Iterator[Picture]:
    """Yield what was expected and found, and the difference where both have one shape."""
    if output is None:
        yield picture("expected", right)
        return
    scale = None
    if right.size > 1:  # of one number the value is told
        scale = span(right)
        # One wrong number does not change the whole picture, unless there is nothing else to see.
        if scale is None or scale[0] == scale[1]:
            scale = span(right, output)
    yield picture("expected", right, scale)
    yield picture("found", output, scale)
    if output.shape == right.shape:
        difference = _difference(right, output)
        # White from the tolerance on, so that rounding does not look like a mistake.
        _, largest = span(difference) or (0.0, 0.0)
        yield picture("difference", difference, (0.0, max(largest, tolerance)), peaks=True)


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
