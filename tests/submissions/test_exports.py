"""Which program exported what lies in a place, and what is no class at all."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.submissions.exports import recognise
from assessment.submissions.metadata import FILE
from tests.submissions.places import fill, graded, notes, write


def failure(place: Path) -> str:
    with pytest.raises(AssessmentError) as caught:
        recognise(place)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{place}")


def test_plain_files_and_folders(tmp_path: Path) -> None:
    fill(tmp_path, "e19001.ipynb", "e19002/lab.ipynb", "e19003.zip", "jane.doe/x.py", "Bo Li.py")
    assert graded(tmp_path) == {
        "e19001": ["e19001.ipynb"],
        "e19002": ["lab.ipynb"],
        "e19003": ["e19003.zip"],
        "jane.doe": ["x.py"],
        "Bo-Li": ["Bo Li.py"],
    }
    assert set(notes(tmp_path).values()) == {()}


def test_like_named_files_are_one_submission(tmp_path: Path) -> None:
    fill(tmp_path, "e1.ipynb", "e1.py", "e1.answers.yaml", "e1.yaml", "e2.ipynb")
    assert graded(tmp_path) == {
        "e1": ["e1.ipynb", "e1.py", "e1.yaml"],
        "e1.answers": ["e1.answers.yaml"],
        "e2": ["e2.ipynb"],
    }
    assert notes(tmp_path)["e1"] == ("taken as one submission: e1.ipynb, e1.py, e1.yaml",)


@pytest.mark.parametrize(
    "names", [["a.ipynb"], ["a/x.py"], ["a.zip"], ["lab-7-19310.zip"], ["lab-7-19310/x.py"]]
)
def test_a_class_of_one(tmp_path: Path, names: list[str]) -> None:
    assert len(graded(fill(tmp_path, *names))) == 1


@pytest.mark.parametrize(
    "name",
    ["submissions.zip", "submissions (1).zip", "assignment_42_export.zip", "Lab7-submissions.ZIP"],
)
def test_a_zip_of_a_class_has_to_be_unzipped(tmp_path: Path, name: str) -> None:
    fill(tmp_path, name, ".DS_Store")
    assert failure(tmp_path) == (
        f"/{name}: the zip of a class is not opened: unzip it (unzip "
        f"{shlex.quote(f'{tmp_path / name}')} -d {shlex.quote(f'{tmp_path / name[:-4]}')}) "
        f"and name the folder"
    )


def test_such_a_zip_among_others_is_a_submission(tmp_path: Path) -> None:
    assert set(graded(fill(tmp_path, "submissions.zip", "e1.zip"))) == {"submissions", "e1"}


@pytest.mark.parametrize("around", ["assignment_42_export", "submissions", "submissions (1)"])
def test_a_folder_around_an_export_is_entered(tmp_path: Path, around: str) -> None:
    place = fill(tmp_path / around, "submission_1/a.py", "submission_2/a.py")
    write(place, {FILE: "submission_1:\n  :submitters:\n  - :sid: e1\n"})
    fill(tmp_path, "__MACOSX/x")
    assert set(graded(tmp_path)) == {"e1", "submission_2"}


@pytest.mark.parametrize(
    "inside",
    [
        ["submission_1/a.py", "submission_2/a.py", FILE],
        ["Jane Doe_1_assignsubmission_file/a.py"],
        ["doejane_12_34_x.py", "libo_13_35_x.py"],
        ["bitdiddle/ps1/timestamp.txt"],
    ],
)
def test_a_lone_folder_that_may_be_a_students_is_not_entered(
    tmp_path: Path, inside: list[str]
) -> None:
    """What a student put there must say nothing about others: its metadata are not even read."""
    place = fill(tmp_path / "CO543-Lab-7", *inside)
    assert failure(tmp_path) == (f": the class lies in a folder of its own: name {place}")


@pytest.mark.parametrize("names", [[], [".DS_Store", "__MACOSX/x"], [".gitkeep", FILE]])
def test_nothing_there(tmp_path: Path, names: list[str]) -> None:
    assert failure(fill(tmp_path, *names)) == ": this folder holds no submissions"


def test_a_students_own_metadata_are_not_read(tmp_path: Path) -> None:
    """Only what lies in the place itself was written by the place."""
    fill(tmp_path, "alice/x.py", "bob/x.py")
    write(tmp_path / "alice", {FILE: "submission_1:\n  :submitters:\n  - :sid: bob\n"})
    assert graded(tmp_path) == {"alice": [FILE, "x.py"], "bob": ["x.py"]}


def test_what_is_passed_over_is_no_submission(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "roster.csv")
    assert [one.id for one in recognise(tmp_path, [tmp_path / "roster.csv"])] == ["a"]
