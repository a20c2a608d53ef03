from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import Any

import pytest

from assessment.errors import AssessmentError
from assessment.results.record import Result
from assessment.results.store.connection import Store
from assessment.results.store.files import open_store
from assessment.results.store.graded import load_results, put_result, standing
from assessment.results.store.runs import count_runs, put_run
from assessment.results.totals import UNDECIDED
from tests.report.builders import HOSTILE, graded, result
from tests.report.examples import whole_lab
from tests.results.store.examples import TERMS, begin, run


def change(store: Store, statement: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def rows(store: Store, table: str) -> int:
    with store.reading() as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


def results_of(store: Store, session: int, **options: Any) -> list[Result]:
    return [stored.result for stored in load_results(store, session, **options)]


def test_every_kind_of_result_comes_back_as_it_was(store: Store) -> None:
    session = begin(store)
    put = whole_lab()
    for each in put:
        for made in each.runs[::2]:  # the others are kept with their result
            put_run(store, made, TERMS)
        put_result(store, session, each)
    found = results_of(store, session)
    assert [each.unit for each in found] == [each.unit for each in put]
    assert [each.plain() for each in found] == [each.plain() for each in put]
    assert found == put
    light = results_of(store, session, runs=False)
    assert light == [each.model_copy(update={"runs": []}) for each in put]


def test_hostile_texts_come_back(store: Store) -> None:
    put = result(
        HOSTILE,
        spec=HOSTILE,
        lab=HOSTILE,
        reason=HOSTILE,
        expectations=[graded(HOSTILE, label=HOSTILE, why=HOSTILE)],
        runs=[run(outcome="crashed", output=HOSTILE, reason=HOSTILE)],
    )
    session = begin(store)
    put_result(store, session, put, submission=HOSTILE)
    (found,) = load_results(store, session, submission=HOSTILE)
    assert found.result == put
    assert [each.result for each in standing(store, spec=HOSTILE, runs=True)] == [put]


def test_runs_of_the_store_are_kept_once(store: Store) -> None:
    session = begin(store)
    shared, own = run(1), run(2, outcome="not_gradable", reason="interrupted")
    put_run(store, shared, TERMS)
    for question in ("q1", "q2", "q3"):
        put_result(store, session, result(question, runs=[shared, own, run(3)]))
    with store.reading() as connection:
        kept = connection.execute("SELECT run, content IS NULL FROM result_runs").fetchall()
    assert kept == [(1, 1), (None, 0), (None, 0)] * 3
    assert count_runs(store) == 1
    assert [each.runs for each in results_of(store, session)] == [[shared, own, run(3)]] * 3


def test_a_result_takes_the_place_of_an_earlier_one(store: Store) -> None:
    session, other = begin(store), begin(store)
    put_result(store, session, result("q1", expectations=[graded("a"), graded("b")], runs=[run()]))
    put_result(store, session, result("q2"))
    put_result(store, session, result("q1", variant="v"))
    put_result(store, session, result("q1"), submission="e19310")
    put_result(store, session, result("q1", spec="specs/other.yaml"))
    put_result(store, other, result("q1"))
    again = result("q1", earned=0.0, expectations=[graded("c", value=None)])
    put_result(store, session, again)
    found = load_results(store, session)
    assert [(each.result.unit, each.submission) for each in found] == [
        ("q1", ""),
        ("q2", ""),
        ("q1[v]", ""),
        ("q1", "e19310"),
        ("q1", ""),
    ]
    assert found[0].result == again
    assert rows(store, "measurements") == 1
    assert rows(store, "result_runs") == 0
    assert len(load_results(store, session, submission="e19310")) == 1
    assert len(load_results(store, session, submission="")) == 4
    assert len(load_results(store, other)) == 1
    assert load_results(store, 99) == []


def test_a_session_that_does_not_exist(store: Store) -> None:
    with pytest.raises(AssessmentError, match=r"store\.sqlite: there is no session 7"):
        put_result(store, 7, result())
    assert rows(store, "results") == 0


def test_workers_write_to_the_same_session(store: Store) -> None:
    session = begin(store)
    failed: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            with open_store(store.path) as own:
                for number in range(10):
                    put_result(own, session, result(f"q{worker}-{number}", runs=[run(number)]))
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert len({each.unit for each in results_of(store, session)}) == 30


@pytest.mark.parametrize("undecided", sorted(UNDECIDED))
def test_what_was_not_graded_never_stands_for_what_was(store: Store, undecided: Any) -> None:
    first, second, third = begin(store), begin(store), begin(store)
    put_result(store, first, result("q1", earned=1.0))
    put_result(store, second, result("q1", earned=2.0, runs=[run()]))
    put_result(store, third, result("q1", status=undecided, earned=0.0))
    put_result(store, third, result("q2", status=undecided))
    (found,) = standing(store)
    assert (found.session, found.result.earned, found.result.runs) == (second, 2.0, [])
    (found,) = standing(store, runs=True)
    assert found.result.runs == [run()]


def test_a_standing_of_several_labs_and_submissions(store: Store) -> None:
    first, second = begin(store), begin(store)
    put_result(store, first, result("q1", earned=1.0))
    put_result(store, first, result("q2", earned=1.0))
    put_result(store, first, result("q1", earned=0.5), submission="e19310")
    put_result(store, first, result("q1", spec="specs/a.yaml"))
    put_result(store, first, result("q1", lab="Another title"))  # takes the first one's place
    put_result(store, second, result("q1", earned=3.0))
    put_result(store, second, result("q3", status="waiting"))

    def seen(**options: Any) -> list[tuple[int, str, str, str, float]]:
        return [
            (e.session, e.result.spec, e.result.unit, e.submission, e.result.earned)
            for e in standing(store, **options)
        ]

    lab = "specs/co543_lab7.yaml"
    expected = [
        (1, "specs/a.yaml", "q1", "", 3.0),
        (1, lab, "q1", "", 3.0),  # under its other title
        (1, lab, "q2", "", 1.0),
        (1, lab, "q1", "e19310", 0.5),
        (2, lab, "q1", "", 3.0),
        (2, lab, "q3", "", 3.0),
    ]
    assert seen() == expected
    assert seen(spec="specs/a.yaml") == expected[:1]
    assert seen(submission="e19310") == expected[3:4]
    assert seen(spec=lab, submission="") == [expected[1], expected[2], *expected[4:]]
    assert seen(spec="specs/none.yaml") == []


def test_damaged_rows_are_left_out_and_reported_once(store: Store, notes: list[str]) -> None:
    session = begin(store)
    for seed in (1, 2):
        put_run(store, run(seed), TERMS)
    lost = run(9)
    put_result(store, session, result("q1", runs=[run(1), run(2), lost]))
    put_result(store, session, result("q2", runs=[run(1)]))
    put_result(store, session, result("q3"))
    change(store, "UPDATE runs SET bulk = x'00' WHERE seed = 1")
    change(store, "DELETE FROM runs WHERE seed = 2")
    change(store, "UPDATE result_runs SET content = x'00' WHERE run IS NULL")
    change(store, "UPDATE results SET content = x'00' WHERE unit = 'q3'")
    for _ in range(2):
        found = results_of(store, session)
        assert [(each.unit, each.runs) for each in found] == [("q1", []), ("q2", [])]
    told = [note.removeprefix(f"{store.path}: ").partition(" is damaged")[0] for note in notes]
    assert told == ["run 1", "run 2", "a run of result 1", "result 3"]
