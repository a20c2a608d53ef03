"""A course's list of students: who an id, an address or a name of a hand-in stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from assessment.errors import AssessmentError
from assessment.submissions.columns import read_rows
from assessment.submissions.names import clean, distinct, fold, words

_SHORTEST_PART = 3
_MOST_WORDS = 12
"""In a name."""
_LONGEST_TEXT = 260


@dataclass(frozen=True)
class Student:
    """One student of the course."""

    id: str
    """As the roster has it."""
    name: str
    """Full name, or the id."""
    key: str
    """The id as submissions and pytest's items have it."""
    line: int
    """Of the roster."""
    keys: tuple[str, ...] = ()
    """User names, e-mail addresses, other ids."""
    numbers: tuple[str, ...] = ()
    """The student's numbers in the counting of the place that exports submissions."""


@dataclass(frozen=True)
class Match:
    """Which student somebody is, and what says so."""

    student: Student
    by: Literal["id", "name", "part"]
    """An id, user name or address; the name; or a part of a file's name."""


@dataclass(frozen=True)
class Roster:
    """All students of a course."""

    path: Path
    students: tuple[Student, ...]
    """In the order of the file."""

    def find(
        self, keys: Sequence[str] = (), number: str = "", name: str = "", text: str = ""
    ) -> Match | None:
        """Tell which student is meant; None where it is nobody, or could be several.

        `text` is a file's name of which parts may be an id or a name.
        """
        if number and (found := self._only(self._numbers, [number])):
            return Match(found, "id")
        exactly, loosely = self._ids
        if found := self._only(exactly, [key.casefold() for key in keys]):
            return Match(found, "id")
        if found := self._only(loosely, [fold(key) for key in keys]):
            return Match(found, "id")
        named = self._only(self._names, [fold(name)])
        if number and (found := self._only(loosely, [fold(number)])) and found == named:
            # A number of the place's own counting may be the id of somebody else.
            return Match(found, "id")
        if named:
            return Match(named, "name")
        if found := self._part(text):
            return Match(found, "part")
        return None

    def missing(self, handed_in: Iterable[str]) -> tuple[Student, ...]:
        """Return the students of whom there is no submission with one of these ids."""
        there = set(handed_in)
        return tuple(student for student in self.students if student.key not in there)

    @cached_property
    def _numbers(self) -> dict[str, set[Student]]:
        return _index((number, student) for student in self.students for number in student.numbers)

    @cached_property
    def _ids(self) -> tuple[dict[str, set[Student]], dict[str, set[Student]]]:
        known = [(key, one) for one in self.students for key in (one.id, one.key, *one.keys)]
        exactly = _index((key.casefold(), student) for key, student in known)
        return exactly, _index((fold(key), student) for key, student in known)

    @cached_property
    def _names(self) -> dict[str, set[Student]]:
        """Full names in all orders that places write them: Jane Doe, Doe Jane."""
        found = []
        for student in self.students:
            parts = words(student.name[:_LONGEST_TEXT])
            found += [
                ("".join(parts[first:] + parts[:first]), student) for first in range(len(parts))
            ]
            addresses = [key for key in (student.id, *student.keys) if "@" in key]
            found += [(fold(address.partition("@")[0]), student) for address in addresses]
        return _index(found)

    def _part(self, text: str) -> Student | None:
        parts = words(text[:_LONGEST_TEXT])
        runs = {
            "".join(parts[first:last])
            for first in range(len(parts))
            for last in range(first + 1, min(first + _MOST_WORDS, len(parts)) + 1)
        }
        long = [run for run in runs if len(run) >= _SHORTEST_PART]
        known = (self._ids[1], self._names)
        found = {one for run in long for index in known for one in index.get(run, ())}
        return found.pop() if len(found) == 1 else None

    @staticmethod
    def _only(index: Mapping[str, set[Student]], words: Iterable[str]) -> Student | None:
        found = {student for word in words if word for student in index.get(word, ())}
        return found.pop() if len(found) == 1 else None


def read_roster(path: Path) -> Roster:
    """Read a course's list of students, a CSV as Gradescope, Canvas, Moodle and others write it.

    Raises:
        AssessmentError: it cannot be read, lacks columns or names a student twice; with file and
            line.
    """
    rows = read_rows(path)
    shown = clean(str(path), 400)
    lines: dict[str, int] = {}
    for row in rows:
        earlier = lines.setdefault(row.id.casefold(), row.line)
        if earlier != row.line:
            raise AssessmentError(f"{shown}:{row.line}: the id {row.id} is in line {earlier}, too")
    if not rows:
        raise AssessmentError(f"{shown}: this roster names no students")
    ids = distinct([row.id for row in rows])
    return Roster(
        path,
        tuple(
            Student(row.id, row.name, key, row.line, row.keys, row.numbers)
            for row, key in zip(rows, ids, strict=True)
        ),
    )


def _index(pairs: Iterable[tuple[str, Student]]) -> dict[str, set[Student]]:
    index: dict[str, set[Student]] = {}
    for key, student in pairs:
        if key:
            index.setdefault(key, set()).add(student)
    return index
