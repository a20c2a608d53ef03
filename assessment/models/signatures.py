"""What a model's class or factory takes, read from its source: nothing is imported.

Read is what can be told from the text alone. Of a definition that is decorated, bound more than
once or made by a call nothing is known, and whoever asks is told so rather than something wrong.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assessment.errors import ReferenceNotFound
from assessment.models.source import bindings_of

Schema = dict[str, Any]

_TYPES = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "dict": "object",
    "Mapping": "object",
    "None": "null",
}
_LISTS = ("list", "List", "Sequence", "Iterable", "Collection")
_TUPLES = ("tuple", "Tuple")
_LONGEST_WAY = 10
"""Imports and base classes followed from one definition to the next."""


@dataclass(frozen=True)
class Parameter:
    """A parameter that can be given by name."""

    name: str
    required: bool
    shape: Schema
    """JSON Schema of what its annotation allows; `{}` where that is anything, or not known."""


@dataclass(frozen=True)
class Signature:
    """The parameters of a class or function."""

    parameters: tuple[Parameter, ...]
    is_open: bool
    """Takes other names too (`**kwargs`)."""


def find_signature(reference: str, folder: Path | None = None) -> Signature | None:
    """Return what `module:name` takes when it is called; None where the source does not tell.

    Args:
        reference: `module:name`.
        folder: searched before `sys.path`, as in the process that trains.

    Raises:
        ReferenceNotFound: no such module, no readable source, a syntax error.
    """
    module, _, name = reference.partition(":")
    function = _callable(module, name, folder, _LONGEST_WAY)
    return None if function is None else _read(*function)


def _callable(
    module: str, name: str, folder: Path | None, way: int
) -> tuple[ast.FunctionDef, bool] | None:
    """Find the function that a call of `name` runs, and whether its first parameter is `self`."""
    bound = bindings_of(module, name, folder)
    if way == 0 or len(bound) != 1:
        return None
    match bound[0]:
        case ast.FunctionDef(decorator_list=[]) as function:
            return function, False
        case ast.ImportFrom(module=str(source), level=0) as statement:
            names = [
                alias.name for alias in statement.names if (alias.asname or alias.name) == name
            ]
            return _callable(source, names[0], folder, way - 1) if names else None
        case ast.ClassDef(decorator_list=[], keywords=[]) as found:
            return _constructor(module, found, folder, way)
    return None


def _constructor(
    module: str, found: ast.ClassDef, folder: Path | None, way: int
) -> tuple[ast.FunctionDef, bool] | None:
    """Find the `__init__` of a class, its own or that of the one class above it."""
    own = [
        statement for statement in found.body if {"__init__", "__new__"} & set(_assigned(statement))
    ]
    if len(own) == 1 and isinstance(own[0], ast.FunctionDef) and own[0].name == "__init__":
        return None if own[0].decorator_list else (own[0], True)
    if own or len(found.bases) != 1:
        return None
    above = found.bases[0]
    if not isinstance(above, ast.Name):
        return None
    try:
        return _callable(module, above.id, folder, way - 1)
    except ReferenceNotFound:  # a class above it that comes with no source
        return None


def _assigned(statement: ast.stmt) -> list[str]:
    """Name what a statement of a class body binds."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [statement.name]
        case ast.Assign():
            return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


def _read(function: ast.FunctionDef, bound: bool) -> Signature | None:
    given = function.args
    if given.posonlyargs and not bound:
        return None  # what has no name cannot be given by one
    places = [*given.posonlyargs, *given.args]
    without = len(places) - len(given.defaults)
    defaults: list[ast.expr | None] = [None] * without + list(given.defaults)
    pairs = [*zip(places, defaults, strict=True)][bound:]
    if any(argument in given.posonlyargs for argument, _ in pairs):
        return None
    pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    parameters = [
        Parameter(
            argument.arg, default is None, _with_default(shape_of(argument.annotation), default)
        )
        for argument, default in pairs
    ]
    return Signature(tuple(parameters), given.kwarg is not None)


def _with_default(shape: Schema, default: ast.expr | None) -> Schema:
    """Allow null where it is the default, whatever the annotation says."""
    is_null = isinstance(default, ast.Constant) and default.value is None
    return {"anyOf": [shape, {"type": "null"}]} if is_null and shape else shape


def shape_of(annotation: ast.expr | None) -> Schema:
    """Return the JSON Schema of an annotation made of plain types; `{}` for every other one."""
    match annotation:
        case ast.Constant(value=None):
            return {"type": "null"}
        case ast.Name(id=name) | ast.Attribute(attr=name):
            if name in (*_LISTS, *_TUPLES):
                return {"type": "array"}
            return {"type": _TYPES[name]} if name in _TYPES else {}
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _union([left, right])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _generic(name, parts)
    return {}


def _generic(name: str, parts: list[ast.expr]) -> Schema:
    if name in _LISTS and len(parts) == 1:
        return {"type": "array", "items": shape_of(parts[0])}
    if name in _TUPLES:
        return {"type": "array"}
    if name in ("dict", "Dict", "Mapping"):
        return {"type": "object"}
    if name == "Optional":
        return _union([*parts, ast.Constant(None)])
    if name == "Union":
        return _union(parts)
    if name == "Literal":
        values = [part.value for part in parts if isinstance(part, ast.Constant)]
        if len(values) == len(parts) and all(isinstance(value, str) for value in values):
            return {"type": "string", "enum": values}
    return {}


def _union(parts: list[ast.expr]) -> Schema:
    shapes = [shape_of(part) for part in parts]
    return {"anyOf": shapes} if all(shapes) else {}


def fits(value: object, shape: Schema) -> bool:
    """Tell whether a value of a spec file is what a shape of `shape_of` allows."""
    if "anyOf" in shape:
        return any(fits(value, member) for member in shape["anyOf"])
    if "enum" in shape:
        return value in shape["enum"]
    match shape.get("type"):
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "object":
            return isinstance(value, dict)
        case "array":
            items = shape.get("items", {})
            return isinstance(value, list) and all(fits(item, items) for item in value)
    return True
