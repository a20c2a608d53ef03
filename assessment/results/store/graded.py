"""Results of items: put with their numbers, loaded with or without their runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from assessment.errors import AssessmentError
from assessment.results.record import Result, Run
from assessment.results.store.connection import Store
from assessment.results.store.packing import (
    DamagedError,
    Packed,
    pack_record,
    pack_run,
    uncollected,
    unpack_record,
    unpack_run,
    written,
)
from assessment.results.totals import UNDECIDED

DECIDED = f"results.status NOT IN {tuple(sorted(UNDECIDED))}"
"""SQL: results that were really graded."""


@dataclass(frozen=True)
class StoredResult:
    """One graded item of a session."""

    session: int
    submission: str
    """Who handed in; nothing for the reference."""
    result: Result


def put_result(store: Store, session: int, result: Result, *, submission: str = "") -> None:
    """Keep a result durably, in place of an earlier one of the same item in this session.

    Runs that the store holds are referred to; others (that could not be graded, that were cut
    down) are kept within the result.

    Raises:
        AssessmentError: there is no such session, or the store cannot be written.
    """
    spec, unit, submission = written(result.spec), written(result.unit), written(submission)
    content = pack_record(result, exclude={"runs"})
    runs = [(run, pack_run(run)) for run in result.runs]
    with store.writing() as connection:
        if not connection.execute("SELECT 1 FROM sessions WHERE number = ?", (session,)).fetchone():
            raise AssessmentError(f"{store.path}: there is no session {session}")
        earlier = connection.execute(
            "SELECT id FROM results WHERE session = ? AND spec = ? AND unit = ? AND submission = ?",
            (session, spec, unit, submission),
        ).fetchone()
        if earlier is not None:
            connection.execute("DELETE FROM results WHERE id = ?", earlier)
        cursor = connection.execute(
            "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                None if earlier is None else earlier[0],  # it keeps its place in the order
                session,
                spec,
                unit,
                submission,
                written(result.lab),
                written(result.lab_sha256),
                result.status,
                result.earned,
                result.points,
                result.waiting,
                content,
            ),
        )
        number = cursor.lastrowid
        connection.executemany(
            "INSERT INTO result_runs VALUES (?, ?, ?, ?)",
            [
                (number, position, *_reference(connection, run, packed))
                for position, (run, packed) in enumerate(runs)
            ],
        )
        connection.executemany(
            "INSERT INTO measurements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    position,
                    written(graded.name),
                    written(graded.measure),
                    written(graded.label),
                    written(graded.unit),
                    graded.value,
                    graded.low,
                    graded.high,
                    graded.met,
                    graded.earned,
                    graded.points,
                )
                for position, graded in enumerate(result.expectations)
            ],
        )


def load_results(
    store: Store, session: int, *, runs: bool = True, submission: str | None = None
) -> list[StoredResult]:
    """Return the results of a session in the order in which items were first graded.

    Args:
        store: where.
        session: its number.
        runs: with their runs; else `Result.runs` is empty, which is several times as fast.
        submission: only of this one; "" is the reference.

    Raises:
        AssessmentError: the store cannot be read.
    """
    where, values = "session = ?", [session]
    if submission is not None:
        return _load(store, f"{where} AND submission = ?", [*values, written(submission)], runs)
    return _load(store, where, values, runs)


def standing(
    store: Store,
    *,
    spec: str | None = None,
    submission: str | None = None,
    runs: bool = False,
) -> list[StoredResult]:
    """Return for each lab, spec file, unit and submission the latest result that was graded.

    Results that are undecided (`results.totals.UNDECIDED`) never stand for earlier ones. They
    come by spec file, then in the order of their sessions.

    Args:
        store: where.
        spec: only of this spec file.
        submission: only of this one; "" is the reference.
        runs: with their runs.

    Raises:
        AssessmentError: the store cannot be read.
    """
    conditions, values = [DECIDED], []
    for column, value in (("spec", spec), ("submission", submission)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(written(value))
    where = f"""id IN (SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY lab, spec, unit, submission ORDER BY session DESC
        ) AS age FROM results WHERE {" AND ".join(conditions)}
    ) WHERE age = 1)"""
    found = _load(store, where, values, runs)
    return sorted(found, key=lambda each: (each.result.spec, each.session))


def _load(store: Store, where: str, values: Iterable[Any], runs: bool) -> list[StoredResult]:
    """Return the chosen results in the order in which they were put."""
    values = list(values)
    found = []
    with uncollected():
        with store.reading() as connection:
            rows = connection.execute(
                f"SELECT id, session, submission, content FROM results WHERE {where}", values
            ).fetchall()
            graded_on = _runs_of(store, connection, where, values) if runs else {}
        # Were SQLite to sort them, it would copy their contents into a temporary file.
        for number, session, submission, content in sorted(rows):
            try:
                result = unpack_record(Result, content)
            except DamagedError as error:
                store.leave_out(f"result {number}", error)
                continue
            own = graded_on.get(number)
            if own:
                result = result.model_copy(update={"runs": own})
            found.append(StoredResult(session, submission, result))
    return found


def _runs_of(
    store: Store, connection: sqlite3.Connection, where: str, values: list[Any]
) -> dict[int, list[Run]]:
    """Return the runs of the chosen results; one that several were graded on is read once."""
    rows = connection.execute(
        f"""SELECT result, run, content FROM result_runs
        WHERE result IN (SELECT id FROM results WHERE {where}) ORDER BY result, position""",
        values,
    ).fetchall()
    known: dict[int, Run | None] = {}
    found: dict[int, list[Run]] = {}
    for result, number, content in rows:
        try:
            run: Run | None
            if number is None:
                run = unpack_record(Run, content)
            else:
                if number not in known:
                    known[number] = None  # reported once, not for each of its results
                    known[number] = unpack_run(_packed(connection, number))
                run = known[number]
        except DamagedError as error:
            what = f"a run of result {result}" if number is None else f"run {number}"
            store.leave_out(what, error)
            continue
        if run is not None:
            found.setdefault(result, []).append(run)
    return found


def _packed(connection: sqlite3.Connection, number: int) -> Packed:
    row = connection.execute(
        "SELECT record, bulk, digest FROM runs WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        raise DamagedError("it is gone")
    return Packed(*row)


def _reference(
    connection: sqlite3.Connection, run: Run, packed: Packed
) -> tuple[int | None, bytes | None]:
    row = connection.execute(
        "SELECT id FROM runs WHERE key = ? AND seed = ? AND digest = ?",
        (written(run.key), run.seed, packed.digest),
    ).fetchone()
    return (row[0], None) if row is not None else (None, pack_record(run))
