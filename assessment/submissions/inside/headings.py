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
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_BOLD = re.compile(r"\s*(?:\*\*|__)([^*_].*?)(?:\*\*|__)\s*:?\s*$")
_QUESTION = {
    *("task", "question", "q", "exercise", "ex", "answer", "ans", "problem", "part", "aufgabe"),
    *("frage", "no", "section"),
}
_INLINE = re.compile(
    rf"\s*(?:[*_>-]+\s*)?((?:{'|'.join(sorted(_QUESTION))})"
    r"[\s_-]*\d+(?:[.\-_]\d+)*[\s(]*[a-z]?\)?)(?:[*_]+)?\s*[:.)]+(?:[*_]+)?\s*(.*)",
    re.IGNORECASE,
)
_ANSWER = {"answer", "answers", "ans", "solution", "response", "my", "your", "the", "a", "antwort"}
"""Words of headings that belong to the section above, whatever their level."""
_LONGEST_HEADING = 300
"""Characters of a line that may be a heading."""
_LONGEST_TITLE = 80
"""Characters of one that is only underlined."""
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
    found = [
        (number, level, title, rest)
        for number, (level, title, rest) in enumerate(_classified(lines))
        if level
    ]
    result = []
    for position, (start, level, title, rest) in enumerate(found):
        others = found[position + 1 :]
        ends = (begin for begin, lower, other, _ in others if _ends(title, level, other, lower))
        body = [line.text for line in lines[start + 1 : next(ends, len(lines))]]
        if body and _UNDERLINE.fullmatch(body[0].strip()) and level <= 2:
            del body[0]
        result.append(Section(title, lines[start].place, "\n".join([rest, *body]).strip()))
    return result


def _ends(title: str, level: int, other: str, lower: int) -> bool:
    """Tell whether a heading ends the section of another one above it.

    People number questions with more care than they choose levels: "Question 1.3" ends "1.2"
    whatever its level, and "1.2.1" never does.
    """
    if _ANSWER.issuperset(tokens(other)):
        return False
    own, next_one = _number(title), _number(other)
    if own and len(next_one) >= len(own):
        if next_one[: len(own)] != own:
            return True
        if len(next_one) > len(own):
            return False
    elif own and len(next_one) >= 2:
        return True
    return lower <= level


def _number(title: str) -> Tokens:
    """Return the number that a heading begins with: ("2", "1") of "Task 2.1 and 3"."""
    parts = tokens(title)
    start = 1 if parts and parts[0] in _QUESTION else 0
    end = start
    while end < len(parts) and parts[end].isdigit():
        end += 1
    return parts[start:end]


def _classified(lines: Sequence[Line]) -> Iterator[tuple[int, str, str]]:
    """Yield of each line its level as a heading (0: none), its title and what follows it there."""
    fenced = False
    for number, line in enumerate(lines):
        if _FENCE.match(line.text):
            fenced = not fenced
        if fenced:
            yield 0, "", ""
        elif len(line.text) <= _LONGEST_HEADING and (marked := _MARKED.match(line.text)):
            level = len(marked[1]) if marked[1] else int(marked[3])
            yield level, marked[2] or re.sub(r"<[^>]*>", "", marked[4]), ""
        elif len(line.text) <= _LONGEST_HEADING and (bold := _BOLD.match(line.text)):
            yield _LOWEST, bold[1], ""
        elif inline := _INLINE.match(line.text):
            yield _LOWEST + 1, inline[1], inline[2]
        else:
            yield _underlined(lines, number), line.text.strip(), ""


def _underlined(lines: Sequence[Line], number: int) -> int:
    """Return the level of a heading that is underlined; a long line above `---` is none."""
    text = lines[number].text.strip()
    below = lines[number + 1].text.strip() if number + 1 < len(lines) else ""
    if not text or len(text) > _LONGEST_TITLE:
        return 0
    if not _UNDERLINE.fullmatch(below):
        return 0
    alone = number == 0 or not lines[number - 1].text.strip()
    return 1 if "=" in below else 2 if alone else 0


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
