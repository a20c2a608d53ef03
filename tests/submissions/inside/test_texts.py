# ruff: noqa: E501 - one line a case
"""Written answers: in files of their own, and under headings of notebooks, scripts and texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.submissions.inside.reading import HandedIn, read_submission
from assessment.submissions.inside.texts import find_text

HANDED_IN = Path(__file__).parent / "handed_in"
Make = Callable[..., HandedIn]


@pytest.fixture
def handed_in(tmp_path: Path) -> Make:
    def make(**files: str | bytes) -> HandedIn:
        folder = tmp_path / "handed_in"
        folder.mkdir()
        for name, content in files.items():
            path = folder / name.replace("__", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_submission(folder, tmp_path / "workspace")

    return make


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "markdown", "source": cell} for cell in cells]})


@pytest.mark.parametrize(
    ("names", "text", "where"),
    [
        (["1.1"], "The posterior ![plot](picture) probabilities.\n\n### Why\nBecause of the loss.", 'report.ipynb, cell 2, under "1.1 What is approximated?"'),
        (["Why"], "Because of the loss.", 'report.ipynb, cell 2, under "Why"'),
        (["1.2", "task1-2"], "From the update rule.\n\n# Answer:\nIt follows from w_k1 = w_k - gamma g.\n```\n# not a heading\n```\nDone.", 'report.ipynb, cell 5, under "Question 1.2"'),
        (["2.2"], "Kernels are small filters.\nThey slide.", 'report.ipynb, cell 8, under "Q2.2"'),
        (["2.3"], "Columns look alike.", 'report.ipynb, cell 8, under "Q2.3"'),
        (["2.4"], "The kernel differs.", 'report.ipynb, cell 9, under "2.4 Rows"'),
        (["Task 9", "1.2.1"], "A remark.", 'report.ipynb, cell 3, under "1.2.1 Not this one"'),
    ],
)  # fmt: skip
def test_under_headings_of_a_notebook(
    names: list[str], text: str, where: str, tmp_path: Path
) -> None:
    found = find_text(read_submission(HANDED_IN / "answers", tmp_path), names)
    assert found is not None
    assert (found.text, found.where) == (text, where)


@pytest.mark.parametrize("names", [["2.5"], ["9.9"], ["this comment is no answer"], []])
def test_empty_headings_and_comments_in_code_are_no_answers(
    names: list[str], tmp_path: Path
) -> None:
    assert find_text(read_submission(HANDED_IN / "answers", tmp_path), names) is None


@pytest.mark.parametrize(
    "pattern", ["discussion_3.md", "DISCUSSION_3.MD", "*_3.md", "answers/../x", "3.md"]
)
def test_a_file_of_its_own_goes_first(pattern: str, tmp_path: Path) -> None:
    found = find_text(read_submission(HANDED_IN / "answers", tmp_path), ["1.1"], [pattern])
    assert found is not None
    if pattern == "answers/../x":
        assert found.where.startswith("report.ipynb")
    else:
        assert (found.where, found.text) == (
            "discussion_3.md",
            "Deeper networks\nlearn more slowly.",
        )


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    found = find_text(read_submission(HANDED_IN / "answers", tmp_path), [], ["essay.pdf"])
    assert found is not None
    assert (found.text, found.where) == ("", "essay.pdf")
    assert found.notes == ("essay.pdf is no plain text: look at the file itself",)


@pytest.mark.parametrize(
    ("script", "name", "text"),
    [
        ("percent_cells.py", "No.1", "The network with a convolution\nis better."),
        ("percent_cells.py", "no 2 topology", "More layers, less loss."),
        ("exported.py", "Task 2.5", "A rate of 0.1 is too much."),
        ("nbformat3_python2.ipynb", "1.2", "The gradient is (w_k - w_k1) / gamma."),
        ("lab7_everything_at_top.ipynb", "task2-2", "Model B is better: it has one more convolution."),
    ],
)  # fmt: skip
def test_in_scripts_and_old_notebooks(script: str, name: str, text: str, tmp_path: Path) -> None:
    found = find_text(read_submission(HANDED_IN / script, tmp_path), [name])
    assert found is not None
    assert found.text == text


def test_sections_that_fit_equally_well_are_put_together(handed_in: Make) -> None:
    made = handed_in(
        a__ipynb=notebook("# Task 1\none", "# Task 2\ntwo", "# Task 1\nthree", "# Task 1\none"),
        notes__md="# Task 1\nfour",
    )
    found = find_text(made, ["Task 1"])
    assert found is not None
    assert found.text == "one\n\nthree\n\nfour"
    assert found.where == 'a.ipynb, cell 1, under "Task 1"'
    assert found.notes[0].startswith("put together from 3 places: ")


def test_long_texts_are_cut(handed_in: Make) -> None:
    found = find_text(handed_in(a__md="# Task 1\n" + "x" * 100_000), ["Task 1"])
    assert found is not None
    assert len(found.text) == 65_536
    assert found.notes == ("cut at 65,536 of 100,000 characters",)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbf# Task 1\r\nyes", "yes"),
        ("# Task 1\nné".encode("latin-1"), "né"),
        ("# Task 1\nyes".encode("utf-16"), "yes"),
        (b"\0\1\2# Task 1\nyes", None),
        (b"%PDF-1.4\n# Task 1\nyes", None),
    ],
)
def test_encodings_of_text_files(content: bytes, text: str | None, handed_in: Make) -> None:
    found = find_text(handed_in(a__txt=content), ["Task 1"])
    assert (found and found.text) == text


def test_a_text_that_a_notebook_writes(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": "%%writefile essay.md\n# Task 1\nyes"}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    made = read_submission(tmp_path / "a.ipynb", tmp_path / "workspace")
    found = find_text(made, ["Task 1"])
    assert found is not None
    assert (found.text, found.where) == ("yes", 'essay.md, under "Task 1"')


def test_a_notebook_may_be_the_file(handed_in: Make) -> None:
    made = handed_in(a__ipynb=notebook("one", "two ![](data:image/png;base64,AAAA)"))
    found = find_text(made, [], ["a.ipynb"])
    assert found is not None
    assert found.text == "one\n\ntwo ![](picture)"
