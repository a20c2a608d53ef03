"""What was found in a submission: on a question's card, and above the questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assessment.report.found import Found, found_in, kept_in
from assessment.report.text import code_html, count_text, escape
from assessment.results.record import Result
from assessment.results.solution import Evidence, HandedIn
from assessment.results.totals import variant_title

FOR_A_PERSON = "For a person to look at, before the points count"


def found_block(results: Sequence[Result]) -> str:
    """Return what was found for a question, guessed, adapted and observed; empty for others."""
    whose = [result.submission for result in results if result.submission is not None]
    if not whose:
        return ""
    submission = next((each for each in whose if each.limits_by is not None), whose[0])
    parts = "".join(_part(found) for found in found_in(results))
    flags = flags_list(results)
    if not parts and not flags:
        return ""
    kept = f"<small>It ran {escape(kept_in(submission))}.</small>" if parts else ""
    label = '<p class="as-label">Found in the submission</p>' if parts else ""
    return f'<div class="as-found">{flags}{label}{parts}{kept}</div>'


def flags_list(results: Sequence[Result]) -> str:
    """Return what a person has to look at in some items; empty where there is nothing."""
    items = "".join(
        f"<li>{_of((variant_title(result),) if result.variant else ())}{code_html(flag)}</li>"
        for result in results
        for flag in result.flags
    )
    if not items:
        return ""
    return f'<p class="as-label as-flagged">{FOR_A_PERSON}</p><ul class="as-flags">{items}</ul>'


def whose_html(submission: HandedIn) -> str:
    """Return whose work it is, what it consists of and what was noted when it was listed."""
    who = f"<b>{escape(submission.name)}</b>"
    if submission.id != submission.name:
        who += f" (<code>{escape(submission.id)}</code>)"
    notes = "".join(f"<li>{code_html(note)}</li>" for note in submission.notes)
    listed = f'<ul class="as-findings">{notes}</ul>' if notes else ""
    return (
        f"<p>Handed in by {who}: {count_text(submission.files, 'file')}, "
        f"<code>{escape(submission.sha256[:12])}</code>. It ran {escape(kept_in(submission))}.</p>"
        f"{listed}"
    )


def _part(found: Found) -> str:
    networks = "".join(_network(place, call) for place, call in found.networks)
    lists = "".join(
        f'<p>{words}</p><ul class="{style}">'
        f"{''.join(f'<li>{code_html(sentence)}</li>' for sentence in sentences)}</ul>"
        for words, style, sentences in (
            ("Guessed:", "as-guesses", found.guesses),
            ("Adapted, and what it costs:", "as-notes", found.notes),
        )
        if sentences
    )
    observed = evidence_words(found.evidence)
    more = f"<small>{escape(observed)}</small>" if observed else ""
    return f"<div>{_of(found.variants)}{networks}{lists}{more}</div>"


def _network(place: str, call: str) -> str:
    made = f"<code>{escape(call)}</code>" if call else ""
    where = escape(place)
    return f'<p class="as-network">{", in ".join(filter(None, (made, where)))}</p>'


def evidence_words(evidence: Iterable[Evidence]) -> str:
    """Say what the grader saw of some runs beside their predictions; nothing where it saw none."""
    seen = list(evidence)
    parts = []
    for words, values in (
        ("before training {} of the test images were right", [each.before for each in seen]),
        (
            "the trained weights are right for {} in the reference's network",
            [each.replayed for each in seen],
        ),
        ("after training on permuted labels {} were right", [each.control for each in seen]),
    ):
        known = [value for value in values if value is not None]
        if known:
            low, high = f"{min(known):.1f}", f"{max(known):.1f}"
            parts.append(words.format(f"{low} %" if low == high else f"{low} to {high} %"))
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _of(variants: Sequence[str]) -> str:
    return f"<b>{escape(', '.join(variants))}</b>: " if any(variants) else ""
