"""The table of a class: a line a student, a line a question, and what a person should look at.

Students stand in the order of their ids; nobody is marked as best or worst.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

from assessment.report.blocks import WIDTH, Cell, Columns, Row, Writer, write_block
from assessment.report.found import kept_in
from assessment.report.provenance import elsewhere_notes
from assessment.report.text import (
    STATUS_WORDS,
    count_text,
    duration_text,
    one_line,
    points_text,
    shorten,
)
from assessment.results.classes import (
    Absent,
    ClassResults,
    Pair,
    QuestionShare,
    Spread,
    StudentResults,
    group_classes,
)
from assessment.results.promises import promise_words
from assessment.results.record import Result
from assessment.results.totals import UNDECIDED, add_up

MOST_LINES = 20
"""Of one kind: flags, reasons, pairs."""

NAME_LIMIT = 30


def write_class_table(
    writer: Writer,
    results: Sequence[Result],
    *,
    absent: Sequence[Absent] = (),
    similar: Sequence[Pair] = (),
    width: int = WIDTH,
) -> None:
    """Write for each lab a line a student and a line a question, then what holds of the class.

    Args:
        writer: of the terminal.
        results: of all items.
        absent: who handed in nothing.
        similar: submissions that are much alike.
        width: columns of the terminal.
    """
    classes = group_classes(results)
    for lab in classes:
        _write_lab(writer, lab, width)
    _write_notes(writer, _about_class(classes, absent, similar), width)
    writer.line("")


def spread_text(spread: Spread, points: float) -> str:
    """Say in one line how points are spread.

    Args:
        spread: of a class.
        points: that could be earned.
    """
    parts = [
        f"mean {points_text(spread.mean)} of {points_text(points)} points",
        f"median {points_text(spread.median)}",
    ]
    if spread.sd is not None:
        parts.append(f"standard deviation {points_text(spread.sd)}")
    parts.append(f"from {points_text(spread.least)} to {points_text(spread.most)}")
    return ", ".join(parts)


def class_text(lab: ClassResults) -> str:
    """Say in one line how a class fared in a lab."""
    count = count_text(len(lab.students), "student")
    if lab.spread is None:
        return f"{count}, nobody's points are all decided"
    open_ones = len(lab.students) - lab.spread.students
    few = f" (without {open_ones} whose points are not all decided)" if open_ones else ""
    return f"{count}: {spread_text(lab.spread, most_points(lab))}{few}"


def most_points(lab: ClassResults) -> float:
    """Return what a student could earn: what those of whom all was decided could."""
    return max((each.totals.points + each.totals.undecided for each in lab.students), default=0.0)


def share_text(share: float | None) -> str:
    """Write a share of the points; a dash where nobody was graded."""
    return "-" if share is None else f"{100 * share:.0f} %"


def jails_of(classes: Sequence[ClassResults]) -> Counter[str]:
    """Count the submissions by how their code was kept in."""
    kept = {
        student.submission.id: kept_in(student.submission)
        for lab in classes
        for student in lab.students
    }
    return Counter(kept.values())


def reasons_of(lab: ClassResults) -> list[tuple[str, list[Result]]]:
    """Return why items were not graded, those without the machine's fault last; items by reason."""
    found: dict[str, list[Result]] = {}
    for result in lab.results:
        if result.status in UNDECIDED and result.status != "smoke":
            reason = one_line(result.reason) or "no reason was given"
            found.setdefault(f"{STATUS_WORDS[result.status]}: {reason}", []).append(result)
    return sorted(found.items(), key=lambda each: each[1][0].status != "not_gradable")


def flagged(lab: ClassResults) -> list[tuple[StudentResults, str, list[str]]]:
    """Return what a person should look at: whose, what, and in which items."""
    found = []
    for student in lab.students:
        said: dict[str, list[str]] = {}
        for result in student.lab.results:
            for flag in result.flags:
                said.setdefault(flag, []).append(result.unit)
        found += [(student, flag, units) for flag, units in said.items()]
    return found


def _write_lab(writer: Writer, lab: ClassResults, width: int) -> None:
    heading = f"{one_line(lab.lab)} ({one_line(lab.spec)})"
    write_block(writer, heading, [_student(each) for each in lab.students], STUDENTS, width)
    totals = add_up(lab.results)
    time = f", {duration_text(totals.seconds)} of training" if totals.seconds else ""
    items = f"{count_text(totals.items, 'item')}{time}"
    _write_notes(writer, iter([(class_text(lab), "bold"), (items, "light")]), width)
    write_block(writer, "questions", [_question(each) for each in lab.questions], QUESTIONS, width)
    _write_notes(writer, _about_lab(lab), width)
    writer.line("")


