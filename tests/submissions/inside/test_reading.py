# ruff: noqa: E501 - one line a case
"""A whole submission: which files are read, what is noted, and what reading may load."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from assessment.submissions.inside import reading
from assessment.submissions.inside.reading import read_submission
from assessment.training.errors import SolutionError

ROOT = Path(__file__).parents[3]
NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]})


def test_notebooks_and_scripts_are_read_and_others_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "handed_in"
    folder.mkdir()
    for name, text in {
        "lab.ipynb": NOTEBOOK,
        "net.py": "y = 2",
        "mailed.ipynb.txt": NOTEBOOK,
        "saved.ipynb.json": NOTEBOOK,
        "net2.py.txt": "z = 3",
        "notes.txt": "text",
        "data.json": "{}",
        "broken.ipynb": '{"cells": [',
        "empty.py": "",
    }.items():
        (folder / name).write_text(text)
    made = read_submission(folder, tmp_path / "workspace")
    assert sorted(made.library.sources) == [
        *("lab.ipynb", "mailed.ipynb.txt", "net.py", "net2.py.txt", "saved.ipynb.json"),
    ]
    assert {"notes.txt", "data.json"} < {file.name for file in made.gathered.files}
    assert made.notes == (
        "broken.ipynb: ends in the middle and cannot be read as a notebook; "
        "save it and hand it in again",
        "empty.py: is empty",
    )


def test_a_zip_with_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        archive.writestr("doe/lab.ipynb", NOTEBOOK)
        archive.writestr("doe/net.py", "y = 2")
    made = read_submission(tmp_path / "work.zip", tmp_path / "workspace")
    assert list(made.library.sources) == ["doe/lab.ipynb", "doe/net.py"]
    path = made.library.path("doe/net.py")
    assert path is not None
    assert path.is_relative_to(tmp_path / "workspace")


def test_a_checkpoint_alone(tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(b"PK\3\4")
    made = read_submission(tmp_path / "model.pth", tmp_path / "workspace")
    assert [file.name for file in made.gathered.files] == ["model.pth"]
    assert made.library.outlines() == []


def test_files_on_disk_go_before_what_a_notebook_writes(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "source": f"%%writefile {name}\n{text}"}
        for name, text in (("net.py", "x = 1"), ("other.py", "y = 2"), ("empty.py", "\n"))
    ]
    folder = tmp_path / "handed_in"
    folder.mkdir()
    (folder / "lab.ipynb").write_text(json.dumps({"cells": cells}))
    (folder / "net.py").write_text("x = 3")
    made = read_submission(folder, tmp_path / "workspace")
    assert sorted(made.library.sources) == ["lab.ipynb", "net.py", "other.py"]
    assert made.library.sources["net.py"].cells[0].text == "x = 3"


@pytest.mark.parametrize(("limit", "value"), [("MOST_SOURCES", 2), ("MOST_BYTES", 11)])
def test_limits(limit: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, limit, value)
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("x = 1")
    made = read_submission(tmp_path, tmp_path / "workspace")
    assert list(made.library.sources) == ["a.py", "b.py"]
    assert made.notes[0].startswith("c.py: left out: more than ")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(SolutionError, match="holds no files"):
        read_submission(tmp_path, tmp_path / "workspace")


def test_reading_loads_no_torch_and_of_the_project_what_the_jail_has(tmp_path: Path) -> None:
    """YAML is loaded where there is some, torch by the submission alone."""
    code = f"""
import sys
from pathlib import Path
from assessment.submissions.inside.answers import find_answer
from assessment.submissions.inside.namespace import load
from assessment.submissions.inside.reading import read_submission
from assessment.submissions.inside.texts import find_text

made = read_submission(Path({str(tmp_path / "lab.ipynb")!r}), Path({str(tmp_path)!r}))
assert load(made.library.outline("lab.ipynb"), "x", made.library).value == 1
assert find_text(made, ["Task 1"]) is None and find_answer(made, ["x"]).text == "1"
print(sorted(name for name in sys.modules if name.startswith(("assessment", "torch", "numpy", "yaml"))))
"""
    (tmp_path / "lab.ipynb").write_text(NOTEBOOK)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    loaded = set(eval(done.stdout))
    assert not {name for name in loaded if name.startswith(("torch", "numpy", "yaml"))}
    allowed = {"assessment.submissions", "assessment.training", "assessment.training.errors"}
    allowed |= {"assessment.boundary", "assessment.boundary.sizes", "assessment.spelling"}
    own = ("assessment.submissions.inside", "assessment.formulas")
    others = {name for name in loaded if not name.startswith(own)}
    assert others - {*allowed, "assessment.errors", "assessment.parsing"} == {"assessment"}
