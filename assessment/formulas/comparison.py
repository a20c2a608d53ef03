"""Two formulas compared at many points; where they differ, the simplest point that shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from assessment.formulas.errors import NoValue
from assessment.formulas.evaluation import evaluate
from assessment.formulas.points import Domain, Point, random_points, simple_points, simpler
from assessment.formulas.tree import Formula

RANDOM_POINTS = 60
"""Random points of a comparison, besides the examples and the simple ones."""
DRAWN = 20 * RANDOM_POINTS
"""Points drawn before those where the right formula is not defined are replaced no longer."""
SIMPLIFIED = 100
"""Points tried to make a counterexample simpler."""

RELATIVE = 1e-9
"""Difference of equal values, as a share of the larger one."""
ABSOLUTE = 1e-12
"""The same as a share of the largest number put in, for values that cancel to almost nothing."""


@dataclass(frozen=True)
class Counterexample:
    """A point that shows a formula to be wrong."""

    point: Point
    right: float
    """The right value there."""
    given: float | None
    """The value of the formula compared; None where it has none."""
    reason: str = ""
    """Why it has none."""


def compare(
    given: Formula, right: Formula, domain: Domain, *, seed: int = 0
) -> Counterexample | None:
    """Return the simplest point found at which a formula differs; None where there is none.

    Points at which the right formula has no value do not count.

    Args:
        given: the formula to judge.
        right: what it is compared with.
        domain: what may be put in. The examples come first, in their order.
        seed: of the random points.

    Raises:
        WrongKind: the formula mixes up numbers and vectors.
        TooLong: it takes too many steps.
    """
    for position, point in enumerate(defined_points(right, domain, seed)):
        found = differs_at(given, right, point)
        if found is not None:
            is_example = position < len(domain.examples) and point in domain.examples
            return found if is_example else _simplified(found, given, right, domain)
    return None


def defined_points(formula: Formula, domain: Domain, seed: int = 0) -> Iterator[Point]:
    """Yield the examples, simple points and random ones at which a formula has a value."""
    yield from (point for point in simple_points(domain) if _value(formula, point) is not None)
    drawn = islice(random_points(domain, seed), DRAWN)
    defined = (point for point in drawn if _value(formula, point) is not None)
    yield from islice(defined, RANDOM_POINTS)


def differs_at(given: Formula, right: Formula, point: Point) -> Counterexample | None:
    """Return a point as a counterexample if it is one; the right formula has a value there."""
    wanted = evaluate(right, point)
    try:
        found = evaluate(given, point)
    except NoValue as error:
        return Counterexample(point, wanted, None, error.message)
    if math.isclose(found, wanted, rel_tol=RELATIVE, abs_tol=ABSOLUTE * _largest(point)):
        return None
    return Counterexample(point, wanted, found)


def _simplified(
    found: Counterexample, given: Formula, right: Formula, domain: Domain
) -> Counterexample:
    """Replace numbers by simpler ones as long as the formulas differ."""
    left = SIMPLIFIED
    progress = True
    while progress and left > 0:
        progress = False
        for point in islice(simpler(found.point, domain), left):
            left -= 1
            if _value(right, point) is None:
                continue
            smaller = differs_at(given, right, point)
            # A formula that has a wrong value says more than one that has none.
            if smaller is not None and (smaller.given is None) <= (found.given is None):
                found, progress = smaller, True
                break
    return found


def _value(formula: Formula, point: Point) -> float | None:
    try:
        return evaluate(formula, point)
    except NoValue:
        return None


def _largest(point: Point) -> float:
    numbers = [
        abs(number)
        for value in point.values()
        for number in (value if not isinstance(value, float | int) else [value])
    ]
    return max(1.0, *numbers)
