from __future__ import annotations

import time
from typing import Any

import pytest

from assessment.results.store.comparisons import Difference, Number, compare, history
from assessment.results.store.connection import Store
from assessment.results.store.graded import put_result
from assessment.results.store.sessions import name_session
from assessment.results.totals import UNDECIDED
from tests.report.builders import graded, result
from tests.results.store.examples import begin

SPEC = "specs/co543_lab7.yaml"


def number(value: float | None, **values: float) -> Number:
    return Number(value, **({"low": 97.61, "high": 98.83, "earned": 3.0, "points": 3.0} | values))


def difference(unit: str, name: str, old: Number | None, new: Number | None) -> Difference:
    label = "test accuracy, last epoch"
    return Difference(SPEC, unit, "", name, "test_accuracy", label, "%", old, new)


def put(store: Store, session: int, question: str, *expected: Any, **values: Any) -> None:
    submission = values.pop("submission", "")
    put_result(
        store,
        session,
        result(question, expectations=list(expected), **values),
        submission=submission,
    )


def test_two_sessions_side_by_side(store: Store) -> None:
    old, new = begin(store), begin(store)
    put(store, old, "q1", graded("accuracy", 98.1), graded("gone", 1.0))
    put(store, old, "q2", graded("accuracy", 97.0, earned=1.0))
    put(store, old, "only-old", graded("accuracy", 99.0))
    put(store, new, "q2", graded("accuracy", None, earned=0.0))
    put(store, new, "q1", graded("new", 2.0), graded("accuracy", 98.4, low=98.0))
    put(store, new, "written")
    assert compare(store, old, new) == [
        difference("q2", "accuracy", number(97.0, earned=1.0), number(None, earned=0.0)),
        difference("q1", "new", None, number(2.0)),
        difference("q1", "accuracy", number(98.1), number(98.4, low=98.0)),
        difference("q1", "gone", number(1.0), None),
        difference("only-old", "accuracy", number(99.0), None),
    ]
    assert all(each.old == each.new for each in compare(store, new, new))
    assert compare(store, 8, 9) == []


def test_items_are_told_apart_by_spec_variant_and_submission(store: Store) -> None:
    old, new = begin(store), begin(store)
    for session, plus in ((old, 0.0), (new, 0.5)):
        put(store, session, "q1", graded(value=1 + plus))
        put(store, session, "q1", graded(value=2 + plus), variant="v")
        put(store, session, "q1", graded(value=3 + plus), spec="specs/other.yaml")
        put(store, session, "q1", graded(value=4 + plus), submission="e19310")
    found = compare(store, old, new)
    assert [(each.old, each.new) for each in found] == [
        (number(value), number(value + 0.5)) for value in (1.0, 2.0, 3.0, 4.0)
    ]
    assert [each.submission for each in found] == ["", "", "", "e19310"]


@pytest.mark.parametrize("undecided", sorted(UNDECIDED))
def test_what_was_not_graded_is_not_compared(store: Store, undecided: Any) -> None:
    old, new = begin(store), begin(store)
    put(store, old, "q1", graded(value=98.0))
    put(store, new, "q1", graded(value=10.0), status=undecided)
    assert compare(store, old, new) == [difference("q1", "accuracy", number(98.0), None)]
    assert [point.session for point in history(store, "q1")] == [old]


def test_the_history_of_a_unit(store: Store) -> None:
    days = [f"2025-03-0{day}T09:00:00+00:00" for day in (1, 2, 3)]
    sessions = [begin(store, day) for day in days]
    name_session(store, sessions[1], "baseline")
    for session, value in zip(reversed(sessions), (98.3, 98.2, 98.1), strict=True):
        put(store, session, "q1", graded(value=value), graded("loss", 0.1, measure="test_loss"))
        put(store, session, "q1", graded(value=50.0), submission="e19310")
        put(store, session, "q2", graded(value=1.0))
    points = history(store, "q1", measure="test_accuracy")
    assert [(p.session, p.started, p.session_name, p.number.value) for p in points] == [
        (sessions[0], days[0], None, 98.1),
        (sessions[1], days[1], "baseline", 98.2),
        (sessions[2], days[2], None, 98.3),
    ]
    assert [(p.name, p.measure) for p in history(store, "q1")] == [
        ("accuracy", "test_accuracy"),
        ("loss", "test_loss"),
    ] * 3
    assert len(history(store, "q1", submission=None)) == 9
    assert [p.number.value for p in history(store, "q1", submission="e19310")] == [50.0] * 3
    assert len(history(store, "q1", spec=SPEC)) == 6
    assert history(store, "q1", spec="specs/other.yaml") == []
    assert history(store, "q9") == []


def test_thousands_are_compared_at_once(store: Store) -> None:
    sessions = [begin(store), begin(store)]
    put(store, sessions[0], "q", graded())
    with store.writing() as connection:
        connection.execute("DELETE FROM results")
        for session in sessions:
            connection.execute(
                """INSERT INTO results SELECT NULL, ?, 'a.yaml', 'q' || value, '', '', '', 'scored',
                1, 1, 0, x'00' FROM (WITH RECURSIVE count(value) AS (SELECT 1 UNION ALL
                SELECT value + 1 FROM count WHERE value < 10000) SELECT value FROM count)""",
                (session,),
            )
        connection.execute(
            """INSERT INTO measurements SELECT id, 0, 'accuracy', 'test_accuracy', '', '%', id,
            0, 1, 1, 1, 1 FROM results"""
        )
    began = time.perf_counter()
    found = compare(store, *sessions)
    assert time.perf_counter() - began < 1
    assert len(found) == 10_000
    assert {each.new.value - each.old.value for each in found if each.new and each.old} == {10_000}
