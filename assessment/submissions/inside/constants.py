"""What an expression is worth, told from the text of a file; nothing of it is run.

Told are literals, arithmetic of numbers (`assessment.formulas`), and names that stand for one of
these all through the file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from assessment.formulas import FormulaError, evaluate, parse
from assessment.formulas.functions import ARGUMENTS
from assessment.parsing import parse_python
from assessment.submissions.inside.names import bound_in

DEEPEST = 20
"""Names that stand for names."""
EXACT = 2.0**53
"""Below it floats hold every whole number."""
_PACKAGE = re.compile(r"\b(?:math|np|numpy)\.(?=[a-z]+\()")
"""What stands in front of functions that formulas have by themselves."""


class UntoldError(Exception):
    """What an expression is worth cannot be told; the text says why."""


def plain_values(statement: ast.stmt) -> dict[str, ast.expr]:
    """Return the names that an assignment binds, each with an expression of its own."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return {}
    found: dict[str, ast.expr] = {}
    value = statement.value
    for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
        if isinstance(target, ast.Name):
            found[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            pairs = list(zip(target.elts, value.elts, strict=False))
            starred = any(isinstance(one, ast.Starred) for pair in pairs for one in pair)
            if len(target.elts) == len(value.elts) and not starred:
                found |= {name.id: one for name, one in pairs if isinstance(name, ast.Name)}
    return found


class Constants:
    """The names of one file that stand for one value all through it."""

    def __init__(self, statements: Iterable[ast.stmt]) -> None:
        """Look at the statements at the top of a file, in whatever order they are run."""
        self._values: dict[str, ast.expr] = {}
        self._times: dict[str, int] = {}
        self._imported: set[str] = set()
        self._known: dict[str, Any] = {}
        for statement in statements:
            bound = bound_in([statement])
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._imported |= bound
                continue
            self._values |= plain_values(statement)
            inside = (node for node in ast.walk(statement) if isinstance(node, ast.Global))
            for name in (*bound, *(name for node in inside for name in node.names)):
                self._times[name] = self._times.get(name, 0) + 1

    def text(self, value: ast.expr) -> str | None:
        """Return what an expression is worth, as Python writes it; None for `None` and `...`.

        Raises:
            UntoldError: it cannot be told.
        """
        worth = self._worth(value, DEEPEST)
        try:
            return None if worth is None or worth is ... else str(worth)
        except ValueError:  # digits without end
            raise UntoldError("it is too large") from None

    def _worth(self, value: ast.expr, left: int) -> Any:
        try:
            return ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            pass
        match value:
            case ast.Name(id=name):
                return self._named(name, left)
            # Only around the whole: within a formula all numbers are floats.
            case ast.Call(func=ast.Name(id="int"), args=[inner], keywords=[]):
                return int(self._number(inner, left))
            case ast.Call(func=ast.Name(id="float"), args=[inner], keywords=[]):
                return self._number(inner, left)
            case ast.Call(func=ast.Name(id="round"), args=[inner, ast.Constant(int(places))]):
                return round(self._number(inner, left), places)
        number = self._computed(value, left)
        return int(number) if number.is_integer() and abs(number) < EXACT else number

    def _named(self, name: str, left: int) -> Any:
        if name in self._known:
            return self._known[name]
        if name in self._imported:
            raise UntoldError(f"`{name}` is imported")
        times = self._times.get(name, 0)
        if times == 0:
            raise UntoldError(f"`{name}` has no value in this file")
        if times > 1 or left == 0:
            raise UntoldError(f"`{name}` has more than one value")
        if name not in self._values:
            raise UntoldError(f"`{name}` is no `{name} = ...` at the top of a cell or file")
        try:
            worth = self._known[name] = self._worth(self._values[name], left - 1)
        except UntoldError as error:
            if left < DEEPEST:
                raise
            raise UntoldError(f"`{name}` cannot be told: {error}") from None
        return worth

    def _number(self, value: ast.expr, left: int) -> float:
        worth = self._worth(value, left)
        if type(worth) not in (int, float):
            raise UntoldError(f"`{_shown(value)}` is no number")
        try:
            return float(worth)
        except OverflowError:
            raise UntoldError(f"`{_shown(value)}` is too large") from None

    def _computed(self, value: ast.expr, left: int) -> float:
        text, nodes = _plainly(value)
        if any(isinstance(node, ast.BinOp) and _has_list(node) for node in nodes):
            raise UntoldError("lists are put together")  # which formulas would add up
        called = [node.func for node in nodes if isinstance(node, ast.Call)]
        looped = bound_in(node.target for node in nodes if isinstance(node, ast.comprehension))
        point: dict[str, float] = {}
        for node in nodes:
            if not isinstance(node, ast.Name) or node.id in looped:
                continue
            if node not in called:
                point[node.id] = self._number(node, left)
            elif node.id in ARGUMENTS and node.id in self._times:
                raise UntoldError(f"`{node.id}` is a function of its own")
        try:
            return evaluate(parse(text, point), point)
        except FormulaError as error:
            raise UntoldError(error.message) from None


def _plainly(value: ast.expr) -> tuple[str, list[ast.AST]]:
    """Return an expression as a formula's text, and the nodes of that text."""
    try:
        text = _PACKAGE.sub("", ast.unparse(value))
        return text, list(ast.walk(parse_python(text, mode="eval")))
    except (RecursionError, MemoryError, SyntaxError, ValueError):
        raise UntoldError("it is nested too deeply") from None


def _has_list(node: ast.BinOp) -> bool:
    lists = (ast.List, ast.Tuple, ast.ListComp, ast.Subscript)
    return isinstance(node.left, lists) or isinstance(node.right, lists)


def _shown(value: ast.expr) -> str:
    return ast.unparse(value) if isinstance(value, ast.Name) else "it"
