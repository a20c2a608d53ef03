"""Everything that one definition needs, backwards along the flow of data."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from assessment.submissions.inside.flow import DEFINITIONS, Leaf
from assessment.submissions.inside.scopes import Scope, is_module_name

_LOOK_UP = {"globals", "eval", "exec"}
"""Builtins by which any definition of a file may be reached."""
_MODULE_NAMES = {"__name__", "__file__", "__doc__", "__builtins__", "__annotations__"}


@dataclass
class Closure:
    """The statements that are needed, and by whom."""

    horizon: float
    """Place in the file at which bodies of functions find their globals."""
    kept: dict[Leaf, Scope] = field(default_factory=dict)
    unresolved: set[str] = field(default_factory=set)
    """Names that neither the file nor Python binds; a star import may."""
    _modules: set[Scope] = field(default_factory=set)
    """Whose star imports may bind them."""
    _first: dict[Leaf, set[Leaf]] = field(default_factory=dict)
    """Statements that must have been run before this one."""
    _called: dict[Leaf, set[Leaf]] = field(default_factory=dict)
    """Statements that must have been run before this one's body is."""
    _waiting: list[Leaf] = field(default_factory=list)

    def take(self, leaf: Leaf, scope: Scope) -> None:
        """Add a statement; what it needs follows with `settle`."""
        if leaf not in self.kept:
            self.kept[leaf] = scope
            self._waiting.append(leaf)

    def take_name(self, name: str, scope: Scope, before: float) -> set[Leaf]:
        """Add what gives a name its value at a place, and return it."""
        found = scope.reach(name, before)
        if found:
            changing: Iterable[Leaf] = ()
            if not is_module_name(found):
                changing = scope.changes(name, min(leaf.index for leaf in found), before)
            needed = {*found, *changing}
            for leaf in needed:
                self.take(leaf, scope)
            return needed
        if scope.above is not None:
            return self.take_name(name, scope.above, inf)
        if not hasattr(builtins, name):
            self.unresolved.add(name)
            self._modules.add(scope)
        elif name in _LOOK_UP:
            defined = {leaf for leaf in scope.leaves if isinstance(leaf.node, DEFINITIONS)}
            for leaf in defined:
                self.take(leaf, scope)
            return defined
        return set()

    def settle(self) -> None:
        """Add what the statements need that were added, and what those need."""
        while self._waiting or self._take_stars():
            leaf = self._waiting.pop()
            scope = self.kept[leaf]
            if leaf.reason:
                continue
            first = self._first.setdefault(leaf, set())
            for name in leaf.needs:
                first |= self.take_name(name, scope, leaf.index)
            called = self._called.setdefault(leaf, set())
            for name in leaf.names.later - leaf.names.binds:
                called |= self.take_name(name, scope, self.horizon)

    def _take_stars(self) -> bool:
        """Add star imports where they may bind what nothing else does; tell whether any is new."""
        if self.unresolved - _MODULE_NAMES:
            for scope in self._modules:
                for star in scope.stars:
                    self.take(star, scope)
        return bool(self._waiting)

    def ordered(self) -> list[list[Leaf]]:
        """Return the statements, those under one outermost holder together, as they can be run.

        That is the order of the file, but for what stands behind its first use in cells that were
        not run in their order.
        """
        units: dict[object, list[Leaf]] = {}
        unit_of: dict[Leaf, object] = {}
        for leaf in sorted(self.kept, key=lambda leaf: (leaf.depth, leaf.index)):
            key: object = leaf if leaf.reason or not leaf.path else leaf.path[0].holder
            units.setdefault(key, []).append(leaf)
            unit_of[leaf] = key
        done: dict[object, bool] = {}
        result: list[list[Leaf]] = []

        def emit(key: object) -> None:
            if key in done:
                return
            done[key] = True
            needed = {unit_of[one] for leaf in units[key] for one in self._before(leaf)}
            for other in sorted(needed, key=lambda other: _place(units[other])):
                emit(other)
            result.append(units[key])

        for key in list(units):
            emit(key)
        return result

    def _before(self, leaf: Leaf) -> set[Leaf]:
        """Return what must have been run before a statement: what it needs, and what those call."""
        before = set(self._first.get(leaf, ()))
        waiting = [one for one in before if isinstance(one.node, DEFINITIONS)]
        seen = set(waiting)
        while waiting:
            called = self._called.get(waiting.pop(), set())
            before |= called
            fresh = {one for one in called if isinstance(one.node, DEFINITIONS)} - seen
            seen |= fresh
            waiting += fresh
        return before - {leaf}


def _place(leaves: list[Leaf]) -> tuple[int, int]:
    return leaves[0].depth, leaves[0].index
