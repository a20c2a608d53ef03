"""Text that is safe to show, whoever wrote it, and numbers as people read them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from html import escape as escape_html

from assessment.grading.wording import Style, bare, count
from assessment.results.record import Result, Status

STATUS_WORDS: dict[Status, str] = {
    "scored": "graded",
    "invalid": "invalid",
    "timeout": "out of time",
    "out_of_memory": "out of memory",
    "crashed": "crashed",
    "not_gradable": "not gradable",
    "waiting": "waits for a person",
    "skipped": "skipped",
    "shortened": "cut short, not graded",
    "smoke": "smoke run, not graded",
}
"""How each status is called in a table."""

STATUS_MEANINGS: dict[Status, str] = {
    "scored": "",
    "invalid": "The solution's output could not be used.",
    "timeout": "The solution did not end within its time limit.",
    "out_of_memory": "The solution needed more memory than allowed.",
    "crashed": "The solution ended with an error.",
    "not_gradable": "The machine or the grader could not do this, so it is not a zero.",
    "waiting": "A person gives these points.",
    "skipped": "Not run here, so it is not a zero.",
    "shortened": "Trained for fewer epochs than asked: measured, not graded.",
    "smoke": "Tried for one step only, not graded.",
}
"""What each status means, for somebody who reads it for the first time."""

UNIT_STYLES: dict[str, Style] = {
    "%": "percent",
    "s": "seconds",
    "epochs": "count",
    "nats": "significant",
}

count_text = count
"""Write `1 seed`, `3 seeds`; here, where many things are called a count."""


def clean(text: str) -> str:
    """Drop what could steer a terminal, a browser or the reading direction; keep lines and tabs.

    Lone surrogates, which no file can be written with, become question marks.
    """
    if text.isascii() and text.isprintable():  # most texts, and pages have thousands
        return text
    return "".join(
        character
        for character in text.encode("utf-8", "replace").decode("utf-8")
        if character in "\n\t" or not _steers(character)
    )


def one_line(text: str) -> str:
    """Return cleaned text with all white space made single spaces."""
    return " ".join(clean(text).split())


def shorten(text: str, limit: int, *, keep_end: bool = True) -> str:
    """Return at most `limit` characters on one line; two dots stand for what is left out.

    With `keep_end` that is the middle, otherwise the end.
    """
    text = one_line(text)
    if len(text) <= limit:
        return text
    if limit <= 4:
        return text[:limit]
    tail = (limit - 2) // 3 if keep_end else 0
    head = text[: limit - 2 - tail].rstrip()
    return f"{head}..{text[len(text) - tail :].lstrip()}"


def escape(text: object) -> str:
    """Return cleaned text that HTML shows as it stands, also within an attribute."""
    return escape_html(clean(str(text)), quote=True)


def code_html(text: object) -> str:
    """Return a sentence as HTML, in which what stands between backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def printed_html(output: str) -> str:
    """Return what a run printed, as its own words; nothing where it printed nothing."""
    return f"<p>It printed:</p><pre>{escape(output)}</pre>" if output else ""


def value_text(value: float | None, unit: str = "", *, with_unit: bool = True) -> str:
    """Write a measured value: `98.01 %`, `0.0286`, `101,146`; a dash where there is none."""
    if value is None:
        return "-"
    style = UNIT_STYLES.get(unit, "count" if float(value).is_integer() else "significant")
    text = bare(value, style)
    return f"{text} {unit}" if with_unit and unit in ("%", "s", "epochs", "nats") else text


def points_text(points: float) -> str:
    """Write points with at most two decimals: `3`, `2.5`, `0.33`."""
    return f"{round(points, 2) + 0.0:g}" if points < 1e5 else f"{points:,.0f}"


def duration_text(seconds: float) -> str:
    """Write a duration: `0.8 s`, `42 s`, `3 min 20 s`, `1 h 4 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def time_text(time: str) -> str:
    """Write a UTC time, given in ISO 8601, to the minute: `2025-03-01 09:00`; others as given."""
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return one_line(time)
    return f"{found.astimezone(UTC) if found.tzinfo else found:%Y-%m-%d %H:%M}"


def seed_count(result: Result) -> int:
    """Return how many different seeds an item was trained with."""
    return len({run.seed for run in result.runs})


def _steers(character: str) -> bool:
    # Joiners (U+200C, U+200D) belong to the spelling of several languages.
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") and character not in (
        "\u200c",
        "\u200d",
    )
