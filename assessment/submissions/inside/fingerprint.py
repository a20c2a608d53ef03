"""Short hashes of what a submission's code says, however it is named, ordered and laid out.

Two submissions that share most of their hashes were hardly written apart. A hash is of one
statement, or of all statements of a function or class in any order: names of the author's own
become numbers in the order in which a statement has them, texts become one mark, and comments,
docstrings, annotations, imports, printing and plots are passed over. What remains - calls of
libraries, numbers, operators - is what the code does.

Nothing is run, and nothing else of a submission leaves its jail by this.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from assessment.boundary.messages import HASH_DIGITS, MOST_HASHES
from assessment.submissions.inside.reading import HandedIn
from assessment.submissions.inside.syntax import parse_cell

MOST_NODES = 200_000
"""Of all syntax trees together; what comes later does not count."""
DEEPEST = 100
"""Expressions within expressions; statements with more are passed over."""

_LEAST_SAID = 2
"""Names of libraries and numbers in a statement that is not everybody's."""
_LEAST_PARTS = 6
_LEAST_STATEMENTS = 3
"""Of a function or class that is hashed as a whole."""
_PASSED = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)
_SHOWS = {"print", "display", "pprint"}
_SHOWING = ("matplotlib", "seaborn", "plotly", "IPython", "tqdm")
_UNSAID = {"ctx", "type_comment", "annotation", "returns", "kind", "type_params"}
_BODIES = {"body", "orelse", "finalbody", "handlers", "cases"}


def fingerprint(handed_in: HandedIn) -> list[str]:
    """Return at most `MOST_HASHES` hashes of a submission, sorted; the same for the same code."""
    trees: dict[str, list[ast.stmt]] = {}
    left = MOST_NODES
    for name, source in sorted(handed_in.library.sources.items()):
        for cell in source.cells:
            if cell.kind != "code" or left <= 0:
                continue
            statements, _ = parse_cell(source, cell)
            for statement in statements:
                left -= sum(1 for _ in ast.walk(statement))
                if left > 0:
                    trees.setdefault(name, []).append(statement)
    modules = {PurePosixPath(name).stem for name in trees}
    own = _Own()
    for statements in trees.values():
        own.learn(statements)
    hashes: set[str] = set()
    for statements in trees.values():
        reader = _Reader(own, _imports(statements, modules), hashes)
        for _ in reader.read(statements):
            pass
    return sorted(hashes)[:MOST_HASHES]


@dataclass
class _Own:
    """What the author named."""

    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)

    def learn(self, statements: Iterable[ast.stmt]) -> None:
        for node in (node for statement in statements for node in ast.walk(statement)):
            match node:
                case ast.ClassDef():
                    self.names.add(node.name)
                    self.attributes |= {
                        each.name
                        for each in node.body
                        if isinstance(each, ast.FunctionDef)
                        and each.name != "forward"
                        and not each.name.startswith("__")
                    }
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.names.add(node.name)
                case ast.arg():
                    self.names.add(node.arg)
                case ast.Name(ctx=ast.Store()):
                    self.names.add(node.id)
                case ast.Attribute(ctx=ast.Store()):
                    self.attributes.add(node.attr)
                case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                    self.names.add(name)


def _imports(statements: Iterable[ast.stmt], modules: set[str]) -> dict[str, str]:
    """Return the dotted origin of each name that is imported from a library."""
    found: dict[str, str] = {}
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            for each in node.names:
                root = each.name.partition(".")[0]
                found[each.asname or root] = each.name if each.asname else root
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                found[each.asname or each.name] = f"{node.module or ''}.{each.name}"
    return {
        name: origin
        for name, origin in found.items()
        if origin.partition(".")[0] not in modules | {""}
    }


class _TooDeep(Exception):
    """An expression has more levels than are looked at."""


