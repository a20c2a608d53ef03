"""Moodle's exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.submissions.exports import recognise
from tests.submissions.places import fill, graded, notes


@pytest.mark.parametrize("end", ["", "_"])
def test_a_folder_each(tmp_path: Path, end: str) -> None:
    fill(
        tmp_path,
        f"Jane Mary Doe_12345_assignsubmission_file{end}/lab.ipynb",
        f"Jane Mary Doe_12345_assignsubmission_file{end}/src/net.py",
        f"Zoë O'Neil_12346_assignsubmission_file{end}/lab.zip",
    )
    assert graded(tmp_path) == {"12345": ["lab.ipynb", "src/net.py"], "12346": ["lab.zip"]}
    assert [one.name for one in recognise(tmp_path)] == ["Jane Mary Doe", "Zoë O'Neil"]


def test_files_in_one_folder(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "Jane Doe_12345_assignsubmission_file_lab_7.ipynb",
        "Jane Doe_12345_assignsubmission_file_net.py",
        "Bo Li_12346_assignsubmission_file_lab.ipynb",
    )
    assert graded(tmp_path) == {"12345": ["lab_7.ipynb", "net.py"], "12346": ["lab.ipynb"]}


def test_typed_texts_wait_for_a_person(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "Jane Doe_1_assignsubmission_file/lab.ipynb",
        "Jane Doe_1_assignsubmission_onlinetext/onlinetext.html",
        "Bo Li_2_assignsubmission_onlinetext/onlinetext.html",
    )
    assert graded(tmp_path) == {"1": ["lab.ipynb"], "2": ["onlinetext.html"]}
    waiting = "Jane Doe_1_assignsubmission_onlinetext"
    assert notes(tmp_path) == {
        "1": (f"a text typed into Moodle waits for a person: {waiting}",),
        "2": (),
    }


def test_hidden_names(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "Participant_1_assignsubmission_file/a.py",
        "Participant_2_assignsubmission_file/a.py",
    )
    assert [one.name for one in recognise(tmp_path)] == ["Participant 1", "Participant 2"]


def test_groups(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "Group A_7_assignsubmission_file/a.py",
        "Default group_assignsubmission_file/b.py",
    )
    assert graded(tmp_path) == {"7": ["a.py"], "Default-group": ["b.py"]}


def test_students_of_one_name(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "Jane Doe_1_assignsubmission_file/a.py",
        "Jane Doe_2_assignsubmission_file/b.py",
        "Bo Li_3_assignsubmission_file/c.py",
    )
    assert graded(tmp_path) == {"1": ["a.py"], "2": ["b.py"], "3": ["c.py"]}


def test_an_empty_folder_and_a_stray_file(tmp_path: Path) -> None:
    fill(tmp_path, "Jane Doe_1_assignsubmission_file/", "grades.csv")
    assert graded(tmp_path) == {"1": [], "grades": ["grades.csv"]}
