"""Claims: of all processes that use one store, one at a time makes a run.

A claim is a kernel file lock. The kernel releases it however its process ends, so a claim
needs no time limit, and what a killed process leaves is an empty file that nobody holds: the
next one takes it, or whoever closes the folder removes it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO


class Claim:
    """The right to make one run; without a file where the file system locks none."""

    def __init__(self, file: IO[bytes] | None = None, path: Path | None = None) -> None:
        self._file = file
        self._path = path

    def release(self) -> None:
        """Let others have it."""
        if self._file is not None and self._path is not None:
            with suppress(OSError):  # while it is still held, so that nobody's file is removed
                self._path.unlink()
            self._file.close()
            self._file = None


class Claims:
    """The claims in one folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made with the first claim and removed with the last."""
        self._folder = folder

    def take(self, name: str) -> Claim | None:
        """Claim a run; None while somebody else has it, be it a thread of this process.

        Where no claim can be made at all - a full disk, a file system without locks - everybody
        gets one: a run made twice is better than none.
        """
        path = self._folder / f"{name}.lock"
        while True:
            try:
                file = self._open(path)
            except OSError:
                return Claim()
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_on_disk(file, path):
                    return Claim(file, path)
            except BlockingIOError:
                file.close()
                return None
            except OSError:
                file.close()
                return Claim()
            file.close()  # its owner has just removed it: the next one has a new file

    def close(self) -> None:
        """Remove what killed processes have left, and the folder when nothing is in it."""
        with suppress(OSError):
            for path in list(self._folder.glob("*.lock")):
                claim = self.take(path.stem)
                if claim is not None:
                    claim.release()
            self._folder.rmdir()

    def _open(self, path: Path) -> IO[bytes]:
        while True:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                return path.open("ab")
            except FileNotFoundError:
                if not self._folder.parent.is_dir():
                    raise
                # Somebody who found the folder empty has just removed it.


def _is_on_disk(file: IO[bytes], path: Path) -> bool:
    """Tell whether a path still leads to an open file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    held = os.fstat(file.fileno())
    return (found.st_ino, found.st_dev) == (held.st_ino, held.st_dev)
