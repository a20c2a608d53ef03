"""Written answers: text under headings, in Markdown cells and in text files."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assessment.submissions.inside.headings import Line, Section, best, sections
from assessment.submissions.inside.reading import HandedIn
from assessment.submissions.inside.reasons import one_line
from assessment.submissions.inside.scripts import decode

LONGEST = 2**16
"""Characters of an answer."""
MOST_TEXT = 2**21
"""Bytes of a text file that are read."""
_TEXTS = (".md", ".txt", ".markdown", ".rst", ".tex")
_PICTURE = re.compile(r"\(?data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]*\)?")


@dataclass(frozen=True)
class FoundText:
    """A written answer."""

    text: str
    """Markdown, at most 65,536 characters; empty where only the file is known."""
    where: str
    """`lab7.ipynb, cell 12, under "Task 2.2"`, or the name of a file."""
    notes: tuple[str, ...] = ()
    """What a reader should know: cut, put together from several places, no plain text."""


def find_text(
    handed_in: HandedIn, headings: Sequence[str], files: Sequence[str] = ()
) -> FoundText | None:
    """Find a written answer: a file of its own first, then what stands under a heading.

    Headings are compared without letter case and punctuation: "Task 2.2" is found in
    "## Task 2.2: A and B" and in "**Task 2.2**". Comments in code are no answers.

    Args:
        handed_in: the submission.
        headings: names of the question; the best fit of any of them counts, and where several
            sections fit equally well their texts are put together.
        files: names of text files, patterns such as `*2_2*.md` included, letter case ignored.

    Returns:
        None where nothing is there, or only empty headings.
    """
    if found := _in_files(handed_in, files):
        return found
    chosen = best(headings, _all_sections(handed_in))
    if not chosen:
        return None
    return _bounded(
        list(dict.fromkeys(section.text for section in chosen)),
        [f'{section.place}, under "{one_line(section.title, 60)}"' for section in chosen],
    )


def _in_files(handed_in: HandedIn, files: Sequence[str]) -> FoundText | None:
    for pattern in files:
        wanted = pattern.casefold()
        for name in _names(handed_in):
            base = posixpath.basename(name).casefold()
            # Learning platforms put the student's name and numbers in front of a file's own.
            fits = fnmatch.fnmatchcase(base, wanted) or base.endswith(f"_{wanted}")
            if not fits and name.casefold() != wanted:
                continue
            text = _text_of(handed_in, name)
            if text is None:
                note = f"{one_line(name)} is no plain text: look at the file itself"
                return FoundText("", one_line(name), (note,))
            if text.strip():
                return _bounded([text.strip()], [one_line(name)])
    return None


def _bounded(texts: list[str], places: list[str]) -> FoundText:
    text = "\n\n".join(texts)
    notes = []
    if len(texts) > 1:
        notes.append(f"put together from {len(texts)} places: {'; '.join(places[:5])}")
    if len(text) > LONGEST:
        notes.append(f"cut at {LONGEST:,} of {len(text):,} characters")
    return FoundText(text[:LONGEST], places[0], tuple(notes))


def _names(handed_in: HandedIn) -> list[str]:
    return sorted({file.name for file in handed_in.gathered.files} | handed_in.written.keys())


def _all_sections(handed_in: HandedIn) -> Iterator[Section]:
    for source in handed_in.library.sources.values():
        lines = [
            Line(line, source.filename(cell))
            for cell in source.cells
            if cell.kind == "markdown"
            for line in [*_PICTURE.sub("(picture)", cell.text).split("\n"), ""]
        ]
        yield from sections(lines)
    for name in _names(handed_in):
        if name.lower().endswith(_TEXTS) and name not in handed_in.library.sources:
            text = _text_of(handed_in, name) or ""
            yield from sections([Line(line, one_line(name)) for line in text.split("\n")])


def _text_of(handed_in: HandedIn, name: str) -> str | None:
    """Return a file's text, or None where it is none; of a notebook its Markdown."""
    if name in handed_in.written:
        return handed_in.written[name][:MOST_TEXT]
    if (source := handed_in.library.sources.get(name)) and source.notebook:
        texts = (cell.text for cell in source.cells if cell.kind == "markdown")
        return _PICTURE.sub("(picture)", "\n\n".join(texts))
    path = next(file.path for file in handed_in.gathered.files if file.name == name)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_TEXT)
    except OSError:
        return None
    if b"\0" in data[:1024] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    if data.startswith((b"%PDF", b"{\\rtf")):
        return None
    return _PICTURE.sub("(picture)", decode(data)[0])
