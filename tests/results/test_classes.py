from __future__ import annotations

from typing import Any

import pytest

from assessment.results.classes import group_classes, is_class, without_series
from assessment.results.record import Case, Result
from tests.report.builders import mistakes, result
from tests.report.examples import model_a
from tests.report.students import answered, handed_in, trained


def items(student: str, *earned: float, of: float = 4.0, **values: Any) -> list[Result]:
    return [
        answered(f"q{number}", by=handed_in(student), earned=each, points=of, **values)
        for number, each in enumerate(earned)
    ]


def test_students_are_sorted_by_id_and_never_added_up() -> None:
    (lab,) = group_classes([*items("e2", 4, 1), *items("e10", 2, 3), *items("e1", 0, 0)])
    assert [student.submission.id for student in lab.students] == ["e1", "e10", "e2"]
    assert [student.totals.earned for student in lab.students] == [0, 5, 5]
    assert {student.totals.points for student in lab.students} == {8}
    assert all(len(q.results) == 1 for student in lab.students for q in student.lab.questions)


def test_labs_stay_apart_and_the_reference_is_left_out() -> None:
    other = answered("q0", by=handed_in("e1"), spec="specs/other.yaml")
    labs = group_classes([model_a(), *items("e1", 4), other, *items("e2", 4)])
    assert [(lab.spec, len(lab.students)) for lab in labs] == [
        ("specs/co543_lab7.yaml", 2),
        ("specs/other.yaml", 1),
    ]


def test_spread_of_points() -> None:
    (lab,) = group_classes([*items("a", 1, 3), *items("b", 4, 4), *items("c", 4, 2)])
    spread = lab.spread
    assert spread is not None
    assert (spread.students, spread.mean, spread.median) == (3, 6, 6)
    assert (spread.least, spread.most, spread.sd) == (4, 8, 2)


def test_a_student_of_whom_something_is_open_is_not_in_the_spread() -> None:
    undecided = answered("q1", by=handed_in("b"), status="not_gradable", earned=0.0, points=4.0)
    (lab,) = group_classes([*items("a", 4, 3), *items("b", 0)[:1], undecided])
    assert lab.spread is not None
    assert (lab.spread.students, lab.spread.mean, lab.spread.sd) == (1, 7, None)
    (lab,) = group_classes([undecided])
    assert lab.spread is None


def test_how_a_class_fared_in_a_question() -> None:
    variants = [
        answered("q", by=handed_in(student), variant=name, points=2.0, **values)
        for student, name, values in (
            ("a", "x", {"earned": 2.0}),
            ("a", "y", {"earned": 2.0}),
            ("b", "x", {"earned": 1.0}),
            ("b", "y", {"earned": 0.0, "status": "crashed"}),
            ("c", "x", {"earned": 0.0, "status": "invalid"}),
            ("c", "y", {"earned": 0.0, "status": "timeout"}),
            ("d", "x", {"earned": 2.0}),
            ("d", "y", {"earned": 0.0, "status": "not_gradable"}),
        )
    ]
    (question,) = group_classes(variants)[0].questions
    assert question.points == 4
    assert question.share == pytest.approx((1 + 0.25 + 0) / 3)
    assert (question.full, question.partly, question.none) == (1, 1, 1)
    assert (question.failed, question.undecided) == (2, 1)


def test_a_written_question_waits_for_everybody() -> None:
    essays = [
        answered("essay", by=handed_in(student), status="waiting", points=0.0, earned=0.0,
                 waiting=3.0, kind="written", expectations=[])
        for student in ("a", "b")
    ]  # fmt: skip
    (question,) = group_classes(essays)[0].questions
    assert (question.share, question.waiting, question.undecided) == (None, 6, 0)
    assert group_classes(essays)[0].spread is None


def test_thirds_of_points_add_up_to_all() -> None:
    three = [answered("q", by=handed_in(), variant=v, earned=1 / 3, points=1 / 3) for v in "xyz"]
    (question,) = group_classes(three)[0].questions
    assert (question.full, question.partly) == (1, 0)


def test_flags_and_failures_of_a_student_are_counted() -> None:
    flagged = answered("q0", flags=["too good", "cannot be replayed"])
    failed = answered("q1", status="out_of_memory", earned=0.0)
    (student,) = group_classes([flagged, failed, answered("q2")])[0].students
    assert (student.flags, student.failed) == (2, 1)


def test_practice_is_no_class() -> None:
    assert not is_class([])
    assert not is_class([result(), answered(by=handed_in(practice=True))])
    assert is_class([result(), answered()])


def test_what_figures_show_is_left_out_and_grades_stay() -> None:
    full = trained("q1", handed_in()).model_copy(
        update={"samples": mistakes(3), "cases": [Case(name="a")], "flags": ["look"]}
    )
    slim = without_series(full)
    (run,), (before,) = slim.runs, full.runs
    assert before.steps
    bulky = {"steps": {}, "mistakes": [], "confusion": None}
    assert run.model_dump(include=set(bulky)) == bulky
    assert run.solution is not None
    assert run.solution.layers == []
    assert (slim.samples, slim.cases) == ([], [])
    assert before.solution is not None
    assert run.solution.guesses == before.solution.guesses
    assert (run.epochs, run.evidence) == (before.epochs, before.evidence)
    assert (slim.expectations, slim.flags) == (full.expectations, full.flags)
    assert len(slim.model_dump_json()) < 0.3 * len(full.model_dump_json())
