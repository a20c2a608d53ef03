"""What the warm server does about itself inside a jail, before and after each submission's run.

The walls are put up from outside (`execution/isolation/`). What only the inside can do is here:
the server closes itself to the runs that it forks, which have the same user; sets the limits that
they inherit; and after each of them ends whatever else is there and looks whether anything was
left that the next run could find.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import stat
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
MOST_FOLDERS = 1000
"""Writable folders that are looked into; more have been made to be many."""
REAP_SECONDS = 5.0
"""How long processes that were killed may take to end."""


@dataclass(frozen=True)
class Confinement:
    """How a jail's server is confined; told by the grader when it is started."""

    own_processes: bool
    """It is the first process of a namespace, so that it sees nothing but what runs start."""
    own_user: int | None
    """A user id that nobody else has."""
    writable: tuple[str, ...]
    """Folders that runs can write into."""
    file_bytes: int
    """Size of a file that a run may write, what it prints included."""
    descriptors: int
    """Files that a process may have open."""
    processes: int | None
    """Processes and threads that its user may have; None: limited from outside, or not at all."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self)

    @property
    def alone(self) -> bool:
        """Whether everything that this process could kill was started by runs."""
        if self.own_processes:
            return os.getpid() == 1
        return self.own_user is not None and os.getuid() == self.own_user != 0

    def establish(self) -> None:
        """Close this process to others of its user and set the limits that runs inherit.

        Raises:
            RuntimeError: it is not where it was told it would be.
        """
        if not self.alone and (self.own_processes or self.own_user is not None):
            raise RuntimeError("this process has neither a namespace nor a user of its own")
        set_dumpable(False)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, self.file_bytes)
        _limit(resource.RLIMIT_NOFILE, self.descriptors)
        if self.processes is not None:
            _limit(resource.RLIMIT_NPROC, self.processes)

    def standing(self) -> tuple[object, ...]:
        """Return everything of this process and its folders that a run could have changed."""
        schedule: tuple[object, ...] = (os.getpriority(os.PRIO_PROCESS, 0),)
        if sys.platform == "linux":
            schedule += (os.sched_getscheduler(0), frozenset(os.sched_getaffinity(0)))
        limits = tuple(
            resource.getrlimit(getattr(resource, name))
            for name in dir(resource)
            if name.startswith("RLIMIT_")
        )
        return schedule, limits, tuple(map(_contents, self._folders()))

    def clear(self, before: tuple[object, ...]) -> bool:
        """End everything that a run left running; tell whether it left anything else behind.

        Args:
            before: `standing` before the first run.
        """
        clean = self._end_others() if self.alone else True
        for folder in self._folders():
            with suppress(OSError):  # also when it was changed last could be a message
                os.utime(folder, (0, 0))
        return not clean or self.standing() != before

    def _folders(self) -> list[Path]:
        """Return the folders that can be written into, and what folders lie in them."""
        found = [Path(folder) for folder in self.writable]
        for folder in found:  # grows meanwhile
            with suppress(OSError):
                device = folder.stat().st_dev
                inner = [
                    path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()
                ]
                found += [path for path in inner if path.stat().st_dev == device]
            if len(found) > MOST_FOLDERS:
                break
        return found

    def _end_others(self) -> bool:
        """Kill every process that this one may kill; tell whether all are gone."""
        until = time.monotonic() + REAP_SECONDS
        while True:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(0.001)


def set_dumpable(dumpable: bool) -> None:
    """Open or close this process's memory and descriptors to others of its user (Linux).

    Else any run could read and write its server's memory through /proc.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, int(dumpable), 0, 0, 0)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


def _contents(folder: Path) -> tuple[object, ...]:
    """Return what lies in a folder and what can be hung onto it."""
    try:
        state = folder.stat()
        names = tuple(sorted(map(_entry, folder.iterdir())))
        attributes = tuple(os.listxattr(folder)) if sys.platform == "linux" else ()
    except OSError as error:
        return (str(error),)
    return names, state.st_mode, state.st_uid, state.st_gid, attributes


def _entry(path: Path) -> tuple[object, ...]:
    """Return a name and, of what is no folder, when it was changed: that cannot be set."""
    state = path.lstat()
    is_folder = stat.S_ISDIR(state.st_mode)
    return path.name, state.st_mode, 0 if is_folder else state.st_ctime_ns
