"""Where to look first: what could not be graded, what failed, what lost points, what waits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assessment.report.text import (
    STATUS_WORDS,
    code_html,
    count_text,
    escape,
    one_line,
    points_text,
    shorten,
)
from assessment.results.record import Graded, Result
from assessment.results.totals import UNDECIDED, LabResults, variant_title

MOST_HINTS = 8
"""Entries that are shown."""

MOST_PLACES = 6
"""Items that one entry names."""

NAME_LIMIT = 64
REASON_LIMIT = 200
QUOTED_LEAST = 40
"""Characters of a quoted answer that are shown in any case."""

Anchors = Mapping[tuple[int, int], str]
"""Of each question, by the places of its lab and of itself."""


@dataclass(frozen=True)
class Hint:
    """One place where a reader should look."""

    urgency: float
    """Larger first."""
    places: tuple[tuple[str, str], ...]
    """Anchor and name of each item that it is about."""
    style: str
    tag: str
    """What happened, in a few words."""
    text: str = ""
    """Why, in a clause."""


def hints_html(labs: Sequence[LabResults], anchors: Anchors) -> str:
    """Return what a reader should see first, worst first, then what waits for a person."""
    hints = sorted(_find(labs, anchors), key=lambda hint: -hint.urgency)
    items = "".join(f"<li>{_entry(hint)}</li>" for hint in hints[:MOST_HINTS])
    rest = sum(len(hint.places) for hint in hints[MOST_HINTS:])
    more = f"<p>and {count_text(rest, 'item')} more below.</p>" if rest > 0 else ""
    first = f'<h3>Where to look first</h3><ol class="as-hints">{items}</ol>{more}' if items else ""
    lost = any(LOST <= hint.urgency < FLAGGED for hint in hints)
    return f"{'' if lost else CLEAR}{first}{_waiting(labs, anchors)}"


CLEAR = '<p class="as-clear">\u2713 Every point that could be graded was earned.</p>'

FLAGGED, UNGRADED, FAILED, LOST, UNUSUAL, FOUND = 5e6, 4e6, 3e6, 2e6, 1e6, 0.0
"""Urgencies, to which points are added."""


def _find(labs: Sequence[LabResults], anchors: Anchors) -> Iterator[Hint]:
    """Yield a hint for each item that needs one; those that say the same are made one."""
    hints: dict[tuple[str, str], Hint] = {}
    for place, result in _items(labs, anchors):
        for hint in _hints(result):
            same = hints.get((hint.tag, hint.text), hint)
            hints[hint.tag, hint.text] = replace(
                hint,
                urgency=max(hint.urgency, same.urgency),
                places=(*same.places, (place, _name(result))),
            )
    yield from hints.values()


def _items(labs: Sequence[LabResults], anchors: Anchors) -> Iterator[tuple[str, Result]]:
    for lab_index, lab in enumerate(labs):
        for index, question in enumerate(lab.questions):
            for result in question.results:
                yield anchors[lab_index, index], result


def _hints(result: Result) -> Iterator[Hint]:
    for flag in result.flags:
        yield Hint(FLAGGED, (), "as-flagged", "for a person", _in_short(flag))
    hint = _hint(result)
    if hint is not None:
        yield hint


def _hint(result: Result) -> Hint | None:
    lost = result.points - result.earned
    reason = _in_short(result.reason)
    match result.status:
        case "not_gradable":
            return Hint(UNGRADED + result.points, (), "as-open", "not gradable, no zero", reason)
        case "crashed" | "invalid" | "timeout" | "out_of_memory":
            return Hint(FAILED + lost, (), "as-missed", STATUS_WORDS[result.status], reason)
        case "scored" if lost > 1e-9:
            missed = max(result.expectations, key=_lost, default=None)
            why = _in_short(missed.why) if missed else reason
            tag = f"lost {points_text(lost)} of {points_text(result.points)}"
            return Hint(LOST + lost, (), "as-missed", tag, why)
        case "scored" if any(graded.flagged for graded in result.expectations):
            why = "not what correct work usually gives: worth a look, costs nothing"
            return Hint(UNUSUAL, (), "as-flagged", "unusual", why)
        case "scored" if result.findings:
            return Hint(FOUND, (), "as-open", "noted", _in_short(result.findings[0]))
    return None


def _in_short(text: str) -> str:
    """Shorten a sentence; what it quotes goes first, so that a counterexample stays."""
    quoted = max(re.findall("`([^`]+)`", text), key=len, default="")
    room = max(QUOTED_LEAST, REASON_LIMIT - (len(one_line(text)) - len(quoted)))
    short = text.replace(quoted, shorten(quoted, room, keep_end=False)) if quoted else text
    return shorten(short, REASON_LIMIT, keep_end=False)


def _waiting(labs: Sequence[LabResults], anchors: Anchors) -> str:
    """Return what a person still has to do, and what was left out."""
    found = list(_items(labs, anchors))
    waits = [
        f"{_link(place, _name(result))} ({points_text(result.waiting)})"
        for place, result in found
        if result.waiting
    ]
    left_out = [
        _link(place, _name(result))
        for place, result in found
        if result.status in UNDECIDED and result.status != "not_gradable"
    ]
    return "".join(
        f'<p class="as-waits"><b>{words}:</b> {", ".join(names)}.</p>'
        for words, names in (
            ("Waiting for a person, with points", waits),
            ("Not run here", left_out),
        )
        if names
    )


def _entry(hint: Hint) -> str:
    links = ", ".join(_link(*place) for place in hint.places[:MOST_PLACES])
    others = len(hint.places) - MOST_PLACES
    more = f" and {others} more" if others > 0 else ""
    text = f": {code_html(hint.text)}" if hint.text else ""
    return f'{links}{more} <span class="{hint.style}">{escape(hint.tag)}</span>{text}'


def _link(anchor: str, name: str) -> str:
    return f'<a href="#{anchor}">{escape(name)}</a>'


def _name(result: Result) -> str:
    own = variant_title(result)
    title = result.title if not own or own in result.title else f"{result.title}: {own}"
    return shorten(title, NAME_LIMIT) or result.unit


def _lost(graded: Graded) -> float:
    return graded.points - graded.earned
