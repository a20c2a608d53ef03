"""Names of questions as people write them, and the parts of a text that stand under them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Tokens = tuple[str, ...]

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_MARKED = re.compile(
    r"\s{0,3}(#{1,6})\s*(\S.*?)\s*#*\s*$|\s*<h([1-6])[^>]*>(.*?)</h[1-6]>\s*$", re.I
)
_BOLD = re.compile(r"\s*(?:\*\*|__)([^*_].*?)(?:\*\*|__)\s*:?\s*$")
_INLINE = re.compile(
    r"\s*(?:[*_>-]+\s*)?((?:task|question|q|exercise|ex|answer|ans|problem|part|aufgabe|frage)"
    r"[\s_-]*\d+(?:[.\-_]\d+)*[\s(]*[a-z]?\)?)(?:[*_]+)?\s*[:.)]+(?:[*_]+)?\s*(.*)",
    re.IGNORECASE,
)
_ANSWER = {"answer", "answers", "ans", "solution", "response", "my", "your", "the", "a", "antwort"}
"""Words of headings that belong to the section above, whatever their level."""
_LONGEST_TITLE = 80
_LOWEST = 7
"""Level of a line in bold type; of `Q2.2: ...` one more."""


@dataclass(frozen=True)
class Line:
    """A line of a text, and where it stands."""

    text: str
    place: str


@dataclass(frozen=True)
class Section:
    """What stands under one heading, down to the next of its level."""

    title: str
    place: str
    text: str


def tokens(name: str) -> Tokens:
    """Split a name into words and numbers, letter case and punctuation ignored."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", name).casefold()))


def rank(wanted: Tokens, title: Tokens) -> int:
    """Return how well a heading fits a name: 3 the same, 2 begins with it, 1 holds it, 0 not.

    `2.2` is in "Question 2.2 (discussion)", and neither in "2.2.1" nor in "12.2".
    """
    if not wanted:
        return 0
    if wanted == title:
        return 3
    numbered = any(token.isdigit() for token in wanted)
    for start in range(len(title) - len(wanted) + 1):
        end = start + len(wanted)
        if title[start:end] != wanted or (start and not numbered):
            continue
        before = start > 0 and title[start - 1].isdigit() and wanted[0].isdigit()
        after = end < len(title) and title[end].isdigit() and wanted[-1].isdigit()
        if not (before or after):
            return 1 if start else 2
    return 0


def sections(lines: Sequence[Line]) -> list[Section]:
    """Return the sections of a text with their subsections, in their order."""
    found: list[tuple[int, str, str, int]] = []  # level, title, place, first line of the text
    bodies: list[str] = []
    for line, level, title, rest in _classified(lines):
        if level:
            found.append((level, title, line.place, len(bodies)))
        if rest is not None:
            bodies.append(rest)
        else:
            # The heading itself belongs to the text of the section around it.
            bodies.append(line.text)
    result = []
    for number, (level, title, place, start) in enumerate(found):
        end = next(
            (
                begin
                for lower, other, _, begin in found[number + 1 :]
                if lower <= level and not _ANSWER.issuperset(tokens(other))
            ),
            len(bodies),
        )
        own = bodies[start + (0 if level > _LOWEST else 1) : end]
        result.append(Section(title, place, "\n".join(own).strip()))
    return result


def _classified(lines: Sequence[Line]) -> Iterator[tuple[Line, int, str, str | None]]:
    """Yield each line with its level as a heading (0: none), its title and what follows it."""
    fenced = False
    skip = False
    for number, line in enumerate(lines):
        if _FENCE.match(line.text):
            fenced = not fenced
        if skip:
            skip = False
            yield line, 0, "", ""
        elif fenced:
            yield line, 0, "", None
        elif marked := _MARKED.match(line.text):
            level = len(marked[1]) if marked[1] else int(marked[3])
            yield line, level, marked[2] or re.sub(r"<[^>]*>", "", marked[4]), None
        elif bold := _BOLD.match(line.text):
            yield line, _LOWEST, bold[1], None
        elif inline := _INLINE.match(line.text):
            yield line, _LOWEST + 1, inline[1], inline[2]
        elif level := _underlined(lines, number):
            skip = True
            yield line, level, line.text.strip(), None
        else:
            yield line, 0, "", None


def _underlined(lines: Sequence[Line], number: int) -> int:
    """Return the level of a heading that is underlined; a long line above `---` is none."""
    text = lines[number].text.strip()
    below = lines[number + 1].text.strip() if number + 1 < len(lines) else ""
    if not text or len(text) > _LONGEST_TITLE:
        return 0
    if re.fullmatch(r"={3,}", below):
        return 1
    alone = number == 0 or not lines[number - 1].text.strip()
    return 2 if alone and re.fullmatch(r"-{3,}", below) else 0


def best(wanted: Iterable[str], found: Iterable[Section]) -> list[Section]:
    """Return the sections whose headings fit any of the names best, those with a text only."""
    names = [tokens(name) for name in wanted]
    ranked = [
        (max((rank(name, tokens(section.title)) for name in names), default=0), section)
        for section in found
        if section.text
    ]
    highest = max((order for order, _ in ranked), default=0)
    return [section for order, section in ranked if order == highest > 0]
