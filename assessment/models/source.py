"""The source a reference solution consists of, found without executing any of it.

A run key hashes this text. Comments, docstrings, layout and definitions that the solution
does not use are therefore left out of it: changing them must not ask for a new training.
Of modules that it imports, those that somebody may edit are part of it as a whole; Python's
own, installed ones and this package are not (`results.keys.TRAINING_REVISION` stands for it).
"""

from __future__ import annotations

import ast
import difflib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from assessment.errors import ReferenceNotFound
from assessment.parsing import parse_python


def find_definition(reference: str, folder: Path | None = None, what: str = "model") -> str:
    """Return the normalised source of `module:name` and of what it uses of its own module.

    That is the top-level statements which bind `name` and, transitively, every module-level
    name that these refer to, in file order, as `ast.unparse` writes them. The modules that they
    import and that are neither installed nor Python's own follow whole, each once, and those
    that these import. Neither a module nor a package above it is executed.

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
    wanted, found = [name], {name, "*"}  # what `import *` brings may be used by anything
    while wanted:
        current = wanted.pop()
        for statement, bound in zip(statements, bindings, strict=True):
            if current in bound:
                new = _used_names(statement) - found
                wanted.extend(new)
                found |= new
    kept = [
        statement for statement, bound in zip(statements, bindings, strict=True) if bound & found
    ]
    text = [ast.unparse(statement) for statement in kept]
    for name, content in _imported(kept, module, folder, {module}):
        text += [f"module {name}", content]
    return "\n".join(text) + "\n"


def bindings_of(module: str, name: str, folder: Path | None = None) -> list[ast.stmt]:
    """Return the top-level statements of a module that bind a name, in file order.

    Args:
        module: its full name.
        name: which may have been assigned, defined or imported there.
        folder: searched before `sys.path`.

    Raises:
        ReferenceNotFound: no such module, no readable source, a syntax error.
    """
    statements = _parse(f"module {module!r}", module, folder).body
    return [statement for statement in statements if name in _bound_names(statement)]


def _imported(
    statements: Iterable[ast.stmt], module: str, folder: Path | None, seen: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield name and normalised source of every module of the user's own that is imported."""
    for name in sorted(_module_names(statements, module)):
        if name in seen:
            continue
        seen.add(name)
        spec = _find_module(name, folder)
        if spec is None or not _is_ones_own(spec):
            continue
        body = _parse(f"module {name!r}", name, folder).body
        yield name, "\n".join(map(ast.unparse, body))
        package = name if spec.submodule_search_locations is not None else name.rpartition(".")[0]
        yield from _imported(body, f"{package}.", folder, seen)


def _module_names(statements: Iterable[ast.stmt], module: str) -> set[str]:
    """Name the modules that some statements of a module import, packages above them included."""
    named: set[str] = set()
    for node in (node for statement in statements for node in ast.walk(statement)):
        match node:
            case ast.Import():
                named.update(alias.name for alias in node.names)
            case ast.ImportFrom():
                above = module.split(".")[: -node.level] if node.level else []
                base = ".".join([*above, *filter(None, [node.module])])
                named.update(filter(None, [base]))
                named.update(f"{base}.{alias.name}".lstrip(".") for alias in node.names)
    parts = [name.split(".") for name in named]
    return {".".join(name[:end]) for name in parts for end in range(1, len(name) + 1)}


def _is_ones_own(spec: ModuleSpec) -> bool:
    """Tell whether a module is a file that is neither Python's, nor installed, nor ours."""
    if spec.origin is None or not spec.has_location:
        return False
    others = _others()
    return not any(Path(spec.origin).is_relative_to(place) for place in others)


@cache
def _others() -> frozenset[Path]:
    """Return the folders of Python's own modules, of installed ones and of this package."""
    paths = sysconfig.get_paths()
    installed = (Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return frozenset({*installed, Path(__file__).parents[1]})


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
        return _normalised(text)
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


@lru_cache(maxsize=512)
def _normalised(text: str) -> ast.Module:
    """Parse a module and remove every string that stands alone as a statement.

    The same tree for the same text: it is read and not changed by who asks.
    """
    tree = parse_python(text)
    assert isinstance(tree, ast.Module)
    for statement in tree.body:
        for node in ast.walk(statement):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                kept = [inner for inner in body if not _is_lone_string(inner)]
                node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return tree


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
