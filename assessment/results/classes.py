"""A class: the results of one lab student by student, and how points are spread among them.

Students are never added up, and never ranked: they stand in the order of their ids.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assessment.results.promises import Promise, promise_of
from assessment.results.record import Result, Status
from assessment.results.solution import HandedIn
from assessment.results.totals import UNDECIDED, LabResults, QuestionResults, Totals, group

FAILED: frozenset[Status] = frozenset({"invalid", "timeout", "out_of_memory", "crashed"})
"""How an item ends that could not be measured through the submission's own doing."""

WHOLE = 1e-9
"""Points that rounding may cost."""


@dataclass(frozen=True)
class Absent:
    """A student of the course of whom there is no submission."""

    id: str
    name: str
    """The student's name, or the id."""


@dataclass(frozen=True)
class Pair:
    """Two submissions that are much alike: to be looked at side by side, never points."""

    first: str
    """Id of a submission, before `second` in their order."""
    second: str
    share: float
    """How much of what either wrote both have, 0 to 1; what many have does not count."""


@dataclass(frozen=True)
class StudentResults:
    """One student's work on one lab."""

    submission: HandedIn
    lab: LabResults

    @property
    def totals(self) -> Totals:
        """The student's points."""
        return self.lab.totals

    @property
    def flags(self) -> int:
        """How many things a person has to look at before the points count."""
        return sum(len(result.flags) for result in self.lab.results)

    @property
    def failed(self) -> int:
        """How many items ended through the submission's own doing."""
        return sum(result.status in FAILED for result in self.lab.results)


@dataclass(frozen=True)
class Spread:
    """How points are spread among the students of whom all are decided."""

    students: int
    mean: float
    median: float
    sd: float | None
    """Standard deviation (ddof = 1); None of a single student."""
    least: float
    most: float


@dataclass(frozen=True)
class QuestionShare:
    """How a class fared in one question."""

    question: str
    title: str
    points: float
    """What it is worth automatically; the most that it was worth to anybody."""
    share: float | None
    """Mean share of the points, 0 to 1, of the students who were graded; None where nobody was."""
    full: int
    """Students with all points, of those who were graded."""
    partly: int
    none: int
    failed: int
    """Students of whom an item failed; they are among those with a part or none of the points."""
    undecided: int
    """Students of whom an item could not be graded, through no fault of theirs."""
    waiting: float
    """Points of all students that a person still has to give."""


@dataclass(frozen=True)
class ClassResults:
    """One lab of a class."""

    spec: str
    lab: str
    students: tuple[StudentResults, ...]
    """Sorted by id."""

    @property
    def results(self) -> tuple[Result, ...]:
        """All items, student by student."""
        return tuple(result for student in self.students for result in student.lab.results)

    @cached_property
    def fullest(self) -> StudentResults:
        """A student who met as much of the lab as anybody."""
        return max(self.students, key=lambda each: each.totals.points)

    @cached_property
    def promise(self) -> Promise | None:
        """What chance takes from correct work."""
        return promise_of(self.fullest.lab.results, len(self.students))

    @cached_property
    def spread(self) -> Spread | None:
        """Mean, median and spread of the points; None where nobody's are all decided."""
        points = [each.totals.earned for each in self.students if _is_decided(each.totals)]
        if not points:
            return None
        return Spread(
            len(points),
            statistics.fmean(points),
            statistics.median(points),
            statistics.stdev(points) if len(points) > 1 else None,
            min(points),
            max(points),
        )

    @cached_property
    def questions(self) -> tuple[QuestionShare, ...]:
        """How the class fared in each question, in the order of the lab."""
        found: dict[str, list[QuestionResults]] = {}
        for student in self.students:
            for question in student.lab.questions:
                found.setdefault(question.question, []).append(question)
        return tuple(_share(name, answers) for name, answers in found.items())


def is_class(results: Iterable[Result]) -> bool:
    """Tell whether results are a class's, whose work is not practice."""
    return any(
        result.submission is not None and not result.submission.practice for result in results
    )


def group_classes(results: Iterable[Result]) -> list[ClassResults]:
    """Group the items of submissions by lab, then by student; those of the reference are left out.

    Labs and questions are in the order in which each first came.
    """
    labs: dict[tuple[str, str], list[StudentResults]] = {}
    for lab in group(results):
        if lab.submission is not None:
            found = labs.setdefault((lab.spec, lab.lab), [])
            found.append(StudentResults(lab.submission, lab))
    return [
        ClassResults(spec, lab, tuple(sorted(students, key=lambda each: each.submission.id)))
        for (spec, lab), students in labs.items()
    ]


def without_series(result: Result) -> Result:
    """Return a result without what only figures show: hundreds of students are kept this way.

    Left out are series within epochs, first layers, pictures, layers of networks and the confusion
    matrix; values of every epoch stay. The store has all of it.
    """
    runs = [
        run.model_copy(
            update={
                "steps": {},
                "gradients": {},
                "first_layer": None,
                "confusion": None,
                "mistakes": [],
                "solution": run.solution
                and run.solution.model_copy(update={"layers": [], "reference": None}),
            }
        )
        for run in result.runs
    ]
    return result.model_copy(update={"runs": runs, "samples": [], "cases": []})


def _is_decided(totals: Totals) -> bool:
    return totals.points > 0 and not totals.undecided


def _share(name: str, answers: Sequence[QuestionResults]) -> QuestionShare:
    graded = [each.totals for each in answers if _is_decided(each.totals)]
    full = sum(totals.earned >= totals.points - WHOLE for totals in graded)
    none = sum(totals.earned <= WHOLE for totals in graded)
    return QuestionShare(
        question=name,
        title=answers[0].title,
        points=max(each.totals.points + each.totals.undecided for each in answers),
        share=statistics.fmean(t.earned / t.points for t in graded) if graded else None,
        full=full,
        partly=len(graded) - full - none,
        none=none,
        failed=sum(any(item.status in FAILED for item in each.results) for each in answers),
        undecided=sum(any(item.status in UNDECIDED for item in each.results) for each in answers),
        waiting=sum(each.totals.waiting for each in answers),
    )
