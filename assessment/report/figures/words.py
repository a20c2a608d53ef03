"""Panels in words: an alternative text with the numbers that a reader would take from a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from assessment.report.figures.repeats import Repeats
from assessment.report.text import count_text, one_line, shorten, value_text

MOST_CHARACTERS = 900
"""An alternative text is read aloud; the tables beside the figures hold everything."""

TITLE_LIMIT = 120
NAME_LIMIT = 40


def tell(title: str, facts: Iterable[str], after: str = "") -> str:
    """Return `title: fact; fact. after`, cut off at a fact where it becomes too long."""
    text = shorten(title, TITLE_LIMIT)
    length = len(text) + len(after)
    told: list[str] = []
    for fact in facts:
        length += len(fact) + 2
        if length > MOST_CHARACTERS:
            told.append("more stands in the tables of this question")
            break
        told.append(fact)
    sentence = f"{text}: {'; '.join(told)}." if told else f"{text}."
    return f"{sentence} {one_line(after)}".rstrip()


def named(name: str, fact: str) -> str:
    """Return a fact about something that has a name, or only the fact where it has none."""
    return f"{shorten(name, NAME_LIMIT)} {fact}" if name else fact


def course(repeats: Repeats, unit: str) -> str:
    """Return the ends of a curve: `0.322 to 0.0295 nats`."""
    ends = repeats.ends
    if ends is None:
        return "without a finite value"
    single = np.isfinite(repeats.mean).sum() == 1
    start = "" if single else f"{brief(ends[0], unit, bare=True)} to "
    return f"{start}{brief(ends[1], unit)}"


def spread(repeats: Sequence[Repeats]) -> str:
    """Return over how many seeds the curves are averaged, as a sentence; empty for one."""
    seeds = max((each.count for each in repeats), default=1)
    return f"Means of {count_text(seeds, 'seed')}." if seeds > 1 else ""


def brief(value: float | None, unit: str, *, bare: bool = False) -> str:
    """Write a number with three digits, percent with two decimals."""
    if value is None:
        return "no value"
    if unit not in ("%", "nats", ""):
        return value_text(value, unit)
    number = f"{value:.2f}" if unit == "%" else f"{value:.3g}"
    return number if bare or not unit else f"{number} {unit}"
