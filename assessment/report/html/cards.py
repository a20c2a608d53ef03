"""One card a question: points, what was asked and measured, the figure, what a person adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assessment.report.html.answers import answers_block
from assessment.report.html.cases import cases_block
from assessment.report.html.expectations import expectations_table, reason_line
from assessment.report.html.figures import Further, figures_block, nothing_further
from assessment.report.html.found import found_block
from assessment.report.text import (
    STATUS_WORDS,
    code_html,
    count_text,
    duration_text,
    escape,
    points_text,
    printed_html,
    value_text,
)
from assessment.results.record import Result, Run, Status
from assessment.results.totals import UNDECIDED, QuestionResults, Totals, variant_title

OUTPUT_CHARACTERS = 4000

GRAVEST: tuple[Status, ...] = (
    "not_gradable",
    "crashed",
    "invalid",
    "timeout",
    "out_of_memory",
    "smoke",
    "shortened",
    "skipped",
    "waiting",
)
"""Which status of its items stands for a question, the first that occurs."""

SIGNS: dict[Status, str] = {
    "not_gradable": "!",
    "shortened": "\u2013",
    "smoke": "\u2013",
    "skipped": "\u2013",
    "waiting": "\u270e",
}


@dataclass(frozen=True)
class State:
    """How a question stands, in a CSS class, a sign and words."""

    style: str
    sign: str
    words: str


def question_state(question: QuestionResults) -> State:
    """Return the state of a question, the gravest of its items first."""
    statuses = [result.status for result in question.results]
    for status in GRAVEST:
        if status in statuses:
            count = statuses.count(status)
            words = STATUS_WORDS[status]
            if count < len(statuses):
                words = f"{words}: {count} of {len(statuses)} variants"
            return State(
                "as-open" if status in UNDECIDED or status == "waiting" else "as-missed",
                SIGNS.get(status, "\u2717"),
                words,
            )
    if question.totals.points == 0:
        return State("as-open", "\u2013", "shown only, no points")
    if question.totals.earned >= question.totals.points:
        return State("as-met", "\u2713", "all points")
    if question.totals.earned > 0:
        return State("as-partly", "\u25d0", "part of the points")
    return State("as-missed", "\u2717", "no points")


def question_card(
    question: QuestionResults,
    anchor: str,
    aside: str = "",
    further: Further = nothing_further,
    *,
    quick: bool = False,
) -> str:
    """Return the card of one question.

    Args:
        question: its items.
        anchor: id of the card.
        aside: a piece of HTML below its title.
        further: draws figures beside the usual ones.
        quick: draw panels as SVG.
    """
    state = question_state(question)
    results = question.results
    return (
        f'<article class="as-card {state.style}-edge" id="{anchor}">'
        f"<header><h4>{escape(question.title)}</h4>"
        f'<p class="as-points">{points_phrase(question.totals)}</p>'
        f'<p class="as-state"><span class="{state.style}">{state.sign} {state.words}</span> '
        f"<code>{escape(question.question)}</code> {escape(question.kind)}{aside}</p></header>"
        f"{''.join(reason_line(result) for result in results)}"
        f"{_findings(results)}"
        f"{found_block(results)}"
        f"{answers_block(results) or expectations_table(results)}"
        f"{cases_block(results)}"
        f"{figures_block(results, further, quick=quick)}"
        f"{_asked(results)}"
        f"{_runs(results)}"
        "</article>"
    )


def points_phrase(totals: Totals) -> str:
    """Return points in words, with those that are still open."""
    parts = []
    if totals.points or not (totals.waiting or totals.undecided):
        of = f"{points_text(totals.points)} point{'' if totals.points == 1 else 's'}"
        parts.append(f"<b>{points_text(totals.earned)}</b> of {of}")
    for points, words in (
        (totals.waiting, "waiting for a person"),
        (totals.undecided, "not graded"),
    ):
        if points:
            unit = "" if parts else " point" if points == 1 else " points"
            parts.append(f"{points_text(points)}{unit} {words}")
    return " \u00b7 ".join(parts)


def _findings(results: Sequence[Result]) -> str:
    items = [
        f"<li>{_named(result)}{code_html(finding)}</li>"
        for result in results
        for finding in result.findings
    ]
    return f'<ul class="as-findings">{"".join(items)}</ul>' if items else ""


def _asked(results: Sequence[Result]) -> str:
    text = next((result.text for result in results if result.text.strip()), "")
    if not text:
        return ""
    return (
        f'<details><summary>The question</summary><p class="as-text">{code_html(text.strip())}</p>'
        "</details>"
    )


def _runs(results: Sequence[Result]) -> str:
    rows = [
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in _run_cells(result, run))}</tr>"
        for result in results
        for run in result.runs
    ]
    if not rows:
        return ""
    seconds = sum(result.seconds for result in results)
    time = f", {duration_text(seconds)} of training" if seconds else ""
    titles = ("Variant", "Seed", "Outcome", "Time", "Memory", "Parameters", "Device", "Threads")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    outputs = "".join(
        f"<p>{_named(result)}seed {run.seed}: {escape(run.reason)}</p>"
        f"{printed_html(run.output[-OUTPUT_CHARACTERS:])}"
        for result in results
        for run in result.runs
        if run.outcome != "scored" and run.output
    )
    return (
        f"<details><summary>{count_text(len(rows), 'run')}{time}</summary>"
        f'<div class="as-scroll"><table class="as-runs"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{outputs}</details>"
    )


def _run_cells(result: Result, run: Run) -> Iterable[str]:
    yield escape(variant_title(result) or "\u2013")
    yield str(run.seed)
    yield escape(run.outcome.replace("_", " "))
    yield duration_text(run.seconds)
    yield f"{run.peak_megabytes:,.0f} MB" if run.peak_megabytes is not None else "\u2013"
    yield value_text(run.parameters) if run.parameters is not None else "\u2013"
    yield escape(run.environment.device) if run.environment else "\u2013"
    yield str(run.environment.threads) if run.environment else "\u2013"


def _named(result: Result) -> str:
    return f"<b>{escape(variant_title(result))}</b>: " if result.variant else ""
