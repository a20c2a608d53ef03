"""The table of expectations: what was measured, beside what was asked and reported."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.grading.wording import write_share
from assessment.report.cells import distinct_labels, side_names
from assessment.report.text import STATUS_MEANINGS, code_html, escape, points_text, value_text
from assessment.results.record import BandSource, Graded, Result
from assessment.results.totals import variant_title

COLUMNS = ("What", "Measured", "Asked for", "Reported", "Points", "Verdict")

LONG_REASON = 60
AGAIN = "for the reason given above"


def expectations_table(results: Sequence[Result]) -> str:
    """Return one table for the items of a question; empty where nothing was expected."""
    several = any(result.variant for result in results)
    reported = any(each.reported is not None for item in results for each in item.expectations)
    columns = [name for name in COLUMNS if reported or name != "Reported"]
    bodies = [body for result in results if (body := _body(result, several, columns))]
    if not bodies:
        return ""
    titles = [*(["Variant"] if several else []), *columns]
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    return f'<table class="as-table"><thead><tr>{head}</tr></thead>{"".join(bodies)}</table>'


def reason_line(result: Result) -> str:
    """Return why an item was not graded as usual; empty where it was."""
    if result.status == "scored" and not result.reason:
        return ""
    first = result.reason.partition(" ")[0].rstrip(",")
    plain = first.isalpha()  # rather than an id, which is written as it is
    reason = result.reason[:1].upper() + result.reason[1:] if plain else result.reason
    meaning = "" if result.status == "waiting" and reason else STATUS_MEANINGS[result.status]
    sentence = " ".join(filter(None, (meaning, reason)))
    variant = f"<b>{escape(variant_title(result))}</b>: " if result.variant else ""
    return f'<p class="as-reason">{variant}{code_html(sentence)}</p>'


def verdict(graded: Graded) -> tuple[str, str]:
    """Return a CSS class and words with a sign, so that no meaning is in the colour alone."""
    if graded.flagged:
        return "as-flagged", "\u2191 unusual"
    if graded.met is None:
        return "as-open", "\u2013 not decided" if graded.points else "\u2013 shown only"
    if graded.met:
        return "as-met", "\u2713 met"
    partly = 0 < graded.earned < graded.points
    return ("as-partly", "\u25d0 partly met") if partly else ("as-missed", "\u2717 not met")


def _body(result: Result, several: bool, columns: Sequence[str]) -> str:
    rows = []
    told = [result.reason]
    labels = distinct_labels(result.expectations)
    for index, graded in enumerate(result.expectations):
        variant = ""
        if several and index == 0:
            span = len(result.expectations)
            name = escape(variant_title(result) or result.question)
            if result.variant and result.variant != variant_title(result):
                name += f"<small>{escape(result.variant)}</small>"  # as the figure calls it
            variant = f'<th scope="rowgroup" rowspan="{span}">{name}</th>'
        cells = _cells(graded, labels[index], told)
        shown = "".join(labelled_cell(name, *cells[name]) for name in columns)
        rows.append(f"<tr>{variant}{shown}</tr>")
        told.append(graded.why)
    return f"<tbody>{''.join(rows)}</tbody>" if rows else ""


def _cells(graded: Graded, label: str, told: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return content and style of each cell; a long reason `told` above is not told again."""
    style, words = verdict(graded)
    by = "" if graded.verified or graded.value is None else " <small>told by the run</small>"
    note = f"<small>{code_html(graded.note)}</small>" if graded.note else ""
    again = len(graded.why) > LONG_REASON and any(graded.why in text for text in told)
    listed = graded.met and graded.values  # a comparison that holds has its values as reason
    reason = AGAIN if again else "" if listed else graded.why
    why = f"<small>{code_html(reason)}</small>" if reason else ""
    source = f"<small>{escape(source_text(graded.source))}</small>" if graded.source else ""
    asked = code_html(graded.condition) if graded.condition else "\u2013"
    undecided = graded.met is None and not graded.earned
    earned = "\u2013" if undecided else points_text(graded.earned)
    points = f"{earned} of {points_text(graded.points)}"
    return {
        "What": (escape(label),),
        "Measured": (f"{_measured(graded)}{by}", "as-number"),
        "Asked for": (f"{asked}{source}",),
        "Reported": (_number(graded.reported, graded.unit), "as-number"),
        "Points": (points if graded.points else "\u2013", "as-number"),
        "Verdict": (f'<span class="{style}">{words}</span>{why}{note}',),
    }


def source_text(source: BandSource) -> str:
    """Say in one line where a band comes from, and what it promises."""
    parts = []
    if source.mean is not None:
        parts.append(f"mean {source.mean:.4g}")
    if source.sd is not None:
        parts.append(f"sd {source.sd:.2g}")
    if source.pooled_sd is not None:
        parts.append(f"with like questions {source.pooled_sd:.2g}")
    if source.at_once is not None and source.runs is not None:
        parts.append(
            f"a first run {_near(source.at_once)} is enough, else the mean of {source.runs}"
        )
    if source.false_fails is not None:
        rate = f"fails {write_share(source.false_fails)} of correct work by chance"
        if source.false_fails_upper is not None:
            rate += f" on average, {write_share(source.false_fails_upper)} as an upper rate"
        if source.alpha is not None:
            rate += f" (alpha {write_share(source.alpha)})"
        parts.append(rate)
    text = source.text or ("" if source.n is None else f"{source.n} reference runs")
    return ": ".join(filter(None, (text, ", ".join(parts))))


def _near(ends: tuple[float | None, float | None]) -> str:
    low, high = ends
    if low is not None and high is not None:
        return f"from {low:.4g} to {high:.4g}"
    return f"of {low:.4g} or more" if low is not None else f"of {high:.4g} or less"


def labelled_cell(label: str, content: str, style: str = "") -> str:
    """Return a cell of HTML that names its column itself, where the page is too narrow for both."""
    style = f"{style} as-none".strip() if content == "\u2013" else style
    attribute = f' class="{style}"' if style else ""
    return f'<td data-label="{label}"{attribute}><div>{content}</div></td>'


def _measured(graded: Graded) -> str:
    if not graded.values:
        number = _number(graded.value, graded.unit)
        if graded.sd is None:
            return number
        return f"{number}<small>sd {graded.sd:.2g} over {graded.runs} runs</small>"
    names = side_names(list(graded.values))
    sides = "".join(
        f"<li>{escape(names[side])}: <b>{_number(value, graded.unit)}</b></li>"
        for side, value in graded.values.items()
    )
    return f'<ul class="as-sides">{sides}</ul>'


def _number(value: float | None, unit: str) -> str:
    return "\u2013" if value is None else escape(value_text(value, unit))
