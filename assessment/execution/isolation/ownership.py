"""Folders that belong to a living process: whoever finds one abandoned may clear it away.

The owner keeps a kernel lock on the folder itself, which ends with the process, however it ends.
It works on control groups as on any folder.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Held:
    """A folder that this process holds."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go of it; if it is still there, whoever sweeps next removes it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None


def hold(path: Path) -> Held | None:
    """Take a folder; None where somebody living holds it, or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.lstat()):  # else removed meanwhile
            return Held(path, descriptor)
    except OSError:
        pass
    os.close(descriptor)
    return None
