"""The head of a class's report: how points are spread, where to look first, students, questions.

Figures of single trainings are on the students' own pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assessment.report.class_table import (
    class_text,
    flagged,
    jails_of,
    most_points,
    reasons_of,
    share_text,
)
from assessment.report.html.chance import chance_html
from assessment.report.html.figures import panel_html
from assessment.report.html.summary import (
    BANNERS,
    provenance_html,
    session_groups,
    style_html,
)
from assessment.report.text import (
    code_html,
    count_text,
    duration_text,
    escape,
    one_line,
    points_text,
    shorten,
)
from assessment.results.classes import (
    Absent,
    ClassResults,
    Pair,
    QuestionShare,
    StudentResults,
    group_classes,
)
from assessment.results.record import Result
from assessment.results.totals import add_up

if TYPE_CHECKING:
    from assessment.report.figures.layout import Panel

MOST_LOOKS = 60
"""Entries of one kind that are listed."""

MOST_NAMES = 8
"""Students that one entry names."""

NAME_LIMIT = 60
REASON_LIMIT = 300

NONE = "\u2013"

Pages = Mapping[str, str]
"""Of each student the address of the page, by id."""


def class_summary_html(
    results: Sequence[Result],
    document: Mapping[str, Any],
    pages: Pages,
    *,
    absent: Sequence[Absent] = (),
    similar: Sequence[Pair] = (),
) -> str:
    """Return the summary of a class as one piece of HTML with its own style and no scripts.

    Args:
        results: of all items.
        document: what `results.document.build` gave for them.
        pages: where the students' own pages are, seen from this one.
        absent: who handed in nothing.
        similar: submissions that are much alike.
    """
    classes = group_classes(results)
    status = BANNERS.get(str(document.get("status")), "")
    banner = f'<p class="as-banner">{escape(status)}</p>' if status else ""
    names = {each.submission.id: each.submission.name for lab in classes for each in lab.students}
    return (
        f'{style_html()}<div class="as-report">'
        f'<section class="as-top">{banner}{_scope(results, classes)}'
        f"{_looks(classes, pages, similar, names)}{_absent(absent)}</section>"
        f"{''.join(_lab(lab, pages) for lab in classes)}"
        f"{provenance_html(session_groups(document))}</div>"
    )


def _scope(results: Sequence[Result], classes: Sequence[ClassResults]) -> str:
    if not classes:
        return "<p>No question was graded.</p>"
    totals = add_up(results)
    students = {student.submission.id for lab in classes for student in lab.students}
    time = duration_text(totals.seconds) if totals.seconds else "no time"
    jails = ", ".join(
        f"{count_text(count, 'submission')} ran {words}"
        for words, count in jails_of(classes).most_common()
    )
    return (
        f'<p class="as-score"><b>{count_text(len(students), "student")}</b> \u00b7 '
        f"{count_text(totals.items, 'item')}, {time} of training</p><p>{escape(jails)}.</p>"
    )


def _looks(
    classes: Sequence[ClassResults],
    pages: Pages,
    similar: Sequence[Pair],
    names: Mapping[str, str],
) -> str:
    """Return what a person should look at first: what failed here, flags, and pairs."""
    entries = [
        *_bounded([entry for lab in classes for entry in _ungraded(lab, pages)]),
        *_bounded([entry for lab in classes for entry in _flags(lab, pages)]),
        *_bounded(
            [
                f"{_who(pair.first, names, pages)} and {_who(pair.second, names, pages)} "
                f'<span class="as-flagged">side by side</span>: {share_text(pair.share)} of what '
                "only they wrote is the same, however named, ordered and laid out"
                for pair in similar
            ]
        ),
    ]
    if not entries:
        if not classes:
            return ""
        return '<p class="as-clear">\u2713 Nothing was flagged, and everything was graded.</p>'
    items = "".join(f"<li>{entry}</li>" for entry in entries)
    return (
        "<h3>Look here first</h3><p>None of this costs points by itself.</p>"
        f'<ol class="as-hints">{items}</ol>'
    )


def _bounded(entries: Sequence[str]) -> Iterator[str]:
    yield from entries[:MOST_LOOKS]
    if len(entries) > MOST_LOOKS:
        yield f"and {len(entries) - MOST_LOOKS} more like this"


def _ungraded(lab: ClassResults, pages: Pages) -> Iterator[str]:
    for reason, items in reasons_of(lab):
        names = {r.submission.id: r.submission.name for r in items if r.submission is not None}
        whose = [_who(student, names, pages) for student in sorted(names)]
        rest = f" and {len(whose) - MOST_NAMES} more" if len(whose) > MOST_NAMES else ""
        yield (
            f'<span class="as-open">{count_text(len(items), "item")}</span> of '
            f"{', '.join(whose[:MOST_NAMES])}{rest}: {_short(reason)}"
        )


def _flags(lab: ClassResults, pages: Pages) -> Iterator[str]:
    for student, flag, units in flagged(lab):
        submission = student.submission
        items = ", ".join(escape(one_line(unit)) for unit in units[:MOST_NAMES])
        rest = f" and {len(units) - MOST_NAMES} more" if len(units) > MOST_NAMES else ""
        yield (
            f"{_who(submission.id, {submission.id: submission.name}, pages)} "
            f'<span class="as-flagged">{items}{rest}</span>: {_short(flag)}'
        )


def _short(text: str) -> str:
    return code_html(shorten(text, REASON_LIMIT, keep_end=False))


def _who(student: str, names: Mapping[str, str], pages: Pages) -> str:
    """Return a student's name as a link to the page, where there is one."""
    name = names.get(student, student)
    shown = escape(shorten(name, NAME_LIMIT) or student)
    address = pages.get(student)
    title = f' title="{escape(student)}"' if name != student else ""
    return f'<a href="{escape(address)}"{title}>{shown}</a>' if address else shown