def _write_notes(writer: Writer, notes: Iterator[tuple[str, str]], width: int) -> None:
    for note, color in notes:
        for line in wrap(note, width, subsequent_indent="  ", break_on_hyphens=False):
            writer.line(line, **{color: True})


STUDENTS = Columns(
    headers={
        "student": "student",
        "name": "name",
        "points": "points",
        "of": "of",
        "waiting": "waiting",
        "undecided": "not graded",
        "failed": "failed",
        "flags": "flags",
        "seconds": "seconds",
    },
    right=frozenset({"points", "of", "waiting", "undecided", "failed", "flags", "seconds"}),
    shrinkable={"name": 8, "student": 12},
    kept=frozenset({"student", "points", "of"}),
    cut_at_end=frozenset({"name"}),
)

QUESTIONS = Columns(
    headers={
        "question": "question",
        "of": "of",
        "share": "mean share",
        "full": "all",
        "partly": "part",
        "none": "none",
        "failed": "failed",
        "undecided": "not graded",
        "waiting": "waiting",
    },
    right=frozenset({"of", "share", "full", "partly", "none", "failed", "undecided", "waiting"}),
    shrinkable={"question": 19},
    kept=frozenset({"question", "of", "share"}),
)


def _student(student: StudentResults) -> Row:
    totals, submission = student.totals, student.submission
    name = submission.name if submission.name != submission.id else ""
    return {
        "student": Cell(one_line(submission.id)),
        "name": Cell(shorten(name, NAME_LIMIT, keep_end=False)),
        "points": Cell(points_text(totals.earned)),
        "of": Cell(points_text(totals.points)),
        "waiting": _some(totals.waiting),
        "undecided": _some(totals.undecided, "yellow"),
        "failed": _some(student.failed, "yellow"),
        "flags": _some(student.flags, "yellow"),
        "seconds": Cell(f"{totals.seconds:,.0f}" if totals.seconds else ""),
    }


def _question(question: QuestionShare) -> Row:
    return {
        "question": Cell(one_line(question.question)),
        "of": Cell(points_text(question.points)),
        "share": Cell(share_text(question.share)),
        "full": Cell("" if question.share is None else str(question.full)),
        "partly": _some(question.partly),
        "none": _some(question.none),
        "failed": _some(question.failed, "yellow"),
        "undecided": _some(question.undecided, "yellow"),
        "waiting": _some(question.waiting),
    }


def _some(number: float, color: str = "") -> Cell:
    return Cell(points_text(number) if number else "", {color: True} if number and color else {})


def _about_lab(lab: ClassResults) -> Iterator[tuple[str, str]]:
    yield from _bounded(
        [f"{reason} ({_whose(items)})" for reason, items in reasons_of(lab)],
        "reason",
    )
    yield from _bounded(
        [
            f"look at {one_line(student.submission.id)}, {_listed(units)}: {one_line(flag)}"
            for student, flag, units in flagged(lab)
        ],
        "flag",
    )
    yield from ((note, "yellow") for note in elsewhere_notes(lab.fullest.lab.results))
    if lab.promise is not None:
        yield f"chance, for each student: {promise_words(lab.promise)}", "light"


def _whose(items: Sequence[Result]) -> str:
    students = {result.submission.id for result in items if result.submission is not None}
    return f"{count_text(len(items), 'item')} of {count_text(len(students), 'student')}"


def _about_class(
    classes: Sequence[ClassResults], absent: Sequence[Absent], similar: Sequence[Pair]
) -> Iterator[tuple[str, str]]:
    yield from _bounded(
        [
            f"look at {one_line(pair.first)} and {one_line(pair.second)} side by side: "
            f"{share_text(pair.share)} of what only they wrote is the same"
            for pair in similar
        ],
        "pair",
    )
    if absent:
        names = ", ".join(
            one_line(each.id) + (f" ({one_line(each.name)})" if each.name != each.id else "")
            for each in absent
        )
        yield f"no submission of {count_text(len(absent), 'student')}: {names}", "yellow"
    for words, count in jails_of(classes).most_common():
        yield f"{count_text(count, 'submission')} ran {words}", "light"


def _bounded(lines: Sequence[str], noun: str) -> Iterator[tuple[str, str]]:
    for line in lines[:MOST_LINES]:
        yield line, "yellow"
    rest = len(lines) - MOST_LINES
    if rest > 0:
        yield f"and {count_text(rest, f'more {noun}')}", "yellow"


def _listed(units: Sequence[str]) -> str:
    shown = ", ".join(map(one_line, units[:3]))
    return f"{shown} and {len(units) - 3} more" if len(units) > 3 else shown
