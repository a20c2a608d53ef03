"""Gradescope's exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.submissions.metadata import FILE
from tests.submissions.places import fill, graded, notes, write

METADATA = """---
submission_101:
  :submitters:
  - :name: Jane Doe
    :sid: e19001
    :email: jane@uni.edu
  :created_at: 2023-09-21 10:00:00.000000000 Z
submission_102:
  :submitters:
  - :name: Bo Li
    :sid: e19002
    :email: bo@uni.edu
  - :name: Zoë Ray
    :sid:
    :email: zoe.ray@uni.edu
  :created_at: 2023-09-21 10:00:00.000000000 Z
"""


def export(place: Path, text: str = METADATA) -> Path:
    fill(place, "submission_101/lab.ipynb", "submission_102/lab.ipynb", "submission_102/net.py")
    return write(place, {FILE: text})


def test_ids_names_and_files_come_from_the_metadata(tmp_path: Path) -> None:
    assert graded(export(tmp_path)) == {
        "e19001": ["lab.ipynb"],
        "e19002": ["lab.ipynb", "net.py"],
        "zoe.ray": ["lab.ipynb", "net.py"],
    }


def test_a_group_gets_a_grade_each(tmp_path: Path) -> None:
    found = notes(export(tmp_path))
    assert found["e19001"] == ()
    assert found["e19002"] == ("handed in together with Zoë Ray",)
    assert found["zoe.ray"] == ("handed in together with Bo Li",)


def test_the_newest_of_several_by_their_times(tmp_path: Path) -> None:
    """The submission with the greater number is the older one here."""
    place = export(
        tmp_path,
        METADATA.replace("e19002", "e19001").replace(
            "10:00:00.000000000 Z\n", "09:00:00.000000000 Z\n"
        ).replace("09:00", "10:00", 1),
    )  # fmt: skip
    assert graded(place)["e19001"] == ["lab.ipynb"]
    assert notes(place)["e19001"] == (
        "2 attempts, the newest is graded: submission_101; not graded: submission_102",
    )


def test_the_newest_of_several_by_their_numbers(tmp_path: Path) -> None:
    text = METADATA.replace("e19002", "e19001").replace(":created_at: 2023", ":made: 2023")
    place = export(tmp_path, text)
    assert graded(place)["e19001"] == ["lab.ipynb", "net.py"]
    fill(place, "submission_99/old.py")
    write(place, {FILE: f"{text}submission_99:\n  :submitters:\n  - :sid: e19001\n"})
    assert graded(place)["e19001"] == ["lab.ipynb", "net.py"]
    assert notes(place)["e19001"][0].startswith("3 attempts, the newest is graded: submission_102;")


def test_without_metadata_the_folders_are_the_students(tmp_path: Path) -> None:
    place = export(tmp_path)
    (place / FILE).unlink()
    assert list(graded(place)) == ["submission_101", "submission_102"]
    assert notes(place)["submission_101"] == (f"no {FILE} says whose it is",)


def test_a_folder_that_the_metadata_lack(tmp_path: Path) -> None:
    place = fill(export(tmp_path), "submission_103/lab.ipynb", "notes.txt")
    assert graded(place)["submission_103"] == ["lab.ipynb"]
    assert notes(place)["submission_103"] == (f"no {FILE} says whose it is",)
    assert notes(place)["notes"] == ("not named as Gradescope names what it exports",)


def test_a_folder_that_is_gone_is_listed(tmp_path: Path) -> None:
    place = export(tmp_path, METADATA.replace("submission_102", "submission_77"))
    found = graded(place)
    assert found["e19001"] == ["lab.ipynb"]
    assert found["e19002"] == found["zoe.ray"] == []
    assert found["submission_102"] == ["lab.ipynb", "net.py"]


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "submission_1/../x", ".", "a b"])
def test_names_in_the_metadata_lead_nowhere(tmp_path: Path, name: str) -> None:
    place = export(tmp_path, METADATA.replace("submission_102", f'"{name}"'))
    assert set(graded(place)) == {"e19001", "submission_102"}


def test_pdfs(tmp_path: Path) -> None:
    write(tmp_path, {FILE: METADATA.replace("submission_102", "submission_102.pdf")})
    fill(tmp_path, "submission_101.pdf", "submission_102.pdf")
    assert set(graded(tmp_path)) == {"submission_101", "e19001", "e19002", "zoe.ray"}


def test_students_without_anything_to_be_called_by(tmp_path: Path) -> None:
    text = "submission_101:\n  :submitters:\n  - :name:\n  - :name: ''\n"
    place = export(tmp_path, text)
    assert len(graded(place)) == 3
    assert {len(files) for files in graded(place).values()} == {1, 2}


def test_broken_metadata_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssessmentError, match=rf"{FILE}:2: no YAML"):
        graded(export(tmp_path, "submission_101: [\n"))
