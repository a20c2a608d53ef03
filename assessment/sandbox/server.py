"""The warm server: has imported torch, computes nothing, and forks one process a run.

    python -m assessment.sandbox.server FD [CONFINEMENT]

FD is one end of a stream socket pair; CONFINEMENT, in a jail, is the JSON of
`confinement.Confinement`. The grader sends `run` with two file
descriptors (the run's channel and its output file) and `kill`, one at a time,
and waits for `forked` or `killed`; the server first says `ready` and what
everything runs on, and `ended` with the exit status when the kernel says that
a run has ended. It leaves when the grader's end closes, and takes its runs
with it.
"""

from __future__ import annotations

import gc
import io
import json
import os
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any

# Everything a run needs is imported here, once, and inherited by every fork.
import numpy  # noqa: F401
import psutil
import torch._dynamo  # noqa: F401 - the first optimiser would import it in every run, 1.3 s each

import assessment.sandbox.run as run_module
import assessment.training.loop  # noqa: F401
from assessment.boundary.messages import Channel
from assessment.sandbox.confinement import Confinement, set_dumpable
from assessment.training.environment import describe

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class Server:
    """Forks runs on request and reports how they ended."""

    def __init__(self, control: socket.socket, confinement: Confinement | None = None) -> None:
        self._control = control
        self._confinement = confinement
        self._before: tuple[object, ...] = ()
        self._runs: dict[int, int] = {}  # pid -> run number
        self._selector = selectors.DefaultSelector()
        self._wakeup_read, self._wakeup_write = socket.socketpair()
        for end in (self._wakeup_read, self._wakeup_write):
            end.setblocking(False)

    def serve(self) -> None:
        """Answer requests until the grader closes its end."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
        signal.set_wakeup_fd(self._wakeup_write.fileno())
        _adopt_orphans()
        gc.freeze()  # forked runs then share these objects instead of copying their pages
        if self._confinement is not None:
            self._confinement.establish()
            self._before = self._confinement.standing()
        self._tell("ready", described=describe(), cpu_seconds=time.process_time())
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._wakeup_read, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in self._selector.select():
                    if key.fileobj is self._control:
                        if not self._answer():
                            return
                    else:
                        with suppress(BlockingIOError):
                            self._wakeup_read.recv(4096)
                        self._reap()
        finally:
            for pid in self._runs:
                _kill_group(pid)
            for process in psutil.Process().children(recursive=True):
                _kill(process)

    def _answer(self) -> bool:
        try:
            text, descriptors, _, _ = socket.recv_fds(self._control, 65536, 2)
        except ConnectionResetError:
            return False
        if not text:
            return False
        request = json.loads(text)
        if request["kind"] == "run":
            self._fork(request["number"], *descriptors)
        elif request["kind"] == "kill":
            for pid, number in self._runs.items():
                if number == request["number"]:
                    os.kill(pid, signal.SIGKILL)  # it may not have a group of its own yet
                    _kill_group(pid)
            self._tell("killed", number=request["number"])
        return True

    def _fork(self, number: int, channel: int, output: int) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self._become_run(parent, output)
                status = run_module.execute(Channel(socket.socket(fileno=channel)))
            except BaseException:  # nothing may return into the server's loop
                with suppress(BaseException):
                    import traceback

                    traceback.print_exc()
            finally:
                with suppress(BaseException):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(status)
        os.close(channel)
        os.close(output)
        self._runs[pid] = number
        self._tell("forked", number=number, pid=pid)

    def _become_run(self, parent: int, output: int) -> None:
        os.setsid()  # a group of its own, so that its children are killed with it
        _die_with(parent)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if self._confinement is not None:
            set_dumpable(True)  # a run may look at itself
        self._selector.close()
        self._control.close()
        self._wakeup_read.close()
        self._wakeup_write.close()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)  # a crash must not swallow what was printed

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self._runs.pop(pid, None)
            if number is None:
                continue
            _kill_group(pid)  # whatever the run started and left behind
            self._kill_orphans()
            self._tell(
                "ended",
                number=number,
                exit_status=os.waitstatus_to_exitcode(status),
                cpu_seconds=usage.ru_utime + usage.ru_stime,
                peak_kilobytes=usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1),
                dirty=self._confinement is not None and self._confinement.clear(self._before),
            )

    def _kill_orphans(self) -> None:
        """Kill what ended runs left behind in process groups of their own."""
        if self._confinement is not None and self._confinement.alone:
            return  # it ends everything, and faster
        for process in psutil.Process().children():
            with suppress(ProcessLookupError):
                if process.pid not in self._runs and os.getsid(process.pid) not in self._runs:
                    _kill(process)

    def _tell(self, kind: str, **data: Any) -> None:
        with suppress(BrokenPipeError):
            self._control.sendall((json.dumps({"kind": kind, **data}) + "\n").encode())


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        process.kill()


def _adopt_orphans() -> None:
    """Become the parent of whatever a run leaves behind, so that it can be found (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _die_with(parent: int) -> None:
    """Ask Linux to kill this process when the server dies; elsewhere the closed channel ends it."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main() -> None:
    """Serve on the file descriptor named on the command line."""
    control = socket.socket(fileno=int(sys.argv[1]))
    confinement = Confinement(**json.loads(sys.argv[2])) if len(sys.argv) > 2 else None
    with suppress(KeyboardInterrupt):
        Server(control, confinement).serve()


if __name__ == "__main__":
    main()
