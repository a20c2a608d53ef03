"""Answers to questions that want a number, a choice or a formula: in a file, or as variables."""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assessment.submissions.inside.constants import Constants, UntoldError, plain_values
from assessment.submissions.inside.headings import Tokens, tokens
from assessment.submissions.inside.names import bound_in
from assessment.submissions.inside.reading import HandedIn
from assessment.submissions.inside.reasons import one_line
from assessment.submissions.inside.scripts import decode
from assessment.submissions.inside.syntax import parse_cell
from assessment.training.errors import SolutionError

LARGEST = 2**18
"""Bytes of a file of answers."""
LONGEST = 2**16
"""Characters of an answer."""
DEEPEST = 20
MOST_VALUES = 10_000
_FILE = re.compile(r"(?:.*_)?answers(?:-\d+|[ _]?\(\d+\))?\.(ya?ml|json)", re.IGNORECASE)
_FILLERS = {"answer", "answers", "ans"}
_NO_ANSWERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
ALLOWED = (
    "Write a value, arithmetic such as `784 * 100 + 100`, or the name of a number that is assigned "
    "once; a formula stands in quotes"
)
"""What is read of a variable, as messages say it."""


@dataclass(frozen=True)
class FoundAnswer:
    """An answer as it was written."""

    text: str
    """At most 65,536 characters; a number or choice is for the grader to read."""
    where: str
    """`answers.yaml, line 3` or `lab7.ipynb, cell 5, line 1`."""
    notes: tuple[str, ...] = ()
    """Other answers to the same question that were passed over."""
    untold: str = ""
    """Of a variable whose value only running the code would tell: why there is no text."""


@dataclass(frozen=True)
class _Entry:
    key: Tokens
    text: str
    where: str
    untold: str = ""


def find_answer(handed_in: HandedIn, names: Sequence[str]) -> FoundAnswer | None:
    """Find an answer in `answers.yaml`, `answers.yml`, `answers.json`, or in an assignment.

    An assignment gives a literal, arithmetic, or a name that stands for one of these; no code is
    run. Names are compared without letter case and punctuation: `task1_2` is the key `task1-2`, the
    key `2` below `task1`, the variable `answer_task1_2` and `answers["Task 1.2"]`. A file goes
    before variables; of several answers in one place the last that can be told counts.

    Raises:
        SolutionError: a file of answers cannot be read; the message names file and line.
    """
    wanted = {_plain(tokens(name)) for name in names} - {()}
    seen = [
        entry
        for entries in (_in_files(handed_in), _in_code(handed_in, wanted))
        for entry in reversed(list(entries))
        if entry.key in wanted and (entry.text.strip() or entry.untold)
    ]
    if not seen:
        return None
    found = [entry for entry in seen if not entry.untold]
    if not found:
        return FoundAnswer("", seen[0].where, untold=seen[0].untold)
    first, *others = found
    notes = tuple(
        f"also answered in {other.where}: {one_line(other.text, 60)}"
        for other in others[:5]
        if other.text.strip() != first.text.strip()
    )
    return FoundAnswer(first.text.strip()[:LONGEST], first.where, notes)


def _in_files(handed_in: HandedIn) -> Iterator[_Entry]:
    files = [
        file for file in handed_in.gathered.files if _FILE.fullmatch(posixpath.basename(file.name))
    ]
    contents = {file.name: file.path for file in files}
    # The last counts: what lies deepest is looked at last.
    for name in sorted(contents, key=lambda name: (-name.count("/"), name)):
        yield from _entries(_bytes_of(contents[name], name), name)
    for name, text in sorted(handed_in.written.items()):
        if name not in contents and _FILE.fullmatch(posixpath.basename(name)):
            yield from _entries(text.encode("utf-8", "replace"), name)


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise SolutionError(f"{one_line(name)}: cannot be read: {error.strerror}") from None


def _entries(data: bytes, name: str) -> Iterator[_Entry]:
    shown = one_line(name)
    if len(data) > LARGEST:
        raise SolutionError(f"{shown}: is larger than {LARGEST >> 10} KB")
    text, _ = decode(data)
    try:
        if name.lower().endswith(".json"):
            # As texts: 1.10 is not 1.1 for whoever numbers questions so.
            values = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
            yield from _json_entries(values, (), shown, 0)
        else:
            from assessment.submissions.inside.yaml_answers import read_yaml

            for keys, value, line in read_yaml(text, DEEPEST, MOST_VALUES):
                yield _Entry(_plain(tokens(" ".join(keys))), value, f"{shown}, line {line}")
    except RecursionError:
        raise SolutionError(f"{shown}: is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise SolutionError(f"{shown}, line {error.lineno}: is no JSON: {error.msg}") from None
    except ValueError as error:
        raise SolutionError(f"{shown}{one_line(str(error))}") from None


def _json_entries(value: Any, keys: tuple[str, ...], name: str, depth: int) -> Iterator[_Entry]:
    if depth > DEEPEST:
        raise ValueError(": is nested too deeply")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _json_entries(inner, (*keys, key), name, depth + 1)
    elif value is not None:
        text = value if isinstance(value, str) else json.dumps(value)
        yield _Entry(_plain(tokens(" ".join(keys))), text, name)


def _in_code(handed_in: HandedIn, wanted: set[Tokens]) -> Iterator[_Entry]:
    for source in handed_in.library.sources.values():
        cells = [cell for cell in source.cells if cell.kind == "code"]
        nodes = [(cell, node) for cell in cells for node in parse_cell(source, cell)[0]]
        named = [
            (name, value, f"{source.filename(cell)}, line {node.lineno}")
            for cell, node in nodes
            for name, value in _assigned(node)
            if _plain(tokens(name)) in wanted
        ]
        if named:
            constants = Constants(node for _, node in nodes)
            yield from (_told(*one, constants) for one in named)


def _told(name: str, value: ast.expr | None, where: str, constants: Constants) -> _Entry:
    try:
        if value is None:
            raise UntoldError("it is no assignment of a value by itself")
        return _Entry(_plain(tokens(name)), constants.text(value) or "", where)
    except UntoldError as error:
        untold = (
            f"`{one_line(name, 60)}` ({one_line(where, 100)}) is told only by running the code, "
            f"which nobody does: {one_line(str(error), 120)}. {ALLOWED}"
        )
    return _Entry(_plain(tokens(name)), "", where, untold)


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a statement binds, `answers['1.6']` too; None: to what is not told."""
    if isinstance(node, _NO_ANSWERS):
        return
    values = plain_values(node)
    yield from ((name, None) for name in sorted(bound_in([node]) - values.keys()))
    for name, value in values.items():
        if isinstance(value, ast.Dict):
            for key, item in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield f"{name}[{key.value!r}]", item
        else:
            yield name, value
    if isinstance(node, ast.Assign):
        for target in node.targets:
            match target:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant() as key):
                    yield f"{name}[{key.value!r}]", node.value


def _plain(key: Tokens) -> Tokens:
    """Return a key without the words that only say that it is an answer."""
    start, end = 0, len(key)
    while start < end - 1 and key[start] in _FILLERS:
        start += 1
    while start < end - 1 and key[end - 1] in _FILLERS:
        end -= 1
    return key[start:end]
