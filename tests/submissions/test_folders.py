"""nbgrader's folders, and clones of GitHub Classroom."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.submissions.exports import recognise
from tests.submissions.places import fill, graded, notes

SUBMITTED = ("bitdiddle/ps1/p1.ipynb", "bitdiddle/ps1/timestamp.txt", "hacker/ps1/p1.ipynb")


@pytest.mark.parametrize("inside", ["submitted", "", "submitted/again"])
def test_nbgrader_with_time_stamps(tmp_path: Path, inside: str) -> None:
    place = fill(tmp_path / inside if inside else tmp_path, *SUBMITTED)
    assert graded(place) == {"bitdiddle": ["p1.ipynb", "timestamp.txt"], "hacker": ["p1.ipynb"]}


def test_a_folder_called_submitted_needs_no_time_stamps(tmp_path: Path) -> None:
    place = fill(tmp_path / "submitted", "a/ps1/p1.ipynb", "b/ps1/p1.ipynb")
    assert [one.path.name for one in recognise(place)] == ["ps1", "ps1"]
    assert graded(place) == {"a": ["p1.ipynb"], "b": ["p1.ipynb"]}


def test_a_course_holds_more_than_what_was_submitted(tmp_path: Path) -> None:
    fill(tmp_path, *(f"submitted/{name}" for name in SUBMITTED))
    fill(tmp_path, "source/ps1/p1.ipynb", "release/ps1/p1.ipynb", "gradebook.db")
    assert set(graded(tmp_path)) == {"bitdiddle", "hacker"}


def test_a_lone_folder_called_submitted_is_entered(tmp_path: Path) -> None:
    fill(tmp_path, *(f"submitted/{name}" for name in SUBMITTED))
    assert set(graded(tmp_path)) == {"bitdiddle", "hacker"}


def test_several_assignments_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, *SUBMITTED, "hacker/ps1/timestamp.txt", "hacker/ps2/p1.ipynb")
    with pytest.raises(AssessmentError) as caught:
        recognise(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: several assignments lie in here, ps1 (2), ps2 (1); copy those of one of "
        f"them into a folder, as <student>/ps1/"
    )


def test_a_student_without_a_hand_in(tmp_path: Path) -> None:
    fill(tmp_path, *SUBMITTED, "lazy/")
    assert graded(tmp_path)["lazy"] == []


def test_plain_folders_with_folders_in_them_are_not_nbgraders(tmp_path: Path) -> None:
    fill(tmp_path, "alice/src/a.py", "bob/src/b.py")
    assert graded(tmp_path) == {"alice": ["src/a.py"], "bob": ["src/b.py"]}


def test_one_students_time_stamp_does_not_make_it_nbgraders(tmp_path: Path) -> None:
    fill(tmp_path, "alice/src/timestamp.txt", "bob/src/b.py", "eve/net/b.py")
    assert graded(tmp_path)["alice"] == ["src/timestamp.txt"]
    place = fill(tmp_path / "submitted", "alice/src/a.py", "bob/lab/b.py")
    assert graded(place) == {"alice": ["src/a.py"], "bob": ["lab/b.py"]}


def test_clones(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "lab-7-alice/.git/config",
        "lab-7-alice/lab.ipynb",
        "lab-7-bob-jones/.git/config",
        "lab-7-bob-jones/lab.ipynb",
    )
    assert graded(tmp_path) == {"alice": ["lab.ipynb"], "bob-jones": ["lab.ipynb"]}


def test_the_folder_of_the_clones_says_the_assignment(tmp_path: Path) -> None:
    place = fill(tmp_path / "lab-7-submissions", "lab-7-al-a/x.py", "lab-7-al-b/x.py", "odd/x.py")
    assert set(graded(place)) == {"al-a", "al-b", "odd"}
    assert notes(place)["odd"] == ("not named as GitHub Classroom names what it exports",)


def test_one_clone_in_its_folder(tmp_path: Path) -> None:
    place = fill(tmp_path / "lab-7-submissions", "lab-7-alice/x.py")
    assert graded(place) == {"alice": ["x.py"]}
    assert graded(tmp_path) == {"alice": ["x.py"]}


def test_folders_of_one_beginning_are_no_clones(tmp_path: Path) -> None:
    fill(tmp_path, "group-1/x.py", "group-2/x.py")
    assert set(graded(tmp_path)) == {"group-1", "group-2"}


def test_clones_without_anything_in_common(tmp_path: Path) -> None:
    fill(tmp_path, "alice/.git/config", "alice/x.py", "bob/.git/config", "bob/x.py")
    assert set(graded(tmp_path)) == {"alice", "bob"}
