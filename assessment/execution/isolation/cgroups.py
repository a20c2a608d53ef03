"""Control groups: the kernel's own limits on the memory and the processes of a whole jail.

Groups are made below the group that this process is in, so that whatever limits it limits them as
well; with version 2, where a group with processes cannot have limited children, below the nearest
one above that hands its limits on. Each group belongs to the process that made it; what a killed
process leaves is removed by the next one that makes any.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assessment.execution.isolation.ownership import Held, hold
from assessment.results.isolation import LimitsBy

PREFIX = "assessment-jail-"
JOIN = 'for file do [ "$file" = -- ] && break; echo $$ >"$file" || exit 71; shift; done; shift'
TRIES = 5
REMOVE_SECONDS = 5.0
RESERVE = 64 * 2**20
"""Bytes above the limit at which the kernel steps in: its own tables, and files read once, count
there too."""

NEARLY = 2**20
"""Bytes below the limit at which the kernel may give up: it hands memory out in pieces."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Homes:
    """Folders of the machine's control groups below which groups can be made."""

    version: Literal[1, 2]
    memory: Path
    processes: Path | None
    """None: processes cannot be limited. With version 2 the same folder."""

    @property
    def folders(self) -> list[Path]:
        """Each folder once, that of memory first."""
        return list(dict.fromkeys(filter(None, (self.memory, self.processes))))


class Group:
    """The control group of one jail."""

    def __init__(self, homes: Homes, held: list[Held]) -> None:
        self._version = homes.version
        self._held = held
        self._memory = held[0].path
        self._processes = held[-1].path if homes.processes is not None else None
        self._shortages_before = 0

    @property
    def limits_by(self) -> LimitsBy:
        """Say which version of control groups this is."""
        return "cgroup v2" if self._version == 2 else "cgroup v1"

    @property
    def limits_processes(self) -> bool:
        """Whether the number of processes can be limited."""
        return self._processes is not None

    def joining(self, command: list[str]) -> list[str]:
        """Return the command that joins the group before it becomes another command."""
        files = [str(held.path / "cgroup.procs") for held in self._held]
        return ["/bin/sh", "-c", f'{JOIN}; exec "$@"', "sh", *files, "--", *command]

    def limit_memory(self, size: float) -> None:
        """Let all processes of the group together use so many bytes, without swap."""
        most = str(int(size) + RESERVE)
        if self._version == 2:
            self._shortages_before = self._shortages()
            _write(self._memory / "memory.max", most)
            _write(self._memory / "memory.swap.max", "0")
            return
        plain, swap = (self._memory / f"memory.{n}limit_in_bytes" for n in ("", "memsw."))
        # The one without swap may never be above the other.
        rising = int(most) > int(plain.read_text())
        for file in (swap, plain) if rising else (plain, swap):
            _write(file, most)
        _write(self._memory / "memory.max_usage_in_bytes", "0")  # from now on

    def limit_processes(self, count: int) -> None:
        """Let the group have so many processes and threads."""
        if self._processes is not None:
            _write(self._processes / "pids.max", str(count))

    def used(self) -> int:
        """Return the bytes that the group's processes hold, files in memory included."""
        names = ("anon", "shmem") if self._version == 2 else ("total_rss", "total_shmem")
        numbers = _numbers_in(self._memory / "memory.stat")
        return sum(numbers.get(name, 0) for name in names)

    def kills(self) -> int:
        """Return how often the kernel has killed a process here for want of memory, anybody's."""
        name = "memory.events" if self._version == 2 else "memory.oom_control"
        return _numbers_in(self._memory / name).get("oom_kill", 0)

    def was_full(self) -> bool:
        """Tell whether the group itself was at its limit since that was set."""
        if self._version == 2:
            return self._shortages() > self._shortages_before
        # The number of times that version 1 counts stays 0 with some kernels.
        most, limit = (
            int((self._memory / f"memory.{name}_in_bytes").read_text())
            for name in ("max_usage", "limit")
        )
        return most >= limit - NEARLY

    def _shortages(self) -> int:
        return _numbers_in(self._memory / "memory.events").get("oom", 0)

    def kill(self) -> None:
        """Kill every process of the group, and wait until they are gone."""
        self.limit_processes(0)  # whoever is killed next cannot have started another
        until = time.monotonic() + REMOVE_SECONDS
        with suppress(OSError):
            (self._memory / "cgroup.kill").write_text("1")
        while (pids := self._members()) and time.monotonic() < until:
            for pid in pids:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def remove(self) -> None:
        """Kill what is left and remove the group."""
        self.kill()
        until = time.monotonic() + REMOVE_SECONDS
        while not all(map(_removed, self._held)) and time.monotonic() < until:
            self.kill()  # who was just joining, too
            time.sleep(0.01)
        for held in self._held:
            held.release()

    def _members(self) -> set[int]:
        pids: set[int] = set()
        for held in self._held:
            with suppress(OSError):
                pids |= {int(pid) for pid in (held.path / "cgroup.procs").read_text().split()}
        return pids - {0, os.getpid()}