def _absent(absent: Sequence[Absent]) -> str:
    if not absent:
        return ""
    names = ", ".join(
        escape(one_line(each.name))
        + (f" ({escape(one_line(each.id))})" if each.id != each.name else "")
        for each in absent
    )
    return (
        f'<p class="as-waits"><b>No submission of {count_text(len(absent), "student")}:</b> '
        f"{names}.</p>"
    )


def _lab(lab: ClassResults, pages: Pages) -> str:
    chance = chance_html(lab.fullest.lab.results, lab.promise, "Chance, for each student")
    return (
        f'<section class="as-lab"><h3>{escape(lab.lab)}</h3>'
        f"<p>{escape(class_text(lab))} \u00b7 <code>{escape(lab.spec)}</code></p>{chance}"
        f"{_distribution(lab)}<h4>Questions</h4>{_questions(lab)}<h4>Students</h4>"
        f"{_students(lab, pages)}</section>"
    )


def _distribution(lab: ClassResults) -> str:
    def make() -> Panel | None:
        # matplotlib takes a second to import, which a run without a report does not pay.
        from assessment.report.figures.points import points_panel

        points = [each.totals.earned for each in lab.students if not each.totals.undecided]
        return points_panel(points, most_points(lab))

    return panel_html(make)


def _questions(lab: ClassResults) -> str:
    titles = ("Question", "Points", "Mean share", "All", "Part", "None", "Failed", "Not graded")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    rows = "".join(_question(question) for question in lab.questions)
    return (
        f'<div class="as-scroll"><table class="as-runs as-class"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _question(question: QuestionShare) -> str:
    waiting = f", {points_text(question.waiting)} waiting" if question.waiting else ""
    graded = question.share is not None
    cells = (
        f'<th scope="row">{escape(shorten(question.title, NAME_LIMIT))} '
        f"<code>{escape(one_line(question.question))}</code></th>",
        f"<td>{points_text(question.points)}{waiting}</td>",
        f"<td>{share_text(question.share)}{_bar(question.share)}</td>",
        *(
            f"<td>{number if graded else NONE}</td>"
            for number in (question.full, question.partly, question.none)
        ),
        _count(question.failed, "as-missed"),
        _count(question.undecided, "as-open"),
    )
    return f"<tr>{''.join(cells)}</tr>"


def _bar(share: float | None) -> str:
    if share is None:
        return ""
    return f'<span class="as-share"><span style="width:{100 * share:.0f}%"></span></span>'


def _students(lab: ClassResults, pages: Pages) -> str:
    titles = ("Student", "Id", "Points", "Of", "Waiting", "Not graded", "Failed", "Flags", "Time")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    rows = "".join(_student(student, pages) for student in lab.students)
    return (
        f'<div class="as-scroll"><table class="as-runs as-class"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _student(student: StudentResults, pages: Pages) -> str:
    submission, totals = student.submission, student.totals
    who = _who(submission.id, {submission.id: submission.name}, pages)
    cells = (
        f'<th scope="row">{who}</th>',
        f"<td>{escape(submission.id)}</td>",
        f"<td><b>{points_text(totals.earned)}</b></td>",
        f"<td>{points_text(totals.points)}</td>",
        _count(totals.waiting),
        _count(totals.undecided, "as-open"),
        _count(student.failed, "as-missed"),
        _count(student.flags, "as-flagged"),
        f"<td>{duration_text(totals.seconds) if totals.seconds else NONE}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _count(number: float, style: str = "") -> str:
    if not number:
        return f"<td>{NONE}</td>"
    shown = points_text(number)
    return f'<td><span class="{style}">{shown}</span></td>' if style else f"<td>{shown}</td>"
