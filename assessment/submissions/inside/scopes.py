"""The statements of a module or function, and which of them bind a name at a place."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from assessment.submissions.inside.cells import Cell
from assessment.submissions.inside.flow import Flattening, Leaf
from assessment.submissions.inside.names import names_of
from assessment.submissions.inside.refusals import Refusals
from assessment.submissions.inside.surgery import Surgery


class Scope:
    """Leaves in their order; `above` is the module where they are a function's."""

    def __init__(self, leaves: Sequence[Leaf], above: Scope | None = None) -> None:
        self.leaves = leaves
        self.above = above
        self.binders: dict[str, list[Leaf]] = {}
        self.changers: dict[str, list[Leaf]] = {}
        self.stars = [leaf for leaf in leaves if leaf.is_star]
        for leaf in leaves:
            for name in sorted(leaf.names.binds):
                self.binders.setdefault(name, []).append(leaf)
            for name in sorted(leaf.changes - leaf.names.binds):
                self.changers.setdefault(name, []).append(leaf)

    def reach(self, name: str, before: float) -> list[Leaf]:
        """Return the statements of which one gave a name its value before a place.

        Statements under an `if` or in a loop may not have: what stands in front of them is
        returned too. Where nothing binds the name before, the first statement after does: cells
        are not always run in their order.
        """
        binders = self.binders.get(name, ())
        found: list[Leaf] = []
        imported: set[str] = set()
        for leaf in reversed(binders):
            if leaf.index >= before or _passes_over(leaf, name):
                continue
            if isinstance(leaf.node, ast.Import):
                # `import a.b` and `import a.c` bind one name and add to each other.
                path = leaf.node.names[0].name
                if path not in imported:
                    imported.add(path)
                    found.append(leaf)
            elif imported:
                break
            else:
                found.append(leaf)
                if leaf.certain:
                    break
        if not found:
            later = (leaf for leaf in binders if leaf.index > before)
            found = [leaf for leaf in later if not _passes_over(leaf, name)][:1]
        return found

    def changes(self, name: str, first: float, before: float) -> Iterator[Leaf]:
        """Yield the statements between two places that build on an object in place."""
        for leaf in self.changers.get(name, ()):
            if first < leaf.index < before:
                yield leaf


def _passes_over(leaf: Leaf, name: str) -> bool:
    """Tell `model = train(model)`, which is not run: the model is what it was before."""
    return bool(leaf.reason) and name in leaf.names.now


def is_module_name(leaves: Iterable[Leaf]) -> bool:
    """Tell whether a name is an imported module or package, not an object of the submission."""
    return any(
        isinstance(leaf.node, ast.Import)
        or (isinstance(leaf.node, ast.ImportFrom) and leaf.node.names[0].name.islower())
        for leaf in leaves
    )


def function_scope(leaf: Leaf, refusals: Refusals, surgery: Surgery, above: Scope) -> Scope:
    """Return the body of a function as a scope of its own, its parameters bound to defaults."""
    function = leaf.node
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    flattening = Flattening(refusals, surgery, depth=1)
    for node in _given(function):
        flattening.add(node, leaf.cell)
    for node in function.body:
        flattening.add(node, leaf.cell)
    missing = _missing(function, leaf.cell)
    return Scope([*missing, *flattening.leaves], above)


def _given(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.stmt]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    pairs = [
        *zip(positional, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for parameter, default in pairs:
        if default is not None:
            target = ast.copy_location(ast.Name(parameter.arg, ast.Store()), parameter)
            yield ast.copy_location(ast.Assign([target], default), parameter)


def _missing(function: ast.FunctionDef | ast.AsyncFunctionDef, cell: Cell) -> Iterator[Leaf]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    without = positional[: len(positional) - len(arguments.defaults)]
    without += [
        one
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    without += [one for one in (arguments.vararg, arguments.kwarg) if one]
    reason = f"it is given to `{function.name}` by whoever calls it"
    for parameter in without:
        node = ast.copy_location(ast.Expr(ast.Constant(None)), parameter)
        names = replace(names_of(node), binds=frozenset({parameter.arg}))
        yield Leaf(node, cell, -1, (), names, frozenset(), reason, depth=1)
