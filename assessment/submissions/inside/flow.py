"""Statements of a file as parts that can be kept or left out one by one, and what each needs.

`if`, `try` and `with` around statements are holders: they are put back around those of their
statements that are kept. Loops and definitions are leaves, kept whole or not at all.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assessment.submissions.inside.cells import Cell
from assessment.submissions.inside.names import Names, bound_in, names_in, names_of
from assessment.submissions.inside.refusals import Refusals
from assessment.submissions.inside.surgery import Surgery

DEEPEST = 50
"""Holders within holders."""


@dataclass(frozen=True, eq=False)
class Holder:
    """An `if`, `try` or `with` around statements."""

    node: ast.If | ast.Try | ast.With
    needs: frozenset[str]
    """Names that its own expressions need."""


@dataclass(frozen=True)
class Branch:
    """Where in a holder a statement stands."""

    holder: Holder
    field: str
    """"body", "orelse", "finalbody" or "handlers"."""
    handler: int = 0

    @property
    def certain(self) -> bool:
        """Whether what is bound here is bound whenever nothing fails."""
        if isinstance(self.holder.node, ast.Try):
            return self.field in ("body", "finalbody")
        return isinstance(self.holder.node, ast.With)


@dataclass(frozen=True, eq=False)
class Leaf:
    """One statement that is kept or left out as a whole."""

    node: ast.stmt
    cell: Cell
    index: int
    """Its place in the file."""
    path: tuple[Branch, ...]
    """The holders around it, outermost first."""
    names: Names
    changes: frozenset[str]
    """Objects that it builds on in place."""
    reason: str
    """Why it is never run; "" where it may be."""
    depth: int = 0
    """1 in the body of a function, lifted out of it; else 0."""

    @property
    def certain(self) -> bool:
        """Whether it takes the place of all earlier bindings of its names."""
        return all(branch.certain for branch in self.path) and not isinstance(self.node, ast.For)

    @cached_property
    def needs(self) -> frozenset[str]:
        """Names needed at once, by itself and the holders around it."""
        return self.names.now.union(*(branch.holder.needs for branch in self.path))

    @property
    def is_star(self) -> bool:
        """Whether it is `from ... import *`."""
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"


DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Flattening:
    """Turns statements into leaves."""

    refusals: Refusals
    surgery: Surgery
    leaves: list[Leaf] = field(default_factory=list)
    depth: int = 0

    def add(self, node: ast.stmt, cell: Cell, path: tuple[Branch, ...] = ()) -> None:
        """Add a statement, or the statements that it holds."""
        if len(path) > DEEPEST:
            return
        match node:
            case ast.If() if (chosen := _decided(node)) is not None:
                self._add_all(chosen, cell, path)
            case ast.If(test=test) if reason := self.refusals.of(test):
                # Nobody answers `if input() == "y"`: what either branch defines is there.
                header = ast.copy_location(ast.Expr(test), test)
                self._leaf(header, cell, path, reason, bound_in([test]))
                self._add_all([*node.body, *node.orelse], cell, path)
            case ast.If(test=test):
                holder = Holder(node, names_in([test]).now)
                self._add_all(node.body, cell, (*path, Branch(holder, "body")))
                self._add_all(node.orelse, cell, (*path, Branch(holder, "orelse")))
            case ast.With(items=items):
                self._add_with(node, items, cell, path)
            case ast.Try():
                caught = [handler.type for handler in node.handlers if handler.type]
                holder = Holder(node, names_in(caught).now)
                self._add_all(node.body, cell, (*path, Branch(holder, "body")))
                for number, handler in enumerate(node.handlers):
                    self._add_all(handler.body, cell, (*path, Branch(holder, "handlers", number)))
                self._add_all(node.orelse, cell, (*path, Branch(holder, "orelse")))
                self._add_all(node.finalbody, cell, (*path, Branch(holder, "finalbody")))
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                # One name each: a package that is absent keeps no other from being there.
                for alias in names:
                    single = copy.copy(node)
                    single.names = [alias]
                    self._leaf(single, cell, path, "", None)
            case _:
                self._leaf(node, cell, path, self._reason(node), None)

    def _add_all(self, nodes: Iterable[ast.stmt], cell: Cell, path: tuple[Branch, ...]) -> None:
        for node in nodes:
            self.add(node, cell, path)

    def _add_with(
        self, node: ast.With, items: list[ast.withitem], cell: Cell, path: tuple[Branch, ...]
    ) -> None:
        opened = [item.context_expr for item in items]
        bound = bound_in([item.optional_vars for item in items if item.optional_vars])
        if reason := self.refusals.of(*opened):
            header = ast.copy_location(ast.Expr(opened[0]), node)
            self._leaf(header, cell, path, reason, bound)
            self._add_all(node.body, cell, path)
            return
        holder = Holder(node, names_in(opened).now)
        inside = (*path, Branch(holder, "body"))
        if bound:
            # What the `with` itself binds, for those who need it; nothing is left of it in a slice.
            self._leaf(ast.copy_location(ast.Pass(), node), cell, inside, "", bound)
        self._add_all(node.body, cell, inside)

    def _reason(self, node: ast.stmt) -> str:
        return "" if isinstance(node, DEFINITIONS) else self.refusals.of(node)

    def _leaf(
        self,
        node: ast.stmt,
        cell: Cell,
        path: tuple[Branch, ...],
        reason: str,
        binds: frozenset[str] | None,
    ) -> None:
        names = names_of(node)
        if binds is not None:
            names = Names(binds, frozenset(), frozenset())
        changes = frozenset() if reason else self.surgery.changed([node])
        leaf = Leaf(node, cell, len(self.leaves), path, names, changes, reason, self.depth)
        self.leaves.append(leaf)


def rebuild(leaves: Sequence[Leaf], level: int = 0) -> list[ast.stmt]:
    """Return leaves as statements again, inside those holders that they share."""
    statements: list[ast.stmt] = []
    position = 0
    while position < len(leaves):
        leaf = leaves[position]
        if len(leaf.path) == level:
            statements.append(leaf.node)
            position += 1
            continue
        holder = leaf.path[level].holder
        together = [
            other
            for other in leaves[position:]
            if len(other.path) > level and other.path[level].holder is holder
        ]
        statements.append(_refilled(holder.node, together, level))
        position += len(together)
    return statements


def _refilled(
    node: ast.If | ast.Try | ast.With, leaves: Sequence[Leaf], level: int
) -> ast.If | ast.Try | ast.With:
    def kept(field: str, handler: int = 0) -> list[ast.stmt]:
        branches = ((leaf, leaf.path[level]) for leaf in leaves)
        return rebuild(
            [one for one, at in branches if (at.field, at.handler) == (field, handler)], level + 1
        )

    empty: list[ast.stmt] = [ast.copy_location(ast.Pass(), node)]
    filled = copy.copy(node)
    filled.body = kept("body") or empty
    if isinstance(filled, (ast.If, ast.Try)):
        filled.orelse = kept("orelse")
    if isinstance(filled, ast.Try):
        filled.finalbody = kept("finalbody")
        filled.handlers = [copy.copy(handler) for handler in filled.handlers]
        for number, handler in enumerate(filled.handlers):
            handler.body = kept("handlers", number) or empty
        if not filled.handlers and not filled.finalbody:
            filled.finalbody = empty
    return filled


def _decided(node: ast.If) -> list[ast.stmt] | None:
    """Return the branch that a notebook or script always takes, if that is known."""
    match node.test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            sides = [left, right]
            names = [one.id for one in sides if isinstance(one, ast.Name)]
            texts = [one.value for one in sides if isinstance(one, ast.Constant)]
            return node.body if (names, texts) == (["__name__"], ["__main__"]) else None
        case ast.Constant(value=value):
            return node.body if value else node.orelse
    return None
