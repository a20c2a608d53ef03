"""Statements that change an object in place as building a model does: `model.fc = nn.Linear(...)`.

Only what is known to build counts: whatever else is done with a model - printing, training,
saving - leaves it out of a slice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from assessment.submissions.inside.names import bound_in, names_in, root
from assessment.submissions.inside.refusals import DEEPEST_CALLS, Refusals

_BUILDING = {
    *("add_module", "register_module", "register_buffer", "register_parameter", "__setattr__"),
    *("append", "extend", "insert", "pop", "remove", "update", "setdefault", "add", "sort"),
    *("apply", "reset_parameters", "add_argument", "set_defaults"),
}
_MOVING = {"to", "cuda", "cpu", "float", "double", "half"}
"""Part of building at the top of a file; inside functions also part of whatever else they do."""
_IN_PLACE = re.compile(r"[a-z]\w*[a-z0-9]_")
"""Methods of tensors and modules that end with `_`: `fill_`, `requires_grad_`."""
_ON_ARGUMENTS = re.compile(
    r"(?:torch\.nn\.)?init\.\w+|(?:.*\.)?(?:prune|parametri\w+)\.\w+|.*_norm_?"
)
"""Functions that change what they are given: initialisation, pruning, spectral norm."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Surgery:
    """Tells which objects the statements of one file change in place."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._busy: set[int] = set()

    def changed(self, statements: Iterable[ast.stmt]) -> frozenset[str]:
        """Return the names of the objects that statements change; empty: none, or not by building.

        What a loop or a local name stands for counts as changed with it: `p` in
        `for p in model.parameters(): p.requires_grad = False` is a part of `model`.
        """
        found: set[str] = set()
        stands_for: dict[str, frozenset[str]] = {}
        waiting = list(statements)
        while waiting:
            node = waiting.pop()
            found |= self._directly(node)
            if isinstance(node, ast.For):
                needed = names_in([node.iter]).now
                for name in bound_in([node.target]):
                    stands_for[name] = stands_for.get(name, frozenset()) | needed
            if isinstance(node, ast.Assign):
                for name in bound_in(node.targets):
                    needed = names_in([node.value]).now - {name}
                    stands_for[name] = stands_for.get(name, frozenset()) | needed
            if isinstance(node, (ast.For, ast.If, ast.With, ast.Try)):
                waiting += [
                    part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt)
                ]
        return _followed(found, stands_for)

    def builds(self, function: _Function) -> bool:
        """Tell whether a function of this file changes one of its arguments and does not train."""
        too_deep = len(self._busy) >= DEEPEST_CALLS
        if id(function) in self._busy or too_deep or self._refusals.within(function):
            return False
        self._busy.add(id(function))
        try:
            given = function.args
            parameters = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
            return not parameters.isdisjoint(self.changed(function.body))
        finally:
            self._busy.discard(id(function))

    def _directly(self, node: ast.stmt) -> set[str]:
        match node:
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                return _roots(targets)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                return _roots([target])
            case ast.Expr(value=ast.Call() as call):
                return self._by_call(call) - {""}
            case ast.FunctionDef() | ast.ClassDef():
                # `@add_to_class(Net)` puts a function into a class that stands above it.
                called = (one for one in node.decorator_list if isinstance(one, ast.Call))
                given = {root(one) for call in called for one in call.args}
                return given & self._refusals.classes.keys()
        return set()

    def _by_call(self, call: ast.Call) -> set[str]:
        path = self._refusals.path(call.func)
        last = path.rpartition(".")[2]
        given = {root(argument) for argument in call.args}
        if path in ("setattr", "delattr"):
            return {root(call.args[0])} if call.args else set()
        if _ON_ARGUMENTS.fullmatch(path) and not path.startswith("."):
            return given
        if isinstance(call.func, ast.Name):
            own = self._refusals.functions.get(path, ())
            return given if any(self.builds(function) for function in own) else set()
        if own := self._refusals.methods.get(last, ()):
            return {root(call.func)} if any(self.builds(method) for method in own) else set()
        moving = last in _MOVING and not self._busy
        building = last in _BUILDING or moving or _IN_PLACE.fullmatch(last)
        return {root(call.func)} if building else set()


def _roots(targets: Iterable[ast.expr]) -> set[str]:
    """Return what storing into attributes and items changes; a name by itself is bound instead."""
    found = set()
    waiting = list(targets)
    while waiting:
        target = waiting.pop()
        if isinstance(target, (ast.Tuple, ast.List)):
            waiting += target.elts
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            found.add(root(target))
    return found - {""}


def _followed(found: set[str], stands_for: dict[str, frozenset[str]]) -> frozenset[str]:
    reached: set[str] = set()
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += stands_for.get(name, ())
    return frozenset(reached)
