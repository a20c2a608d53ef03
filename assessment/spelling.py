"""Hints for a word that is not one of the allowed ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST = 30
"""Allowed words listed before the rest is only counted."""


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word most like `word`, letter case and `_`/`-` apart, or None."""
    folded = {_fold(candidate): candidate for candidate in allowed}
    close = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=0.65)
    return folded[close[0]] if close else None


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return `, did you mean x?`, or nothing where no allowed word is near."""
    close = nearest(word, allowed)
    return f", did you mean {close}?" if close else ""


def listed(words: Iterable[str]) -> str:
    """Return the words joined by commas, the tail of a long list only counted."""
    names = list(words)
    if len(names) <= MOST:
        return ", ".join(names)
    return f"{', '.join(names[:MOST])} and {len(names) - MOST} more"


def _fold(word: str) -> str:
    return word.lower().replace("-", "_")