def _removed(held: Held) -> bool:
    with suppress(OSError):  # processes that ended are still being counted
        held.path.rmdir()
    return not held.path.exists()


def make_group() -> Group | None:
    """Make a control group and sweep those of killed processes; None where none can be made."""
    homes = find_homes()
    if homes is None:
        return None
    sweep(homes)
    for _ in range(TRIES):
        held = _make(homes, f"{PREFIX}{os.getpid()}-{next(_numbers)}")
        if len(held) == len(homes.folders):
            return Group(homes, held)
        for taken in held:  # a sweeper was faster than this process
            _give_up(taken)
    return None


def _make(homes: Homes, name: str) -> list[Held]:
    """Make a group's folders and return those that could be made and taken."""
    held = []
    for folder in homes.folders:
        with suppress(OSError):
            (folder / name).mkdir()
            if (taken := hold(folder / name)) is not None:
                held.append(taken)
    return held


def sweep(homes: Homes) -> None:
    """Kill and remove what processes have left that were killed themselves."""
    for folder in homes.folders:
        for path in folder.glob(f"{PREFIX}*"):
            if not os.access(path, os.W_OK):
                continue  # another user's, whose next grader sweeps it
            if (held := hold(path)) is not None:
                limited = (path / "pids.max").exists()
                Group(Homes(homes.version, folder, folder if limited else None), [held]).remove()


@functools.cache
def find_homes() -> Homes | None:
    """Return where groups can be made, really tried; None where they cannot."""
    mounts, groups = _mounts(), _own_groups()
    candidates = []
    if (folder := _above(mounts.get("cgroup2"), groups.get(""))) is not None:
        candidates.append(Homes(2, folder, folder))
    if (folder := _folder(mounts.get("memory"), groups.get("memory"))) is not None:
        candidates.append(Homes(1, folder, _folder(mounts.get("pids"), groups.get("pids"))))
        candidates.append(Homes(1, folder, None))
    return next(filter(_works, candidates), None)


def _works(homes: Homes) -> bool:
    """Make a group, look whether its limits can be set, and remove it."""
    held = _make(homes, f"{PREFIX}probe-{os.getpid()}-{next(_numbers)}")
    try:
        if len(held) < len(homes.folders):
            return False
        group = Group(homes, held)
        group.limit_memory(2**30)
        group.limit_processes(100)
        # Whoever joins must be let out of where it is now.
        return os.access(homes.memory / "cgroup.procs", os.W_OK)
    except (OSError, ValueError):
        return False
    finally:
        for taken in held:
            _give_up(taken)


def _give_up(held: Held) -> None:
    """Remove a folder that nobody has joined."""
    with suppress(OSError):
        held.path.rmdir()
    held.release()


def _above(mount: tuple[Path, str] | None, own: str | None) -> Path | None:
    """Return the nearest group of version 2 that limits memory and processes of its children."""
    folder = _folder(mount, own)
    while folder is not None and mount is not None and folder.is_relative_to(mount[0]):
        with suppress(OSError):
            handed_on = set((folder / "cgroup.subtree_control").read_text().split())
            if handed_on >= {"memory", "pids"}:
                return folder
        folder = folder.parent
    return None


def _folder(mount: tuple[Path, str] | None, own: str | None) -> Path | None:
    """Return this process's own group, or the nearest one that can be seen from here."""
    if mount is None or own is None:
        return None
    point, root = mount
    below = os.path.relpath(own, root)
    folder = point if below.startswith("..") else point / below
    return folder if folder.is_dir() else None


def _own_groups() -> dict[str, str]:
    """Return this process's group by controller; version 2's by the empty name."""
    groups: dict[str, str] = {}
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, names, path = line.split(":", 2)
            groups |= dict.fromkeys(names.split(","), path)
    return groups


def _mounts() -> dict[str, tuple[Path, str]]:
    """Return the mount point, and what is mounted there, by controller; version 2: `cgroup2`."""
    found: dict[str, tuple[Path, str]] = {}
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            before, _, after = line.partition(" - ")
            root, point = before.split()[3:5]
            kind, _, options = after.split(" ", 2)
            if kind == "cgroup2":
                found["cgroup2"] = Path(point), root
            elif kind == "cgroup":
                found |= dict.fromkeys(options.split(","), (Path(point), root))
    return found


def _numbers_in(file: Path) -> dict[str, int]:
    """Return the named numbers of one of the kernel's files, none where it is gone."""
    with suppress(OSError):
        pairs = (line.split() for line in file.read_text().splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
    return {}


def _write(file: Path, value: str) -> None:
    """Write a limit; one that this kernel does not have is no limit."""
    with suppress(FileNotFoundError):
        descriptor = os.open(file, os.O_WRONLY)  # these folders hold what the kernel puts there
        try:
            os.write(descriptor, value.encode())
        finally:
            os.close(descriptor)
