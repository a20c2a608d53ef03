from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

from assessment.results.record import Run
from assessment.results.store.connection import Store
from assessment.results.store.graded import put_result, standing
from assessment.results.store.regradable import find_repeats, load_standing, stored_seeds
from assessment.results.store.runs import put_run
from tests.report.builders import ENVIRONMENT, HOSTILE, result
from tests.results.store.examples import HERE, KEY, TERMS, begin, put, run

SPEC = "specs/co543_lab7.yaml"


def test_standing_results_come_with_their_runs_in_order(store: Store) -> None:
    first, second = begin(store), begin(store)
    put(store, 3, 1, 2)  # their rows lie in another order than that of the results
    unkept = run(4, outcome="not_gradable", reason="interrupted")
    for submission in ("e19310", "", "e19001"):
        runs = [run(1), unkept, run(2), run(3)]
        put_result(store, first, result("q1", spec=SPEC, runs=runs), submission=submission)
        put_result(store, first, result("q2", spec=SPEC, runs=[run(3), run(1)]))
    put_result(store, second, result("q1", spec=SPEC, runs=[run(2), run(1)]))
    put_result(store, second, result("q3", spec=SPEC))
    found = load_standing(store, SPEC, whole={"q1", "q2", "q3"})
    assert found == standing(store, spec=SPEC, runs=True) == load_standing(store, SPEC)
    seeds = [
        (each.session, each.submission, each.result.unit, [run.seed for run in each.result.runs])
        for each in found
    ]
    assert seeds == [
        (1, "e19310", "q1", [1, 4, 2, 3]),
        (1, "", "q2", [3, 1]),
        (1, "e19001", "q1", [1, 4, 2, 3]),
        (2, "", "q1", [2, 1]),
        (2, "", "q3", []),
    ]


def test_only_some_units_come_with_all_that_was_recorded(store: Store) -> None:
    session = begin(store)
    put(store, 1)
    for question in ("q1", "q2"):
        put_result(store, session, result(question, spec=SPEC, runs=[run(1)]))
    heavy, light = (each.result.runs for each in load_standing(store, SPEC, whole={"q1"}))
    assert heavy == [run(1)]
    assert light == [run(1).model_copy(update={"confusion": None, "mistakes": []})]


def test_damage_costs_only_what_is_looked_at(store: Store, notes: list[str]) -> None:
    session = begin(store)
    put(store, 1, 2)
    put_result(store, session, result("q1", spec=SPEC, runs=[run(1), run(2)]))
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("UPDATE runs SET bulk = x'00' WHERE seed = 1")
        connection.execute("UPDATE runs SET record = '{' WHERE seed = 2")
        connection.commit()
    for whole, left in ((set(), [1]), ({"q1"}, [])):
        (found,) = load_standing(store, SPEC, whole=whole)
        assert [run.seed for run in found.result.runs] == left
    assert [note.partition(" is damaged")[0] for note in notes] == [
        f"{store.path}: run 2",
        f"{store.path}: run 1",
    ]


def test_seeds_are_known_by_key(store: Store) -> None:
    assert stored_seeds(store) == {}
    put(store, 1, 20_000, 2)
    put_run(store, run(1), replace(TERMS, expected=replace(HERE, threads=2)))
    put_run(store, run(7, key="fedcba9876543210"), TERMS)
    assert stored_seeds(store) == {KEY: {1, 2, 20_000}, "fedcba9876543210": {7}}


def test_repeats_were_made_where_the_run_is_from(store: Store, notes: list[str]) -> None:
    elsewhere = ENVIRONMENT.model_copy(update={"torch": "2.11.0"})
    later = run(2, seconds=99.0, output=HOSTILE)
    made: list[Run] = [
        run(5),
        run(3, environment=elsewhere),
        run(2),
        later,
        run(4, key="fedcba9876543210"),
        run(6),
        run(7),
    ]
    for each in made:
        put_run(store, each, TERMS)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("UPDATE runs SET digest = x'00' WHERE seed = 6")
        connection.commit()
    assert find_repeats(store, run(1), {2, 3, 4, 5, 6, 8}) == [later, run(5)]
    assert [note.partition(": its digest")[0] for note in notes] == [
        f"{store.path}: run 6 is damaged and left out"
    ]
