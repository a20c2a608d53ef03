"""Rows of a course's list of students, under the headings that learning platforms give them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.spelling import did_you_mean, listed
from assessment.submissions.names import clean, fold

MOST_BYTES = 16_000_000
_SEPARATORS = ",;\t"

_IDS = (
    "student id",
    "student number",
    "sis user id",
    "sid",
    "id number",
    "matriculation number",
    "registration number",
    "id",
    "identifier",
    "sis login id",
    "username",
    "login id",
    "email",
    "email address",
)
"""Headings of ids; the first of them that a row fills is the course's.

Canvas calls its own numbers ID: they come last.
"""
_OTHER_KEYS = ("login", "github username", "github id", "org defined id")
_NAMES = ("name", "full name", "student", "student name", "display name", "sortable name")
_FIRST_NAMES = ("first name", "given name", "given names")
_LAST_NAMES = ("last name", "surname", "family name")
_NUMBERS = ("participant", "participant number", "participant id", "canvas id", "canvas user id")
_STAFF = frozenset({"instructor", "teacher", "ta", "reader", "teachingassistant", "observer"})
_CANVAS_ROWS = frozenset({"pointspossible", "studenttest", "teststudent"})
"""Rows of a Canvas gradebook that are nobody's."""
_NUMBER = re.compile(r"(?:\D+ )?(\d+)")
"""Canvas' numbers, and Moodle's: `Participant 12345`."""
_ACCEPTED = (*_IDS, *_NAMES, *_FIRST_NAMES, *_LAST_NAMES)
ACCEPTED = (
    "for the id one of student id, sis user id, sid, id number, username, id, identifier, email; "
    "for the name one of name, full name, student, or first name and last name"
)


@dataclass(frozen=True)
class Row:
    """One student."""

    line: int
    id: str
    name: str
    keys: tuple[str, ...]
    """Everything else that identifies the student in the course."""
    numbers: tuple[str, ...]
    """What the place that exports submissions counts the student as."""


def read_rows(path: Path) -> list[Row]:
    """Return the students of a CSV file, staff and rows that are nobody's left out.

    Raises:
        AssessmentError: it cannot be read, is no CSV or lacks a column; with file and line.
    """
    shown = clean(str(path), 400)
    lines = _lines(_text(path, shown), shown)
    if not lines:
        raise AssessmentError(f"{shown}: this roster is empty")
    columns = _Columns(shown, *lines[0])
    return [row for line, cells in lines[1:] if (row := columns.row(line, cells))]


def _text(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise AssessmentError(f"{shown}: this roster cannot be read ({error.strerror})") from None
    if len(data) > MOST_BYTES:
        raise AssessmentError(f"{shown}: a roster of more than {MOST_BYTES // 1_000_000} MB")
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(coding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise AssessmentError(f"{shown}:{line}: no UTF-8: save the roster as CSV UTF-8") from None


def _lines(text: str, shown: str) -> list[tuple[int, list[str]]]:
    """Return the cells of all lines that hold any, with the lines' numbers."""
    start, _, rest = text.partition("\n")
    if told := re.fullmatch(r"sep=(.)\s*", start):  # Excel's own word for its separator
        separator, skipped, text = told[1], 1, rest
    else:
        bare = re.sub(r'"[^"]*"', "", start)
        separator, skipped = max(_SEPARATORS, key=bare.count), 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((skipped + reader.line_num, [clean(cell, 400) for cell in cells]))
    except csv.Error as error:
        line = skipped + max(reader.line_num, 1)
        raise AssessmentError(f"{shown}:{line}: the roster is no CSV: {error}") from None
    return found


class _Columns:
    """Where a roster has what."""

    def __init__(self, shown: str, line: int, headings: Sequence[str]) -> None:
        self._shown = shown
        self._headings = headings
        self._places = {fold(heading): place for place, heading in reversed([*enumerate(headings)])}
        self._canvas = "student" in self._places and any(
            heading in self._places for heading in ("sisuserid", "sisloginid", "section")
        )
        named = self._has(_NAMES) or (self._has(_FIRST_NAMES) and self._has(_LAST_NAMES))
        if not named or not self._has(_IDS):
            known = {fold(heading) for heading in _ACCEPTED}
            hints = (
                word if fold(word) in known else f"{word}{did_you_mean(word, _ACCEPTED)}"
                for word in headings
                if word
            )
            raise AssessmentError(
                f"{shown}:{line}: no column for the {'id' if named else 'name'} of students; "
                f"found: {listed(hints)}; accepted: {ACCEPTED}"
            )

    def row(self, line: int, cells: Sequence[str]) -> Row | None:
        """Read one line; None where it is no student's.

        Raises:
            AssessmentError: it has more cells than there are headings, or no id.
        """
        if any(cells[len(self._headings) :]):
            raise AssessmentError(
                f"{self._shown}:{line}: {len(cells)} cells, but {len(self._headings)} headings"
            )
        found = {name: cells[at] for name, at in self._places.items() if at < len(cells)}
        name = _full_name(found)
        headings = sorted((*_IDS, *_OTHER_KEYS), key=lambda one: self._canvas and one == "id")
        keys = list(dict.fromkeys(filter(None, (found.get(fold(one), "") for one in headings))))
        if fold(found.get("role", "")) in _STAFF:
            return None
        if self._canvas and (not keys or fold(name) in _CANVAS_ROWS):
            return None
        if not keys:
            raise AssessmentError(f"{self._shown}:{line}: no id for {name or 'a student'}")
        numbers = [value for heading in _NUMBERS if (value := found.get(fold(heading)))]
        internal = found.get("id", "") if self._canvas else found.get("identifier", "")
        if counted := _NUMBER.fullmatch(internal):
            numbers.append(counted[1])
        others = (key for key in keys[1:] if not (self._canvas and key == internal))
        return Row(line, keys[0], name or keys[0], tuple(others), tuple(numbers))

    def _has(self, headings: Sequence[str]) -> bool:
        return any(fold(heading) in self._places for heading in headings)


def _full_name(found: Mapping[str, str]) -> str:
    """Return `Jane Doe`, also where the roster has `Doe, Jane`."""
    parts = [_first(found, _FIRST_NAMES), _first(found, _LAST_NAMES)]
    if all(parts):
        return " ".join(parts)
    last, comma, first = _first(found, _NAMES).partition(",")
    if comma and first.strip() and "," not in first:
        return f"{first.strip()} {last.strip()}"
    return _first(found, _NAMES) or " ".join(filter(None, parts))


def _first(found: Mapping[str, str], headings: Sequence[str]) -> str:
    return next((found[fold(word)] for word in headings if found.get(fold(word))), "")
