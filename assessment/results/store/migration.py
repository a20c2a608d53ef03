"""Older stores become current ones: in one transaction, after a copy."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.results.store.connection import PATIENCE, retry
from assessment.results.store.failures import ELSEWHERE, explained
from assessment.results.store.journal import connect
from assessment.results.store.layout import Layout


def migrate(
    connection: sqlite3.Connection, path: Path, layout: Layout, patience: float = PATIENCE
) -> None:
    """Bring a store to the layout's version, unless another process was faster.

    The copy is `<name>.before-v<version>` beside the store; one that is there already stays,
    and the new one gets a number.

    Raises:
        AssessmentError: it cannot be done; the store is as it was.
    """
    connection.execute("PRAGMA foreign_keys=OFF")  # cannot be changed within a transaction
    retry(lambda: connection.execute("BEGIN IMMEDIATE"), patience)
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version < layout.version:
            _migrate(connection, path, layout, version)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA foreign_keys=ON")


def _migrate(connection: sqlite3.Connection, path: Path, layout: Layout, version: int) -> None:
    missing = [number for number in range(version, layout.version) if number not in layout.steps]
    if missing:
        raise AssessmentError(
            f"{path}: a results store of version {version}, which this pytest-assessment cannot "
            f"bring to version {layout.version}; {ELSEWHERE}"
        )
    copy = _copy(path, layout.version)
    try:
        for number in range(version, layout.version):
            layout.steps[number](connection)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise sqlite3.IntegrityError(f"row {broken[1]} of {broken[0]} would be left alone")
        connection.execute(f"PRAGMA user_version={layout.version}")
    except sqlite3.Error as error:
        raise AssessmentError(
            f"{path}: could not be brought from version {version} to {layout.version} ({error}); "
            f"it is as it was, and a copy is {copy}"
        ) from error


def _copy(path: Path, version: int) -> Path:
    """Copy the committed state while the caller holds the lock that writers need.

    Through SQLite: opening and closing the file in any other way would drop this process's
    locks on it, and would miss what only the log holds.
    """
    copy = path.with_name(f"{path.name}.before-v{version}")
    number = 1
    while copy.exists():
        number += 1
        copy = path.with_name(f"{path.name}.before-v{version}.{number}")
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)  # of a copy that was cut off
        with (
            explained(copy),
            closing(connect(path, "ro", patience=PATIENCE)) as source,
            closing(connect(part, "rwc", patience=PATIENCE)) as target,
        ):
            source.backup(target)
        part.replace(copy)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise AssessmentError(f"{copy}: cannot be written: {error.strerror}") from error
        raise
    return copy
