"""One notebook or script, read into cells whatever its format, encoding and damage."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assessment.submissions.inside.cells import Cell, Source
from assessment.submissions.inside.magics import strip_magics
from assessment.submissions.inside.reasons import one_line
from assessment.submissions.inside.scripts import decode, settle_lines, split_cells
from assessment.training.errors import SolutionError

LARGEST = 64 * 2**20
"""Bytes of a file, outputs included."""
MOST_CODE = 1_000_000
"""Characters of code that are read of a file."""
MOST_TEXT = 2**18
"""Characters of a Markdown cell."""
MOST_CELLS = 5_000


def read_source(path: Path, name: str | None = None) -> Source:
    """Read a notebook (nbformat 3 or 4) or a script.

    Outputs are ignored, magics and shell commands are taken out, what `%%writefile` holds becomes
    a file of the submission. A file is what it contains, whatever its name ends with.

    Args:
        path: the file.
        name: what messages call it; the file's own name by default.

    Raises:
        SolutionError: too large, empty, or neither a notebook nor Python; the message says so.
    """
    name = path.name if name is None else name
    shown = one_line(name)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise SolutionError(f"{shown}: cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        size = f"is larger than {LARGEST >> 20} MB"
        raise SolutionError(f"{shown}: {size}; clear its outputs, save it and hand it in again")
    if not data.strip():
        raise SolutionError(f"{shown}: is empty")
    return read_bytes(data, name)


def read_bytes(data: bytes, name: str) -> Source:
    """Read the content of a notebook or script; see `read_source`."""
    reading = _Reading(name)
    text, guess = decode(data)
    if guess:
        reading.note(guess)
    looks_like_json = text.lstrip().startswith("{") and '"' in text
    if looks_like_json and (name.lower().endswith(".ipynb") or '"cells"' in text):
        reading.read_notebook(text)
    elif _foreign(text):
        raise SolutionError(f"{one_line(name)}: {_foreign(text)}")
    else:
        if name.lower().endswith(".ipynb"):
            reading.note("is no notebook; read as a script")
        reading.read_script(text)
    return reading.source()


def _foreign(text: str) -> str:
    start = text.lstrip()[:100].lower()
    if start.startswith(("<!doctype", "<html", "<?xml")):
        return "is a web page; download the notebook itself and hand that in"
    if start.startswith("version https://git-lfs"):
        return "is only a pointer of Git LFS; hand in the file itself"
    return ""


@dataclass
class _Reading:
    """A source in the making."""

    name: str
    notebook: bool = False
    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    code: int = 0

    def note(self, text: str) -> None:
        self.notes.append(f"{one_line(self.name)}: {text}")

    def source(self) -> Source:
        written = tuple(self.written.items())
        return Source(self.name, tuple(self.cells), self.notebook, tuple(self.notes), written)

    def read_script(self, text: str) -> None:
        for cell in split_cells(text):
            self.add(cell.number, cell.kind, cell.text, cell.line)

    def read_notebook(self, text: str) -> None:
        self.notebook = True
        try:
            document = json.loads(text)
        except RecursionError:
            raise SolutionError(f"{one_line(self.name)}: is nested too deeply") from None
        except ValueError as error:
            raise SolutionError(f"{one_line(self.name)}: {_damage(text, error)}") from None
        language = _language(document)
        if not language.startswith(("python", "ipython")):
            self.note(f"is written in {one_line(language, 40)}; only Python is read")
        for number, cell in enumerate(_cells_of(document), 1):
            if number > MOST_CELLS:
                self.note(f"has more than {MOST_CELLS:,} cells; the others are left out")
                break
            kind = cell.get("cell_type", "code")
            content = cell.get("source", cell.get("input", ""))
            body = settle_lines(_joined(content))
            if kind == "code" and language.startswith(("python", "ipython")):
                self.add(number, "code", body)
            elif kind in ("markdown", "heading"):
                level = cell.get("level", 1) if kind == "heading" else 0
                marks = "#" * level if isinstance(level, int) and 0 < level <= 6 else ""
                self.add(number, "markdown", f"{marks} {body}" if marks else body)
        if not self.notes and not any(cell.text.strip() for cell in self.cells):
            self.note("none of its cells holds code or Markdown")

    def add(self, number: int, kind: str, text: str, line: int = 1) -> None:
        if kind == "markdown":
            self.cells.append(Cell(number, "markdown", text[:MOST_TEXT], line))
            return
        self.code += len(text)
        if self.code > MOST_CODE:
            where = f"cell {number}: " if self.notebook else ""
            self.note(f"{where}left out: more than {MOST_CODE:,} characters of code")
            return
        stripped = strip_magics(text)
        if stripped.written:
            file, content = stripped.written
            place = self._beside(file)
            before = self.written.get(place, "") if stripped.appended else ""
            self.written[place] = before + content
        self.cells.append(Cell(number, "code", stripped.text, line))

    def _beside(self, file: str) -> str:
        """Return where a file lies that the notebook writes."""
        place = posixpath.normpath(file.replace("\\", "/"))
        if place.startswith(("/", "..")) or ":" in place:
            place = posixpath.basename(place)
        return posixpath.join(posixpath.dirname(self.name), place)


def _cells_of(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the cells of nbformat 4, or of all worksheets of nbformat 3."""
    if not isinstance(document, dict):
        return
    sheets = document.get("worksheets")
    holders = [document, *(sheets if isinstance(sheets, list) else ())]
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        for cell in cells if isinstance(cells, list) else ():
            yield cell if isinstance(cell, dict) else {}


def _joined(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    lines = [line for line in content if isinstance(line, str)]
    # Some programs keep lines without their ends.
    broken = len(lines) > 1 and not any(line.endswith("\n") for line in lines)
    return ("\n" if broken else "").join(lines)


def _language(document: Any) -> str:
    metadata = document.get("metadata") if isinstance(document, dict) else None
    if isinstance(metadata, dict):
        for holder, key in (("language_info", "name"), ("kernelspec", "language")):
            held = metadata.get(holder)
            if isinstance(held, dict) and isinstance(held.get(key), str) and held[key]:
                return str(held[key]).lower()
    return "python"


def _damage(text: str, error: ValueError) -> str:
    if "<<<<<<<" in text and ">>>>>>>" in text:
        return "holds marks of a Git merge conflict; resolve it, save it and hand it in again"
    if isinstance(error, json.JSONDecodeError):
        ended = not text.rstrip().endswith("}")
        what = "ends in the middle" if ended else f"is damaged at line {error.lineno}"
        return f"{what} and cannot be read as a notebook; save it and hand it in again"
    return "is damaged and cannot be read as a notebook; save it and hand it in again"
