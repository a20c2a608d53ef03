"""The standing report: the latest result of every item in a store, as one HTML page.

It is read without scripts; a small one sorts and hides rows. Everything from a
spec, a solution or a session's name is escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from assessment.report.html.cards import question_state
from assessment.report.html.expectations import labelled_cell
from assessment.report.html.rows import COLUMNS, row_contents, row_extra_html
from assessment.report.html.summary import (
    anchor_questions,
    in_words,
    provenance_html,
    sections_html,
    style_html,
)
from assessment.report.text import count_text, duration_text, escape, one_line, time_text
from assessment.results.machine import find_versions
from assessment.results.record import Result
from assessment.results.totals import LabResults, QuestionResults, add_up, group

TITLE = "Standing report"

EMPTY = "The store holds no graded result."

CHANGED = (
    "changed between these sessions: some of its results were graded by an earlier version of it."
)

ITEM_COLUMNS = ("Item", "Result", *(title for _, title in COLUMNS), "Session", "Graded", "Time")


@dataclass(frozen=True)
class Standing:
    """The latest result of an item, and where it comes from."""

    result: Result
    session: int
    """Number of the session that graded it."""
    session_name: str
    """The session's name; empty where it was not saved under one."""
    graded: str
    """UTC time, ISO 8601."""


def standing_page(
    standings: Sequence[Standing], machine: Mapping[str, Any], *, store: str, written: str
) -> str:
    """Return the page, items in the order given.

    `machine` is what `results.machine.describe_machine` gives of the machine
    that writes the page; `store` is the path of the store as it is shown;
    `written` is a UTC time in ISO 8601.
    """
    labs = group(standing.result for standing in standings)
    of = {id(standing.result): standing for standing in standings}
    intro = f"<h1>{TITLE}</h1><p>{escape(_intro(standings, store, written))}</p>"
    body = (
        f'<div class="as-report">{_sessions(standings)}'
        f"{sections_html(labs, _banner(standings), _asides(labs, of))}"
        f"{_items(labs, of)}{provenance_html(_provenance(standings, machine))}</div>"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{TITLE}</title>{style_html()}<style>{_own('page.css')}</style></head>"
        f"<body>{intro}{body}<script>{_own('page.js')}</script></body></html>\n"
    )


def _own(name: str) -> str:
    return files("assessment.report.html").joinpath(name).read_text(encoding="utf-8")


def _intro(standings: Sequence[Standing], store: str, written: str) -> str:
    origin = f"Written {time_text(written)} UTC from {one_line(store)}"
    if not standings:
        return f"{origin}. {EMPTY}"
    results = count_text(len(standings), "result")
    sessions = count_text(len({standing.session for standing in standings}), "session")
    return f"{origin}: {results} of {sessions}, graded {_when(standings)} UTC."


def _when(standings: Iterable[Standing]) -> str:
    times = sorted(time_text(standing.graded) for standing in standings)
    return " to ".join(dict.fromkeys((times[0], times[-1])))


def _by_session(standings: Iterable[Standing]) -> dict[int, list[Standing]]:
    found: dict[int, list[Standing]] = {}
    for standing in sorted(standings, key=lambda standing: standing.session):
        found.setdefault(standing.session, []).append(standing)
    return found


def _session_text(standing: Standing) -> str:
    name = one_line(standing.session_name)
    return f"#{standing.session} {name}".rstrip()


