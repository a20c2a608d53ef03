"""Definitions without execution: what a file defines, and the statements that one of them needs.

Nothing here runs anything. `outline` reads a source into leaves (`flow`) and lists what it
defines; `Outline.slice` follows the flow of data backwards from one definition and returns the
statements that it needs, in an order in which they can be run:

- of a class or function what its definition needs at once (bases, decorators, defaults, class
  bodies, annotations), and, because it is wanted, the globals that its body names;
- of an object the statements that bind it and those that build on it in place, up to the first
  one that trains it;
- `if`, `try` and `with` around any of these.

Statements that train, load data, download, ask or draw are never run; where something needs what
they bind, the slice says why there is no value (`Statement.reason`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from math import inf

from assessment.submissions.inside.cells import Cell, Source
from assessment.submissions.inside.closure import Closure
from assessment.submissions.inside.definitions import (
    Definition,
    Listing,
    next_version,
    place_of,
)
from assessment.submissions.inside.flow import Flattening, Leaf, rebuild
from assessment.submissions.inside.refusals import Refusals
from assessment.submissions.inside.scopes import Scope
from assessment.submissions.inside.surgery import Surgery
from assessment.submissions.inside.syntax import parse_cell
from assessment.training.errors import SolutionError

MOST_STATEMENTS = 5_000
"""Statements of a file that are looked at."""


@dataclass(frozen=True)
class Statement:
    """One step of a slice."""

    node: ast.stmt
    """What to run; an `if`, `try` or `with` holds only what the slice needs of it."""
    filename: str
    """What tracebacks call its code: `lab7.ipynb, cell 3`."""
    place: str
    names: tuple[str, ...]
    """What it binds or, of `from ... import *`, what it has to bring."""
    changes: tuple[str, ...]
    """Objects that it builds on in place."""
    reason: str
    """Why it must not be run, "" where it may: whoever needs its names cannot have them."""
    is_star: bool
    """Whether it is `from ... import *`."""
    keys: frozenset[tuple[int, int]]
    """Which statements of the file it stands for."""


class Outline:
    """What one file defines. Made by `outline`."""

    def __init__(self, source: Source, scope: Scope, notes: list[str], *, texts: bool) -> None:
        self.source = source
        self.definitions: list[Definition] = []
        """In the order of the file, all versions of each name."""
        self.notes = notes
        """What could not be read, a sentence each, with file, cell and line."""
        self.annotations_are_texts = texts
        """Whether `from __future__ import annotations` stands in it."""
        self._scope = scope

    def names(self) -> frozenset[str]:
        """Return all names that exist at the end of the file, star imports left out."""
        return frozenset(self._scope.binders)

    def stars(self) -> list[ast.ImportFrom]:
        """Return the file's `from ... import *`."""
        return [leaf.node for leaf in self._scope.stars if isinstance(leaf.node, ast.ImportFrom)]

    def slice(self, wanted: Definition | str) -> list[Statement]:
        """Return what has to be run for a definition, or for a name as the file ends with it.

        Of several versions of a name a slice holds the one asked for; other definitions are taken
        as they were when it was first used.

        Raises:
            SolutionError: its definitions are too entangled to be followed.
        """
        closure = Closure(inf if isinstance(wanted, str) else wanted._end)
        if isinstance(wanted, str):
            closure.take_name(wanted, self._scope, inf)
        elif wanted.kind == "object":
            closure.take_name(wanted.name, wanted._scope, wanted._end)
        else:
            closure.take(wanted._leaf, wanted._scope)
            after = next_version(wanted._scope, wanted.name, wanted._leaf.index)
            for leaf in wanted._scope.changes(wanted.name, wanted._leaf.index, after):
                closure.take(leaf, wanted._scope)
        closure.settle()
        try:
            units = closure.ordered()
        except RecursionError:
            raise SolutionError(f"{self.source.file}: too entangled to be read") from None
        return [self._statement(leaves, closure.unresolved) for leaves in units]

    def _statement(self, leaves: list[Leaf], unresolved: set[str]) -> Statement:
        first = leaves[0]
        node = first.node if first.reason else rebuild(leaves)[0]
        names = {name for leaf in leaves for name in leaf.names.binds}
        changes = {name for leaf in leaves for name in leaf.changes}
        return Statement(
            node,
            self.source.filename(first.cell),
            place_of(self.source, first),
            tuple(sorted(unresolved if first.is_star else names)),
            tuple(sorted(changes - names)),
            first.reason,
            first.is_star,
            frozenset((leaf.depth, leaf.index) for leaf in leaves),
        )


def outline(source: Source) -> Outline:
    """Read what a source defines, without running any of it."""
    notes: list[str] = []
    statements: list[tuple[ast.stmt, Cell]] = []
    for cell in source.cells:
        if cell.kind == "code":
            nodes, mended = parse_cell(source, cell)
            notes += mended
            statements += ((node, cell) for node in nodes)
    if len(statements) > MOST_STATEMENTS:
        notes.append(f"{source.file}: only its first {MOST_STATEMENTS:,} statements are read")
        del statements[MOST_STATEMENTS:]
    refusals = Refusals([node for node, _ in statements])
    flattening = Flattening(refusals, Surgery(refusals))
    for node, cell in statements:
        flattening.add(node, cell)
    scope = Scope(flattening.leaves)
    texts = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node, _ in statements
    )
    result = Outline(source, scope, [*source.notes, *notes], texts=texts)
    result.definitions = list(Listing(source, refusals, flattening.surgery).of(scope))
    return result
