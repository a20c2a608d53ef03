from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from assessment.errors import AssessmentError
from assessment.results.store.connection import Store
from assessment.results.store.graded import put_result
from assessment.results.store.sessions import (
    begin_session,
    end_session,
    find_session,
    list_sessions,
    name_session,
)
from tests.report.builders import HOSTILE, result
from tests.results.store.examples import begin


def test_a_session_from_its_beginning_to_its_end(store: Store) -> None:
    number = begin(store)
    (session,) = list_sessions(store)
    assert (session.number, session.name, session.label) == (number, None, "1")
    assert (session.status, session.finished, session.items) == ("running", None, 0)
    assert session.command == ["pytest", "specs"]
    assert session.versions == {"torch": "2.10.0", "skorch": None}
    assert session.machine["cores"] == 2
    assert session.options == {"device": "auto"}

    put_result(store, number, result("q1", earned=2.0, points=3.0))
    put_result(store, number, result("q2", earned=1.5, points=2.0), submission="e19310")
    put_result(store, number, result("q3", status="not_gradable", earned=0.0, points=9.0))
    end_session(store, number, finished="2025-03-01T10:00:00+00:00", status="complete")
    (session,) = list_sessions(store)
    assert (session.items, session.earned, session.points) == (2, 3.5, 5.0)
    assert (session.status, session.finished) == ("complete", "2025-03-01T10:00:00+00:00")


def test_what_a_session_was_told_may_be_hostile(store: Store) -> None:
    number = begin_session(
        store,
        started="2025-03-01T09:00:00+00:00",
        command=["pytest", HOSTILE],
        machine={HOSTILE: HOSTILE},
        versions={},
        options={"seeds": [1, None]},
    )
    session = find_session(store, str(number))
    assert session.command == ["pytest", HOSTILE]
    assert session.machine == {HOSTILE: HOSTILE}


def test_numbers_are_never_used_again(store: Store) -> None:
    assert [begin(store), begin(store)] == [1, 2]
    with store.writing() as connection:
        connection.execute("DELETE FROM sessions WHERE number = 2")
    assert begin(store) == 3


def test_names(store: Store) -> None:
    first, second = begin(store), begin(store, "2025-03-02T09:00:00+00:00")
    name_session(store, first, "baseline")
    name_session(store, first, "baseline")  # it has it already
    assert find_session(store, "baseline").number == first
    assert find_session(store, "baseline").label == "1 (baseline)"
    with pytest.raises(
        AssessmentError,
        match=r"the name baseline is taken by session 1, started 2025-03-01T09:00:00\+00:00: "
        r"choose another, or rename that one first",
    ):
        name_session(store, second, "baseline")
    name_session(store, first, "the old one, 2 threads")
    name_session(store, second, "baseline")
    name_session(store, first, None)
    assert [session.name for session in list_sessions(store)] == [None, "baseline"]
    with pytest.raises(AssessmentError, match=r"there is no session '7'; the latest is 2; saved:"):
        name_session(store, 7, "other")


@pytest.mark.parametrize(
    "name", ["", " a", "a ", "12", "١٢", "a\nb", "x" * 81, "\udcff", "\x1b[2J", "\u202e"]
)
def test_what_cannot_name_a_session(store: Store, name: str) -> None:
    number = begin(store)
    with pytest.raises(AssessmentError, match=r"cannot name a session: allowed are 1 to 80") as got:
        name_session(store, number, name)
    assert str(got.value).isprintable()
    assert find_session(store, "1").name is None


@pytest.mark.parametrize(
    ("called", "message"),
    [
        ("3", r"there is no session '3'; the latest is 2; saved: baseline$"),
        ("baselin", r"no session 'baselin', did you mean baseline\?; the latest is 2; saved: base"),
        ("9" * 40, r"there is no session '9+'"),
        ("²", r"there is no session '\\xb2'"),
        ("\udcff", r"there is no session '\\udcff'"),
        ("", r"there is no session ''"),
    ],
)
def test_a_session_that_is_not_there(store: Store, called: str, message: str) -> None:
    name_session(store, begin(store), "baseline")
    begin(store)
    with pytest.raises(AssessmentError, match=message):
        find_session(store, called)


def test_no_session_at_all(store: Store) -> None:
    assert list_sessions(store) == []
    with pytest.raises(AssessmentError, match="there is no session yet"):
        find_session(store, "1")
    with pytest.raises(AssessmentError, match="there is no session yet"):
        end_session(store, 1, finished="", status="complete")


def test_a_damaged_row_is_left_out(store: Store, notes: list[str]) -> None:
    begin(store)
    begin(store)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("UPDATE sessions SET options = '{' WHERE number = 1")
        connection.commit()
    for _ in range(2):
        assert [session.number for session in list_sessions(store)] == [2]
    assert len(notes) == 1
    assert "session 1 is damaged and left out" in notes[0]


def test_processes_of_one_run_join_one_session(store: Store) -> None:
    words = {
        "started": "2025-03-01T09:00:00.000001+00:00",
        "command": ["specs"],
        "machine": {"process": 7},
        "versions": {"torch": None},
        "options": {},
    }
    numbers = [begin_session(store, **words, join=True) for _ in range(3)]
    assert len(set(numbers)) == 1
    for other in ({"machine": {"process": 8}}, {"started": "2025-03-01T09:00:00.000002+00:00"}):
        assert begin_session(store, **(words | other), join=True) not in numbers
    assert begin_session(store, **words) not in numbers, "unless nobody joins"
