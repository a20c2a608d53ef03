"""The head of the report: how it went, where to look first, then every question.

The plugin puts it into `prefix` of `pytest_html_results_summary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from assessment.report.html.cards import points_phrase, question_card, question_state
from assessment.report.html.chance import chance_html
from assessment.report.html.figures import Further, nothing_further
from assessment.report.html.found import whose_html
from assessment.report.html.hints import hints_html
from assessment.report.text import (
    count_text,
    duration_text,
    escape,
    one_line,
    points_text,
)
from assessment.results.promises import promise_of
from assessment.results.record import Result
from assessment.results.totals import (
    UNDECIDED,
    LabResults,
    QuestionResults,
    Totals,
    add_up,
    group,
)

BANNERS = {
    "interrupted": "The run was interrupted: questions that are missing here were not reached.",
    "shortened": "Some questions were trained for fewer epochs than asked: they are measured, not "
    "graded.",
    "smoke": "A smoke run: everything was tried for one step, nothing was graded.",
}

PRACTICE = "Practice: the points say how it would go, and are no grade."

WENT = {
    "full": ("earned all points",) * 2,
    "lost": ("lost points",) * 2,
    "open": ("could not be graded",) * 2,
    "waiting": ("waits for a person", "wait for a person"),
    "shown": ("is shown only", "are shown only"),
}
"""How a question can go, in the order in which it is told: of one, of several."""


def summary_html(
    results: Sequence[Result], document: Mapping[str, Any], further: Further = nothing_further
) -> str:
    """Return the summary as one piece of HTML with its own style and no scripts.

    Args:
        results: of all items.
        document: what `results.document.build` gave for them.
        further: draws figures beside the usual ones.
    """
    labs = group(results)
    banner = banner_of(document, results)
    return (
        f'{style_html()}<div class="as-report">{sections_html(labs, banner, further=further)}'
        f"{provenance_html(session_groups(document))}</div>"
    )


def session_groups(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return by title what the results of a session depend on."""
    return {
        "Session": {
            key: document[key] for key in ("status", "started", "finished") if document.get(key)
        },
        "Machine": in_words(document.get("machine", {})),
        "Versions": document.get("versions", {}),
        "Options": in_words(document.get("options", {})),
        "Spec files (SHA-256)": document.get("specs", {}),
        "Data sets (SHA-256)": document.get("datasets", {}),
    }


def banner_of(document: Mapping[str, Any], results: Sequence[Result]) -> str:
    """Return what a reader has to know before anything else; often nothing."""
    practice = any(r.submission is not None and r.submission.practice for r in results)
    told = (BANNERS.get(str(document.get("status")), ""), PRACTICE if practice else "")
    return " ".join(filter(None, told))


def style_html() -> str:
    """Return what the head of a page needs."""
    style = files("assessment.report.html").joinpath("report.css").read_text(encoding="utf-8")
    # pytest-html's page names no viewport, without which a phone shows it zoomed out.
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return f"{viewport}<style>{style}</style>"


def anchor_questions(labs: Sequence[LabResults]) -> dict[tuple[int, int], str]:
    """Return the id of each question's card, by the places of its lab and of itself."""
    return {
        (lab_index, index): f"as-{lab_index}-{index}"
        for lab_index, lab in enumerate(labs)
        for index in range(len(lab.questions))
    }


def sections_html(
    labs: Sequence[LabResults],
    banner: str = "",
    asides: Mapping[tuple[int, int], str] | None = None,
    further: Further = nothing_further,
    *,
    quick: bool = False,
) -> str:
    """Return how it went, where to look first, then every question.

    `asides` are pieces of HTML below the titles of some questions; `further` draws figures
    beside the usual ones; with `quick` these are drawn as SVG.
    """
    anchors = anchor_questions(labs)
    sections = "".join(
        _lab_section(lab, lab_index, anchors, asides or {}, further, quick=quick)
        for lab_index, lab in enumerate(labs)
    )
    return f"{_top(labs, banner, anchors)}{sections}"


def _top(labs: Sequence[LabResults], banner: str, anchors: Mapping[tuple[int, int], str]) -> str:
    totals = add_up(result for lab in labs for result in lab.results)
    warning = f'<p class="as-banner">{escape(banner)}</p>' if banner else ""
    if not labs:
        return f'<section class="as-top">{warning}<p>No question was graded.</p></section>'
    times = duration_text(totals.seconds) if totals.seconds else "no time"
    scope = (
        f"{count_text(totals.items, 'item')} in {count_text(len(labs), 'lab')}, {times} of training"
    )
    return (
        f'<section class="as-top">{warning}<p class="as-score">{points_phrase(totals)}</p>'
        f"{_bar(totals)}<p>{scope}.</p>{_verdicts(labs)}{hints_html(labs, anchors)}</section>"
    )


