"""The functions that a formula may call. All numbers are floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Numeric = Callable[..., float]


def _whole_nearby(number: float) -> float:
    """Return the whole number next to one that only rounding keeps from it.

    So that `ceil(N * (1 / B))` is `ceil(N / B)` where B divides N.
    """
    nearest = math.floor(number + 0.5)
    return float(nearest) if abs(number - nearest) <= 1e-12 * abs(number) else number


def _ceil(number: float) -> float:
    return float(math.ceil(_whole_nearby(number)))


def _floor(number: float) -> float:
    return float(math.floor(_whole_nearby(number)))


def _round(number: float) -> float:
    return float(round(number))


EACH: Mapping[str, Numeric] = {
    "abs": abs,
    "ceil": _ceil,
    "floor": _floor,
    "round": _round,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
}
"""Of a number; of a vector element by element. `log` may be given a base, otherwise it is e."""

WHOLE: Mapping[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "min": min,
    "max": max,
    "len": lambda numbers: float(len(numbers)),
}
"""Of a vector as a whole; `min` and `max` also of several numbers."""

RANGE = "range"
LOOPED = ("enumerate", "zip")
"""What stands only behind `in`."""

ARGUMENTS: Mapping[str, tuple[int, int | None]] = {
    **dict.fromkeys((*EACH, *WHOLE), (1, 1)),
    "log": (1, 2),
    "min": (1, None),
    "max": (1, None),
    RANGE: (1, 3),
    "enumerate": (1, 2),
    "zip": (2, None),
}
"""Fewest and most arguments of every function."""

OFFERED = ("sum", "len", "min", "max", "abs", "ceil", "floor", "round", "sqrt", "log", "exp")
"""Names in the order in which messages list them."""