@dataclass
class _Reader:
    """One file on its way to its hashes."""

    own: _Own
    imports: dict[str, str]
    hashes: set[str]

    def read(self, statements: Iterable[ast.stmt], depth: int = 0) -> Iterator[str]:
        """Yield what each statement says, those within it included; add the hashes."""
        for statement in statements:
            if depth > DEEPEST or isinstance(statement, _PASSED) or self._is_show(statement):
                continue
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield self._definition(statement, depth)
                continue
            form = self._form(statement)
            if form is not None:
                yield form
            yield from self.read(_within(statement), depth + 1)

    def _definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, depth: int
    ) -> str:
        said = sorted(self.read(node.body, depth + 1))
        if isinstance(node, ast.ClassDef):
            head = " ".join(self._form(ast.Expr(base)) or "" for base in node.bases)
        else:
            arguments = node.args
            head = str(len(arguments.posonlyargs + arguments.args + arguments.kwonlyargs))
        whole = "\n".join((type(node).__name__, head, *said))
        if len(said) >= _LEAST_STATEMENTS:
            self.hashes.add(_digest(whole))
        return whole

    def _form(self, statement: ast.stmt) -> str | None:
        """Return what a statement says by itself; None where it says nothing."""
        spelling = _Spelling(self.own, self.imports)
        try:
            if isinstance(statement, ast.AnnAssign):
                if statement.value is None:
                    return None
                spelling.part("Assign")
                spelling.spell(statement.target)
                spelling.spell(statement.value)
            else:
                spelling.children(statement, 0)
        except _TooDeep:
            return None
        form = " ".join(spelling.parts)
        if spelling.said >= _LEAST_SAID and len(spelling.parts) >= _LEAST_PARTS:
            self.hashes.add(_digest(form))
        return form

    def _is_show(self, statement: ast.stmt) -> bool:
        """Tell docstrings, printing and plots."""
        if not isinstance(statement, ast.Expr):
            return False
        node = statement.value
        if isinstance(node, ast.Constant):
            return True
        for _ in range(DEEPEST):
            if isinstance(node, ast.Call):
                node = node.func
            elif isinstance(node, ast.Attribute):
                node = node.value
            else:
                break
        if not isinstance(node, ast.Name):
            return False
        return node.id in _SHOWS or self.imports.get(node.id, "").startswith(_SHOWING)


def _within(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements in the bodies of a statement, their order left to it."""
    for name in _BODIES:
        for each in getattr(statement, name, ()):
            if isinstance(each, ast.stmt):
                yield each
            else:  # what handles an exception, a case
                yield from each.body


class _Spelling:
    """One statement on its way to being a form."""

    def __init__(self, own: _Own, imports: dict[str, str]) -> None:
        self.parts: list[str] = []
        self.said = 0
        """Words of libraries, and numbers."""
        self._own = own
        self._imports = imports
        self._numbers: dict[str, str] = {}

    def part(self, text: str) -> None:
        self.parts.append(text)

    def word(self, text: str) -> None:
        self.said += 1
        self.parts.append(text)

    def renamed(self, name: str) -> None:
        self.parts.append(self._numbers.setdefault(name, f"v{len(self._numbers)}"))

    def spell(self, node: ast.AST, depth: int = 0) -> None:
        """Add what an expression says."""
        if depth > DEEPEST:
            raise _TooDeep
        match node:
            case ast.Name():
                self._name(node.id)
            case ast.Attribute():
                self._attribute(node, depth)
            case ast.Constant(value=str() | bytes()):
                self.part("text")
            case ast.Constant():
                self.word(_written(node.value))
            case ast.JoinedStr():
                self.part("text")
                for value in node.values:
                    if isinstance(value, ast.FormattedValue):
                        self.spell(value.value, depth + 1)
            case ast.arg():
                self.renamed(node.arg)
            case ast.keyword():
                self._keyword(node)
                self.spell(node.value, depth + 1)
            case _:
                self.children(node, depth)

    def children(self, node: ast.AST, depth: int) -> None:
        """Add the kind of a node and what is in it, bodies left out."""
        self.part(type(node).__name__)
        for name, value in ast.iter_fields(node):
            if name in _UNSAID or (name in _BODIES and isinstance(value, list)):
                continue
            if isinstance(value, ast.AST):
                self.spell(value, depth + 1)
            elif isinstance(value, list):
                for each in value:
                    if isinstance(each, ast.AST):
                        self.spell(each, depth + 1)
                self.part(".")

    def _name(self, name: str) -> None:
        if self._is_foreign(name):
            self.word(self._imports.get(name, name).rpartition(".")[2])
        else:
            self.renamed(name)

    def _is_foreign(self, name: str) -> bool:
        """Tell names of libraries and Python's own; what nobody binds may come by a `*`."""
        return name in self._imports or name not in self._own.names

    def _attribute(self, node: ast.Attribute, depth: int) -> None:
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and self._is_foreign(root.id):
            self.word(node.attr)  # `nn.ReLU`, `torch.nn.ReLU` and an imported `ReLU` are one
            return
        self.spell(node.value, depth + 1)
        if node.attr in self._own.attributes:
            self.renamed(f".{node.attr}")
        else:
            self.word(node.attr)

    def _keyword(self, node: ast.keyword) -> None:
        if node.arg is None or node.arg in self._own.names:
            self.part("=")
        else:
            self.word(node.arg)


def _written(value: object) -> str:
    """Return a number's beginning; a long one is hexadecimal, since Python writes no other."""
    text = hex(value) if isinstance(value, int) and value.bit_length() > 160 else repr(value)
    return text[:40]


def _digest(form: str) -> str:
    return hashlib.sha256(form.encode("utf-8", "replace")).hexdigest()[:HASH_DIGITS]
