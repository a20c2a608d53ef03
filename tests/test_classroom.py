"""Whose work is graded: names of items, and who is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.classroom import Classroom, named
from assessment.spec.reader import LabFile
from assessment.spec.units import units
from assessment.submissions.listing import Submission

DIGITS = Path(__file__).parents[1] / "specs" / "digits.yaml"


@pytest.fixture(scope="module")
def lab_file() -> LabFile:
    return load_lab(DIGITS)


def handed_in(student: str) -> Submission:
    return Submission(student, student.title(), Path(f"/{student}.py"), (), "0" * 64)


def test_the_reference_is_graded_where_nobody_handed_in(lab_file: LabFile) -> None:
    entries = Classroom().entries(lab_file)
    assert list(entries) == list(units(lab_file.lab))
    assert all(entry.submission is None for entry in entries.values())


def test_practice_keeps_the_names_of_questions(lab_file: LabFile) -> None:
    entries = Classroom((handed_in("ada"),), isolation="process").entries(lab_file)
    assert list(entries) == list(units(lab_file.lab))
    assert {entry.submission and entry.submission.id for entry in entries.values()} == {"ada"}


def test_a_class_comes_student_by_student(lab_file: LabFile) -> None:
    room = Classroom((handed_in("ada"), handed_in("e19-310")), True, "bubblewrap")
    names = list(room.entries(lab_file))
    assert len(names) == 2 * len(units(lab_file.lab))
    assert names[0] == "q1-mlp[ada]"
    assert "q3-learning-rate[lr-0.05-e19-310]" in names
    assert names.index("q8-checkpoint[ada]") < names.index("q1-mlp[e19-310]")


def test_names_that_would_be_equal_are_told_apart(lab_file: LabFile) -> None:
    """Variant `lr-0.05` of student `x` and a variant `lr` of student `0.05-x`, say."""
    room = Classroom((handed_in("ada"), handed_in("ada")), True, "bubblewrap")
    entries = room.entries(lab_file)
    assert len(entries) == 2 * len(units(lab_file.lab))
    assert "q1-mlp[ada+]" in entries


def test_each_student_of_a_class_has_one_first_item(lab_file: LabFile) -> None:
    students = (handed_in("ada"), handed_in("bob"))
    entries = list(Classroom(students, True, "bubblewrap").entries(lab_file).values())[1:]
    first = Classroom(students, True, "bubblewrap").first(entries)
    assert first == {entries[0].key, next(e for e in entries if e.submission is students[1]).key}
    assert Classroom(students[:1], isolation="process").first(entries) == frozenset()


def test_a_mapping_names_a_variant_before_its_question(lab_file: LabFile) -> None:
    mapped = {"ada": {"q3-learning-rate": "Net", "q3-learning-rate[lr-3]": "Other"}}
    ada, bob = handed_in("ada"), handed_in("bob")
    room = Classroom((ada, bob), True, "bubblewrap", mapped)
    known = units(lab_file.lab)
    assert room.chosen(ada, known["q3-learning-rate[lr-3]"]) == "Other"
    assert room.chosen(ada, known["q3-learning-rate[lr-0.05]"]) == "Net"
    assert room.chosen(ada, known["q1-mlp"]) is None
    assert room.chosen(bob, known["q3-learning-rate[lr-3]"]) is None


def test_names_of_items(lab_file: LabFile) -> None:
    known = units(lab_file.lab)
    assert named(known["q1-mlp"], "") == "q1-mlp"
    assert named(known["q1-mlp"], "ada") == "q1-mlp[ada]"
    assert named(known["q3-learning-rate[lr-3]"], "ada") == "q3-learning-rate[lr-3-ada]"
