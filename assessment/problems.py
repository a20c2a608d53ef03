"""What is wrong with a spec file, and where: one `Problem` each."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One mistake, with the place where it can be mended."""

    file: str
    """Path as the reader of the message would type it."""
    message: str
    """What was found and what is allowed."""
    field: str = ""
    """Dotted way to the value, such as `questions.q5.training.epochs`."""
    line: int | None = None
    """Counted from 1; None where the file as a whole is meant."""
    column: int | None = None
    """Counted from 1."""
    source: str = ""
    """The line of the file."""
    width: int = 1
    """Characters to underline."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        head = ": ".join(part for part in (place, self.field, self.message) if part)
        return "\n".join([head, *self._excerpt()])

    def order(self) -> tuple[int, int]:
        """Return what problems of a file are sorted by; those of the whole file come first."""
        return self.line or 0, self.column or 0

    def _excerpt(self) -> list[str]:
        """Draw the source line with its number, and carets under the place."""
        if self.line is None or self.column is None or not self.source.strip():
            return []
        start = 0 if self.column - 1 + self.width <= WIDEST else max(0, self.column - 1 - CONTEXT)
        piece = self.source[start : start + WIDEST].rstrip()
        shown = "".join(c if c.isprintable() else " " for c in piece)
        before = shown[: self.column - 1 - start]
        marked = shown[len(before) :][: self.width]
        number = f"{self.line:>4}"
        return [
            f"{number} | {shown}",
            f"{' ' * len(number)} | {' ' * _columns(before)}{'^' * max(1, _columns(marked))}",
        ]


CONTEXT = 60
"""Characters of a long line that are shown before the place."""
WIDEST = 100
"""Characters of a line that are shown."""


def shown_path(path: Path) -> str:
    """Return the path relative to the working directory where it lies below that."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except (ValueError, OSError):
        return str(path)


def _columns(text: str) -> int:
    """Count terminal columns: wide East Asian characters take two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
