"""`assessment grade` as a process: the reference first, then a class that tries to steer it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.plugin.course import RECIPE, training

LEVEL = "process" if bubblewrap_fault() else "bubblewrap"
NET = """
import torch
import torch.nn as nn

class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 8)
        self.last = nn.Linear(8, 10)

    def forward(self, images):
        return self.last(torch.relu(self.first(images.flatten(1))))
"""
TAKES_OVER = """
from pathlib import Path

Path({note!r}).write_text("was imported")
"""


def write_lab(folder: Path, **fields: Any) -> Path:
    lab = {
        "title": "Lab",
        "defaults": {"training": RECIPE},
        "questions": {"net": training(**fields)},
    }
    path = folder / "course" / "lab.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(lab))
    return path


def grade(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where a student's files lie, with no configuration above."""
    command = [sys.executable, "-P", "-m", "assessment", "grade", "--device=cpu", *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [*command, f"--isolation={LEVEL}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        env=environment | {"PYTHONPATH": root},
        check=False,
    )


def test_nothing_handed_in_steers_the_grading(tmp_path: Path) -> None:
    spec = write_lab(tmp_path)
    ada = tmp_path / "handed_in" / "ada"
    ada.mkdir(parents=True)
    (ada / "net.py").write_text(NET)
    note = tmp_path / "note"
    for name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.py", "torch.py"):
        (ada / name).write_text(TAKES_OVER.format(note=str(note)))
    (ada / "pytest.ini").write_text("[pytest]\naddopts = -p evil\npythonpath = .\n")
    (ada / "evil.py").write_text(TAKES_OVER.format(note=str(note)))
    ended = grade(ada, str(spec), "--submissions=..", "--reports=../../reports")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not note.exists()
    [result] = json.loads((tmp_path / "reports/results.json").read_text())["results"]
    assert (result["submission"]["id"], result["status"]) == ("ada", "scored")
    told = json.loads((tmp_path / "reports/reference/results.json").read_text())
    [[checked], [graded]] = [one["runs"] for one in (told["results"][0], result)]
    assert checked["environment"] == graded["environment"], "which a single run has for itself"
    assert (ada / "assessment.secret").stat().st_mode & 0o777 == 0o600


def test_a_class_waits_for_its_reference(tmp_path: Path) -> None:
    spec = write_lab(tmp_path, at_least=100)
    (tmp_path / "handed_in").mkdir()
    (tmp_path / "handed_in" / "ada.py").write_text(NET)
    ended = grade(tmp_path, str(spec), "--submissions=handed_in")
    assert ended.returncode == 1
    assert "the reference does not earn full marks on the grading seeds" in ended.stderr
    assert not (tmp_path / "reports/results.json").exists()


def test_a_mapping_is_refused_before_the_reference_is_trained(tmp_path: Path) -> None:
    write_lab(tmp_path)
    (tmp_path / "handed_in").mkdir()
    (tmp_path / "map.yaml").write_text("ada: {nett: MLP}\n")
    ended = grade(tmp_path, "course/lab.yaml", "--submissions=handed_in", "--mapping=map.yaml")
    assert ended.returncode == 1
    message = "map.yaml:1:7: no question that trains a network is called nett, did you mean net? "
    assert ended.stderr.startswith(f"{message}(allowed: net)\n")
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lab.yaml", "--submissions=absent"], "absent: there is no such folder of submissions"),
        (["absent.yaml", "--submissions=."], "absent.yaml: there is no such spec file"),
        (["course/lab.yaml", "--submissions=."], "does not lie among the submissions"),
        (["course/lab.yaml", "--submissions=empty", "--template=t.py"], "t.py: there is no such"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    write_lab(tmp_path)
    (tmp_path / "empty").mkdir()
    ended = grade(tmp_path, *arguments)
    assert ended.returncode == 1
    assert message in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