def _sessions(standings: Sequence[Standing]) -> str:
    """Return which sessions the results come from, folded away."""
    groups = _by_session(standings)
    if not groups:
        return ""
    rows = "".join(
        f"<tr><td>{escape(_session_text(each[0]))}</td><td>{len(each)}</td>"
        f"<td>{escape(_when(each))}</td></tr>"
        for each in groups.values()
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in ("Session", "Results", "Graded"))
    return (
        f'<details class="as-sessions"><summary>From {count_text(len(groups), "session")}</summary>'
        f'<div class="as-scroll"><table class="as-runs"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _banner(standings: Iterable[Standing]) -> str:
    changed = [spec for spec, hashes in _spec_hashes(standings).items() if len(hashes) > 1]
    return " ".join(f"{spec} {CHANGED}" for spec in changed)


def _spec_hashes(standings: Iterable[Standing]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for standing in standings:
        hashes = found.setdefault(standing.result.spec, [])
        if standing.result.lab_sha256 not in hashes:
            hashes.append(standing.result.lab_sha256)
    return found


def _asides(labs: Sequence[LabResults], of: Mapping[int, Standing]) -> dict[tuple[int, int], str]:
    """Return for each card when and in which sessions its items were graded."""
    return {
        (
            lab_index,
            index,
        ): f" \u00b7 {escape(_graded([of[id(each)] for each in question.results]))}"
        for lab_index, lab in enumerate(labs)
        for index, question in enumerate(lab.questions)
    }


def _graded(standings: Sequence[Standing]) -> str:
    sessions = ", ".join(_session_text(each[0]) for each in _by_session(standings).values())
    return f"graded {_when(standings)} UTC in session {sessions}"


def _items(labs: Sequence[LabResults], of: Mapping[int, Standing]) -> str:
    """Return the list of all items with their details."""
    if not labs:
        return ""
    anchors = anchor_questions(labs)
    rows = [
        _row(of[id(result)], anchors[lab_index, index])
        for lab_index, lab in enumerate(labs)
        for index, question in enumerate(lab.questions)
        for result in question.results
    ]
    head = "".join(f'<th scope="col">{title}</th>' for title in ITEM_COLUMNS)
    states = Counter(state for state, _ in rows)
    boxes = "".join(
        f'<label><input type="checkbox" value="{escape(state)}" checked> '
        f"{escape(state)} ({count})</label>"
        for state, count in states.items()
    )
    bodies = "".join(body for _, body in rows)
    return (
        f'<section class="as-items"><h3>All items</h3>'
        f'<div class="as-controls" hidden>Show: {boxes}</div>'
        f'<table class="as-table as-rows"><thead><tr>{head}</tr></thead>{bodies}</table></section>'
    )


def _row(standing: Standing, anchor: str) -> tuple[str, str]:
    """Return the state of an item in words, and its rows."""
    result = standing.result
    state = question_state(QuestionResults(result.question, (result,), add_up([result])))
    name = f"{one_line(result.spec)}::{one_line(result.unit)}"
    contents = zip((title for _, title in COLUMNS), row_contents(result), strict=True)
    cells = [
        _cell("Item", name, f'<a href="#{anchor}">{escape(name)}</a>'),
        _cell(
            "Result",
            state.words,
            f'<span class="{state.style}">{state.sign} {escape(state.words)}</span>',
        ),
        *(
            _cell(title, "" if key is None else repr(key), escape(one_line(text)) or "\u2013")
            for title, (key, text) in contents
        ),
        _cell("Session", str(standing.session), escape(_session_text(standing))),
        _cell("Graded", one_line(standing.graded), escape(time_text(standing.graded))),
        _cell(
            "Time",
            repr(result.seconds) if result.seconds else "",
            escape(duration_text(result.seconds)) if result.seconds else "\u2013",
        ),
    ]
    details = (
        f'<tr class="as-more"><td colspan="{len(ITEM_COLUMNS)}"><details><summary>Details</summary>'
        f"{row_extra_html(result)}</details></td></tr>"
    )
    body = f'<tbody data-state="{escape(state.words)}"><tr>{"".join(cells)}</tr>{details}</tbody>'
    return state.words, body


def _cell(title: str, key: str, content: str) -> str:
    return labelled_cell(title, content).replace("<td", f'<td data-sort="{escape(key)}"', 1)


def _provenance(
    standings: Sequence[Standing], machine: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """Return what the page names: where it was written, where its runs were made, of what."""
    environments: Counter[str] = Counter()
    datasets: dict[str, list[str]] = {}
    for run in (run for standing in standings for run in standing.result.runs):
        if run.environment is not None:
            known = run.environment
            threads = count_text(known.threads, "thread")
            environments[
                f"torch {known.torch}, {known.device} {known.capability}, {threads}, "
                f"Python {known.python}, {known.platform} {known.processor}".strip()
            ] += 1
        hashes = datasets.setdefault(run.dataset, [])
        if run.dataset_sha256 not in hashes:
            hashes.append(run.dataset_sha256)
    return {
        "Environments of the runs": {
            environment: count_text(count, "run") for environment, count in environments.items()
        },
        "Spec files (SHA-256)": _spec_hashes(standings),
        "Data sets (SHA-256)": datasets,
        "Machine that wrote this page": in_words(machine),
        "Versions that wrote this page": find_versions(),
    }
