# ruff: noqa: E501 - one line a case
"""Cells that are no Python: mended, or without the statement that is wrong."""

from __future__ import annotations

import ast
import re

import pytest

from assessment.submissions.inside.cells import Cell, Source
from assessment.submissions.inside.syntax import parse_cell, parses


def parse(text: str, *, notebook: bool = True, line: int = 1) -> tuple[str, list[str]]:
    cell = Cell(3, "code", text, line)
    source = Source("lab.ipynb" if notebook else "lab.py", (cell,), notebook)
    nodes, notes = parse_cell(source, cell)
    return "\n".join(map(ast.unparse, nodes)), notes


PYTHON_2 = "its prints are passed over"


def brief(note: str) -> str:
    """Leave out what Python itself says, in other words in every version."""
    return re.sub(r": [^;]*; ", ": ", note)


@pytest.mark.parametrize(
    ("text", "kept", "notes"),
    [
        ("x = 1\ny = 2", "x = 1\ny = 2", []),
        # one wrong statement
        ("x = 1\ny = = 2\nz = 3", "x = 1\nz = 3", ["2: this statement is passed over"]),
        ("x = (1,\ny = 2\nz = 3", "y = 2\nz = 3", ["1: this statement is passed over"]),
        ("class A:\n    def f(self)\n        pass\n\nx = 1", "x = 1", ["2: `A` is passed over"]),
        ("@wraps\n@other(1)\ndef f(:\n    pass\nx = 1", "x = 1", ["3: `f` is passed over"]),
        ("def f():\n\nx = 1", "x = 1", ["1: `f` is passed over"]),
        ("if x:\n    y = 1\nelse\n    y = 2\nz = 3", "z = 3", ["3: this statement is passed over"]),
        ("try:\n    x = 1\nexcept:\n    x = = 2\nfinally:\n    y = 1\nz = 3", "z = 3", ["4: this statement is passed over"]),
        ("x = 1\n  y = 2\nz = 3", "z = 3", ["2: this statement is passed over"]),
        ("pip install torch\nimport torch", "import torch", ["1: this statement is passed over"]),
        ("s = 'abc\nx = 1", "x = 1", ["1: this statement is passed over"]),
        ("a b\nx = 1\nc d", "x = 1", ["1: this statement is passed over", "3: this statement is passed over"]),
        # copied from somewhere else
        ("x\u00a0= 1\n\u200bdef f():\n\u00a0 \u3000return x", "x = 1\ndef f():\n    return x", []),
        ("    x = 1\n    if x:\n        y = 2\n", "x = 1\nif x:\n    y = 2", []),
        ("\n  x = 1\ny = 2\n", "x = 1\ny = 2", []),
        (">>> x = 1\n>>> if x:\n...     y = 2\n", "x = 1\nif x:\n    y = 2", []),
        # Python 2
        ("print 'a', x\nprint x % y\nprint\nx = 1", "pass\npass\npass\nx = 1", [f"1: {PYTHON_2}"]),
        ("if x: print 'a', f\ny = 1", "if x:\n    pass\ny = 1", [f"1: {PYTHON_2}"]),
        ("def f():\n    print 'a'\n    return 1", "def f():\n    pass\n    return 1", [f"2: {PYTHON_2}"]),
        ("exec 'x = 1'\ny = 1", "pass\ny = 1", [f"1: {PYTHON_2}"]),
        ("try:\n    x\nexcept (A, B), e:\n    y", "try:\n    x\nexcept (A, B) as e:\n    y", []),
        ("def f():\n        x = 1\n\treturn x", "def f():\n    x = 1\n    return x", []),
        ("def f((a, b)):\n    return a\nx = 1", "x = 1", None),
    ],
)  # fmt: skip
def test_what_is_kept(text: str, kept: str, notes: list[str] | None) -> None:
    found, told = parse(text)
    assert found == kept
    if notes is not None:
        assert [brief(note) for note in told] == [
            f"lab.ipynb, cell 3, line {note}" for note in notes
        ]


def test_lines_of_a_script_are_those_of_its_file() -> None:
    cell = Cell(2, "code", "x = 1\ny = = 2\nz = 3", line=11)
    source = Source("lab.py", (cell,), notebook=False)
    nodes, notes = parse_cell(source, cell)
    assert [node.lineno for node in nodes] == [11, 13]
    assert notes == ["lab.py, line 12: invalid syntax; this statement is passed over"]


DEEP = "cannot be read: it is nested too deeply, or one expression in it is too long"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("y = 1\nx = " + "+1" * 300_000, f"lab.py: {DEEP}"),
        ("y = 1\nx = " + "(" * 100_000, "lab.py, line 2: too many nested parentheses; the whole file is passed over"),
        ("y = 1\nx = = 2\nz = '" + "z" * 100_000 + "'", "lab.py, line 2: invalid syntax; the whole file is passed over"),
    ],
    ids=["sum", "parentheses", "long"],
)  # fmt: skip
def test_a_file_that_is_lost_says_where_and_why(text: str, note: str) -> None:
    assert parse(text, notebook=False) == ("", [note])


def test_a_lost_cell_is_not_the_whole_file() -> None:
    cells = (Cell(1, "code", "x = 1"), Cell(2, "code", "a b\n" * 30_000, line=4))
    _, notes = parse_cell(Source("lab.py", cells, notebook=False), cells[1])
    assert notes == ["lab.py, line 4: invalid syntax; the whole cell is passed over"]


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "-" * 100_000 + "1",
        "x = " + "(" * 5_000 + ")" * 5_000,
        "x = " + "+".join("1" * 100_000),
        "x" + ".a" * 50_000,
        "lambda: " * 10_000 + "1",
        "(" * 300_000,
        "x = '" * 3_000,
        "a b\n" * 3_000,
    ],
    ids=["minus", "parentheses", "sum", "attributes", "lambdas", "open", "quotes", "errors"],
)
def test_hostile_text_costs_its_cell_only(text: str) -> None:
    kept, notes = parse(text)
    assert kept == ""
    assert notes
    assert len(notes) < 60
    assert all(note.startswith("lab.ipynb, cell 3") and len(note) < 250 for note in notes)


def test_warnings_about_students_strings_are_kept_quiet() -> None:
    assert parse('x = "\\d"\n')[1] == []
    assert parses('x = "\\d"\n')
    assert not parses("x = = 1")
