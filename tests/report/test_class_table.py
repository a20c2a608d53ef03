"""The terminal's table of a class, and what practice is told."""

from __future__ import annotations

import re

import pytest

from assessment.report.table import write_table
from assessment.results.classes import Absent, Pair
from assessment.results.record import Result
from tests.report.builders import HOSTILE, result
from tests.report.examples import model_a
from tests.report.numbers import terminal
from tests.report.students import SOLUTION, answered, handed_in, whole_class


def table(results: list[Result], *, markup: bool = False, **options: object) -> str:
    return terminal(
        lambda writer: write_table(writer, results, **options),  # type: ignore[arg-type]
        markup=markup,
    )


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def small_class() -> list[Result]:
    ann, bob = handed_in("ann", name="Ann Lee"), handed_in("bob", name="bob")
    return [
        answered("q2", by=bob, earned=0.0, status="crashed", reason="boom"),
        answered("q1", by=bob, earned=1.5),
        answered("q1", by=ann, flags=["99 % were right before training"]),
        answered("q2", by=ann, status="not_gradable", reason="no disk", earned=0.0),
        answered("q3", by=ann, status="waiting", points=0.0, earned=0.0, waiting=4.0),
    ]


def test_a_line_a_student_in_the_order_of_ids() -> None:
    lines = rows(table(small_class()))
    header = ["student", "name", "points", "of", "waiting", "not", "graded", "failed", "flags",
              "seconds"]  # fmt: skip
    assert header in lines
    first = lines.index(header) + 2
    assert lines[first] == ["ann", "Ann", "Lee", "3", "3", "4", "3", "1", "126"]
    assert lines[first + 1] == ["bob", "1.5", "6", "1", "84"]


def test_totals_leave_out_whose_points_are_not_all_decided() -> None:
    text = table(small_class())
    assert "2 students: mean 1.5 of 6 points, median 1.5, from 1.5 to 1.5" in text
    assert "(without 1 whose points are not all decided)" in " ".join(text.split())


def test_a_line_a_question() -> None:
    lines = rows(table(small_class()))
    assert ["q1", "3", "75", "%", "1", "1"] in lines
    assert ["q2", "3", "0", "%", "0", "1", "1", "1"] in lines
    assert ["q3", "0", "-", "4"] in lines


def test_what_a_person_should_look_at() -> None:
    text = table(
        small_class(),
        absent=[Absent("zoe", "Zoe Q"), Absent("yan", "yan")],
        similar=[Pair("ann", "bob", 0.931)],
    )
    assert "look at ann, q1: 99 % were right before training" in text
    assert "not gradable: no disk (1 item of 1 student)" in text
    assert "look at ann and bob side by side: 93 % of what only they wrote is the same" in text
    assert "no submission of 2 students: zoe (Zoe Q), yan" in text
    assert "2 submissions ran in a jail of bubblewrap; memory and processes limited by" in text


def test_nobody_is_ranked() -> None:
    """Colours are for what a person has to look at; best and worst are not marked."""
    graded = [answered("q1", by=handed_in(f"s{n}"), earned=float(n)) for n in range(4)]
    plain = [line for line in table(graded, markup=True).splitlines() if line.startswith("s")]
    assert len(plain) >= 4
    assert not [line for line in plain if "\x1b" in line and line[0] == "s" and line[1].isdigit()]


def test_of_hundreds_no_list_is_endless() -> None:
    text = table(whole_class(60, 10, curves=False))
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("look at ") <= 21
    flags = re.search(r"and (\d+) more flags", text)
    assert flags is None or int(flags[1]) > 0
    assert len([line for line in text.splitlines() if re.match(r"e19\d\d\d ", line)]) == 60


def test_two_labs_of_a_class_are_two_tables() -> None:
    other = answered("q1", spec="specs/b.yaml", lab="Another")
    text = table([answered("q1"), other])
    assert text.count("1 student: mean 3 of 3 points") == 2
    assert "All labs" not in text


@pytest.mark.parametrize("practice", [False, True])
def test_nothing_of_a_student_steers_the_terminal(practice: bool) -> None:
    by = handed_in("a", name=HOSTILE, notes=[HOSTILE], practice=practice)
    solution = SOLUTION.model_copy(
        update={"place": HOSTILE, "call": HOSTILE, "guesses": [HOSTILE], "notes": [HOSTILE]}
    )
    made = answered("q1", by=by)
    hostile = made.model_copy(
        update={
            "runs": [made.runs[0].model_copy(update={"solution": solution})],
            "flags": [HOSTILE],
            "reason": HOSTILE,
            "status": "not_gradable",
        }
    )
    text = table([hostile], absent=[Absent("z", HOSTILE)])
    assert "alert('x')" in text
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    assert "\u202e" not in text
    text.encode("utf-8")


def test_practice_is_told_what_was_found_guessed_and_adapted() -> None:
    by = handed_in("lab7", practice=True, name="lab7", notes=["two attempts: the newest counts"])
    variants = [
        answered("q1", by=by, variant="x"),
        answered("q1", by=by, variant="y"),
        answered("q2", by=by, flags=["too good"]),
        answered("q3", by=by, runs=[]),
    ]
    text = " ".join(table(variants).split())
    call = "ModelA(activation=nn.ReLU), in lab7.ipynb, cell 3, line 12"
    assert f"found: q1, q2: {call}" in text
    assert "guessed: q1, q2: ModelA was taken because its layers are the reference's." in text
    assert "note: q1, q2: Your model ends in a softmax, and CrossEntropyLoss applies one" in text
    assert "look at this: q2: too good" in text
    assert "note: two attempts: the newest counts" in text
    assert (
        "practice: no grade; it ran in a jail of bubblewrap; memory and processes limited" in text
    )
    assert "total 12 of 12 points" in text


def test_some_variants_of_a_question_are_named_one_by_one() -> None:
    by = handed_in("a", practice=True)
    plain = answered("q1", by=by, variant="y")
    other = plain.model_copy(update={"runs": []})
    text = " ".join(table([answered("q1", by=by, variant="x"), other]).split())
    assert "found: q1[x]: ModelA(" in text


def test_the_reference_is_told_none_of_this() -> None:
    text = table([model_a(), result("q2")])
    assert "practice" not in text
    assert "found" not in text
