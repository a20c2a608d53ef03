"""The source a reference solution consists of, found without executing any of it.

A run key hashes this text. Comments, docstrings, layout and definitions that the solution
does not use are therefore left out of it: changing them must not ask for a new training.
"""

from __future__ import annotations

import ast
import difflib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from assessment.errors import ReferenceNotFound


def find_definition(reference: str, folder: Path | None = None, what: str = "model") -> str:
    """Return the normalised source of `module:name` and of what it uses of its own module.

    That is the top-level statements which bind `name` and, transitively, every module-level
    name that these refer to, in file order, as `ast.unparse` writes them; an import stays the
    statement it is, so what other modules hold is not part of it. Neither the module nor a
    package above it is executed.

    Args:
        reference: `module:name`.
        folder: searched before `sys.path`, as in the process that trains.
        what: the word for it in messages.

    Raises:
        ReferenceNotFound: no such module, no readable source, a syntax error, no such name.
    """
    module, _, name = reference.partition(":")
    statements = _parse(f"{what} {reference!r}", module, folder).body
    bindings = [_bound_names(statement) for statement in statements]
    if not any(name in bound for bound in bindings):
        raise ReferenceNotFound(
            f"{what} {reference!r}: module {module} defines no `{name}` at its top level"
            + _hint(name, bindings)
        )
    wanted, found = [name], {name}
    while wanted:
        current = wanted.pop()
        for statement, bound in zip(statements, bindings, strict=True):
            if current in bound:
                new = _used_names(statement) - found
                wanted.extend(new)
                found |= new
    kept = [
        ast.unparse(_strip_docstrings(statement))
        for statement, bound in zip(statements, bindings, strict=True)
        if bound & found
    ]
    return "\n".join(kept) + "\n"


def _parse(whose: str, module: str, folder: Path | None) -> ast.Module:
    """Parse the module's file."""
    spec = _find_module(module, folder)
    if spec is None:
        raise ReferenceNotFound(f"{whose}: there is no module {module} on sys.path")
    get_source = getattr(spec.loader, "get_source", None)
    try:
        text: str | None = get_source(spec.name) if get_source is not None else None
        if text is None:
            raise ReferenceNotFound(f"{whose}: module {module} has no Python source")
        return ast.parse(text)
    except SyntaxError as error:
        raise ReferenceNotFound(
            f"{whose}: {spec.origin}:{error.lineno}: syntax error: {error.msg}"
        ) from None
    except (ImportError, OSError, ValueError) as error:
        raise ReferenceNotFound(f"{whose}: {spec.origin} cannot be read: {error}") from None


def _find_module(module: str, folder: Path | None) -> ModuleSpec | None:
    """Find a module, walking down from its top package so that no package is imported."""
    top, *inner = module.split(".")
    spec = None
    if folder is not None:
        spec = PathFinder.find_spec(top, [str(folder), *sys.path])
    try:
        spec = spec or importlib.util.find_spec(top)
    except (ImportError, ValueError):  # ValueError: `__main__` and the like have no spec
        return None
    for part in inner:
        if spec is None or spec.submodule_search_locations is None:
            return None
        # Under its full name a namespace package would ask for its imported parent.
        spec = PathFinder.find_spec(part, list(spec.submodule_search_locations))
    return spec


def _bound_names(statement: ast.stmt) -> set[str]:
    """Name what a top-level statement defines, also within `if`, `try`, `with` and loops."""
    bound: set[str] = set()
    for node in _same_scope(statement):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
            case ast.Import() | ast.ImportFrom():
                bound.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
            case ast.Name(ctx=ast.Store()):
                bound.add(node.id)
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                root: ast.expr = node  # `Model.forward = other` belongs to Model
                while isinstance(root, ast.Attribute | ast.Subscript):
                    root = root.value
                if isinstance(root, ast.Name):
                    bound.add(root.id)
    return bound


def _same_scope(statement: ast.stmt) -> Iterator[ast.AST]:
    """Walk a statement without entering the bodies of functions and classes."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _used_names(statement: ast.stmt) -> set[str]:
    """Name everything a statement reads; a local name may be among it, which does no harm."""
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _strip_docstrings(statement: ast.stmt) -> ast.stmt:
    """Remove every string that stands alone as a statement."""
    for node in ast.walk(statement):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [inner for inner in body if not _is_lone_string(inner)]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return statement


def _is_lone_string(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _hint(name: str, bindings: Sequence[set[str]]) -> str:
    """Suggest the nearest name of the module."""
    close = difflib.get_close_matches(name, sorted(set().union(*bindings)), n=1)
    return f", did you mean `{close[0]}`?" if close else ""
