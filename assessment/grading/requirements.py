"""On what else an item's grade depends: `requires`, and the sides of comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from assessment.grading.outcomes import Cause, Decided
from assessment.grading.wording import enumerate_words
from assessment.spec.expectations import ComparisonExpectation, Expectation
from assessment.spec.kinds.checkpoint import CheckpointQuestion
from assessment.spec.units import Unit, units


class Expected(NamedTuple):
    """One expectation of one unit."""

    unit: str
    name: str


def resolve(lab: Mapping[str, Unit], unit: Unit, required: str) -> Expected:
    """Return the expectation that `requires` names; those of the same unit come first.

    Raises:
        KeyError: there is none; a lab that was checked has none such.
    """
    if required in unit.expect:
        return Expected(unit.id, required)
    for other in lab.values():
        name = required.removeprefix(f"{other.id}.")
        if name != required and name in other.expect:
            return Expected(other.id, name)
    raise KeyError(required)


def requirements(unit: Unit) -> set[str]:
    """Return the ids of all other units whose runs grading needs, directly or through others.

    Sides of its comparisons, the unit whose model was saved, the units of expectations that its
    own require, and what those need in turn. Comparisons themselves have no runs and are not named.
    """
    lab = units(unit.lab)
    seen: set[Expected] = set()
    ahead = [Expected(unit.id, name) for name in unit.expect]
    needed: set[str] = set()
    if isinstance(unit.question, CheckpointQuestion):
        needed.add(unit.question.of)
    while ahead:
        current = ahead.pop()
        if current in seen:
            continue
        seen.add(current)
        ahead += required_by(lab, current)
        expectation = lab[current.unit].expect[current.name]
        if isinstance(expectation, ComparisonExpectation):
            needed.update(expectation.sides)
        else:
            needed.add(current.unit)
    return needed - {unit.id}


def required_by(lab: Mapping[str, Unit], expected: Expected) -> Iterator[Expected]:
    """Yield what an expectation requires directly."""
    unit = lab[expected.unit]
    for name in unit.expect[expected.name].requires:
        yield resolve(lab, unit, name)


def settle(decided: Decided, required: Sequence[tuple[str, Decided]]) -> Decided:
    """Take back what an expectation earned if something that it requires was not met.

    An expectation that failed by itself stays failed, and one that asks nothing
    stays shown. Where a requirement is undecided, so is what needs it.

    Args:
        decided: the expectation by itself.
        required: what it requires, settled, each with its name in the spec.
    """
    graded = decided.graded
    if not required or not graded.condition:
        return decided
    wants = decided.wants.union(*(other.wants for _, other in required))
    if wants or (graded.met is False and not graded.earned):
        return decided._replace(wants=wants)
    unmet = [name for name, other in required if other.graded.met is False]
    if unmet:
        were = "was" if len(unmet) == 1 else "were"
        why = f"needs {enumerate_words(unmet)}, which {were} not met"
        return Decided(graded.model_copy(update={"met": False, "earned": 0.0, "why": why}))
    open_ones = [(name, other) for name, other in required if other.graded.met is None]
    if open_ones:
        reasons = [f"{name} ({other.graded.why})" for name, other in open_ones]
        why = f"needs {enumerate_words(reasons)}, which could not be decided"
        causes = [other.cause or Cause.MACHINE for _, other in open_ones]
        return Decided(
            graded.model_copy(update={"met": None, "earned": 0.0, "why": why}),
            max([*causes, decided.cause or Cause.SUBMISSION]),
        )
    return decided


def pools_of(unit: Unit) -> list[str]:
    """Return the names of the pools that a unit's expectations are in."""
    expectations = (one for one in unit.expect.values() if isinstance(one, Expectation))
    return sorted({one.pool for one in expectations if one.pool is not None})


def pool_members(lab: Mapping[str, Unit], name: str) -> Iterator[tuple[Unit, Expectation]]:
    """Yield the expectations of a lab that share a standard deviation, with their units."""
    for unit in lab.values():
        for expectation in unit.expect.values():
            if isinstance(expectation, Expectation) and expectation.pool == name:
                yield unit, expectation


def alternatives_of(lab: Mapping[str, Unit], unit: Unit, name: str) -> Iterator[Expected]:
    """Yield the expectations that one of a training unit may be met as instead."""
    expectation = unit.expect[name]
    if isinstance(expectation, Expectation):
        yield from (resolve(lab, unit, other) for other in expectation.or_as)


def band_mates(unit: Unit) -> dict[str, Unit]:
    """Return the units by id whose reference runs the bands of one are made of, itself included.

    Those that share a pool with it, and those whose bands its own expectations may be met by.
    """
    lab = units(unit.lab)
    others = [lab[one.unit] for name in unit.expect for one in alternatives_of(lab, unit, name)]
    pools = dict.fromkeys(name for one in (unit, *others) for name in pools_of(one))
    mates = (mate for name in pools for mate, _ in pool_members(lab, name))
    return {mate.id: mate for mate in (unit, *others, *mates)}
