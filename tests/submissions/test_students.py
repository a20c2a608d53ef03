"""Accounts of a place, and the students that they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.submissions.hand_ins import Entry, HandIn, plain
from assessment.submissions.roster import Roster, read_roster
from assessment.submissions.students import Owner, owners


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    (tmp_path / "roster.csv").write_text(
        "id,name,username,canvas id\ne1,Jane Doe,jdoe,71\ne2,Bo Li,bli,72\ne3,Al Ray,aray,73\n"
    )
    return read_roster(tmp_path / "roster.csv")


def one(account: str, **told: object) -> HandIn:
    return HandIn(Path("/x") / account, account, id=account, **told)  # type: ignore[arg-type]


def loose(name: str) -> HandIn:
    return plain(Path("/x"), Entry(name, folder=False))


def by_id(found: list[Owner]) -> dict[str, list[str]]:
    return {owner.id: [hand_in.path.name for hand_in in owner.hand_ins] for owner in found}


def test_accounts_are_students_without_a_roster() -> None:
    found = owners([one("a", name="Jane"), one("b"), one("a")])
    assert by_id(found) == {"a": ["a", "a"], "b": ["b"]}
    assert [(owner.name, owner.notes) for owner in found] == [("Jane", ()), ("b", ())]


def test_the_roster_gives_ids_and_names(roster: Roster) -> None:
    found = owners(
        [one("71", number="71"), one("x", keys=("BLI",)), one("rayal", name="rayal")], roster
    )
    assert [(owner.id, owner.name, owner.notes) for owner in found] == [
        ("e1", "Jane Doe", ()),
        ("e2", "Bo Li", ()),
        ("e3", "Al Ray", ()),
    ]  # fmt: skip


def test_strangers_keep_their_ids_with_a_note(roster: Roster) -> None:
    (found,) = owners([one("stranger", name="Who")], roster)
    assert (found.id, found.name, found.notes) == (
        "stranger",
        "Who",
        ("roster.csv does not say who this is",),
    )


def test_strangers_never_get_an_id_of_the_roster(roster: Roster) -> None:
    """Bo is told by his number; somebody else may be called e2 where that number is not known."""
    first, second = owners([one("E2", number="9"), one("bo", keys=("bli",))], roster)
    assert (first.id, first.name) == ("e2", "Bo Li")
    assert second.id.startswith("E2-")
    assert second.notes == ("roster.csv does not say who this is",)


def test_several_accounts_of_one_student(roster: Roster) -> None:
    found = owners([one("a", keys=("jdoe",)), one("b", keys=("e1",)), one("c")], roster)
    assert by_id(found) == {"e1": ["a", "b"], "c": ["c"]}


def test_a_name_does_not_beat_an_id(roster: Roster) -> None:
    """Who calls himself Jane Doe does not replace what Jane Doe handed in."""
    found = owners([one("eve", name="Jane Doe"), one("a", keys=("jdoe",), name="J.")], roster)
    assert by_id(found) == {"e1": ["a"], "eve": ["eve"]}
    note = "called like Jane Doe, but of another account than others so called"
    assert found[1].notes == (note,)


def test_two_accounts_of_one_name_are_neithers(roster: Roster) -> None:
    found = owners([one("a", name="Jane Doe"), one("b", name="Doe, Jane")], roster)
    assert by_id(found) == {"a": ["a"], "b": ["b"]}
    assert {note for owner in found for note in owner.notes} == {
        "called like Jane Doe, but of another account than others so called"
    }
    assert {student.id for student in roster.missing(owner.id for owner in found)} >= {"e1"}


def test_loose_files_of_one_student_are_put_together(roster: Roster) -> None:
    names = ["e1.ipynb", "jane doe lab7.ipynb", "jdoe-net.py", "unknown.py"]
    found = owners([loose(name) for name in names], roster)
    assert by_id(found) == {"e1": names[:3], "unknown": ["unknown.py"]}
    assert found[0].notes == (
        "taken for Jane Doe by a part of the name jane doe lab7.ipynb",
        "taken for Jane Doe by a part of the name jdoe-net.py",
    )


def test_ids_differ_by_more_than_case() -> None:
    found = owners([loose("Alice.py"), loose("alice.py"), loose("ALICE.ipynb")])
    assert len({owner.id.casefold() for owner in found}) == 3
