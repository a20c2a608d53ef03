"""Open a store: make it where there is none, refuse what is none, migrate what is older."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.results.store.connection import PATIENCE, Note, Store, retry
from assessment.results.store.failures import ELSEWHERE, explained, failure, primary
from assessment.results.store.journal import Probe, connect, is_on_network, set_mode, wal_works
from assessment.results.store.layout import APPLICATION, CURRENT, Layout
from assessment.results.store.migration import migrate

DEFAULT = Path("reports/assessment.sqlite")
"""Where the store lies unless `--assess-store` names another file."""

SMALLEST = 512
"""Bytes of the smallest database; a shorter file SQLite takes for an empty one and overwrites."""

CHECKED_BYTES = 64 * 2**20
"""Larger files are not read through when they are opened: it takes a second a gigabyte."""

EFFECTIVE = os.access in os.supports_effective_ids

NO_SHARED_MEMORY = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR_SHMLOCK,
    sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_PROTOCOL,
)
"""How opening fails where a store with a write-ahead log was moved to where none works."""


def open_store(
    path: Path | str,
    *,
    read_only: bool = False,
    note: Note | None = None,
    patience: float = PATIENCE,
    layout: Layout = CURRENT,
    probe: Probe = wal_works,
    vfs: str | None = None,
) -> Store:
    """Open a store; unless it is only read, make file and folder where there are none.

    Whatever cannot be opened is left as it is.

    Args:
        path: the file.
        read_only: change nothing, make nothing.
        note: told once about every damaged row that is left out.
        patience: seconds to wait while another process writes.
        layout: the tables, their version and what leads to it.
        probe: tells whether the write-ahead log works in a folder; asked when a file is made.
        vfs: SQLite's way to the file system; None for its default.

    Raises:
        AssessmentError: no store can be opened there; the message says why.
    """
    path = Path(path)
    try:
        _look(path, read_only)
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be opened: {error.strerror}; {ELSEWHERE}") from error
    with explained(path):
        # Who only reads cleans up behind itself as well, where the folder lets it.
        mode = "rwc" if not read_only else "ro" if _obstacle(path) else "rw"
        connection = _connect(path, mode, patience, vfs)
        try:
            connection.execute(f"PRAGMA query_only={read_only}")
            _make_ready(connection, path, read_only, patience, layout, probe)
        except BaseException:
            connection.close()
            raise
    return Store(connection, path, writable=not read_only, note=note, patience=patience)


def _look(path: Path, read_only: bool) -> None:
    """Refuse what can be seen without opening the file, and make its folder."""
    if path.is_dir():
        raise AssessmentError(
            f"{path}: is a directory; a results store is a file, such as {path / DEFAULT.name}"
        )
    if path.exists():
        if not path.is_file():
            raise AssessmentError(f"{path}: is not a regular file; {ELSEWHERE}")
        if not os.access(path, os.R_OK, effective_ids=EFFECTIVE):
            raise AssessmentError(f"{path}: cannot be read: permission denied; {ELSEWHERE}")
        if 0 < path.stat().st_size < SMALLEST:
            raise failure(path, sqlite3.SQLITE_NOTADB, "")
    elif read_only:
        raise AssessmentError(
            f"{path}: there is no results store; pytest makes one when it runs a lab; {ELSEWHERE}"
        )
    if read_only:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    obstacle = _obstacle(path)
    if obstacle is not None:
        raise AssessmentError(f"{path}: cannot be written, {obstacle} is read-only; {ELSEWHERE}")


def _obstacle(path: Path) -> str | None:
    """Return what cannot be written; the folder has to be, for the journal beside the file."""
    for place, what in ((path, "the file"), (path.parent, "its folder")):
        if place.exists() and not os.access(place, os.W_OK, effective_ids=EFFECTIVE):
            return what
    return None


def _connect(path: Path, mode: str, patience: float, vfs: str | None) -> sqlite3.Connection:
    """Connect and read the first page; where the write-ahead log does not work, do without it."""
    connection = connect(path, mode, patience=patience, vfs=vfs)
    try:
        found = connection.execute("PRAGMA journal_mode").fetchone()[0]
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        connection.close()
        lacking = getattr(error, "sqlite_errorcode", None) in NO_SHARED_MEMORY
        if mode == "rwc" and lacking:
            return _leave_wal(path, patience, vfs)
        if mode != "rwc" and (lacking or primary(error) == sqlite3.SQLITE_READONLY):
            return _connect_unchanging(path, patience, vfs, error)
        raise
    except BaseException:
        connection.close()
        raise
    if mode == "rwc" and found == "wal" and is_on_network(path.parent):
        connection.close()
        return _leave_wal(path, patience, vfs)
    return connection


def _connect_unchanging(
    path: Path, patience: float, vfs: str | None, error: sqlite3.Error
) -> sqlite3.Connection:
    """Connect to a store in a folder that cannot be written, if no log beside it is missed."""
    if path.with_name(f"{path.name}-wal").exists():
        raise error
    return connect(path, "ro", patience=patience, vfs=vfs, immutable=True)


def _leave_wal(path: Path, patience: float, vfs: str | None) -> sqlite3.Connection:
    """Go back to a rollback journal.

    A connection that has the file to itself reads the log without shared memory.
    """
    connection = connect(path, "rw", patience=patience, vfs=vfs)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        retry(lambda: set_mode(connection, "delete"), patience)
    finally:
        connection.close()
    return connect(path, "rw", patience=patience, vfs=vfs)


def _make_ready(
    connection: sqlite3.Connection,
    path: Path,
    read_only: bool,
    patience: float,
    layout: Layout,
    probe: Probe,
) -> None:
    version = _recognise(connection, path, layout)
    if version == 0 and read_only:
        raise AssessmentError(f"{path}: is empty, there is nothing to read")
    if version == 0:
        _create(connection, path, patience, layout, probe)
    elif path.stat().st_size <= CHECKED_BYTES:
        _check(connection, path)
    if version and version < layout.version:
        if read_only:
            raise AssessmentError(
                f"{path}: a results store of version {version}, this pytest-assessment reads "
                f"version {layout.version}; it becomes that as soon as it is opened to be written"
            )
        migrate(connection, path, layout, patience)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _recognise(connection: sqlite3.Connection, path: Path, layout: Layout) -> int:
    """Return the version of a store, 0 for an empty file.

    Raises:
        AssessmentError: it is something else, or newer.
    """
    connection.execute("BEGIN")
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.execute("ROLLBACK")
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION or version < 1:
        raise AssessmentError(
            f"{path}: is an SQLite database of another program, not a results store; {ELSEWHERE}"
        )
    if version > layout.version:
        raise AssessmentError(
            f"{path}: a results store of version {version}, written by a newer pytest-assessment; "
            f"this one reads up to version {layout.version}: upgrade it, or {ELSEWHERE}"
        )
    return version


def _create(
    connection: sqlite3.Connection, path: Path, patience: float, layout: Layout, probe: Probe
) -> None:
    try:
        mode = "wal" if probe(path.parent) else "delete"
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be made: {error.strerror}; {ELSEWHERE}") from error
    retry(lambda: set_mode(connection, mode), patience)
    connection.execute("PRAGMA synchronous=FULL")
    retry(lambda: connection.execute("BEGIN IMMEDIATE"), patience)
    try:
        # Several workers may begin at once; the first one makes the tables.
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for table in layout.tables:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={layout.version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file with damaged pages, before anything is added to it."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise failure(path, sqlite3.SQLITE_CORRUPT, found)
