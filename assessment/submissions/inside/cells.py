"""A notebook or script as its cells, whatever form it was kept in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook, or of a script with `# %%` marks."""

    number: int
    """Its place among all cells, markdown included, from 1."""
    kind: Literal["code", "markdown"]
    text: str
    """Python without magics, each line where the student has it; or Markdown."""
    line: int = 1
    """Line of the file on which it begins; 1 in a notebook."""


@dataclass(frozen=True)
class Source:
    """What one file says."""

    file: str
    """Its name in the submission, `src/net.py`."""
    cells: tuple[Cell, ...]
    notebook: bool
    """Whether cells are what a student counts by, not lines of the file."""
    notes: tuple[str, ...] = ()
    """What was passed over or mended, a sentence each, with the file's name."""
    written: tuple[tuple[str, str], ...] = ()
    """Files that `%%writefile` makes: name in the submission and content."""

    def place(self, cell: Cell, line: int) -> str:
        """Name a line of a cell as its author finds it: `lab7.ipynb, cell 3, line 12`."""
        return f"{self.filename(cell)}, line {line if self.notebook else cell.line + line - 1}"

    def filename(self, cell: Cell) -> str:
        """Return what tracebacks call the cell's code: `lab7.ipynb, cell 3` or `net.py`."""
        return f"{self.file}, cell {cell.number}" if self.notebook else self.file
