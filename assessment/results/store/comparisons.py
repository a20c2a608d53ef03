"""Measured numbers of several sessions side by side, from their own table."""

from __future__ import annotations

from typing import NamedTuple

from assessment.results.store.connection import Store
from assessment.results.store.graded import DECIDED
from assessment.results.store.packing import written


class Number(NamedTuple):
    """One measured and graded number."""

    value: float | None
    """Null where it could not be measured."""
    low: float | None
    high: float | None
    """Ends of its band."""
    earned: float
    points: float


class Difference(NamedTuple):
    """One expectation in two sessions."""

    spec: str
    unit: str
    submission: str
    name: str
    """Of the expectation."""
    measure: str
    label: str
    unit_of: str
    """`%`, `nats`, `epochs`, `s` or nothing."""
    old: Number | None
    """None where only the other session has it."""
    new: Number | None


class Point(NamedTuple):
    """One expectation in one session, of a history."""

    session: int
    started: str
    """UTC time, ISO 8601."""
    session_name: str | None
    spec: str
    submission: str
    name: str
    measure: str
    label: str
    unit_of: str
    number: Number


def compare(store: Store, old: int, new: int) -> list[Difference]:
    """Return every expectation that was graded in one of two sessions or in both.

    Those of the new session come in its order, then those that only the old one has.

    Raises:
        AssessmentError: the store cannot be read.
    """
    # LEFT JOIN both ways: SQLite has FULL JOIN from 3.39 on only.
    query = f"""
        WITH mine AS (SELECT id, session, spec, unit, submission FROM results
            WHERE session = :one AND {DECIDED}),
        others AS (SELECT id, spec, unit, submission FROM results
            WHERE session = :other AND {DECIDED})
        SELECT mine.spec, mine.unit, mine.submission, a.name, a.measure, a.label, a.unit,
            a.value, a.low, a.high, a.earned, a.points,
            b.result, b.value, b.low, b.high, b.earned, b.points
        FROM mine CROSS JOIN measurements AS a ON a.result = mine.id
        LEFT JOIN others USING (spec, unit, submission)
        LEFT JOIN measurements AS b ON b.result = others.id AND b.name = a.name
        {{}} ORDER BY mine.id, a.position"""
    with store.reading() as connection:
        both = connection.execute(query.format(""), {"one": new, "other": old}).fetchall()
        gone = connection.execute(
            query.format("WHERE b.result IS NULL"), {"one": old, "other": new}
        ).fetchall()
    found = [
        Difference._make(
            (*row[:7], None if row[12] is None else Number(*row[13:]), Number(*row[7:12]))
        )
        for row in both
    ]
    found += [Difference._make((*row[:7], Number(*row[7:12]), None)) for row in gone]
    return found


def history(
    store: Store,
    unit: str,
    *,
    spec: str | None = None,
    submission: str | None = "",
    measure: str | None = None,
) -> list[Point]:
    """Return what was measured of a unit from session to session, the oldest first.

    Args:
        store: where.
        unit: `question` or `question[variant]`.
        spec: only of this spec file.
        submission: of whom; "" is the reference, None is everybody.
        measure: only this measurement.

    Raises:
        AssessmentError: the store cannot be read.
    """
    conditions, values = ["results.unit = ?"], [written(unit)]
    for column, value in (("spec", spec), ("submission", submission), ("measure", measure)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(written(value))
    with store.reading() as connection:
        rows = connection.execute(
            f"""SELECT session, sessions.started, sessions.name, spec, submission,
                m.name, m.measure, m.label, m.unit, m.value, m.low, m.high, m.earned, m.points
            FROM results JOIN sessions ON sessions.number = session
            JOIN measurements AS m ON m.result = results.id
            WHERE {DECIDED} AND {" AND ".join(conditions)}
            ORDER BY session, results.id, m.position""",
            values,
        ).fetchall()
    return [Point._make((*row[:9], Number(*row[9:]))) for row in rows]
