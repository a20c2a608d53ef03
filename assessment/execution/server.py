"""The grader's handle on one warm server: start it, fork runs in it, end them."""

from __future__ import annotations

import itertools
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from assessment.errors import TrainerError
from assessment.execution.blame import oom_kills

START_SECONDS = 180.0
"""How long importing torch may take, from a cold disk on a busy machine."""
ANSWER_SECONDS = 30.0
"""How long the server may take to fork."""
FAMILY_SECONDS = 1.0
"""Time between two looks at a run's children: finding them walks all processes of the machine."""
LONGEST_MESSAGE = 65536
"""Bytes of one message of the server."""


@dataclass
class Ended:
    """How a run's process ended, as the kernel tells."""

    exit_status: int
    """Negative: the signal that killed it."""
    cpu_seconds: float
    peak_megabytes: float
    dirty: bool = False
    """It left something behind that another run of the same jail could find."""


@dataclass
class ForkedRun:
    """One run's process."""

    number: int
    forked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    pid: int | None = None
    """As the server knows it: in a jail, a number of the jail's own."""
    ended: Ended | None = None
    """None after `over`: the server itself went away."""
    oom_kills: int | None = field(default_factory=oom_kills)
    """Of the whole machine, before it was forked."""
    family: list[psutil.Process] = field(default_factory=list, repr=False)
    """Its processes as seen from outside, at `family_seen`."""
    family_seen: float = -math.inf


