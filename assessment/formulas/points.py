"""The points at which formulas are compared, from simple to arbitrary, the same every time."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

Point = Mapping[str, float | Sequence[float]]
"""A number for each scalar, a vector for each vector; these have one length."""

REACHES = (1, 2, 4)
"""How far above the smallest numbers those of simple points may lie."""


class Variable(Protocol):
    """Which numbers may be put in for a name."""

    @property
    def kind(self) -> Literal["scalar", "vector"]:
        """One number, or several."""

    @property
    def low(self) -> float:
        """Smallest number."""

    @property
    def high(self) -> float:
        """Largest number."""

    @property
    def whole(self) -> bool:
        """Whole numbers only."""


@dataclass(frozen=True)
class Domain:
    """What may be put into a formula."""

    variables: Mapping[str, Variable]
    lengths: Sequence[int] = (1, 2, 3, 4)
    """Lengths of the vectors."""
    examples: Sequence[Point] = ()
    """Points to begin with."""


def simple_points(domain: Domain) -> Iterator[Point]:
    """Yield the examples, then points of short vectors and small numbers."""
    yield from domain.examples
    draw = random.Random(0)
    for length in sorted(set(domain.lengths)):
        for reach in REACHES:
            yield _point(domain, length, partial(_near, draw, reach))


def random_points(domain: Domain, seed: int) -> Iterator[Point]:
    """Yield points from everywhere between `low` and `high`, without end."""
    draw = random.Random(seed)
    while True:
        yield _point(domain, draw.choice(list(domain.lengths)), partial(_anywhere, draw))


def simpler(point: Point, domain: Domain) -> Iterator[Point]:
    """Yield points with shorter vectors, then with one number nearer to the simplest."""
    longest = max(
        (len(value) for value in point.values() if isinstance(value, Sequence)), default=0
    )
    for length in sorted(set(domain.lengths)):
        if length < longest:
            yield {
                name: value[:length] if isinstance(value, Sequence) else value
                for name, value in point.items()
            }
    for name, value in point.items():
        variable = domain.variables[name]
        if not isinstance(value, Sequence):
            yield from ({**point, name: nearer} for nearer in _nearer(value, variable))
            continue
        for index, number in enumerate(value):
            for nearer in _nearer(number, variable):
                yield {**point, name: [*value[:index], nearer, *value[index + 1 :]]}


def _point(domain: Domain, length: int, number: Callable[[Variable], float]) -> Point:
    return {
        name: [number(variable) for _ in range(length)]
        if variable.kind == "vector"
        else number(variable)
        for name, variable in domain.variables.items()
    }


def _simplest(variable: Variable) -> float:
    """Return 1, or the number nearest to it that may be put in."""
    return min(max(1.0, variable.low), variable.high)


def _near(draw: random.Random, reach: int, variable: Variable) -> float:
    return min(_simplest(variable) + draw.randint(0, reach), variable.high)


def _anywhere(draw: random.Random, variable: Variable) -> float:
    """Draw a number that is also short to write: about a thousand different ones."""
    low, high = variable.low, variable.high
    if variable.whole:
        return float(draw.randint(int(low), int(high)))
    if low == high:
        return low
    digits = 2 - math.floor(math.log10(high - low))
    return min(max(low, round(draw.uniform(low, high), digits)), high)


def _nearer(number: float, variable: Variable) -> Iterator[float]:
    simplest = _simplest(variable)
    halfway = float(round((number + simplest) / 2))
    beside = number - math.copysign(1, number - simplest)
    for candidate in (simplest, halfway, beside):
        if abs(candidate - simplest) < abs(number - simplest):
            yield min(max(variable.low, candidate), variable.high)
