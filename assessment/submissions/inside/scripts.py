"""Scripts: their encoding, and the cells that editors and exports mark in them."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from collections.abc import Iterator

from assessment.submissions.inside.cells import Cell
from assessment.submissions.inside.syntax import MENDABLE, parses

_MARK = re.compile(r"^#[ \t]*(?:%%(?P<title>.*)|In\[[ \d]*\]:?[ \t]*|<(?P<old>\w+)cell>)$", re.M)
_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_MARKS = (*_WIDE, (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes) -> tuple[str, str]:
    r"""Return a file's text, its lines ended by `\n`, and what was guessed ("" if nothing).

    A script may say its encoding (PEP 263); without it, it is UTF-8, else Latin-1.
    """
    guess = ""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not encoding:
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        except (SyntaxError, LookupError):
            encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except (UnicodeError, LookupError):
        text = data.decode("latin-1")
        guess = f"is not in the encoding {encoding.removesuffix('-sig')}; read as Latin-1"
    return settle_lines(text), guess


def settle_lines(text: str) -> str:
    """Return a text as Python can read it: one kind of line end, no NULs, no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\f", " ")
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")


def split_cells(text: str) -> list[Cell]:
    """Split a script at its `# %%` and `# In[3]:` marks.

    Where the whole is sound Python it stays one cell of code - a mark may be an ornament in the
    middle of a class - and only the Markdown is taken from the marks.
    """
    parts = list(_split(text))
    markdown = [cell for cell in parts if cell.kind == "markdown"]
    exported = "run_cell_magic" in text
    if len(parts) == 1 or (not exported and len(text) <= MENDABLE and parses(text)):
        return [Cell(1, "code", text), *markdown]
    return parts


def _split(text: str) -> Iterator[Cell]:
    marks = list(_MARK.finditer(text))
    starts = [0, *(mark.end() + 1 for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(text)]
    number = line = 0
    for mark, start, end in zip([None, *marks], starts, ends, strict=True):
        body = text[start:end]
        line = text.count("\n", 0, start) + 1
        kind = ((mark["title"] or "") + (mark["old"] or "")).lower() if mark else ""
        number += 1
        if "markdown" in kind or "[md]" in kind:
            yield Cell(number, "markdown", _uncommented(body), line)
            continue
        yield Cell(number, "code", body, line)
        if mark and mark["title"] is None and (comments := _comments_behind(body)):
            number += 1
            line += body.count("\n") - comments.count("\n")
            yield Cell(number, "markdown", _uncommented(comments), line)


def _comments_behind(body: str) -> str:
    """Return the comments behind an exported cell: the Markdown cell in front of the next one."""
    lines = body.split("\n")
    first = len(lines)
    while first > 0 and (lines[first - 1].startswith("#") or not lines[first - 1].strip()):
        first -= 1
    blank = next((n for n, line in enumerate(lines[first:]) if line.strip()), 0)
    # One empty line stands in front of a comment that belongs to the code.
    return "\n".join(lines[first + blank :]) if blank >= 2 else ""


def _uncommented(text: str) -> str:
    stripped = text.strip()
    for quotes in ('"""', "'''"):
        if len(stripped) >= 6 and stripped.startswith(quotes) and stripped.endswith(quotes):
            return stripped[3:-3].strip("\n")
    return "\n".join(re.sub(r"^# ?", "", line) for line in text.splitlines()).strip("\n")
