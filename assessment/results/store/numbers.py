"""Measured numbers by session and by item, with all that their table holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assessment.results.record import Run
from assessment.results.store.connection import Store
from assessment.results.store.graded import DECIDED
from assessment.results.store.packing import DamagedError, unpack_record, written


class Stored(NamedTuple):
    """One number of an item that was really graded."""

    item: int
    """Number of the result's row."""
    session: int
    started: str
    """When the session began: UTC time, ISO 8601."""
    session_name: str | None
    spec: str
    lab: str
    unit: str
    submission: str
    name: str
    """Of the expectation."""
    measure: str
    label: str
    unit_of: str
    """`%`, `nats`, `epochs`, `s` or nothing."""
    value: float | None
    low: float | None
    high: float | None
    met: bool | None
    earned: float
    points: float


class Place(NamedTuple):
    """Where a store has results: one lab, or one unit of it, in one session."""

    session: int
    spec: str
    lab: str
    unit: str


def list_numbers(
    store: Store,
    *,
    session: int | None = None,
    spec: str | None = None,
    unit: str | None = None,
    submission: str | None = None,
) -> list[Stored]:
    """Return numbers by session, then in the order in which items were graded.

    Args:
        store: where.
        session: only of this one.
        spec: only of this spec file.
        unit: only of this `question` or `question[variant]`.
        submission: of whom; "" is the reference, None is everybody.

    Raises:
        AssessmentError: the store cannot be read.
    """
    conditions: list[str] = [DECIDED]
    values: list[int | str] = []
    if session is not None:
        conditions.append("session = ?")
        values.append(session)
    for column, text in (("spec", spec), ("results.unit", unit), ("submission", submission)):
        if text is not None:
            conditions.append(f"{column} = ?")
            values.append(written(text))
    with store.reading() as connection:
        rows = connection.execute(
            f"""SELECT results.id, session, sessions.started, sessions.name, spec, lab,
                results.unit, submission, m.name, m.measure, m.label, m.unit, m.value, m.low,
                m.high, m.met, m.earned, m.points
            FROM results JOIN sessions ON sessions.number = session
            CROSS JOIN measurements AS m ON m.result = results.id
            WHERE {" AND ".join(conditions)} ORDER BY session, results.id, m.position""",
            values,
        ).fetchall()
    return [
        Stored._make((*row[:15], None if row[15] is None else bool(row[15]), *row[16:]))
        for row in rows
    ]


def training_seconds(store: Store, session: int) -> dict[int, float]:
    """Return how long all runs of each result of a session took, by the number of its row.

    Raises:
        AssessmentError: the store cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute(
            """SELECT result, runs.seconds, result_runs.content FROM results
            JOIN result_runs ON result = results.id LEFT JOIN runs ON runs.id = run
            WHERE session = ?""",
            (session,),
        ).fetchall()
    found: dict[int, float] = {}
    for result, seconds, content in rows:
        if seconds is None:  # kept within the result, or gone
            try:
                seconds = 0.0 if content is None else unpack_record(Run, content).seconds
            except DamagedError as error:
                store.leave_out(f"a run of result {result}", error)
                continue
        found[result] = found.get(result, 0.0) + seconds
    return found


def list_submissions(store: Store, *, spec: str | None = None) -> list[str]:
    """Return whose results a store has beside the reference's, sorted.

    Args:
        store: where.
        spec: only of this spec file.

    Raises:
        AssessmentError: the store cannot be read.
    """
    chosen, values = ("", []) if spec is None else (" AND spec = ?", [written(spec)])
    with store.reading() as connection:
        rows = connection.execute(
            f"SELECT DISTINCT submission FROM results WHERE submission != ''{chosen} ORDER BY 1",
            values,
        ).fetchall()
    return [submission for (submission,) in rows]


def list_places(store: Store) -> Sequence[Place]:
    """Return which units of which labs have results, by session, graded or not.

    Raises:
        AssessmentError: the store cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT session, spec, lab, unit FROM results GROUP BY 1, 2, 3, 4 ORDER BY min(id)"
        ).fetchall()
    return [Place._make(row) for row in rows]
