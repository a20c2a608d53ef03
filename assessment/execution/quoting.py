"""What a run says, made fit to be kept and shown: cut, printable, and told from our own words."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.boundary.messages import LONGEST_REASON

SENTENCE = 400
"""Characters of a sentence that are kept."""
SENTENCES = 30
QUOTES = str.maketrans(dict.fromkeys('"\u201c\u201d\u201e\u201f\u2033\uff02\xab\xbb', "'"))
"""What may look like the end of a quotation."""


def said(words: str) -> str:
    """Return a run's own words as a quotation, in which nothing ends it but its end.

    What it says may read like a message of the grader's.
    """
    return f'it said: "{words.translate(QUOTES)}"'


def sentences(told: object) -> list[str]:
    """Return the texts of a run's list, each on one line, as many as can be shown."""
    if not isinstance(told, Sequence) or isinstance(told, str):
        return []
    return [known for one in told[:SENTENCES] if (known := sentence(one))]


def sentence(told: object) -> str:
    """Return a text of a run on one line, cut to what can be shown; nothing where it is none."""
    return one_line(told) if isinstance(told, str) else ""


def one_line(words: str, longest: int = SENTENCE) -> str:
    """Return a text on one line, cut to so many characters."""
    return _cut(" ".join(_printable(words[:LONGEST_REASON]).split()), longest)


def text(told: object, longest: int) -> str:
    """Return a text of a run, lines and tabs kept, cut to so many characters."""
    return _cut(_printable(told[: longest + 1], "\n\t"), longest) if isinstance(told, str) else ""


def _printable(words: str, kept: str = "") -> str:
    known = words.encode(errors="replace").decode()  # JSON carries lone surrogates
    return "".join(c if c.isprintable() or c in kept else " " for c in known)


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"
