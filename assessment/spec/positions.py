"""Where keys and values stand in a spec file, and where a merged value comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from assessment.spec.base import Location


class Span(NamedTuple):
    """A piece of one line; line and column are counted from 1."""

    line: int
    column: int
    width: int = 1
    """Characters."""


@dataclass
class Place:
    """A value of the file: its own span, its key's, and the places inside it."""

    value: Span
    key: Span | None = None
    """None for items of lists and for the whole document."""
    is_block: bool = False
    """A map or list that is written over several lines, for which its key is the better mark."""
    children: dict[str | int, Place] = field(default_factory=dict)

    @property
    def mark(self) -> Span:
        """The span that says best which value is meant."""
        return self.key if self.is_block and self.key else self.value


def locate(root: Place, location: Location) -> tuple[Location, Place]:
    """Find where the value at `location` was written, following `defaults` and `training`.

    Gives the deepest part of the way that exists, with its location, where
    the whole of it does not.
    """
    best: tuple[Location, Place] = ((), root)
    for candidate in _origins(location):
        found = _descend(root, candidate)
        if len(found[0]) == len(candidate):
            return found
        if len(found[0]) > len(best[0]):
            best = found
    return best


def _origins(location: Location) -> Iterator[Location]:
    """Yield the places a merged value may come from, the strongest first."""
    yield location
    match location:
        case ("questions", question, "variants", _, "set", *rest):
            yield ("questions", question, "training", *rest)
            yield ("defaults", "training", *rest)
    match location:
        case ("questions", _, *rest):
            yield ("defaults", *rest)


def _descend(root: Place, location: Location) -> tuple[Location, Place]:
    place = root
    for depth, step in enumerate(location):
        if step not in place.children:
            return location[:depth], place
        place = place.children[step]
    return location, place
