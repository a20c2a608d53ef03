"""What hostile work must not change: files, processes, control groups, mounts."""

from __future__ import annotations

import ctypes
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from assessment.execution.isolation.cgroups import PREFIX, find_homes
from tests.hostile.makers import MARK

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 10.0
"""Seconds in which what was killed may go."""


@contextmanager
def adopting() -> Iterator[None]:
    """Become the parent of whatever is orphaned below this process, so that it is found."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def descendants() -> set[psutil.Process]:
    """Return the running processes below this one."""
    return {process for process in psutil.Process().children(recursive=True) if is_alive(process)}


def left_running(before: set[psutil.Process]) -> list[str]:
    """Return the command lines of processes below this one that stay."""
    until = time.monotonic() + PATIENCE
    while (left := descendants() - before) and time.monotonic() < until:
        time.sleep(0.05)
    return [" ".join(process.cmdline()) for process in left if is_alive(process)]


def groups_of(pid: int) -> list[str]:
    """Return the control groups that a process has left."""
    homes = find_homes()
    folders = [] if homes is None else homes.folders
    return [str(path) for folder in folders for path in folder.glob(f"{PREFIX}{pid}-*")]


def mounts() -> str:
    """Return what is mounted where."""
    return Path("/proc/self/mountinfo").read_text()


def contents(folder: Path) -> dict[str, str]:
    """Return the files below a folder, each with its kind and a hash of what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode, held = path.lstat().st_mode, ""
        if path.is_file() and not path.is_symlink():
            held = hashlib.sha256(path.read_bytes()).hexdigest()
        found[os.fsencode(path.relative_to(folder)).hex()] = f"{mode:o} {held}"
    return found


def marked() -> list[Path]:
    """Return the files that only hostile work writes, wherever it could want them."""
    places = [Path(name) for name in ("/tmp", "/dev/shm", "/var/tmp", "/", tempfile.gettempdir())]
    places += [Path.home(), Path.cwd()]
    names = (f"{MARK}-*", f".{MARK}*", MARK)
    return [path for place in places for name in names for path in place.glob(name)]


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still does anything; its parent may not have looked yet."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
