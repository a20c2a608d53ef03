"""The mapping file: which name in a hand-in answers which question, where nothing else says so.

All of its words are texts: the student `0123456` and the question `1.10` are no numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.classroom import Mapped
from assessment.errors import AssessmentError, SpecError
from assessment.problems import Problem, shown_path
from assessment.spec.lab import Lab
from assessment.spec.positions import Place, Span
from assessment.spec.reader import Writer, parse
from assessment.spec.units import units
from assessment.spec.wording import shown
from assessment.spelling import did_you_mean, listed
from assessment.submissions.names import to_id

if TYPE_CHECKING:
    from assessment.submissions.listing import Submission
    from assessment.submissions.roster import Roster

LARGEST = 1_000_000
"""Size of a mapping file, bytes."""
PRACTICE = "a map from questions to names is wanted, such as `task2-1-model-a: Net2`"
CLASS = "a map of students is wanted, each with a map from questions to names"

Mistake = tuple[Span, str]


def networks_asked_for(labs: Iterable[Lab]) -> list[str]:
    """Return what a mapping file may name: questions that train networks, and their variants."""
    trained = [one for lab in labs for one in units(lab).values() if one.training is not None]
    return list(dict.fromkeys(name for one in trained for name in (one.question_id, one.id)))


def students_known(submissions: Iterable[Submission], roster: Roster | None) -> dict[str, str]:
    """Return the ids that students have in items' names, by what a mapping file may call them."""
    found = {one.id: one.id for one in submissions}
    for student in roster.students if roster is not None else ():
        found |= {student.id: student.key, student.key: student.key}
    return found


def read_mapping(
    path: Path,
    *,
    practice: bool = False,
    questions: Collection[str] | None = None,
    students: Mapping[str, str] | None = None,
) -> Mapped:
    """Read a mapping file.

    Args:
        path: the file: of a class a map of students, each with a map from questions to names; for
            practice just the latter.
        practice: it is for one student's own run.
        questions: what may be named; None: anything, where nobody knows.
        students: ids by what they may be called; None: anybody, where nobody knows.

    Raises:
        AssessmentError: it cannot be read, or names what there is not, with each place.
    """
    file = shown_path(path)
    document = parse(_read(path, file), file, need=PRACTICE if practice else CLASS, texts=True)
    writer = Writer(file, document)
    wrong = [(span, message) for _, span, message in document.findings]
    mapped: dict[str, dict[str, str]] = {}
    whose = [("", document.data, document.root)]
    if not practice:
        whose, mistakes = _by_student(document.data, document.root, students)
        wrong += mistakes
    for student, names, place in whose:
        mistakes = list(_mistakes(names, place, questions))
        wrong += mistakes
        mapped[student] = {} if mistakes else dict(names)
    if wrong:
        problems = [writer.at(span, "", message) for span, message in wrong]
        raise SpecError(sorted(problems, key=Problem.order))
    return mapped


def _by_student(
    data: object, root: Place, students: Mapping[str, str] | None
) -> tuple[list[tuple[str, object, Place]], list[Mistake]]:
    """Return the map of each student by the id in items' names, and what is wrong with the rest."""
    if not isinstance(data, dict):
        return [], [(root.value, f"{CLASS}, found {shown(data)}")]
    found: dict[str, tuple[str, object, Place]] = {}
    wrong: list[Mistake] = []
    for name, names in data.items():
        place = root.children[name]
        span = place.key or place.value
        student = name if students is None else students.get(name) or students.get(to_id(name))
        if student is None:
            hint = did_you_mean(name, students or ())
            allowed = listed(dict.fromkeys((students or {}).values()))
            message = f"nobody who is graded has the id {name}{hint} (allowed: {allowed})"
            wrong.append((span, message))
        elif student in found:
            wrong.append((span, f"the student {student} stands here a second time"))
        else:
            found[student] = student, names, place
    return list(found.values()), wrong


def _mistakes(names: object, place: Place, questions: Collection[str] | None) -> Iterator[Mistake]:
    if not isinstance(names, dict):
        yield place.mark, f"{PRACTICE}, found {shown(names)}"
        return
    for question, name in names.items():
        inner = place.children[question]
        if questions is not None and question not in questions:
            hint = did_you_mean(question, questions)
            allowed = f"allowed: {listed(questions)}" if questions else "there is none"
            message = f"no question that trains a network is called {question}{hint} ({allowed})"
            yield inner.key or inner.value, message
        elif not isinstance(name, str) or not name.strip():
            found = shown(name) if name else "nothing"
            yield inner.mark, f"{PRACTICE}, found {found} for {question}"


def _read(path: Path, file: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise AssessmentError(f"{file}: has {size:,} bytes, at most {LARGEST:,} are allowed")
        return path.read_bytes()
    except OSError as error:
        raise AssessmentError(f"{file}: cannot be read: {error.strerror}") from None
