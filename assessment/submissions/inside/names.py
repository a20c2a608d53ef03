"""Which names a statement binds, which it needs at once, and which only when it is called."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Names:
    """The names of one statement at the top of a module."""

    binds: frozenset[str]
    """What exists after it."""
    now: frozenset[str]
    """What must exist before it: of a class its bases, decorators and class-level expressions."""
    later: frozenset[str]
    """Globals in bodies of functions and lambdas."""


@dataclass(eq=False)
class _Scope:
    kind: str
    """"module", "class", "function" or "comprehension"."""
    above: _Scope | None = None
    local: frozenset[str] = frozenset()
    first_lines: dict[str, int] = field(default_factory=dict)
    """Of a class: where each of its names is bound first."""


def names_of(statement: ast.stmt) -> Names:
    """Find the names of a statement, as if it stood at the top of a module."""
    binds = bound_in([statement])
    if not isinstance(statement, (ast.For, ast.While)):
        return names_in([statement], binds)
    # What a loop binds before it uses it need not be there before.
    bound: set[str] = set()
    if isinstance(statement, ast.For):
        bound |= bound_in([statement.target])
        given = names_in([statement.iter])
    else:
        given = names_in([statement.test])
    now, later = set(given.now), set(given.later)
    for part in (*statement.body, *statement.orelse):
        inside = names_of(part)
        now |= inside.now - bound
        later |= inside.later
        bound |= inside.binds
    return Names(binds, frozenset(now), frozenset(later))


def names_in(nodes: Iterable[ast.AST], binds: frozenset[str] = frozenset()) -> Names:
    """Find the names that expressions or statements need."""
    now: set[str] = set()
    later: set[str] = set()
    module = _Scope("module")
    waiting: list[tuple[ast.AST, _Scope]] = [(node, module) for node in nodes]
    while waiting:  # no recursion: sums of a thousand terms are a thousand levels deep
        node, scope = waiting.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Store):
                _use(node, scope, now, later)
        else:
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                _use(node.target, scope, now, later)
            waiting += _children(node, scope)
    return Names(binds, frozenset(now), frozenset(later))


def bound_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names bound in the scope to which the nodes belong, not in scopes within."""
    bound: set[str] = set()
    elsewhere: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
                waiting += node.decorator_list
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.comprehension):
                        waiting += [part.iter, *part.ifs]
                    else:
                        waiting.append(part)
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
            case ast.Import() | ast.ImportFrom():
                bound |= {bound_by(alias) for alias in node.names if alias.name != "*"}
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                bound.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                elsewhere.update(names)
        waiting += ast.iter_child_nodes(node)
    return frozenset(bound - elsewhere)


def bound_by(alias: ast.alias) -> str:
    """Return the name that one part of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def root(node: ast.AST) -> str:
    """Return the name that a chain such as `model.features[0].weight` begins with, or ""."""
    while True:
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                node = inner
            case ast.Call(func=inner):
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""


def _use(node: ast.Name, scope: _Scope, now: set[str], later: set[str]) -> None:
    deferred = False
    at: _Scope | None = scope
    while at is not None:
        if at.kind == "class":
            bound = at.first_lines.get(node.id) if at is scope else None
            if bound is not None and node.lineno > bound:
                return
        elif node.id in at.local:
            return
        deferred = deferred or at.kind == "function"
        at = at.above
    (later if deferred else now).add(node.id)


def _children(node: ast.AST, scope: _Scope) -> Iterator[tuple[ast.AST, _Scope]]:
    if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
        arguments = node.args
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        parameters += [one for one in (arguments.vararg, arguments.kwarg) if one]
        outside: list[ast.AST] = [
            *arguments.defaults,
            *(one for one in arguments.kw_defaults if one),
        ]
        outside += [one.annotation for one in parameters if one.annotation]
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
        types: list[ast.AST] = list(getattr(node, "type_params", ()))
        if isinstance(node, _FUNCTIONS):
            outside += [*node.decorator_list, *([node.returns] if node.returns else [])]
        local = bound_in(body) | {one.arg for one in parameters} | _type_names(types)
        inner = _Scope("function", scope, local)
        yield from ((part, scope) for part in outside)
        yield from ((part, inner) for part in (*body, *types))
    elif isinstance(node, ast.ClassDef):
        inner = _Scope("class", scope, first_lines=_first_lines(node.body))
        outside = [*node.decorator_list, *node.bases, *node.keywords]
        yield from ((part, scope) for part in outside)
        yield from ((part, inner) for part in node.body)
    elif isinstance(node, _COMPREHENSIONS):
        inner = _Scope("comprehension", scope, bound_in([one.target for one in node.generators]))
        for part in ast.iter_child_nodes(node):
            if part is node.generators[0]:
                yield node.generators[0].iter, scope
                yield from ((one, inner) for one in node.generators[0].ifs)
            else:
                yield part, inner
    else:
        yield from ((part, scope) for part in ast.iter_child_nodes(node))


def _first_lines(body: list[ast.stmt]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for statement in body:
        for name in bound_in([statement]):
            lines.setdefault(name, statement.lineno)
    return lines


def _type_names(types: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(str(getattr(one, "name", "")) for one in types)
