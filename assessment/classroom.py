"""Whose work a session grades: the reference's, one submission's for practice, or a class's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assessment.spec.units import Unit, units

if TYPE_CHECKING:
    from pathlib import Path

    from assessment.results.classes import Absent
    from assessment.results.isolation import Isolation
    from assessment.spec.reader import LabFile
    from assessment.submissions.listing import Submission

Mapped = Mapping[str, Mapping[str, str]]
"""Student id (empty in practice) to question or unit to the name of what answers it."""


Key = tuple[str, str, str]
"""Of an item: file of the lab, unit, and student id (empty for the reference)."""


@dataclass(frozen=True)
class Classroom:
    """Whose work is graded."""

    submissions: Sequence[Submission] = ()
    """Nothing: the reference's."""
    is_class: bool = False
    """Their names stand in the items' names, and points lost fail no item."""
    isolation: Isolation | None = None
    """How submitted code is kept in; None where there is none."""
    mapped: Mapped = field(default_factory=dict)
    absent: Sequence[Absent] = ()
    """Who is on the roster and handed in nothing; of no use to workers, who are not told."""

    @property
    def folders(self) -> list[Path]:
        """Where the submissions of a class lie, those that are not graded now included."""
        if not self.is_class:
            return []
        return list(dict.fromkeys(submission.path.parent for submission in self.submissions))

    def entries(self, lab_file: LabFile) -> dict[str, Entry]:
        """Return what becomes an item of a lab, by the item's name: student by student."""
        own = units(lab_file.lab).values()
        if not self.submissions:
            return {unit.id: Entry(lab_file, unit) for unit in own}
        found: dict[str, Entry] = {}
        for submission in self.submissions:
            for unit in own:
                name = named(unit, submission.id if self.is_class else "")
                while (
                    name in found
                ):  # variant `a` of student `b-c` and variant `a-b` of student `c`
                    name = f"{name.removesuffix(']')}+]"
                found[name] = Entry(lab_file, unit, submission)
        return found

    def first(self, entries: Iterable[Entry]) -> frozenset[Key]:
        """Return the key of each student's first item among some; nothing where it is no class."""
        found: dict[str, Key] = {}
        for entry in entries:
            if self.is_class and entry.submission is not None:
                found.setdefault(entry.submission.id, entry.key)
        return frozenset(found.values())

    def chosen(self, submission: Submission, unit: Unit) -> str | None:
        """Return the name that the mapping file gives what answers a unit."""
        names = self.mapped.get(submission.id if self.is_class else "", {})
        return names.get(unit.id, names.get(unit.question_id))


@dataclass(frozen=True)
class Entry:
    """One item: a unit, and whose work is graded on it."""

    lab_file: LabFile
    unit: Unit
    submission: Submission | None = None
    """None: the reference's."""

    @property
    def key(self) -> Key:
        """Equal for the same unit of the same file and the same student."""
        whose = "" if self.submission is None else self.submission.id
        return str(self.lab_file.path), self.unit.id, whose


def named(unit: Unit, student: str) -> str:
    """Return an item's name: `question`, `question[variant]`, `question[variant-student]`."""
    inner = "-".join(filter(None, (unit.variant, student)))
    return f"{unit.question_id}[{inner}]" if inner else unit.question_id
