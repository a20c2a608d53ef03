"""A checked formula and numbers for its names become one number, in bounded time.

All numbers are floats, so that none grows: whole ones are exact up to 2**53, and
what leaves the range of floats has no value. Every number that is computed is a
step, and steps are counted.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from assessment.formulas.errors import FormulaError, NoValue, TooLong, WrongKind
from assessment.formulas.functions import EACH, RANGE, WHOLE
from assessment.formulas.tree import Formula, terms

Value = float | list[float]
"""A number or a vector."""

STEPS = 50_000
"""Numbers computed in one evaluation."""


def _power(base: float, exponent: float) -> float:
    # Python's own ** would answer (-8) ** 0.5 with a complex number.
    return math.pow(base, exponent)


OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def evaluate(formula: Formula, point: Mapping[str, float | Sequence[float]]) -> float:
    """Return the formula's value.

    Args:
        formula: of `parse`.
        point: a number or a vector for every name that it was read with.

    Raises:
        NoValue: it is not defined there.
        WrongKind: a vector stands where a number is due, or the other way round.
        TooLong: it takes more than `STEPS` steps.
    """
    scope: dict[str, Value] = {
        name: [float(item) for item in value] if isinstance(value, Sequence) else float(value)
        for name, value in point.items()
    }
    found = _Evaluation(formula).value(formula.tree, scope)
    if isinstance(found, list):
        message = f"the formula gives a vector of {len(found)}; a number is asked, such as its sum"
        raise WrongKind(formula.column(formula.tree), message)
    return found


class _Evaluation:
    """One walk through the tree."""

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._left = STEPS

    def value(self, node: ast.expr, scope: Mapping[str, Value]) -> Value:
        """Return the value of a part; `scope` holds a value for every name."""
        self._count(node, 1)
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return scope[name]
            case ast.UnaryOp():
                sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
                return self._each(node, lambda number: sign * number, [node.operand], scope)
            case ast.BinOp():
                return self._terms(node, scope)
            case ast.Call(func=ast.Name(id=name)):
                return self._call(node, name, scope)
            case ast.Subscript():
                return self._item(node, scope)
            case ast.List():
                return list(self._items(node, scope))
            case ast.GeneratorExp() | ast.ListComp():
                found = self._loops(node, node.generators, scope)
                return [self._number(node.elt, inner) for inner in found]
            case ast.IfExp():
                chosen = node.body if self._holds(node.test, scope) else node.orelse
                return self.value(chosen, scope)
        raise AssertionError(f"the check let {type(node).__name__} pass")

    def _number(self, node: ast.expr, scope: Mapping[str, Value]) -> float:
        found = self.value(node, scope)
        if isinstance(found, list):
            raise self._wrong(node, f"is a vector of {len(found)} where a number is due")
        return found

    def _vector(self, node: ast.expr, scope: Mapping[str, Value]) -> list[float]:
        found = self.value(node, scope)
        if not isinstance(found, list):
            raise self._wrong(node, "is a number where a vector is due")
        return found

    def _whole(self, node: ast.expr, scope: Mapping[str, Value], what: str) -> int:
        number = self._number(node, scope)
        if not number.is_integer():
            raise self._none(node, f"is {number:g}, and {what} is whole")
        return int(number)

    def _terms(self, node: ast.BinOp, scope: Mapping[str, Value]) -> Value:
        total: Value = 0.0
        joins = False
        for part, operand in terms(node):
            found = self.value(operand, scope)
            joins = joins or _is_list(operand)
            if part is not None:
                if joins and isinstance(total, list) and isinstance(found, list):
                    self._refuse_joining(part)
                found = self._apply(part, OPERATORS[type(part.op)], total, found)
            total = found
        return total

    def _refuse_joining(self, node: ast.BinOp) -> None:
        """Refuse `[a] + b`, which Python would join, and which would be added up here."""
        if isinstance(node.op, ast.Add):
            raise self._wrong(node, "adds vectors element by element; join them with [*a, *b]")

    def _apply(self, node: ast.expr, function: Callable[..., float], *values: Value) -> Value:
        """Apply a function of numbers; to vectors element by element."""
        lengths = {len(value) for value in values if isinstance(value, list)}
        if not lengths:
            self._count(node, 1)
            return self._finite(node, function, values)
        if len(lengths) > 1:
            sizes = " and ".join(str(len(v)) for v in values if isinstance(v, list))
            raise self._none(
                node, f"puts vectors of {sizes} together element by element; join with [*a, *b]"
            )
        size = lengths.pop()
        self._count(node, size)
        columns = [value if isinstance(value, list) else [value] * size for value in values]
        return [self._finite(node, function, row) for row in zip(*columns, strict=True)]

    def _each(
        self,
        node: ast.expr,
        function: Callable[..., float],
        arguments: Iterable[ast.expr],
        scope: Mapping[str, Value],
    ) -> Value:
        return self._apply(node, function, *(self.value(item, scope) for item in arguments))

    def _finite(
        self, node: ast.expr, function: Callable[..., float], values: Iterable[Value]
    ) -> float:
        try:
            number = function(*values)
        except ZeroDivisionError:
            raise self._none(node, "divides by zero") from None
        except ValueError:
            raise self._none(node, "has no value among the real numbers") from None
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._none(node, "is too large")
        return number

    def _call(self, node: ast.Call, name: str, scope: Mapping[str, Value]) -> Value:
        if name in EACH:
            return self._each(node, EACH[name], node.args, scope)
        if name == RANGE:
            return self._range(node, scope)
        if len(node.args) > 1:
            numbers = [self._number(argument, scope) for argument in node.args]
        else:
            numbers = self._vector(node.args[0], scope)
        self._count(node, len(numbers))
        if not numbers and name in ("min", "max"):
            raise self._none(node, "is of an empty vector")
        return self._finite(node, WHOLE[name], [numbers])

    def _range(self, node: ast.Call, scope: Mapping[str, Value]) -> list[float]:
        ends = [self._whole(argument, scope, "an end of a range") for argument in node.args]
        if ends[2:] == [0]:
            raise self._none(node, "counts in steps of zero")
        counted = range(*ends)
        # `len` fails where the ends are far apart.
        steps = max(0, (counted.stop - counted.start) // counted.step)
        self._count(node, steps)
        return [float(number) for number in counted]

    def _item(self, node: ast.Subscript, scope: Mapping[str, Value]) -> Value:
        vector = self._vector(node.value, scope)
        if isinstance(node.slice, ast.Slice):
            first, last, step = (
                None if part is None else self._whole(part, scope, "an end of a slice")
                for part in (node.slice.lower, node.slice.upper, node.slice.step)
            )
            if step == 0:
                raise self._none(node, "counts in steps of zero")
            self._count(node, len(vector))
            return vector[first:last:step]
        index = self._whole(node.slice, scope, "an index")
        if not -len(vector) <= index < len(vector):
            known = f"are 0 to {len(vector) - 1}" if vector else "are none: it is empty"
            raise self._none(node, f"has the index {index}, and the vector's {known}")
        return vector[index]

    def _items(self, node: ast.List, scope: Mapping[str, Value]) -> Iterator[float]:
        for item in node.elts:
            if isinstance(item, ast.Starred):
                vector = self._vector(item.value, scope)
                self._count(item, len(vector))
                yield from vector
            else:
                yield self._number(item, scope)

    def _loops(
        self,
        node: ast.expr,
        generators: Sequence[ast.comprehension],
        scope: Mapping[str, Value],
    ) -> Iterator[Mapping[str, Value]]:
        """Yield the names' values of every turn of the loops, the last one turning fastest."""
        if not generators:
            yield scope
            return
        loop = generators[0]
        for row in self._rows(loop.iter, scope):
            self._count(node, 1)
            names = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
            bound = {
                name.id: number
                for name, number in zip(names, row, strict=True)
                if isinstance(name, ast.Name)
            }
            inner = {**scope, **bound}
            if all(self._holds(condition, inner) for condition in loop.ifs):
                yield from self._loops(node, generators[1:], inner)

    def _rows(self, node: ast.expr, scope: Mapping[str, Value]) -> Iterator[Sequence[float]]:
        """Yield the numbers that a loop gives to its names, turn by turn."""
        match node:
            case ast.Call(func=ast.Name(id="zip")):
                yield from zip(*(self._vector(a, scope) for a in node.args), strict=False)
            case ast.Call(func=ast.Name(id="enumerate")):
                first = self._whole(node.args[1], scope, "a start") if node.args[1:] else 0
                for index, number in enumerate(self._vector(node.args[0], scope), first):
                    yield float(index), number
            case _:
                yield from ((number,) for number in self._vector(node, scope))

    def _holds(self, node: ast.expr, scope: Mapping[str, Value]) -> bool:
        self._count(node, 1)
        match node:
            case ast.BoolOp(op=ast.And()):
                return all(self._holds(part, scope) for part in node.values)
            case ast.BoolOp():
                return any(self._holds(part, scope) for part in node.values)
            case ast.UnaryOp():
                return not self._holds(node.operand, scope)
            case ast.Compare():
                sides = [self._number(part, scope) for part in (node.left, *node.comparators)]
                return all(
                    COMPARISONS[type(kind)](first, second)
                    for kind, first, second in zip(node.ops, sides, sides[1:], strict=False)
                )
        raise AssertionError(f"the check let {type(node).__name__} pass")

    def _count(self, node: ast.expr, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            message = f"the evaluation takes more than {STEPS:,} steps"
            raise TooLong(self._formula.column(node), message)

    def _none(self, node: ast.expr, message: str) -> FormulaError:
        return NoValue(self._formula.column(node), f"`{self._formula.part(node)}` {message}")

    def _wrong(self, node: ast.expr, message: str) -> FormulaError:
        return WrongKind(self._formula.column(node), f"`{self._formula.part(node)}` {message}")


def _is_list(node: ast.expr) -> bool:
    """Tell whether a part is written as a list, which `+` joins in Python."""
    match node:
        case ast.List() | ast.ListComp():
            return True
        case ast.BinOp():
            return any(_is_list(operand) for _, operand in terms(node))
        case ast.IfExp():
            return _is_list(node.body) or _is_list(node.orelse)
    return False
