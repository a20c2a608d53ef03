"""The head of the report: how it went, where to look first, then every question.

The plugin puts it into `prefix` of `pytest_html_results_summary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from assessment.report.html.cards import points_phrase, question_card, question_state
from assessment.report.text import (
    STATUS_WORDS,
    count_text,
    duration_text,
    escape,
    one_line,
    points_text,
    shorten,
)
from assessment.results.record import Graded, Result
from assessment.results.totals import LabResults, QuestionResults, Totals, add_up, group

MOST_HINTS = 8
"""Entries below "Where to look first"."""

BANNERS = {
    "interrupted": "The run was interrupted: questions that are missing here were not reached.",
    "smoke": "A smoke run: everything was tried for one step, nothing was graded.",
}


@dataclass(frozen=True)
class Hint:
    """One place where a reader should look."""

    urgency: float
    """Larger first."""
    places: tuple[tuple[str, str], ...]
    """Anchor and name of each item that it is about."""
    text: str


def summary_html(
    results: Sequence[Result], document: Mapping[str, Any], *, narrow: bool = True
) -> str:
    """Return the summary as one piece of HTML with its own style and no scripts.

    `document` is what `results.document.build` gave for the same results. With
    `narrow`, each figure comes a second time for narrow screens.
    """
    labs = group(results)
    anchors = {
        (lab_index, index): f"as-{lab_index}-{index}"
        for lab_index, lab in enumerate(labs)
        for index in range(len(lab.questions))
    }
    sections = "".join(
        _lab_section(lab, lab_index, anchors, narrow) for lab_index, lab in enumerate(labs)
    )
    return (
        # pytest-html's page names no viewport, without which a phone shows it zoomed out.
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_style()}</style>"
        f'<div class="as-report">{_top(labs, add_up(results), document, anchors)}{sections}'
        f"{_provenance(document, labs)}</div>"
    )


def _style() -> str:
    return files("assessment.report.html").joinpath("report.css").read_text(encoding="utf-8")


def _top(
    labs: Sequence[LabResults],
    totals: Totals,
    document: Mapping[str, Any],
    anchors: Mapping[tuple[int, int], str],
) -> str:
    banner = BANNERS.get(str(document.get("status")), "")
    warning = f'<p class="as-banner">{banner}</p>' if banner else ""
    if not labs:
        return f'<section class="as-top">{warning}<p>No question was graded.</p></section>'
    times = duration_text(totals.seconds) if totals.seconds else "no time"
    scope = (
        f"{count_text(totals.items, 'item')} in {count_text(len(labs), 'lab')}, {times} of training"
    )
    return (
        f'<section class="as-top">{warning}<p class="as-score">{points_phrase(totals)}</p>'
        f"{_bar(totals)}<p>{scope}.</p>{_lab_list(labs)}{_hints(labs, anchors)}</section>"
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


def _lab_list(labs: Sequence[LabResults]) -> str:
    if len(labs) < 2:
        return ""
    items = "".join(
        f'<li><a href="#as-{index}">{escape(lab.lab)}</a>: {points_phrase(lab.totals)}</li>'
        for index, lab in enumerate(labs)
    )
    return f'<ul class="as-labs">{items}</ul>'


def _hints(labs: Sequence[LabResults], anchors: Mapping[tuple[int, int], str]) -> str:
    hints = sorted(_find_hints(labs, anchors), key=lambda hint: -hint.urgency)
    if not hints:
        return '<p class="as-clear">\u2713 Every point that could be graded was earned.</p>'
    items = "".join(
        f"<li>{', '.join(_link(*place) for place in hint.places)}: {escape(hint.text)}</li>"
        for hint in hints[:MOST_HINTS]
    )
    rest = sum(len(hint.places) for hint in hints[MOST_HINTS:])
    more = f"<p>and {count_text(rest, 'item')} more below.</p>" if rest > 0 else ""
    return f'<h3>Where to look first</h3><ol class="as-hints">{items}</ol>{more}'


def _find_hints(
    labs: Sequence[LabResults], anchors: Mapping[tuple[int, int], str]
) -> Iterator[Hint]:
    """Yield a hint for each item that needs one; those that say the same are made one.

    What the machine could not do comes first, then failed runs, then lost
    points, then what only should be looked at.
    """
    hints: dict[str, Hint] = {}
    for lab_index, lab in enumerate(labs):
        for index, question in enumerate(lab.questions):
            for result in question.results:
                found = _hint(result)
                if found is not None:
                    urgency, text = found
                    place = (anchors[lab_index, index], shorten(result.unit, 60))
                    same = hints.get(text, Hint(urgency, (), text))
                    hints[text] = Hint(max(urgency, same.urgency), (*same.places, place), text)
    yield from hints.values()


def _link(anchor: str, name: str) -> str:
    return f'<a href="#{anchor}">{escape(name)}</a>'


def _hint(result: Result) -> tuple[float, str] | None:
    lost = result.points - result.earned
    reason = shorten(result.reason, 200, keep_end=False)
    match result.status:
        case "not_gradable":
            return 3e6 + result.points, f"not gradable, no zero: {reason}"
        case "crashed" | "invalid" | "timeout" | "out_of_memory":
            return 2e6 + lost, f"{STATUS_WORDS[result.status]}: {reason}"
        case "scored" if lost > 1e-9:
            missed = max(result.expectations, key=_lost, default=None)
            why = shorten(missed.why, 200, keep_end=False) if missed is not None else reason
            return 1e6 + lost, f"lost {points_text(lost)} of {points_text(result.points)}: {why}"
        case "scored" if any(graded.flagged for graded in result.expectations):
            return 5e5, "not what correct work usually gives: worth a look, costs nothing"
        case "scored" if result.findings:
            return 4e5, shorten(result.findings[0], 200, keep_end=False)
    return None


def _lost(graded: Graded) -> float:
    return graded.points - graded.earned


def _lab_section(
    lab: LabResults, lab_index: int, anchors: Mapping[tuple[int, int], str], narrow: bool
) -> str:
    overview = "".join(
        _overview_row(question, anchors[lab_index, index])
        for index, question in enumerate(lab.questions)
    )
    cards = "".join(
        question_card(question, anchors[lab_index, index], narrow=narrow)
        for index, question in enumerate(lab.questions)
    )
    return (
        f'<section class="as-lab" id="as-{lab_index}"><h3>{escape(lab.lab)}</h3>'
        f"<p>{points_phrase(lab.totals)} \u00b7 <code>{escape(lab.spec)}</code></p>"
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


def _provenance(document: Mapping[str, Any], labs: Sequence[LabResults]) -> str:
    """Return machine, versions and hashes, folded away."""
    groups = {
        "Session": {
            key: document[key] for key in ("status", "started", "finished") if document.get(key)
        },
        "Machine": document.get("machine", {}),
        "Versions": document.get("versions", {}),
        "Options": document.get("options", {}),
        "Spec files (SHA-256)": {lab.spec: lab.sha256 for lab in labs},
        "Data sets (SHA-256)": document.get("datasets", {}),
    }
    blocks = "".join(
        f"<h4>{title}</h4><dl>{''.join(_definitions(entries))}</dl>"
        for title, entries in groups.items()
        if entries
    )
    return (
        '<details class="as-provenance"><summary>Machine, versions, data and spec files</summary>'
        f"{blocks}</details>"
    )


def _definitions(entries: Mapping[str, Any]) -> Iterator[str]:
    for key, value in entries.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        text = "\u2013" if shown in (None, "") else shown
        yield f"<div><dt>{escape(str(key).replace('_', ' '))}</dt><dd>{escape(text)}</dd></div>"
