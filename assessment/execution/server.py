"""The grader's handle on one warm server: start it, fork runs in it, end them."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from assessment.errors import TrainerError

START_SECONDS = 180.0
"""How long importing torch may take, from a cold disk on a busy machine."""
ANSWER_SECONDS = 30.0
"""How long the server may take to fork."""


@dataclass
class Ended:
    """How a run's process ended, as the kernel tells."""

    exit_status: int
    """Negative: the signal that killed it."""
    cpu_seconds: float
    peak_megabytes: float


@dataclass
class ForkedRun:
    """One run's process."""

    number: int
    forked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    pid: int | None = None
    ended: Ended | None = None
    """None after `over`: the server itself went away."""


class TrainerServer:
    """A warm server process; safe to use from several threads."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._environment = environment or {}
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
        """Start the process; it warms up while the caller goes on."""
        import tempfile

        ours, theirs = socket.socketpair()
        self._control = ours
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "assessment.sandbox.server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            env=_environment() | self._environment,
            start_new_session=True,  # a terminal's Ctrl-C reaches the grader alone
        )
        theirs.close()
        threading.Thread(target=self._listen, name="trainer-server", daemon=True).start()

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

    def fork(self, channel: socket.socket, output: int) -> ForkedRun:
        """Fork a run that talks on `channel` and prints into the file descriptor `output`.

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
        if self._process is None:
            return
        if self._control is not None:
            with suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
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
        try:
            with self._control.makefile("rb") as lines:
                for line in lines:
                    self._take(json.loads(line))
        except (OSError, ValueError):
            pass
        self._gone.set()
        self._killed.set()
        for run in list(self._runs.values()):
            run.forked.set()
            run.over.set()

    def _take(self, message: dict[str, Any]) -> None:
        match message["kind"]:
            case "ready":
                self._ready.set()
            case "killed":
                self._killed.set()
            case "forked":
                if (run := self._runs.get(message["number"])) is not None:
                    run.pid = message["pid"]
                    run.forked.set()
            case "ended":
                if (run := self._runs.pop(message["number"], None)) is not None:
                    run.ended = Ended(
                        message["exit_status"],
                        message["cpu_seconds"],
                        message["peak_kilobytes"] * 1024 / 1e6,
                    )
                    run.over.set()

    def _last_words(self) -> str:
        if self._errors is None:
            return "it was never started"
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


def _environment() -> dict[str, str]:
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
