# ruff: noqa: E501 - one line a case
"""Notebooks and scripts as cells, whatever their format, encoding and damage."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from assessment.submissions.inside import notebooks
from assessment.submissions.inside.cells import Source
from assessment.submissions.inside.notebooks import read_bytes, read_source
from assessment.training.errors import SolutionError


def notebook(*cells: Any, **more: Any) -> bytes:
    return json.dumps({"cells": list(cells), "nbformat": 4, **more}).encode()


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, **more}


def told(source: Source) -> list[tuple[int, str, str, int]]:
    return [(cell.number, cell.kind, cell.text, cell.line) for cell in source.cells]


def test_cells_are_counted_from_one_with_all_others() -> None:
    content = notebook(
        {"cell_type": "markdown", "source": ["# Lab\n", "text"]},
        code(["x = 1\n", "y = 2"]),
        {"cell_type": "raw", "source": "nothing"},
        code("%cd\nz = 3", outputs=[{"data": {"image/png": "A" * 100_000}}]),
    )
    source = read_bytes(content, "lab.ipynb")
    assert told(source) == [
        (1, "markdown", "# Lab\ntext", 1),
        (2, "code", "x = 1\ny = 2", 1),
        (4, "code", "pass\nz = 3", 1),
    ]
    assert source.place(source.cells[1], 2) == "lab.ipynb, cell 2, line 2"
    assert source.notebook
    assert source.notes == ()


def test_nbformat_3_has_worksheets_inputs_and_headings() -> None:
    content = {
        "nbformat": 3,
        "worksheets": [
            {"cells": [{"cell_type": "heading", "level": 3, "source": ["Task 1"]}]},
            {"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]},
        ],
    }
    source = read_bytes(json.dumps(content).encode(), "lab.ipynb")
    assert told(source) == [(1, "markdown", "### Task 1", 1), (2, "code", "x = 1\ny = 2", 1)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ({}, ""),
        ({"source": None}, ""),
        ({"source": 7}, ""),
        ({"source": ["a = 1\n", 5, None, "b = 2"]}, "a = 1\nb = 2"),
        ({"source": ["a = 1", "b = 2"]}, "a = 1\nb = 2"),
        ({"source": "a = 1\r\nb = 2\rc = 3"}, "a = 1\nb = 2\nc = 3"),
        ({"source": "a = '\ud800\0'"}, "a = '?'"),
        ({"source": "\ufeffa = 1"}, "a = 1"),
        ({"source": "a = 1", "outputs": "none", "metadata": []}, "a = 1"),
        (17, ""),
    ],
)
def test_cells_that_lack_fields_or_have_strange_ones(cell: Any, text: str) -> None:
    source = read_bytes(notebook(cell), "lab.ipynb")
    assert told(source) == [(1, "code", text, 1)]


@pytest.mark.parametrize(
    "content", [b"{}\n", b'{"cells": 5}', b'{"cells": {}}', b'{"worksheets": [1, {"cells": 1}]}']
)
def test_notebooks_without_cells(content: bytes) -> None:
    source = read_bytes(content.replace(b"{}", b'{"a": 1}'), "lab.ipynb")
    assert source.cells == ()
    assert source.notes == ("lab.ipynb: none of its cells holds code or Markdown",)


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-32", b"")]
)
def test_byte_order_marks(encoding: str, mark: bytes) -> None:
    text = json.dumps({"cells": [code("x = 'é'")]}, ensure_ascii=False)
    source = read_bytes(mark + text.encode(encoding), "lab.ipynb")
    assert told(source) == [(1, "code", "x = 'é'", 1)]
    script = read_bytes(mark + "x = 'é'\n".encode(encoding), "net.py")
    assert told(script) == [(1, "code", "x = 'é'\n", 1)]


@pytest.mark.parametrize(
    ("content", "text", "notes"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n", []),
        (b"x = '\xe9'\n", "x = 'é'\n", ["is not in the encoding utf-8; read as Latin-1"]),
        (b"# coding: unheard\nx = 1\n", "# coding: unheard\nx = 1\n", []),
        (
            b"# coding: ascii\nx = '\xe9'\n",
            "# coding: ascii\nx = 'é'\n",
            ["is not in the encoding ascii; read as Latin-1"],
        ),
        (b"# coding: hex\nx = 1\n", "# coding: hex\nx = 1\n", None),
        (b"\xff\xfe\x00", "ÿþ\0".replace("\0", ""), ["is not in the encoding utf-16; read as Latin-1"]),
        (b"x = 1\r\ny = 2\x00\r\n", "x = 1\ny = 2\n", []),
    ],
)  # fmt: skip
def test_encodings_of_scripts(content: bytes, text: str, notes: list[str] | None) -> None:
    source = read_bytes(content, "net.py")
    assert source.cells[0].text == text
    if notes is not None:
        assert list(source.notes) == [f"net.py: {note}" for note in notes]


def test_marked_cells_of_a_script_count_lines_of_the_file() -> None:
    content = b"""x = (
# %% first
y = 1
# %% [markdown]
# # Task 1
#
# text
#%%
%cd
z = 2
"""
    source = read_bytes(content, "lab.py")
    assert told(source) == [
        (1, "code", "x = (\n", 1),
        (2, "code", "y = 1\n", 3),
        (3, "markdown", "# Task 1\n\ntext", 5),
        (4, "code", "pass\nz = 2\n", 9),
    ]
    assert source.place(source.cells[3], 2) == "lab.py, line 10"
    assert not source.notebook


def test_a_sound_script_is_one_cell_whatever_ornaments_it_has() -> None:
    content = b"class A:\n# %%%%%%%%%%\n    x = 1\n# %% [markdown]\n# hello\n# %%\ny = 1\n"
    source = read_bytes(content, "lab.py")
    assert told(source) == [(1, "code", content.decode(), 1), (3, "markdown", "hello", 5)]


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_markdown_in_quotes(quotes: str) -> None:
    content = f"# %% [markdown]\n{quotes}\n# Task 1\ntext\n{quotes}\n# %%\nx = 1\n"
    source = read_bytes(content.encode(), "lab.py")
    assert [cell.text for cell in source.cells if cell.kind == "markdown"] == ["# Task 1\ntext"]


def test_exported_scripts_keep_markdown_as_comments() -> None:
    content = b"""# coding: utf-8

# ## Task 1
# text

# In[1]:


x = 1
# a comment in the code
y = 2


# ## Task 2

# In[ ]:


get_ipython().run_cell_magic('time', '', 'z = 3\\n')
"""
    source = read_bytes(content, "lab.py")
    texts = [cell.text for cell in source.cells if cell.kind == "markdown"]
    assert texts == ["## Task 2"]
    assert "# a comment in the code" in source.cells[1].text
    assert source.cells[-1].text == "\nz = 3\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b'{"cells": [{"cell_type": "code", "sou', "ends in the middle and cannot be read as a notebook; save it and hand it in again"),
        (b'{"cells": [}\n]}', "is damaged at line 1 and cannot be read as a notebook; save it and hand it in again"),
        (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> main\n]}', "holds marks of a Git merge conflict; resolve it, save it and hand it in again"),
        (b'{"cells": ' + b"[" * 100_000, "is nested too deeply"),
        (b'{"cells": [' + b"1" * 5_000 + b"]}", "is damaged and cannot be read as a notebook; save it and hand it in again"),
        (b"<!DOCTYPE html>\n<html>", "is a web page; download the notebook itself and hand that in"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is only a pointer of Git LFS; hand in the file itself"),
    ],
)  # fmt: skip
def test_what_is_no_notebook(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "lab.ipynb").write_bytes(content)
    with pytest.raises(SolutionError) as caught:
        read_source(tmp_path / "lab.ipynb")
    assert str(caught.value) == f"lab.ipynb: {message}"


def test_a_file_is_what_it_contains() -> None:
    script = read_bytes(b"x = 1\n", "lab.ipynb")
    assert told(script) == [(1, "code", "x = 1\n", 1)]
    assert script.notes == ("lab.ipynb: is no notebook; read as a script",)
    assert read_bytes(notebook(code("x = 1")), "lab.py").notebook
    assert not read_bytes(b"{'cells': 1}\n", "lab.py").notebook


@pytest.mark.parametrize(
    "metadata", [{"kernelspec": {"language": "R"}}, {"language_info": {"name": "R"}}]
)
def test_other_languages(metadata: dict[str, Any]) -> None:
    content = notebook(code("x <- 1"), {"cell_type": "markdown", "source": "a"}, metadata=metadata)
    source = read_bytes(content, "lab.ipynb")
    assert [cell.kind for cell in source.cells] == ["markdown"]
    assert source.notes == ("lab.ipynb: is written in r; only Python is read",)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("net.py", "src/net.py"),
        ("lib/../net.py", "src/net.py"),
        ("../net.py", "src/net.py"),
        ("/content/net.py", "src/net.py"),
        ("C:\\work\\net.py", "src/net.py"),
    ],
)
def test_files_that_a_notebook_writes_lie_beside_it(file: str, name: str) -> None:
    source = read_bytes(notebook(code(f"%%writefile {file}\nx = 1\n")), "src/lab.ipynb")
    assert source.written == ((name, "x = 1\n"),)


def test_files_are_written_and_continued_in_the_order_of_the_cells() -> None:
    content = notebook(
        code("%%writefile a.py\nx = 1\n"),
        code("%%writefile a.py\nx = 2\n"),
        code("%%writefile -a a.py\ny = 3\n"),
    )
    assert read_bytes(content, "lab.ipynb").written == (("a.py", "x = 2\ny = 3\n"),)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "LARGEST", 2**20)
    monkeypatch.setattr(notebooks, "MOST_CODE", 100)
    monkeypatch.setattr(notebooks, "MOST_CELLS", 3)
    (tmp_path / "lab.ipynb").write_bytes(notebook(code("x"), junk="A" * 2**20))
    with pytest.raises(SolutionError) as caught:
        read_source(tmp_path / "lab.ipynb")
    advice = "clear its outputs, save it and hand it in again"
    assert str(caught.value) == f"lab.ipynb: is larger than 1 MB; {advice}"
    content = notebook(code("x = 1"), code("y = 2\n" * 50), code("z = 3"), code("a = 4"))
    source = read_bytes(content, "lab.ipynb")
    assert [cell.text for cell in source.cells] == ["x = 1"]
    assert source.notes == (
        "lab.ipynb: cell 2: left out: more than 100 characters of code",
        "lab.ipynb: cell 3: left out: more than 100 characters of code",
        "lab.ipynb: has more than 3 cells; the others are left out",
    )


def test_names_are_shown_without_what_steers_a_terminal() -> None:
    with pytest.raises(SolutionError) as caught:
        read_bytes(b'{"cells": [', "a\x1b[31m\n.ipynb")
    assert str(caught.value).startswith("a [31m .ipynb: ends in the middle")


def test_a_large_notebook_is_read_quickly() -> None:
    """Outputs are most of what is handed in, and nothing looks into them."""
    outputs = [{"data": {"image/png": "A" * 1_000_000}}]
    content = notebook(*(code(f"x{number} = 1", outputs=outputs) for number in range(30)))
    assert len(read_bytes(content, "lab.ipynb").cells) == 30


def test_scripts_of_nothing_but_comments_take_no_time() -> None:
    before = time.process_time()
    text = "# In[1]:\n" + "\n\n\n#\n" * 50_000 + "x = (\n# In[2]:\n" + "%%x\n#\n" * 50_000
    assert read_bytes(text.encode(), "lab.py").cells
    assert time.process_time() - before < 10
