"""Running what a definition needs, and nothing else, in a module of its own.

Call `load` in the process that trains, after its seeds are set, inside whatever patches devices:
statements of the submission run then, and more of them later when its modules are used.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import linecache
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from assessment.submissions.inside.cells import Source
from assessment.submissions.inside.definitions import Definition
from assessment.submissions.inside.flow import DEFINITIONS
from assessment.submissions.inside.importing import Importer, SubmittedModule
from assessment.submissions.inside.library import Library
from assessment.submissions.inside.placeholders import AbsentPackage, NotHere, Placeholder, explain
from assessment.submissions.inside.reasons import one_line, reason
from assessment.submissions.inside.slicing import Outline, Statement
from assessment.training.errors import SolutionError


@dataclass(frozen=True)
class Loaded:
    """A definition that exists now."""

    value: Any
    """The class, function or object."""
    module: ModuleType
    """Where it lives; its other names are run when they are first asked for."""
    notes: list[str]
    """What was passed over on the way, a sentence each; grows when modules are used later."""
    guesses: list[str]
    """Which values were taken from `known`, a sentence each."""


def load(
    outline: Outline,
    wanted: Definition | str,
    library: Library | None = None,
    *,
    known: Mapping[str, Any] | None = None,
) -> Loaded:
    """Run the slice of a definition, afresh at every call, and return what it defines.

    A package that is absent, or a value whose statement cannot be run here, is replaced by a
    placeholder, which raises a SolutionError where it is really used.

    Args:
        outline: the file with the definition.
        wanted: one of its definitions, or a name as the file ends with it.
        library: the submission's files, for imports between them; by default the file alone.
        known: values for names that cannot be computed here, such as {"num_classes": 10}; used
            only in the place of such a name, and noted as a guess.

    Raises:
        SolutionError: it cannot be had here; the message says which line is why.
    """
    name = wanted if isinstance(wanted, str) else wanted.name
    library = library or Library([outline.source])
    running = _Running(library, known or {})
    module = running.importer.module(outline)
    with _surroundings(library.path(outline.source.file)):
        running.run(module, outline.slice(wanted))
        value = vars(module).get(name, running)
        if value is running and isinstance(wanted, str):
            value = getattr(module, name, running)
    if isinstance(value, Placeholder):
        raise SolutionError(explain(value)[0])
    if value is running:
        raise SolutionError(f"`{one_line(name, 80)}` is not defined by {outline.source.file}")
    return Loaded(value, module, running.notes, running.guesses)


class _Running:
    """Executes statements, each once in its module."""

    def __init__(self, library: Library, known: Mapping[str, Any]) -> None:
        self.importer = Importer(library, self.run)
        self.notes: list[str] = []
        self.guesses: list[str] = []
        self._known = known
        self._done: dict[str, set[tuple[int, int]]] = {}

    def run(self, module: SubmittedModule, statements: Sequence[Statement]) -> None:
        """Execute what has not been executed before."""
        outline = module.__outline__
        assert outline is not None
        _show_lines(outline.source)
        done = self._done.setdefault(module.__name__, set())
        for statement in statements:
            if not statement.keys <= done:
                done |= statement.keys
                self._run(module, statement, texts=outline.annotations_are_texts)

    def _run(self, module: SubmittedModule, statement: Statement, *, texts: bool) -> None:
        names = vars(module)
        if statement.reason:
            absent = [name for name in statement.names if name not in names]
            self._replace(names, absent, statement, f"which is not run here: {statement.reason}")
            return
        try:
            if statement.is_star:
                self.importer.bring(module, statement)
            else:
                _execute(statement, names, texts=texts)
        except (Exception, SystemExit) as error:
            self._failed(names, statement, error)
            return
        unbound = [name for name in statement.names if name not in names]
        if not statement.is_star:
            self._replace(names, unbound, statement, "which did not bind it here")

    def _failed(self, names: dict[str, Any], statement: Statement, error: BaseException) -> None:
        cause = error.cause if isinstance(error, NotHere) else _told(error, statement)
        if isinstance(statement.node, (ast.Import, ast.ImportFrom)):
            cause += self.importer.left_out(error.name if isinstance(error, ImportError) else None)
            absent = [
                name for name in statement.names if name not in names or not statement.is_star
            ]
            for name in absent:
                text = cause if isinstance(error, AbsentPackage) else f"cannot be imported: {cause}"
                self._put(names, name, f"{statement.place}: `{name}` {text}", cause)
        elif isinstance(statement.node, DEFINITIONS):
            for name in statement.names:
                text = f"{statement.place}: `{name}` cannot be defined here: {cause}"
                self._put(names, name, text, text)
        else:
            # What had a value keeps it, as in a notebook in which a cell fails.
            lost = [name for name in statement.names if _is_absent(names, name)]
            why = f"which cannot run here: {cause}"
            self._replace(names, lost, statement, why, cause if isinstance(error, NotHere) else "")
            if statement.changes or len(lost) < len(statement.names):
                self.notes.append(f"{statement.place}: passed over: {cause}")

    def _replace(
        self,
        names: dict[str, Any],
        absent: Sequence[str],
        statement: Statement,
        why: str,
        cause: str = "",
    ) -> None:
        for name in absent:
            text = f"`{name}` comes from {statement.place}, {why}"
            self._put(names, name, text, cause or text)

    def _put(self, names: dict[str, Any], name: str, text: str, cause: str) -> None:
        """Bind a name to what is known of it, else to a placeholder."""
        if name in self._known:
            names[name] = self._known[name]
            self.guesses.append(f"{text}; taken as {one_line(repr(names[name]), 40)}")
        else:
            names[name] = Placeholder(text, cause)


def _execute(statement: Statement, names: dict[str, Any], *, texts: bool) -> None:
    code = _compiled(statement, texts=texts)
    try:
        exec(code, names)
    except NotHere:
        # An annotation alone may name what is not here; as a text it is not looked at.
        if texts or not isinstance(statement.node, DEFINITIONS):
            raise
        exec(_compiled(statement, texts=True), names)


def _compiled(statement: Statement, *, texts: bool) -> CodeType:
    flags = __future__.annotations.compiler_flag if texts else 0
    module = ast.Module([statement.node], [])
    code: CodeType = compile(module, statement.filename, "exec", flags, dont_inherit=True)
    return code


def _is_absent(names: Mapping[str, Any], name: str) -> bool:
    return isinstance(names.get(name), Placeholder) or name not in names


def _told(error: BaseException, statement: Statement) -> str:
    """Say what was raised, and where unless that is the statement itself."""
    place = statement.place.rpartition("/")[2]
    return reason(error).removesuffix(f" ({place}, in <module>)")


@contextlib.contextmanager
def _surroundings(path: Path | None) -> Iterator[None]:
    """Let statements find what they would find if the file was run in its own folder."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    arguments = sys.argv
    sys.argv = [str(path or "")]
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, sys, "argv", arguments)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        if path is not None and path.parent.is_dir():
            stack.enter_context(contextlib.chdir(path.parent))
        yield


def _show_lines(source: Source) -> None:
    """Let tracebacks and `inspect` find the lines of the cells."""
    texts: dict[str, list[str]] = {}
    for cell in source.cells:
        if cell.kind == "code":
            lines = texts.setdefault(source.filename(cell), [])
            lines += ["\n"] * (0 if source.notebook else cell.line - 1 - len(lines))
            lines += cell.text.splitlines(keepends=True)
    for filename, lines in texts.items():
        size = sum(map(len, lines))
        linecache.cache[filename] = (size, None, lines, filename)
