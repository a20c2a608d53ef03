"""Who is meant by an id, an address, a number or a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.submissions.roster import Roster, read_roster

PEOPLE = """\
Student,ID,SIS User ID,SIS Login ID,Email,Section
"Doe, Jane Mary",7001,E/19/001,jdoe,jane.doe@uni.edu,A
"van der Berg, Zoë",7002,E/19/002,zberg,zoe@uni.edu,A
"Li, Bo",7003,E/19/003,boli,bo@uni.edu,A
"Li, Bo",7004,E/19/004,boli2,bo2@uni.edu,A
"Ray, Al",7005,7001,alray,al@uni.edu,A
"""


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    return made(tmp_path, PEOPLE)


def made(folder: Path, text: str) -> Roster:
    (folder / "roster.csv").write_text(text)
    return read_roster(folder / "roster.csv")


def test_students_as_the_course_has_them(roster: Roster) -> None:
    first = roster.students[0]
    assert (first.id, first.key, first.name) == ("E/19/001", "E-19-001", "Jane Mary Doe")
    assert (first.line, first.keys, first.numbers) == (2, ("jdoe", "jane.doe@uni.edu"), ("7001",))
    assert len(roster.students) == 5


@pytest.mark.parametrize(
    ("asked", "expected", "by"),
    [
        ({"keys": ["E/19/001"]}, "E/19/001", "id"),
        ({"keys": ["e19001"]}, "E/19/001", "id"),
        ({"keys": ["JDOE"]}, "E/19/001", "id"),
        ({"keys": ["", "Jane.Doe@uni.edu"]}, "E/19/001", "id"),
        ({"keys": ["nobody", "zberg"]}, "E/19/002", "id"),
        ({"number": "7002"}, "E/19/002", "id"),
        ({"name": "doejanemary"}, "E/19/001", "name"),
        ({"name": "Jane Mary Doe"}, "E/19/001", "name"),
        ({"name": "vanderbergzoë"}, "E/19/002", "name"),
        ({"name": "Zoe van der Berg"}, "E/19/002", "name"),
        ({"name": "jane.doe"}, "E/19/001", "name"),
        ({"text": "lab7_E19001 (1)"}, "E/19/001", "part"),
        ({"text": "lab7-e-19-001-final"}, "E/19/001", "part"),
        ({"text": "Zoë_van_der_Berg_lab7"}, "E/19/002", "part"),
        ({"text": "CO543 zberg"}, "E/19/002", "part"),
    ],
)
def test_found(roster: Roster, asked: dict[str, str], expected: str, by: str) -> None:
    match = roster.find(**asked)  # type: ignore[arg-type]
    assert match is not None
    assert (match.student.id, match.by) == (expected, by)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"keys": [""], "number": "", "name": "", "text": ""},
        {"keys": ["e19009"]},
        {"name": "Bo Li"},
        {"name": "Doe"},
        {"text": "bo li lab7"},
        {"text": "e19001 and e19002"},
        {"keys": ["jdoe", "zberg"]},
        {"number": "1"},
        {"text": "-_- \n"},
    ],
)
def test_nobody_or_several(roster: Roster, asked: dict[str, str]) -> None:
    assert roster.find(**asked) is None  # type: ignore[arg-type]


def test_a_number_of_the_place_is_not_taken_for_an_id(tmp_path: Path, roster: Roster) -> None:
    """7001 is what Canvas counts Jane as, and the id that the course gave to Al."""
    found = roster.find(number="7001", name="doejanemary")
    assert found is not None
    assert found.student.name == "Jane Mary Doe"
    plain = made(tmp_path, "id,name\n7001,Al Ray\n7002,Jane Doe\n")
    other = plain.find(number="7001", name="doejane")
    assert other is not None
    assert (other.student.name, other.by) == ("Jane Doe", "name")
    same = plain.find(number="7001", name="rayal")
    assert same is not None
    assert (same.student.name, same.by) == ("Al Ray", "id")


def test_short_parts_say_nothing(tmp_path: Path) -> None:
    roster = made(tmp_path, "id,name\n7,Al\n8,Bo\n")
    assert roster.find(text="lab 7") is None
    assert roster.find(keys=["7"]) is not None


def test_who_is_missing(roster: Roster) -> None:
    absent = roster.missing(["E-19-001", "E-19-003", "stranger"])
    assert [student.id for student in absent] == ["E/19/002", "E/19/004", "7001"]
    assert len(roster.missing([])) == 5


def test_ids_that_look_alike_in_items_are_kept_apart(tmp_path: Path) -> None:
    roster = made(tmp_path, "id,name\nE/1,Jane\nE-1,Bo\ne 1,Al\n")
    assert len({student.key.casefold() for student in roster.students}) == 3


@pytest.mark.parametrize("again", ["E1", "e1", " e1 "])
def test_an_id_twice(tmp_path: Path, again: str) -> None:
    with pytest.raises(AssessmentError) as caught:
        made(tmp_path, f"id,name\ne1,Jane\n\ne2,Bo\n{again},Al\n")
    assert str(caught.value) == (
        f"{tmp_path}/roster.csv:5: the id {again.strip()} is in line 2, too"
    )


def test_nobody_in_it(tmp_path: Path) -> None:
    with pytest.raises(AssessmentError, match="this roster names no students"):
        made(tmp_path, "id,name\n")


def test_a_long_name_costs_little(tmp_path: Path) -> None:
    roster = made(tmp_path, f"id,name\ne1,{'a b ' * 100}\n")
    assert roster.find(text="x " * 100_000) is None
