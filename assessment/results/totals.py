"""Results put in order: by lab, by whose work it is, by question, with their points added up.

Points that nobody could decide (the machine's fault, missing hardware, runs cut
short) are counted apart, so that they never look like a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assessment.results.record import Result, Status
from assessment.results.solution import HandedIn

UNDECIDED: frozenset[Status] = frozenset({"not_gradable", "skipped", "shortened", "smoke"})
"""What was not graded, through no fault of the solution."""


@dataclass(frozen=True)
class Totals:
    """Points of some items."""

    earned: float = 0.0
    points: float = 0.0
    """What the graded items could earn."""
    waiting: float = 0.0
    """What a person still has to give."""
    undecided: float = 0.0
    """What items that could not be graded are worth."""
    items: int = 0
    seconds: float = 0.0
    """Training time of all runs."""


@dataclass(frozen=True)
class QuestionResults:
    """One question: its only item, or one item a variant."""

    question: str
    results: tuple[Result, ...]
    totals: Totals = field(default_factory=Totals)

    @property
    def kind(self) -> str:
        """The kind of question."""
        return self.results[0].kind

    @property
    def title(self) -> str:
        """The question's title without that of a variant."""
        return question_title(self.results)


@dataclass(frozen=True)
class LabResults:
    """One lab of the reference or of one submission: its questions in the order they came in."""

    spec: str
    lab: str
    sha256: str
    questions: tuple[QuestionResults, ...]
    totals: Totals
    submission: HandedIn | None = None
    """Whose work it is; None: the reference's."""

    @property
    def results(self) -> tuple[Result, ...]:
        """All items of the lab."""
        return tuple(result for question in self.questions for result in question.results)


def add_up(results: Iterable[Result]) -> Totals:
    """Add the points of some items."""
    items = list(results)
    decided = [item for item in items if item.status not in UNDECIDED]
    return Totals(
        earned=_sum(item.earned for item in decided),
        points=_sum(item.points for item in decided),
        waiting=_sum(item.waiting for item in items),
        undecided=_sum(item.points for item in items if item.status in UNDECIDED),
        items=len(items),
        seconds=_sum(item.seconds for item in items),
    )


def group(results: Iterable[Result]) -> list[LabResults]:
    """Group items by spec file, submission and question, in the order in which each first came."""
    labs: dict[tuple[str, str, str | None], dict[str, list[Result]]] = {}
    for result in results:
        whose = None if result.submission is None else result.submission.id
        questions = labs.setdefault((result.spec, result.lab, whose), {})
        questions.setdefault(result.question, []).append(result)
    return [_lab(questions) for questions in labs.values()]


def _lab(questions: dict[str, list[Result]]) -> LabResults:
    results = [result for items in questions.values() for result in items]
    first = results[0]
    return LabResults(
        spec=first.spec,
        lab=first.lab,
        sha256=first.lab_sha256,
        questions=tuple(
            QuestionResults(name, tuple(items), add_up(items)) for name, items in questions.items()
        ),
        totals=add_up(results),
        submission=next(filter(None, map(_watched, results)), first.submission),
    )


def _watched(result: Result) -> HandedIn | None:
    """Return whose work it is, where something of it ran: only then it is known who watched it."""
    whose = result.submission
    return whose if whose is not None and whose.limits_by is not None else None


def question_title(results: Sequence[Result]) -> str:
    """Return what the titles `question: variant` of a question's items have in common."""
    titles = [result.title for result in results]
    if all(result.variant is None for result in results):
        return titles[0]
    first, last = min(titles), max(titles)
    length = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    end = first.rfind(": ", 0, length)
    if end > 0:
        return first[:end]
    return titles[0] if len(titles) == 1 else results[0].question


def variant_title(result: Result) -> str:
    """Return the variant's own title, or its id; empty where the question has no variants."""
    if result.variant is None:
        return ""
    _, separator, own = result.title.rpartition(": ")
    return own if separator else result.variant


def _sum(values: Iterable[float]) -> float:
    return round(sum(values), 9)
