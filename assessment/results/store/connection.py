"""An open store: one connection, its transactions, and who may use it when."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from assessment.errors import AssessmentError
from assessment.results.store.failures import explained, is_busy

Note = Callable[[str], None]
"""Told one line about something that was left out."""

PATIENCE = 30.0
"""Seconds to wait while another process writes."""


class Store:
    """A store that `files.open_store` has opened.

    Threads share one guarded connection. SQLite has one writer at a time anyway, what a
    process reads and writes takes milliseconds, and a single connection is closed by whoever
    closes the store, whichever threads have used it.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        *,
        writable: bool = True,
        note: Note | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Take over a connection in autocommit mode."""
        self.path = path
        self.writable = writable
        self._connection = connection
        self._note = note
        self._noted: set[str] = set()
        self._patience = patience
        self._lock = threading.RLock()
        self._process = os.getpid()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one durable transaction: all of it is kept, or nothing.

        Raises:
            AssessmentError: the file cannot be written, or stays locked.
        """
        if not self.writable:
            raise AssessmentError(f"{self.path}: was opened to be read only")
        with self._own(), self._transaction("BEGIN IMMEDIATE"):
            yield self._connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for several queries that see one state of the store.

        Raises:
            AssessmentError: the file cannot be read, or stays locked.
        """
        with self._own(), self._transaction("BEGIN"):
            yield self._connection

    def leave_out(self, what: str, why: object) -> None:
        """Tell once that a damaged row is treated as if it were not there."""
        text = f"{self.path}: {what} is damaged and left out: {' '.join(str(why).split())[:200]}"
        with self._lock:
            known = what in self._noted
            self._noted.add(what)
        if not known and self._note is not None:
            self._note(text)

    def close(self) -> None:
        """Close the file; a store that is closed already stays so."""
        if os.getpid() == self._process:
            with self._lock:
                self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _own(self) -> Iterator[None]:
        # SQLite's locks belong to the process: a child that was forked after the store was
        # opened would write without them. Trainers are forked from a server of their own, which
        # never opens the store; whoever else forks opens it again.
        if os.getpid() != self._process:
            raise RuntimeError(f"{self.path} was opened before this process was forked")
        with self._lock, explained(self.path):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        retry(lambda: self._connection.execute(begin), self._patience)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have rolled it back already
                self._connection.execute("ROLLBACK")
            raise


def retry(action: Callable[[], object], patience: float) -> None:
    """Repeat what fails because another connection is in the way, for so many seconds.

    SQLite's own waiting does not cover every case: where two connections would wait for each
    other, and when the journal mode changes, it gives up at once.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            action()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return
