"""Sessions: one row for each pytest run, numbered, and named where somebody saved it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessment.errors import AssessmentError
from assessment.results.document import SessionStatus
from assessment.results.store.connection import Store
from assessment.results.store.graded import DECIDED
from assessment.results.store.packing import written
from assessment.spelling import did_you_mean, listed

RUNNING = "running"
"""Status of a session that has not ended; or that was killed."""
LONGEST_NAME = 80

_SESSIONS = f"""
    SELECT number, name, sessions.started, finished, sessions.status, command, machine, versions,
        options, count(results.id), coalesce(sum(earned), 0), coalesce(sum(results.points), 0),
        count(DISTINCT submission), count(DISTINCT nullif(submission, ''))
    FROM sessions LEFT JOIN results ON session = number
        AND {DECIDED}
"""


@dataclass(frozen=True)
class Session:
    """One pytest run."""

    number: int
    name: str | None
    started: str
    """UTC time, ISO 8601."""
    finished: str | None
    """None while it runs, and of one that was killed."""
    status: str
    """`running`, or what `results.document.SessionStatus` allows."""
    command: list[str]
    machine: dict[str, Any]
    versions: dict[str, str | None]
    options: dict[str, Any]
    items: int
    """Results that were really graded."""
    earned: float
    points: float
    """What those could earn."""
    owners: int
    """Whose they are, the reference's among them: points of several say nothing together."""
    submissions: int
    """Whose they are, without the reference's."""

    @property
    def label(self) -> str:
        """Number and name, as a person calls it."""
        return f"{self.number} ({self.name})" if self.name else str(self.number)


def begin_session(
    store: Store,
    *,
    started: str,
    command: Sequence[str],
    machine: Mapping[str, Any],
    versions: Mapping[str, str | None],
    options: Mapping[str, Any],
    join: bool = False,
) -> int:
    """Note that a pytest run begins; return its number, which its workers use as well.

    Args:
        store: where.
        started: UTC time, ISO 8601.
        command: arguments of the command line.
        machine: `results.machine.describe_machine` and whatever else tells of it.
        versions: of libraries.
        options: by name.
        join: return the number of the session that began in the same words, if one did. So all
            processes of one pytest run find one session; `started` or `machine` has to tell it
            from any other run.

    Raises:
        AssessmentError: the store cannot be written.
    """
    words = (started, *_texts(list(command), *map(dict, (machine, versions, options))))
    with store.writing() as connection:
        if join and (found := _find_begun(connection, words)) is not None:
            return found
        cursor = connection.execute(
            """INSERT INTO sessions (started, command, machine, versions, options, status)
            VALUES (?, ?, ?, ?, ?, ?)""",
            (*words, RUNNING),
        )
        return int(cursor.lastrowid or 0)


def end_session(store: Store, number: int, *, finished: str, status: SessionStatus) -> None:
    """Note how and when a pytest run ended (UTC, ISO 8601).

    Raises:
        AssessmentError: there is no such session, or the store cannot be written.
    """
    with store.writing() as connection:
        changed = connection.execute(
            "UPDATE sessions SET finished = ?, status = ? WHERE number = ?",
            (finished, status, number),
        ).rowcount
        if not changed:
            raise _absent(store, str(number), connection)


def name_session(store: Store, number: int, name: str | None) -> None:
    """Give a session a name, another one, or with None none.

    Raises:
        AssessmentError: the name is taken or is none, there is no such session, or the store
            cannot be written.
    """
    with store.writing() as connection:
        if name is not None:
            _check_name(store, connection, name, number)
        changed = connection.execute(
            "UPDATE sessions SET name = ? WHERE number = ?", (name, number)
        ).rowcount
        if not changed:
            raise _absent(store, str(number), connection)


def check_name(store: Store, name: str) -> None:
    """See that a session that is still to come can have a name.

    Raises:
        AssessmentError: the name is taken or is none, or the store cannot be read.
    """
    with store.reading() as connection:
        _check_name(store, connection, name)


def list_sessions(store: Store) -> list[Session]:
    """Return all sessions, the oldest first.

    Raises:
        AssessmentError: the store cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute(f"{_SESSIONS} GROUP BY number ORDER BY number").fetchall()
    return [session for row in rows if (session := _session(store, row)) is not None]


def find_session(store: Store, called: str) -> Session:
    """Return the session of a number or a name.

    Raises:
        AssessmentError: there is none, or the store cannot be read.
    """
    by_number = called.isascii() and called.isdigit() and len(called) <= 18
    column = "number" if by_number else "name"
    with store.reading() as connection:
        row = connection.execute(
            f"{_SESSIONS} WHERE {column} = ? GROUP BY number",
            (int(called) if by_number else written(called),),
        ).fetchone()
        session = None if row is None else _session(store, row)
        if session is None:
            raise _absent(store, called, connection)
    return session


def _texts(*values: object) -> list[str]:
    return [json.dumps(value) for value in values]


def _find_begun(connection: sqlite3.Connection, words: Sequence[str]) -> int | None:
    row = connection.execute(
        """SELECT number FROM sessions WHERE (started, command, machine, versions, options)
        = (?, ?, ?, ?, ?)""",
        tuple(words),
    ).fetchone()
    return None if row is None else int(row[0])


def _session(store: Store, row: tuple[Any, ...]) -> Session | None:
    own, texts, counted = row[:5], row[5:9], row[9:]
    try:
        described = map(json.loads, texts)
        return Session(*own, *described, *counted)
    except (TypeError, ValueError) as error:
        store.leave_out(f"session {own[0]}", error)
        return None


def _check_name(
    store: Store, connection: sqlite3.Connection, name: str, number: int | None = None
) -> None:
    """Refuse a name that is none, or that another session has than the one of this number."""
    allowed = (
        name.isprintable()
        and name == name.strip()
        and 0 < len(name) <= LONGEST_NAME
        and not name.isdigit()
    )
    if not allowed:
        raise AssessmentError(
            f"{store.path}: {name[:LONGEST_NAME]!a} cannot name a session: allowed are 1 to "
            f"{LONGEST_NAME} printable characters, not all of them digits, without blanks at the "
            "ends"
        )
    row = connection.execute(
        "SELECT number, started FROM sessions WHERE name = ? AND number IS NOT ?", (name, number)
    ).fetchone()
    if row is not None:
        raise AssessmentError(
            f"{store.path}: the name {name} is taken by session {row[0]}, started {row[1]}: "
            "choose another, or rename that one first"
        )


def _absent(store: Store, called: str, connection: sqlite3.Connection) -> AssessmentError:
    rows = connection.execute("SELECT number, name FROM sessions ORDER BY number DESC").fetchall()
    if not rows:
        return AssessmentError(f"{store.path}: there is no session yet")
    names = [name for _, name in rows if name is not None]
    saved = f"; saved: {listed(names)}" if names else ""
    return AssessmentError(
        f"{store.path}: there is no session {called!a}{did_you_mean(called, names)}; "
        f"the latest is {rows[0][0]}{saved}"
    )
