"""A warm server in a jail: started, weighed and ended from outside, whatever is done in it."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from assessment.boundary.sizes import FILE_BYTES
from assessment.errors import TrainerError
from assessment.execution.isolation import bubblewrap, user
from assessment.execution.isolation.cgroups import Group, make_group
from assessment.execution.isolation.environment import jail_environment, open_environment
from assessment.execution.isolation.identities import Identity, lend_identity
from assessment.execution.isolation.installation import package_paths
from assessment.execution.isolation.launching import Launch, close_all, start
from assessment.execution.isolation.package import prepared_package
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import CHECKPOINTS, TORCH_HOME, View
from assessment.execution.server import ForkedRun, TrainerServer
from assessment.results.isolation import Isolation, LimitsBy
from assessment.sandbox.confinement import Confinement

KILL_SECONDS = 2.0
"""How long a jail may take to end a run before all of it is ended."""
PROCESSES = 512
"""Processes and threads of a whole jail."""
DESCRIPTORS = 1024
COUNTS_BY_NAMESPACE = (5, 14)
"""Kernel since which a user's processes are counted in each namespace of users apart."""


class Jail(TrainerServer):
    """A warm server for one submission, with walls around it."""

    def __init__(
        self,
        level: Isolation,
        view: View,
        environment: dict[str, str] | None = None,
        *,
        processes: int = PROCESSES,
    ) -> None:
        """Say what the jail is to be; it is built by `start`.

        Args:
            level: what `choose_level` chose.
            view: what it is shown.
            environment: variables of its own, such as the GPU it uses.
            processes: how many processes and threads it may have.
        """
        super().__init__(environment)
        self.level = level
        self._view = view
        self._most_processes = processes
        self._group: Group | None = None
        self._identity: Identity | None = None
        self._staging: Staging | None = None
        self._own: set[psutil.Process] = set()
        self._seen: set[psutil.Process] = set()
        self._baseline = 0
        self._kills: dict[int, int] = {}
        self._used_up = False

    @property
    def limits_by(self) -> LimitsBy:
        """What holds its memory to the limit; known once it is started."""
        return "polling" if self._group is None else self._group.limits_by

    @property
    def alive(self) -> bool:
        """Whether another run can be forked that meets nothing of those before it."""
        return super().alive and not self._used_up

    def start(self) -> None:
        """Build the jail and start the server in it; it warms up while the caller goes on.

        Raises:
            AssessmentError: the walls cannot be put up as they should be.
            TrainerError: it cannot even be started.
        """
        try:
            super().start()
        except BaseException:
            self.stop()
            raise

    def inside(self, path: Path) -> str:
        """Return where the jail finds the submission, something below it, or an image file.

        Raises:
            KeyError: it is shown nothing of the kind.
        """
        if self.level == "process":
            return str(path)
        for source, place in self._view.layout().items():
            if path.is_relative_to(source):
                place = place / path.relative_to(source)
                if self.level == "user":
                    assert self._staging is not None
                    place = self._staging.folder / str(place)[1:]
                return str(place)
        raise KeyError(str(path))

    def fork(
        self, channel: socket.socket, output: int, megabytes: float | None = None
    ) -> ForkedRun:
        """Fork a run; the kernel, where it can, holds everything in the jail to this memory."""
        self.wait_ready()
        if not self.alive:
            raise TrainerError("this jail has been used up")
        if self._runs:
            raise TrainerError("a jail has one run at a time")
        if not self._own:  # before the first run: who is here belongs to the jail itself
            self._own = self._everybody()
            self._baseline = 0 if self._group is None else self._group.used()
        kills = 0 if self._group is None else self._group.kills()
        try:
            if self._group is not None and megabytes is not None:
                self._group.limit_memory(megabytes * 1e6 + self._baseline)
            run = super().fork(channel, output)
        except (OSError, TrainerError) as error:
            self._destroy()
            if isinstance(error, OSError):
                raise TrainerError(f"the memory of a jail cannot be limited: {error}") from error
            raise
        self._kills[run.number] = kills
        return run

    def weigh(self, run: ForkedRun) -> float:
        """Return the memory of everything in the jail but its warm server, MB (10^6 bytes)."""
        if self._group is None:
            return super().weigh(run)
        return max(0, self._group.used() - self._baseline) / 1e6

    def ended_by_memory(self, run: ForkedRun) -> bool:
        """Tell whether the kernel killed anything in the jail because it was at its limit."""
        return self._killed_by_kernel(run) and self._was_full()

    def ended_by_others(self, run: ForkedRun) -> bool | None:
        """Tell whether the kernel killed anything in the jail though it kept to its limit."""
        if self._group is None:
            return super().ended_by_others(run)
        return self._killed_by_kernel(run) and not self._was_full()

    def _killed_by_kernel(self, run: ForkedRun) -> bool:
        return self._group is not None and self._group.kills() > self._kills.get(run.number, 0)

    def _was_full(self) -> bool:
        try:
            return self._group is not None and self._group.was_full()
        except OSError:  # it is gone
            return False

    def kill(self, run: ForkedRun) -> None:
        """End a run; where the jail does not do it at once, end the whole jail."""
        with self._requests:
            self._killed.clear()
            assert self._control is not None
            text = json.dumps({"kind": "kill", "number": run.number}).encode()
            with suppress(OSError):
                self._control.send(text, socket.MSG_DONTWAIT)
            obeyed = self._killed.wait(KILL_SECONDS) and run.over.wait(KILL_SECONDS)
        if not obeyed:
            self._destroy()

    def stop(self) -> None:
        """End the jail and everything in it, and remove what was made for it."""
        self._destroy()
        super().stop()
        if self._group is not None:
            self._group.remove()
        if self._identity is not None:
            self._identity.release()
        if self._staging is not None:
            self._staging.remove()
        self._identity = self._staging = None

    def _take(self, message: dict[str, Any]) -> None:
        if message["kind"] == "ended" and message["dirty"]:
            self._used_up = True  # before anybody hears that the run is over
        super()._take(message)

    def _family(self, run: ForkedRun) -> list[psutil.Process]:
        """Return the processes that were not here before the first run.

        Their numbers inside the jail mean nothing outside.
        """
        family = self._everybody() - self._own
        self._seen |= family
        return list(family)

    def _everybody(self) -> set[psutil.Process]:
        """Return the process that was launched and all that it has started."""
        if self._process is None or self._process.poll() is not None:
            return set()
        try:
            first = psutil.Process(self._process.pid)
            return {first, *first.children(recursive=True)}
        except psutil.NoSuchProcess:
            return set()

    def _destroy(self) -> None:
        """End everything in the jail, from outside."""
        self._collapse()
        if self._group is not None:
            self._group.kill()
        if self._identity is not None:
            self._identity.kill_all()
        until = time.monotonic() + KILL_SECONDS
        while (found := self._left()) and time.monotonic() < until:
            for process in found:
                with suppress(psutil.Error):
                    process.kill()
            time.sleep(0.005)

    def _collapse(self) -> None:
        """Kill the first process of the jail's namespace, and the kernel ends the others.

        Bubblewrap's own end in turn, so that none is left for a stranger to wait for: in
        containers often nobody does.
        """
        if self.level != "bubblewrap" or self._process is None or self._process.poll() is not None:
            return
        with suppress(psutil.Error):
            process = psutil.Process(self._process.pid)
            while process.name() == "bwrap" and (children := process.children()):
                process = children[0]
            process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_SECONDS)

    def _left(self) -> set[psutil.Process]:
        """Return who is still running of all that have been seen here."""
        return {process for process in self._everybody() | self._own | self._seen if _runs(process)}

    def _launch(self, control: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        self._group = make_group()
        if self._group is not None:
            self._group.limit_processes(self._most_processes)
        if self.level == "user" or (self.level == "bubblewrap" and os.geteuid() == 0):
            self._identity = lend_identity()
        if self._identity is not None or self.level == "process":
            self._staging = Staging.made()
        launch = self._enclosed(control)
        if self._group is not None:
            command = self._group.joining(launch.command)
            launch = Launch(command, launch.descriptors, launch.environment)
        try:
            return start(launch, control, errors)
        finally:
            close_all(launch.descriptors)

    def _enclosed(self, control: int) -> Launch:
        """Return how the server is started within the walls."""
        user_id = None if self._identity is None else self._identity.number
        match self.level:
            case "bubblewrap":
                temporary = str(bubblewrap.TEMPORARY)
                writable = (temporary, str(bubblewrap.MEMORY))
                environment = self._variables(str(bubblewrap.PACKAGE), temporary)
                command = self._command(control, own_processes=True, writable=writable)
                return bubblewrap.enclose(
                    self._view,
                    prepared_package(),
                    command,
                    environment,
                    staging=self._staging,
                    user=user_id,
                )
            case "user":
                assert self._staging is not None
                assert user_id is not None
                temporary = str(self._staging.temporary)
                environment = self._variables(str(prepared_package()), temporary)
                command = self._command(control, own_user=user_id, writable=(temporary,))
                return user.enclose(self._view, command, environment, self._staging, user_id)
            case "process":
                assert self._staging is not None
                for path in self._view.weights:
                    self._staging.link(path, str(CHECKPOINTS / path.name)[1:])
                own = {**self._environment, **self._torch_home()}
                own["TMPDIR"] = str(self._staging.make_temporary())
                return Launch(self._command(control), environment=open_environment(own))

    def _command(
        self,
        control: int,
        *,
        own_processes: bool = False,
        own_user: int | None = None,
        writable: tuple[str, ...] = (),
    ) -> list[str]:
        counted = self._group is not None and self._group.limits_processes
        confinement = Confinement(
            own_processes=own_processes,
            own_user=own_user,
            writable=writable,
            file_bytes=FILE_BYTES,
            descriptors=DESCRIPTORS,
            processes=None if counted or not self._counts_apart() else self._most_processes,
        )
        told = json.dumps(confinement.plain())
        return [sys.executable, "-P", "-m", "assessment.sandbox.server", str(control), told]

    def _variables(self, package: str, temporary: str) -> dict[str, str]:
        own = self._environment | self._torch_home()
        return jail_environment([package, *package_paths()], temporary, own)

    def _torch_home(self) -> dict[str, str]:
        """Return the variable that leads to the weights that are shown, if any are."""
        if not self._view.weights:
            return {}
        if self.level == "bubblewrap":
            return {"TORCH_HOME": str(TORCH_HOME)}
        assert self._staging is not None
        return {"TORCH_HOME": str(self._staging.folder / str(TORCH_HOME)[1:])}

    def _counts_apart(self) -> bool:
        """Tell whether the kernel counts the processes of the jail's user by themselves."""
        if self._identity is not None:
            return True
        return self.level == "bubblewrap" and _kernel() >= COUNTS_BY_NAMESPACE


def _kernel() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
