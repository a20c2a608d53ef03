"""What a lab's bands rest on, and what chance takes from correct work: two short paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.report.provenance import elsewhere_notes
from assessment.report.text import escape
from assessment.results.promises import Promise, promise_words
from assessment.results.record import Result


def chance_html(results: Sequence[Result], promise: Promise | None, words: str = "Chance") -> str:
    """Return the paragraphs about one lab; nothing where no rate is known.

    Args:
        results: its items, of one solution.
        promise: what its bands promise.
        words: what the sentence about chance begins with.
    """
    found = [f'<p class="as-waits">{escape(note)}</p>' for note in elsewhere_notes(results)]
    if promise is not None:
        found.append(f"<p><small>{words}: {escape(promise_words(promise))}.</small></p>")
    return "".join(found)
