"""Rosters as learning platforms write them, and as they are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.submissions.columns import Row, read_rows


def read(folder: Path, text: str | bytes) -> list[Row]:
    path = folder / "roster.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_rows(path)


def failure(folder: Path, text: str | bytes) -> str:
    with pytest.raises(AssessmentError) as caught:
        read(folder, text)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(folder / "roster.csv"))


def test_id_and_name(tmp_path: Path) -> None:
    assert read(tmp_path, "id,name\ne1,Jane Doe\n\ne2,\n,,\n") == [
        Row(2, "e1", "Jane Doe", (), ()),
        Row(4, "e2", "e2", (), ()),
    ]


SIMPLE = "id,name\ne1,Zoë Doe\n"


@pytest.mark.parametrize(
    "content",
    [
        SIMPLE.encode(),
        SIMPLE.encode("utf-8-sig"),
        SIMPLE.encode("utf-16"),
        SIMPLE.replace("\n", "\r\n").encode(),
        SIMPLE.replace(",", ";").encode(),
        SIMPLE.replace(",", "\t").encode("utf-16"),
        f"sep=,\r\n{SIMPLE}".encode("utf-8-sig"),
        SIMPLE.rstrip().encode(),
        '"Name","ID","a; b; c"\n"Doe, Zoë","e1",""\n'.encode(),
    ],
)
def test_spreadsheets_write_the_same_in_many_ways(tmp_path: Path, content: bytes) -> None:
    (row,) = read(tmp_path, content)
    assert (row.id, row.name) == ("e1", "Zoë Doe")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (  # Gradescope's roster, its staff left out
            "First Name,Last Name,SID,Email,Role,Sections\n"
            "Jane,Doe,e1,jane@uni.edu,Student,A\n"
            "Pro,Fessor,,p@uni.edu,Instructor,\n"
            "Bo,Li,,bo@uni.edu,Student,\n",
            [
                Row(2, "e1", "Jane Doe", ("jane@uni.edu",), ()),
                Row(4, "bo@uni.edu", "Bo Li", (), ()),
            ],
        ),
        (  # Canvas' gradebook
            "Student,ID,SIS User ID,SIS Login ID,Section,Lab 7 (12345)\n"
            ",,,,,Manual Posting\n"
            "    Points Possible,,,,,10\n"
            '"Doe, Jane Mary",340934,e1,jdoe,A,9\n'
            '"Li, Bo",340935,,bli,A,\n'
            '"Student, Test",99,,f00,A,\n',
            [
                Row(4, "e1", "Jane Mary Doe", ("jdoe",), ("340934",)),
                Row(5, "bli", "Bo Li", (), ("340935",)),
            ],
        ),
        (  # Moodle's grading worksheet
            "Identifier,Full name,Email address,Status,Grade\n"
            "Participant 12345,Jane Doe,jane@uni.edu,Submitted,-\n",
            [Row(2, "Participant 12345", "Jane Doe", ("jane@uni.edu",), ("12345",))],
        ),
        (  # Moodle's participants
            "First name,Last name,ID number,Email address,Username\nJane,Doe,e1,j@uni.edu,jdoe\n",
            [Row(2, "e1", "Jane Doe", ("jdoe", "j@uni.edu"), ())],
        ),
        (  # GitHub Classroom
            '"identifier","github_username","github_id","name"\n'
            '"e19001","jane-d","77","Jane Doe"\n',
            [Row(2, "e19001", "Jane Doe", ("jane-d", "77"), ())],
        ),
        (  # nbgrader
            "id,last_name,first_name,email\nbitdiddle,Bitdiddle,Ben,b@uni.edu\n",
            [Row(2, "bitdiddle", "Ben Bitdiddle", ("b@uni.edu",), ())],
        ),
    ],
    ids=["gradescope", "canvas", "moodle worksheet", "moodle", "github", "nbgrader"],
)
def test_headings_of_platforms(tmp_path: Path, text: str, expected: list[Row]) -> None:
    assert read(tmp_path, text) == expected


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    found = read(tmp_path, 'sep=;\nid;name\ne1;"Jane\nDoe"\ne2;Bo\n')
    assert [(row.line, row.name) for row in found] == [(4, "Jane Doe"), (5, "Bo")]


def test_cells_are_cleaned(tmp_path: Path) -> None:
    (row,) = read(tmp_path, 'id,name\n e1 ,"\x1b[31mJane\u202e"\n')
    assert (row.id, row.name) == ("e1", "[31mJane")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", ": this roster is empty"),
        ("\n\n", ": this roster is empty"),
        ("nmae,idd\nx,y\n", ":1: no column for the name of students; found: nmae, did you mean"),
        ("name,group\nx,y\n", ":1: no column for the id of students; found: name, group; acc"),
        ("\nid\ne1\n", ":2: no column for the name of students; found: id; accepted: for the id"),
        ("e1,Jane\ne2,Bo\n", ":1: no column for the name of students; found: e1, Jane; accepted"),
        ("id,name\ne1,Jane,x\n", ":2: 3 cells, but 2 headings"),
        ("id,name\ne1,Jane\n,Bo\n", ":3: no id for Bo"),
        ('id,name\ne1,"Jane\n', ":2: the roster is no CSV: unexpected end of data"),
        ('id,name\ne1,"Ja"ne\n', ":2: the roster is no CSV: ',' expected after '\"'"),
        ("id,name\ne1," + "x" * 200_000, ":2: the roster is no CSV: field larger"),
        (b"id,name\ne1,Jos\xe9\n", ":2: no UTF-8: save the roster as CSV UTF-8"),
        (b"\xff\xfei", ":1: no UTF-8: save the roster as CSV UTF-8"),
    ],
)
def test_mistakes_are_named_with_file_and_line(
    tmp_path: Path, text: str | bytes, start: str
) -> None:
    assert failure(tmp_path, text).startswith(start)


def test_trailing_empty_cells_are_nothing(tmp_path: Path) -> None:
    assert [row.id for row in read(tmp_path, "id,name\ne1,Jane,,\ne2\n")] == ["e1", "e2"]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AssessmentError, match=r"roster.csv: this roster cannot be read \(No such"):
        read_rows(tmp_path / "roster.csv")
    with pytest.raises(AssessmentError, match=r"cannot be read \(Is a directory"):
        read_rows(tmp_path)


def test_a_huge_file(tmp_path: Path) -> None:
    with (tmp_path / "roster.csv").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(AssessmentError, match="a roster of more than 16 MB"):
        read_rows(tmp_path / "roster.csv")
