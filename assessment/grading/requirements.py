"""Which other units an item's grade depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from assessment.spec.expectations import ComparisonExpectation
from assessment.spec.units import Unit, units


class Expected(NamedTuple):
    """One expectation of one unit."""

    unit: str
    name: str

    def __str__(self) -> str:
        return f"{self.unit}.{self.name}"


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
    """Return the ids of all other units whose runs grading needs, directly or through others."""
    lab = units(unit.lab)
    found: set[str] = set()
    ahead = [unit]
    while ahead:
        current = ahead.pop()
        for name in _named(lab, current):
            if name not in found and name != unit.id:
                found.add(name)
                ahead.append(lab[name])
    return found


def _named(lab: Mapping[str, Unit], unit: Unit) -> set[str]:
    names: set[str] = set()
    for expectation in unit.expect.values():
        names.update(resolve(lab, unit, required).unit for required in expectation.requires)
        if isinstance(expectation, ComparisonExpectation):
            names.update(expectation.sides)
    return names
