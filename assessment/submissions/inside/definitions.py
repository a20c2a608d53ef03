"""The classes, functions and objects of a file, told without running any of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal

from assessment.submissions.inside.cells import Source
from assessment.submissions.inside.flow import DEFINITIONS, Leaf
from assessment.submissions.inside.likeness import (
    Likeness,
    LooksLike,
    assigned,
)
from assessment.submissions.inside.refusals import Refusals
from assessment.submissions.inside.scopes import Scope, function_scope
from assessment.submissions.inside.surgery import Surgery
from assessment.submissions.inside.versions import object_spans


@dataclass(frozen=True, eq=False)
class Definition:
    """A class, a function or an object that a file defines."""

    name: str
    kind: Literal["class", "function", "object"]
    place: str
    """`lab7.ipynb, cell 3, line 12`."""
    version: int
    """Of what has this name in this file, from 1; the last is what the file ends with."""
    looks_like: LooksLike
    """"module": a subclass of `nn.Module`, or such an object; "factory": a function that returns
    one; "function"; "other". Told from the text, so it may be wrong."""
    within: str = ""
    """The function that it stands in, where it was lifted out of one."""
    _leaf: Leaf = field(kw_only=True, repr=False)
    _scope: Scope = field(kw_only=True, repr=False)
    _end: float = field(kw_only=True, repr=False)
    """Where in the file bodies find their globals; of an object, where it is finished."""


class Listing:
    """Lists the definitions of one file."""

    def __init__(self, source: Source, refusals: Refusals, surgery: Surgery) -> None:
        self._source = source
        self._refusals = refusals
        self._surgery = surgery
        self._likeness = Likeness(refusals)

    def of(self, scope: Scope) -> Iterator[Definition]:
        """Yield what a file defines, in its order, and then what is lifted out of functions."""
        found = [*self._in_scope(scope), *self._lifted(scope)]
        found.sort(key=lambda one: (one._leaf.depth, one._leaf.index, one._end, one.name))
        counts: dict[str, int] = {}
        for one in found:
            counts[one.name] = counts.get(one.name, 0) + 1
            yield replace(one, version=counts[one.name])

    def _in_scope(self, scope: Scope, within: str = "") -> Iterator[Definition]:
        for leaf in scope.leaves:
            if isinstance(leaf.node, DEFINITIONS):
                yield self._defined(leaf, scope, within)
        for name, leaves in scope.binders.items():
            values = {leaf: dict(_values(leaf)) for leaf in leaves}
            if not any(name in given for given in values.values()):
                continue
            for span in object_spans(scope, name):
                value = values.get(span.start, {}).get(name)
                if value is not None:
                    yield Definition(
                        name,
                        "object",
                        place_of(self._source, span.start),
                        1,
                        self._likeness.of_value(value),
                        within=within,
                        _leaf=span.start,
                        _scope=scope,
                        _end=span.end,
                    )

    def _defined(self, leaf: Leaf, scope: Scope, within: str) -> Definition:
        node = leaf.node
        assert isinstance(node, DEFINITIONS)
        is_class = isinstance(node, ast.ClassDef)
        like = self._likeness
        return Definition(
            node.name,
            "class" if is_class else "function",
            place_of(self._source, leaf),
            1,
            like.of_class(node) if isinstance(node, ast.ClassDef) else like.of_function(node),
            within=within,
            _leaf=leaf,
            _scope=scope,
            _end=_first_use(scope, node.name, leaf.index),
        )

    def _lifted(self, scope: Scope) -> Iterator[Definition]:
        """Yield classes, and models built of layers, in functions that do not return them."""
        for leaf in scope.leaves:
            node = leaf.node
            if not isinstance(node, ast.FunctionDef) or not _may_hold_models(node):
                continue
            if self._likeness.of_function(node) == "factory":
                continue
            inner = function_scope(leaf, self._refusals, self._surgery, scope)
            for one in self._in_scope(inner, node.name):
                value = dict(_values(one._leaf)).get(one.name)
                made = isinstance(value, ast.Call) and self._makes_own(value)
                if one.looks_like == "module" and not made:
                    yield one

    def _makes_own(self, call: ast.Call) -> bool:
        """Tell `Net().to(device)`, of which the class itself is a definition already."""
        named = (node.id for node in ast.walk(call) if isinstance(node, ast.Name))
        return any(
            name in self._refusals.classes or name in self._refusals.functions for name in named
        )


def _values(leaf: Leaf) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(leaf.node, (ast.Assign, ast.AnnAssign)):
        yield from assigned(leaf.node)


def _may_hold_models(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.ClassDef)
        or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call))
        for statement in function.body
        for node in ast.walk(statement)
    )


def _first_use(scope: Scope, name: str, index: int) -> float:
    """Return where a class or function is used first, else where its name is bound anew."""
    after = next_version(scope, name, index)
    used = (leaf.index for leaf in scope.leaves[index + 1 :] if name in leaf.needs)
    first = next(used, inf)
    return first if first < after else after


def next_version(scope: Scope, name: str, index: int) -> float:
    """Return where a name is bound anew behind a place."""
    return next((leaf.index for leaf in scope.binders[name] if leaf.index > index), inf)


def place_of(source: Source, leaf: Leaf) -> str:
    """Name where a statement stands: `lab7.ipynb, cell 3, line 12`."""
    return f"{source.filename(leaf.cell)}, line {leaf.node.lineno}"
