"""What was answered: right or wrong and why; beside a written answer what a person looks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.report.html.expectations import verdict
from assessment.report.text import code_html, escape
from assessment.results.record import Graded, Result

OWN = "The instructor's own answer"
REPORTED = "The report's answer"
SIGNS = {"as-met": "\u2713 right", "as-missed": "\u2717 wrong"}


def answers_block(results: Sequence[Result]) -> str:
    """Return the answers of a question; empty where its kind has none."""
    return "".join(filter(None, map(_block, results)))


def _block(result: Result) -> str:
    if result.kind == "written":
        return _pair("".join(_written(result)), _rubric(result))
    if result.kind == "answer" and result.expectations:
        graded = result.expectations[0]
        return _pair("".join(_answered(result, graded)), "".join(_reported(result)))
    return ""


def _answered(result: Result, graded: Graded) -> Iterator[str]:
    style, words = verdict(graded)
    sign = f'<span class="{style}">{SIGNS.get(style, words)}</span>'
    yield _label(OWN, sign)
    if result.answer.strip():
        yield f'<p class="as-said as-code">{escape(result.answer.strip())}</p>'
    if not graded.met:
        yield f"<p>{code_html(graded.why)}.</p>"
    yield f"<p><small>Asked for: {code_html(graded.condition)}</small></p>"
    if graded.note:
        yield f"<p><small>{code_html(graded.note)}</small></p>"


def _reported(result: Result) -> Iterator[str]:
    """Yield a report's answer; why it is wrong is told by a finding of the item."""
    if not result.reported_answer.strip():
        return
    style = "as-met" if result.reported_right else "as-missed"
    yield _label(REPORTED, f'<span class="{style}">{SIGNS[style]}</span>')
    yield f'<p class="as-said as-code">{escape(result.reported_answer.strip())}</p>'


def _written(result: Result) -> Iterator[str]:
    for label, text in ((OWN, result.answer), (REPORTED, result.reported_answer)):
        if text.strip():
            yield f'{_label(label)}<p class="as-said">{escape(text.strip())}</p>'


def _rubric(result: Result) -> str:
    items = "".join(f"<li>{code_html(line)}</li>" for line in result.rubric)
    return f"{_label('What the person looks for')}<ul>{items}</ul>" if items else ""


def _label(words: str, *more: str) -> str:
    parts = " \u00b7 ".join((escape(words), *filter(None, more)))
    return f'<p class="as-label">{parts}</p>'


def _pair(first: str, second: str) -> str:
    """Return two columns, one below the other where the page is narrow."""
    columns = "".join(f"<div>{part}</div>" for part in (first, second) if part)
    return f'<div class="as-answers">{columns}</div>' if columns else ""
