"""Python text as statements, with what cannot be read taken out instead of losing the whole.

A cell that is no Python is mended where only its spelling is old (tabs, Python 2's `print`);
otherwise the statement that is wrong is left out and the others count.
"""

from __future__ import annotations

import ast
import re
import warnings

from assessment.parsing import parse_python
from assessment.submissions.inside.cells import Cell, Source
from assessment.submissions.inside.reasons import one_line

CUTS = 50
"""Statements left out of one cell before the whole cell is."""
MENDABLE = 100_000
"""Characters of a cell that is mended; every try reads it again."""
_BLANKS = str.maketrans({"\u00a0": " ", "\u3000": " ", "\u200b": "", "\u200c": "", "\ufeff": ""})
_OLD_PRINT = re.compile(r"^([ \t]*)(?:print|exec)\b[ \t]*(?:>>|(?=[\"'\w%`\\-])|$).*$", re.M)
_INLINE_PRINT = re.compile(r"(?<=:)[ \t]*(?:print|exec)[ \t]+[^=(\n][^\n]*$", re.M)
_OLD_EXCEPT = re.compile(
    r"^([ \t]*except\b[ \t]*(?:\([^()\n]*\)|[\w.]+))[ \t]*,[ \t]*(\w+)[ \t]*:", re.M
)
_CONTINUES = re.compile(r"[\s)\]}#]|(?:else|elif|except|finally|case)\b|$")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)[ ]?", re.M)
_DEFINES = re.compile(r"^(?:async\s+)?(class|def)\s+(\w+)", re.M)
_BLOCK_OF = re.compile(r"expected an indented block after .* on line (\d+)")


def parses(text: str) -> bool:
    """Tell whether a text is Python as it stands."""
    try:
        _tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def parse_cell(source: Source, cell: Cell) -> tuple[list[ast.stmt], list[str]]:
    """Return the statements of a cell, and a note for everything that was left out or mended.

    Lines of the statements are counted as `source` counts them: from the cell's start in a
    notebook, from the file's start in a script.
    """
    mending = _Mending(source, cell)
    try:
        tree = mending.parse()
    except ValueError:
        return [], [f"{source.filename(cell)}: cannot be read: it is no text"]
    except (RecursionError, MemoryError):
        return [], [
            f"{source.filename(cell)}: cannot be read: it is nested too deeply, or one expression "
            "in it is too long"
        ]
    if not source.notebook and cell.line > 1:
        ast.increment_lineno(tree, cell.line - 1)
    return tree.body, mending.notes


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escapes such as "\d"
        tree = parse_python(text)
    assert isinstance(tree, ast.Module)
    return tree


def _as_pasted(text: str) -> str:
    """Take away prompts, or the indentation of the first line, as Jupyter does."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    if first.lstrip().startswith(">>>"):
        return _PROMPT.sub("", text)
    indent = first[: len(first) - len(first.lstrip())]
    return re.sub(rf"^{indent}", "", text, flags=re.M) if indent else text


class _Mending:
    """One cell on its way to being Python."""

    def __init__(self, source: Source, cell: Cell) -> None:
        self.notes: list[str] = []
        self._source = source
        self._cell = cell
        self._text = cell.text

    def parse(self) -> ast.Module:
        """Return what can be read of the cell.

        Raises:
            ValueError, RecursionError, MemoryError: by `ast`, of hostile text.
        """
        for _ in range(CUTS + 4):
            try:
                return _tree(self._text)
            except SyntaxError as error:
                last = error
                if len(self._text) > MENDABLE or not (self._respell(error) or self._cut(error)):
                    break
        whole = "cell" if self._source.notebook or len(self._source.cells) > 1 else "file"
        self._note(last.lineno or 1, f"{one_line(last.msg, 120)}; the whole {whole} is passed over")
        return ast.Module([], [])

    def _respell(self, error: SyntaxError) -> bool:
        text = _as_pasted(self._text.translate(_BLANKS))
        if text == self._text and isinstance(error, IndentationError) and "\t" in text:
            text = text.expandtabs(8)
        if text == self._text and "Missing parentheses" in str(error.msg):
            text = _OLD_PRINT.sub(r"\1pass", text)
            text = _INLINE_PRINT.sub(" pass", text)
            if text != self._text:
                self._note(error.lineno or 1, "is Python 2; its prints are passed over")
        if text == self._text:
            text = _OLD_EXCEPT.sub(r"\1 as \2:", text)
        changed, self._text = text != self._text, text
        return changed

    def _cut(self, error: SyntaxError) -> bool:
        """Replace the top-level statement around an error by empty lines."""
        lines = self._text.split("\n")
        block = _BLOCK_OF.search(str(error.msg))
        number = int(block[1]) if block else error.lineno or 1
        wrong = min(max(number, 1), len(lines)) - 1
        first = wrong
        while first > 0 and (not lines[first].strip() or _CONTINUES.match(lines[first])):
            first -= 1
        last = max(wrong, first)
        while last + 1 < len(lines) and (_CONTINUES.match(lines[last + 1])):
            last += 1
        while first > 0 and lines[first - 1].startswith("@"):
            first -= 1
        removed = "\n".join(lines[first : last + 1])
        if not removed.strip():
            return False
        self._text = "\n".join([*lines[:first], *[""] * (last - first + 1), *lines[last + 1 :]])
        lost = _DEFINES.search(removed)
        what = f"; `{lost[2]}` is passed over" if lost else "; this statement is passed over"
        self._note(number, one_line(f"{error.msg}", 120) + what)
        return True

    def _note(self, line: int, text: str) -> None:
        self.notes.append(f"{self._source.place(self._cell, line)}: {text}")
