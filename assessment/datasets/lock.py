"""A kernel file lock, so that of several processes one does the work."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold(path: Path) -> Iterator[bool]:
    """Wait for the lock on this file, hold it in the block; the kernel frees it if we die.

    Yields False where the file system knows no locks: the block then runs beside others.

    Raises:
        OSError: The file cannot be created.
    """
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            yield False
        else:
            yield True
