"""What SQLite and the file system object to, in words that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assessment.errors import AssessmentError

ELSEWHERE = "name another file with --assess-store"

MESSAGES = {
    sqlite3.SQLITE_NOTADB: f"is not a results store, nor any SQLite database; {ELSEWHERE}",
    sqlite3.SQLITE_CORRUPT: "is damaged ({error}); move it away and a new one is made, "
    "`sqlite3 FILE .recover` may save what it holds",
    sqlite3.SQLITE_FULL: "the disk is full; what was stored before is safe, make room and go on",
    sqlite3.SQLITE_READONLY: f"cannot be written, the file or its folder is read-only; {ELSEWHERE}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened or made here; {ELSEWHERE}",
    sqlite3.SQLITE_PERM: f"cannot be opened: permission denied; {ELSEWHERE}",
    sqlite3.SQLITE_BUSY: "another process kept it locked for too long; end that one and try again",
    sqlite3.SQLITE_LOCKED: "another process kept it locked for too long; end it and try again",
    sqlite3.SQLITE_PROTOCOL: f"cannot be locked on this file system; {ELSEWHERE}",
    sqlite3.SQLITE_IOERR: "cannot be read or written ({error}); the disk fails, its quota is used "
    "up, or its file system does not lock files",
    sqlite3.SQLITE_TOOBIG: "cannot hold so much in one row ({error})",
}
"""By SQLite's primary result code."""


def primary(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary result code; None where Python's module itself objects."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether another connection is in the way, so that waiting may help."""
    return primary(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite cannot do with a file into one message.

    Raises:
        AssessmentError: instead of `sqlite3.Error`; mistakes of our own stay as they are.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = primary(error)
        if code not in MESSAGES:
            raise
        raise failure(path, code, error) from error


def failure(path: Path, code: int, why: object) -> AssessmentError:
    """Return the error for a result code; `why` are SQLite's own words."""
    return AssessmentError(f"{path}: {MESSAGES[code].format(error=' '.join(str(why).split()))}")