class TrainerServer:
    """A warm server process; safe to use from several threads."""

    described: Mapping[str, str]
    """What runs run on - torch, capability of the CPU, python, platform - told once it is ready,
    before any solution's code was executed; empty until then."""
    spent: float
    """CPU seconds of warming up, told once it is ready."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._environment = environment or {}
        self.described = {}
        self.spent = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._errors: IO[bytes] | None = None
        self._ready = threading.Event()
        self._gone = threading.Event()
        self._requests = threading.Lock()
        self._killed = threading.Event()
        self._numbers = itertools.count(1)
        self._runs: dict[int, ForkedRun] = {}

    def start(self) -> None:
        """Start the process; it warms up while the caller goes on.

        Raises:
            TrainerError: it cannot even be started.
        """
        ours, theirs = socket.socketpair()
        self._control = ours
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        try:
            self._process = self._launch(theirs.fileno(), self._errors)
        except OSError as error:
            raise TrainerError(f"the trainer did not start: {error}") from error
        finally:
            theirs.close()
        threading.Thread(target=self._listen, name="trainer-server", daemon=True).start()

    def _launch(self, control: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the process with its end of the control socket, printing into `errors`."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "assessment.sandbox.server", str(control)],
            pass_fds=[control],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=trainer_environment() | self._environment,
            start_new_session=True,  # a terminal's Ctrl-C reaches the grader alone
        )

    def wait_ready(self) -> None:
        """Wait until torch is imported.

        Raises:
            TrainerError: the process ended instead; its last output is in the message.
        """
        waited = 0.0
        while not self._ready.wait(0.1):
            waited += 0.1
            if self._gone.is_set() or waited > START_SECONDS:
                raise TrainerError(f"the trainer did not start: {self._last_words()}")

    @property
    def alive(self) -> bool:
        """Whether the process can still fork runs."""
        return self._process is not None and not self._gone.is_set()

    def fork(
        self, channel: socket.socket, output: int, megabytes: float | None = None
    ) -> ForkedRun:
        """Fork a run that talks on `channel` and prints into the file descriptor `output`.

        Args:
            channel: the run's end.
            output: a file.
            megabytes: memory the run may use, for servers that can have the kernel hold it to
                that; whoever forks weighs it in any case.

        Raises:
            TrainerError: the server has gone.
        """
        self.wait_ready()
        run = ForkedRun(next(self._numbers))
        with self._requests:
            self._runs[run.number] = run
            text = json.dumps({"kind": "run", "number": run.number}).encode()
            assert self._control is not None
            with suppress(OSError):
                socket.send_fds(self._control, [text], [channel.fileno(), output])
            if not self._gone.is_set():  # else nobody is left to answer
                run.forked.wait(ANSWER_SECONDS)
        if run.pid is None:
            self._runs.pop(run.number, None)
            raise TrainerError(f"the trainer did not fork a run: {self._last_words()}")
        return run

    def weigh(self, run: ForkedRun) -> float:
        """Return the resident memory of a run and all processes it has started, MB (10^6 bytes)."""
        now = time.monotonic()
        if now - run.family_seen >= FAMILY_SECONDS:
            run.family_seen = now
            with suppress(psutil.Error):
                run.family = self._family(run)
        total = 0
        for process in run.family:
            with suppress(psutil.Error):
                total += process.memory_info().rss
        return total / 1e6

    def _family(self, run: ForkedRun) -> list[psutil.Process]:
        """Return a run's processes."""
        first = psutil.Process(run.pid)
        return [first, *first.children(recursive=True)]

    def ended_by_memory(self, run: ForkedRun) -> bool:
        """Tell whether the kernel ended something of a run for want of memory, as far as known."""
        return False

    def ended_by_others(self, run: ForkedRun) -> bool | None:
        """Tell whether the kernel killed anything since the fork because memory was short.

        None: nobody knows. It is the machine's count, so that it may have been another process.
        """
        now = oom_kills()
        return None if now is None or run.oom_kills is None else now > run.oom_kills

    def kill(self, run: ForkedRun) -> None:
        """Kill a run's whole process group."""
        with self._requests:
            self._killed.clear()
            assert self._control is not None
            with suppress(OSError):
                self._control.sendall(json.dumps({"kind": "kill", "number": run.number}).encode())
                self._killed.wait(ANSWER_SECONDS)

    def stop(self) -> None:
        """End the server and every run in it."""
        if self._control is not None:
            with suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
        if self._process is not None:
            if not self._ready.is_set():  # still importing torch, and without runs
                self._process.kill()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._gone.wait(5)
        if self._control is not None:
            self._control.close()
        if self._errors is not None:
            self._errors.close()

    def _listen(self) -> None:
        assert self._control is not None
        # Whatever else it says than it should ends it: in a jail it may be the submission.
        nonsense = (OSError, ValueError, TypeError, LookupError, RecursionError)
        with suppress(*nonsense), self._control.makefile("rb") as lines:
            while line := lines.readline(LONGEST_MESSAGE):
                self._take(json.loads(line))
        self._gone.set()
        self._killed.set()
        for run in list(self._runs.values()):
            run.forked.set()
            run.over.set()

    def _take(self, message: dict[str, Any]) -> None:
        match message["kind"]:
            case "ready":
                self.described = {str(k): str(v)[:100] for k, v in message["described"].items()}
                self.spent = float(message["cpu_seconds"])
                self._ready.set()
            case "killed":
                self._killed.set()
            case "forked":
                if (run := self._runs.get(message["number"])) is not None:
                    run.pid = int(message["pid"])
                    run.forked.set()
            case "ended":
                if (run := self._runs.pop(message["number"], None)) is not None:
                    run.ended = Ended(
                        int(message["exit_status"]),
                        float(message["cpu_seconds"]),
                        int(message["peak_kilobytes"]) * 1024 / 1e6,
                        bool(message["dirty"]),
                    )
                    run.over.set()

    def _last_words(self) -> str:
        if self._errors is None:
            return "it was never started"
        if self._errors.closed:
            return "it was stopped"
        self._errors.flush()
        size = os.fstat(self._errors.fileno()).st_size
        text = os.pread(self._errors.fileno(), 2000, max(0, size - 2000)).decode(errors="replace")
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else "no output"


SPEED = {
    # Threads that wait sleep: spinning costs a busy machine a factor of 40 (docs/architecture.md).
    "OMP_WAIT_POLICY": "PASSIVE",
    # A short spin before sleeping: without it two threads of one run, alone on the machine, took
    # 4.3 s for an epoch of lab 1's Model A instead of 1.8 s.
    "GOMP_SPINCOUNT": "100000",
    # glibc gives large blocks back to the kernel and clears their pages anew at every step: that
    # doubled the time of a step on 224x224 images.
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**33),
}
"""Environment that every trainer has; all but the first are the caller's to change."""


def trainer_environment() -> dict[str, str]:
    """Return the trainer's environment: ours, with what makes runs fast."""
    package_root = str(Path(__file__).resolve().parents[2])
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **SPEED,
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "OMP_WAIT_POLICY": SPEED["OMP_WAIT_POLICY"],
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "PYTHONHASHSEED": "0",
    }
