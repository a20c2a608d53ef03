"""Reading one spec file: bytes to a checked Lab, or every problem with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from assessment.errors import SpecError
from assessment.problems import Problem, shown_path
from assessment.spec.base import Location
from assessment.spec.document import EMPTY, Document, NotYaml, parse_document, split_lines
from assessment.spec.lab import Lab, TrainingQuestion
from assessment.spec.positions import Place, Span, locate
from assessment.spec.salvage import Check, remaining_mistakes
from assessment.spec.wording import Complaint, complaint, complaints, shown
from assessment.spelling import nearest

__all__ = ["Check", "LabFile", "read_lab"]

LARGEST = 1_000_000
"""Size of a spec file, bytes."""


@dataclass(frozen=True)
class LabFile:
    """A lab, and where its parts stand in the file it was read from."""

    lab: Lab
    path: Path
    sha256: str
    """Hash of the file's bytes, hexadecimal."""
    lines: dict[str, int] = field(default_factory=dict)
    """Line of each question and of each unit (`question[variant]`), counted from 1."""

    @cached_property
    def shown(self) -> str:
        """The path as people read it: from where pytest runs, where it lies below that."""
        return shown_path(self.path)


def read_lab(path: Path, checks: Sequence[Check] = ()) -> LabFile:
    """Read and check a spec file.

    Args:
        path: the YAML file.
        checks: further rules; where other problems are found too, they are asked about the
            parts that are sound.

    Raises:
        SpecError: holds all problems of the file, in the order of its lines.
    """
    file = shown_path(path)
    content = _read(path, file)
    document = parse(content, file, need="a lab needs `title` and `questions`")
    writer = Writer(file, document)
    if not isinstance(document.data, dict):
        found = shown(document.data)
        message = f"a lab is a map with at least `title` and `questions`, found {found}"
        raise SpecError([writer.at(document.root.value, "", message)])
    lab, wrong = _validate(document, checks)
    problems = [writer.at(span, way(loc), text) for loc, span, text in document.findings]
    if problems or wrong:
        taken = {(problem.line, problem.column) for problem in problems}
        problems += [p for p in map(writer.problem, wrong) if (p.line, p.column) not in taken]
        raise SpecError(sorted(dict.fromkeys(problems), key=Problem.order))
    assert lab is not None
    return LabFile(lab, path, hashlib.sha256(content).hexdigest(), _lines(lab, document.root))


def way(location: Location) -> str:
    """Return a location as a message writes it: `questions.q5.training.dataset.transforms[0]`."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(parts).removeprefix(".")


@dataclass(frozen=True)
class Writer:
    """Turns mistakes into problems with place and source line."""

    file: str
    document: Document

    def problem(self, wrong: Complaint) -> Problem:
        """Return what a rule found, where it was written."""
        location, place = locate(self.document.root, wrong.location)
        key = place.key if wrong.mark == "key" else None
        return self.at(key or place.mark, way(location), wrong.message)

    def at(self, span: Span, field: str, message: str) -> Problem:
        """Return a mistake at a place of the file."""
        return _problem(self.file, self.document.lines, span, field, message)


def _read(path: Path, file: str) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        others = {other.stem: other for other in path.parent.glob("*.y*ml")}
        close = nearest(path.stem, others)
        hint = f", did you mean {shown_path(others[close])}?" if close else ""
        raise SpecError([Problem(file, f"no such file{hint}")]) from None
    except IsADirectoryError:
        raise SpecError([Problem(file, "is a directory, not a spec file")]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError([Problem(file, f"cannot be read: {reason}")]) from None
    if len(content) > LARGEST:
        size = f"{len(content) / 1e6:.1f} MB"
        message = f"is {size} large; a spec file has at most {LARGEST / 1e6:g} MB"
        raise SpecError([Problem(file, message)])
    return content


def parse(content: bytes, file: str, *, need: str, texts: bool = False) -> Document:
    """Parse the bytes of a YAML file.

    Args:
        content: UTF-8.
        file: what messages call it.
        need: what to say of an empty one.
        texts: take every scalar as the text that it is written as.

    Raises:
        SpecError: they cannot be read at all.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"byte 0x{content[error.start]:02x} is not UTF-8, save the file as UTF-8"
        raise SpecError([Problem(file, message, line=line, column=column)]) from None
    try:
        return parse_document(text, texts=texts)
    except NotYaml as error:
        message = f"{EMPTY}: {need}" if error.message == EMPTY else error.message
        problem = _problem(file, split_lines(text), error.span, "", message)
        raise SpecError([problem]) from None


def _problem(file: str, lines: list[str], span: Span, field: str, message: str) -> Problem:
    source = lines[span.line - 1] if span.line <= len(lines) else ""
    return Problem(file, message, field, span.line, span.column, source, span.width)


def _validate(document: Document, checks: Sequence[Check]) -> tuple[Lab | None, list[Complaint]]:
    """Return the lab or None, and every mistake in it."""
    data = document.data
    try:
        lab = Lab.model_validate(data)
    except ValidationError as error:
        refused = error.errors(include_url=False)
    else:
        return lab, [complaint(*finding) for check in checks for finding in check(lab)]
    hidden, findings = remaining_mistakes(data, checks)
    found = [*complaints(refused), *complaints(hidden)]
    return None, [*found, *(complaint(*finding) for finding in findings)]


def _lines(lab: Lab, root: Place) -> dict[str, int]:
    lines: dict[str, int] = {}
    for question_id, question in lab.questions.items():
        place = locate(root, ("questions", question_id))[1]
        lines[question_id] = (place.key or place.value).line
        if isinstance(question, TrainingQuestion):
            for name in question.variants:
                place = locate(root, ("questions", question_id, "variants", name))[1]
                lines[f"{question_id}[{name}]"] = (place.key or place.value).line
    return lines
