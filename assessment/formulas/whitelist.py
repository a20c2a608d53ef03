"""What a syntax tree may hold: arithmetic on known names, a few functions, short loops."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import NoReturn

from assessment.formulas.characters import ALLOWED
from assessment.formulas.errors import Unreadable
from assessment.formulas.functions import ARGUMENTS, LOOPED, OFFERED
from assessment.formulas.tree import Formula, terms
from assessment.spelling import did_you_mean, listed

DEEPEST = 40
"""Levels of nesting; a sum or product of many terms is one level."""
TOO_DEEP = f"nested too deeply; at most {DEEPEST} levels are allowed"
MOST_LOOPS = 2
"""Loops of one comprehension."""

BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
COMPARED = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def check(formula: Formula, names: Collection[str]) -> None:
    """Raise Unreadable for the first part that is not on the list.

    Args:
        formula: what was parsed.
        names: variables that it may use.
    """
    _Checker(formula, names).value(formula.tree, frozenset(), 1)


class _Checker:
    """Walks the tree; what it passes, `evaluation` knows."""

    def __init__(self, formula: Formula, names: Collection[str]) -> None:
        self._formula = formula
        self._names = names

    def value(self, node: ast.expr, bound: frozenset[str], depth: int) -> None:
        """Check what must be a number or a vector.

        Args:
            node: the part to check.
            bound: names of the loops around it.
            depth: levels of nesting down to it.
        """
        if depth > DEEPEST:
            self._refuse(node, TOO_DEEP)
        deeper = depth + 1
        match node:
            case ast.Constant():
                self._number(node)
            case ast.Name():
                self._name(node, bound)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                self.value(node.operand, bound, deeper)
            case ast.BinOp():
                self._terms(node, bound, deeper)
            case ast.Call():
                self._call(node, bound, deeper, looped=False)
            case ast.Subscript():
                self.value(node.value, bound, deeper)
                self._index(node.slice, bound, deeper)
            case ast.List():
                for item in node.elts:
                    inner = item.value if isinstance(item, ast.Starred) else item
                    self.value(inner, bound, deeper)
            case ast.GeneratorExp() | ast.ListComp():
                self._loops(node, bound, deeper)
            case ast.IfExp():
                for part in (node.body, node.orelse):
                    self.value(part, bound, deeper)
                self._condition(node.test, bound, deeper)
            case _:
                self._refuse(node, _why_not(node))

    def _number(self, node: ast.Constant) -> None:
        if type(node.value) not in (int, float):
            self._refuse(node, f"is no number; allowed are {ALLOWED}")
        try:
            finite = abs(float(node.value)) < float("inf")  # type: ignore[arg-type]
        except OverflowError:
            finite = False
        if not finite:
            self._refuse(node, "is too large: numbers go up to 1e308")

    def _name(self, node: ast.Name, bound: frozenset[str]) -> None:
        name = node.id
        if name in self._names or name in bound:
            return
        if name in ARGUMENTS:
            self._refuse(node, f"is a function: write what it is of in parentheses, `{name}(...)`")
        known = [*self._names, *sorted(bound)]
        functions = f"the functions {', '.join(OFFERED)}"
        allowed = f"the names {listed(known)} and {functions}" if known else functions
        hint = did_you_mean(name, [*known, *OFFERED])
        self._refuse(node, f"is an unknown name{hint} (allowed: {allowed})")

    def _terms(self, node: ast.BinOp, bound: frozenset[str], depth: int) -> None:
        for part, operand in terms(node):
            if part is not None and not isinstance(part.op, BINARY):
                self._refuse(part, f"is an operator of another kind; allowed are {ALLOWED}")
            self.value(operand, bound, depth)

    def _call(self, node: ast.Call, bound: frozenset[str], depth: int, *, looped: bool) -> None:
        function = node.func
        if not isinstance(function, ast.Name):
            self._refuse(node, "only functions are called: write * between factors")
        name = function.id
        if name not in ARGUMENTS:
            if name in self._names or name in bound:
                self._refuse(node, f"`{name}` is no function: write * between factors")
            hint = did_you_mean(name, OFFERED)
            allowed = ", ".join(OFFERED)
            self._refuse(node, f"unknown function `{name}`{hint} (allowed: {allowed})")
        if name in LOOPED and not looped:
            self._refuse(
                node, f"{name}(...) stands only behind `in`, as in for a, b in {name}(...)"
            )
        least, most = ARGUMENTS[name]
        given = len(node.args)
        if given < least or (most is not None and given > most):
            self._refuse(node, f"{name}(...) takes {_arguments(least, most)}, found {given}")
        if node.keywords:
            self._refuse(node, f"{name}(...) takes its arguments without names")
        for argument in node.args:
            self.value(argument, bound, depth)

    def _index(self, node: ast.expr, bound: frozenset[str], depth: int) -> None:
        if isinstance(node, ast.Tuple):
            self._refuse(node, "a vector has one index, counted from 0")
        if not isinstance(node, ast.Slice):
            self.value(node, bound, depth)
            return
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.value(part, bound, depth)

    def _loops(
        self, node: ast.GeneratorExp | ast.ListComp, bound: frozenset[str], depth: int
    ) -> None:
        if len(node.generators) > MOST_LOOPS:
            self._refuse(node, f"at most {MOST_LOOPS} loops stand in one")
        for loop in node.generators:
            over = loop.iter
            if loop.is_async:
                self._refuse(node, f"is no arithmetic; allowed are {ALLOWED}")
            if isinstance(over, ast.Call):
                self._call(over, bound, depth, looped=True)
            else:
                self.value(over, bound, depth)
            targets = list(self._targets(loop.target))
            due = _names_due(over)
            if len(targets) != due or isinstance(loop.target, ast.Tuple) != (due > 1):
                count = f"{due} names" if due > 1 else "one name"
                self._refuse(loop.target, f"this loop has {count} between `for` and `in`")
            bound = bound | set(targets)
            for condition in loop.ifs:
                self._condition(condition, bound, depth)
        self.value(node.elt, bound, depth)

    def _targets(self, node: ast.expr) -> Iterator[str]:
        targets = node.elts if isinstance(node, ast.Tuple) else [node]
        for target in targets:
            if not isinstance(target, ast.Name):
                self._refuse(target, "a loop has names behind `for`, as in for k in range(...)")
            if target.id in ARGUMENTS or "__" in target.id:
                self._refuse(target, "cannot be the name of a loop; write k, say")
            yield target.id

    def _condition(self, node: ast.expr, bound: frozenset[str], depth: int) -> None:
        if depth > DEEPEST:
            self._refuse(node, TOO_DEEP)
        match node:
            case ast.BoolOp():
                for part in node.values:
                    self._condition(part, bound, depth + 1)
            case ast.UnaryOp(op=ast.Not()):
                self._condition(node.operand, bound, depth + 1)
            case ast.Compare() if all(isinstance(operator, COMPARED) for operator in node.ops):
                for part in (node.left, *node.comparators):
                    self.value(part, bound, depth + 1)
            case _:
                self._refuse(node, "a condition compares numbers: < <= > >= == !=, and, or, not")

    def _refuse(self, node: ast.expr, message: str) -> NoReturn:
        subject = (
            f"`{self._formula.part(node)}` "
            if message.startswith(("is ", "has ", "cannot "))
            else ""
        )
        raise Unreadable(self._formula.column(node), f"{subject}{message}")


def _arguments(least: int, most: int | None) -> str:
    """Write `1 argument`, `1 to 3 arguments`, `at least 2 arguments`."""
    if most is None:
        return f"at least {least} argument{'s' * (least > 1)}"
    return f"{least} to {most} arguments" if most > least else f"{least} argument"


def _names_due(over: ast.expr) -> int:
    """Return how many names a loop over `over` gives values to."""
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Name):
        return {"enumerate": 2, "zip": len(over.args)}.get(over.func.id, 1)
    return 1


def _why_not(node: ast.expr) -> str:
    match node:
        case ast.Attribute():
            return "has a dot: names have no parts"
        case ast.Tuple():
            return "has a comma: write numbers with a point, such as 0.5, and vectors in [ ]"
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return "is a condition, which stands only behind `if`"
        case ast.Starred():
            return "has a `*` in front, which stands only inside [ ]"
        case _:
            return f"is no arithmetic; allowed are {ALLOWED}"