def _bar(totals: Totals) -> str:
    """Return a bar of all points: earned, lost, waiting, not graded."""
    parts = (
        ("as-bar-earned", totals.earned, "earned"),
        ("as-bar-lost", totals.points - totals.earned, "lost"),
        ("as-bar-waiting", totals.waiting, "waiting for a person"),
        ("as-bar-open", totals.undecided, "not graded"),
    )
    whole = sum(points for _, points, _ in parts)
    if whole <= 0:
        return ""
    shown = [(style, points, words) for style, points, words in parts if points > 0]
    label = ", ".join(f"{points_text(points)} {words}" for _, points, words in shown)
    pieces = "".join(
        f'<span class="{style}" style="width:{100 * points / whole:.2f}%"></span>'
        for style, points, _ in shown
    )
    legend = "".join(
        f'<li><span class="as-swatch {style}"></span>{points_text(points)} {words}</li>'
        for style, points, words in shown
    )
    return (
        f'<div class="as-bar" role="img" aria-label="Points: {label}">{pieces}</div>'
        f'<ul class="as-legend">{legend}</ul>'
    )


def _verdicts(labs: Sequence[LabResults]) -> str:
    """Return a sentence a lab, with its points where there are several labs."""
    if len(labs) == 1:
        return f"<p>{escape(verdict_sentence(labs[0]))}</p>"
    items = "".join(
        f'<li><a href="#as-{index}">{escape(lab.lab)}</a>: {points_phrase(lab.totals)}. '
        f"{escape(verdict_sentence(lab))}</li>"
        for index, lab in enumerate(labs)
    )
    return f'<ul class="as-labs">{items}</ul>'


def verdict_sentence(lab: LabResults) -> str:
    """Say in one sentence how the questions of a lab went."""
    counts = dict.fromkeys(WENT, 0)
    for question in lab.questions:
        counts[_went(question)] += 1
    number = len(lab.questions)
    if counts["full"] == number:
        return (
            "The only question earned all its points."
            if number == 1
            else (f"All {number} questions earned all their points.")
        )
    parts = [f"{count} {WENT[how][count > 1]}" for how, count in counts.items() if count]
    return f"Of {count_text(number, 'question')}, {', '.join(parts)}."


def _went(question: QuestionResults) -> str:
    """Return how a question went: what is worst in it."""
    totals = question.totals
    if totals.points - totals.earned > 1e-9:
        return "lost"
    if any(result.status in UNDECIDED for result in question.results):
        return "open"
    if totals.waiting:
        return "waiting"
    return "full" if totals.points else "shown"


def _lab_section(
    lab: LabResults,
    lab_index: int,
    anchors: Mapping[tuple[int, int], str],
    asides: Mapping[tuple[int, int], str],
    further: Further,
    *,
    quick: bool,
) -> str:
    overview = "".join(
        _overview_row(question, anchors[lab_index, index])
        for index, question in enumerate(lab.questions)
    )
    cards = "".join(
        question_card(
            question,
            anchors[lab_index, index],
            asides.get((lab_index, index), ""),
            further,
            quick=quick,
        )
        for index, question in enumerate(lab.questions)
    )
    return (
        f'<section class="as-lab" id="as-{lab_index}"><h3>{escape(lab.lab)}</h3>'
        f"<p>{points_phrase(lab.totals)} \u00b7 <code>{escape(lab.spec)}</code></p>"
        f"{whose_html(lab.submission) if lab.submission else ''}"
        f"{chance_html(lab.results, promise_of(lab.results))}"
        f'<ul class="as-overview">{overview}</ul>{cards}</section>'
    )


def _overview_row(question: QuestionResults, anchor: str) -> str:
    state = question_state(question)
    totals = question.totals
    decided = f"{points_text(totals.earned)}/{points_text(totals.points)}"
    points = (
        decided if totals.points else f"\u2013/{points_text(totals.waiting + totals.undecided)}"
    )
    return (
        f'<li class="{state.style}-edge"><a href="#{anchor}">{escape(one_line(question.title))}</a>'
        f'<span class="{state.style}">{state.sign} {points}</span></li>'
    )


def provenance_html(groups: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what the results depend on by title, such as machine and versions, folded away."""
    blocks = "".join(
        f"<h4>{title}</h4><dl>{''.join(_definitions(entries))}</dl>"
        for title, entries in groups.items()
        if entries
    )
    return (
        '<details class="as-provenance"><summary>Machine, versions, data and spec files</summary>'
        f"{blocks}</details>"
    )


def in_words(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return entries whose keys are names of a program, such as `memory_gigabytes`, as words."""
    return {key.replace("_", " "): value for key, value in entries.items()}


def _definitions(entries: Mapping[str, Any]) -> Iterator[str]:
    for key, value in entries.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        text = "\u2013" if shown in (None, "") else shown
        yield f"<div><dt>{escape(key)}</dt><dd>{escape(text)}</dd></div>"
