"""One run from request to record: fork it, listen, watch its limits, decide how it ended.

The outcome is decided from what is observed here: exit status, limits hit, the
clock, and whether what arrived could be verified. What the run says about
itself is only repeated as its own words.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import psutil

from assessment.execution.referee import Referee
from assessment.execution.server import ForkedRun, TrainerServer
from assessment.results.record import Run, RunOutcome
from assessment.sandbox.messages import (
    Arrays,
    Channel,
    ChannelClosedError,
    Job,
    ProtocolError,
    TruncatedError,
)
from assessment.spec.lab import Limits

POLL_SECONDS = 0.1
FAMILY_SECONDS = 1.0
"""Time between two looks at a run's children: finding them walks all processes of the machine."""
OUTPUT_KEPT = 4000
"""Bytes from the end of what a run printed."""
LAST_WORDS_SECONDS = 10.0
"""How long a run may take to exit after its last frame."""
TRAINER_LOST = "the trainer went away while the run was under way"
"""Reason of a run that ended with its server."""

Progress = Callable[[Referee], None]


@dataclass(frozen=True)
class Assignment:
    """Everything that one run needs, on both sides of the boundary."""

    key: str
    job: Job
    indices: Arrays
    """`train` and `validation`, int64, where there is a split; else empty."""
    limits: Limits
    may_diverge: bool
    dataset: str
    dataset_sha256: str


@dataclass
class _Ending:
    outcome: RunOutcome
    reason: str


class _EndedFromOutside(Exception):
    def __init__(self, outcome: RunOutcome, reason: str) -> None:
        self.ending = _Ending(outcome, reason)


def conduct(
    server: TrainerServer,
    assignment: Assignment,
    referee: Referee,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Run:
    """Execute one run and return its record.

    Raises:
        TrainerError: the server could not fork it.
    """
    server.wait_ready()  # warming up is not the run's time
    started = datetime.now(UTC).isoformat(timespec="seconds")
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        try:
            forked = server.fork(theirs, output.fileno())
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        channel = Channel(ours, largest_arrays=referee.largest_arrays)
        try:
            watch = _Watch(forked, assignment.limits, began, cancelled, referee)
            ending = _listen(channel, assignment, referee, watch, progress)
            if ending is None and not forked.over.wait(LAST_WORDS_SECONDS):
                ending = _Ending(
                    "crashed",
                    "did not exit after its last message"
                    if referee.finished
                    else "cut its connection to the grader and ran on",
                )
        finally:
            channel.close()
            if not forked.over.is_set():
                server.kill(forked)
                forked.over.wait(LAST_WORDS_SECONDS)
        seconds = time.monotonic() - began
        ending = _decide(ending, forked, referee, assignment.may_diverge, watch.peak_megabytes)
        peak = forked.ended.peak_megabytes if forked.ended is not None else watch.peak_megabytes
        return Run(
            key=assignment.key,
            seed=assignment.job.seed,
            outcome=ending.outcome,
            reason=ending.reason,
            output="" if ending.outcome == "scored" else _tail(output),
            started=started,
            seconds=round(seconds, 4),
            peak_megabytes=round(peak, 1),
            parameters=referee.parameters,
            epochs=referee.epochs,
            steps=referee.steps,
            gradients=referee.gradients,
            first_layer=referee.first_layer,
            confusion=referee.confusion(),
            non_finite=referee.non_finite,
            mistakes=referee.mistakes(),
            environment=referee.environment,
            dataset=assignment.dataset,
            dataset_sha256=assignment.dataset_sha256,
        )


class _Watch:
    """The limits of one run: its clock and the memory of its process tree."""

    def __init__(
        self,
        forked: ForkedRun,
        limits: Limits,
        began: float,
        cancelled: Callable[[], bool],
        referee: Referee,
    ) -> None:
        self._forked = forked
        self._limits = limits
        self._deadline = began + limits.seconds
        self._cancelled = cancelled
        self._referee = referee
        self._family: list[psutil.Process] = []
        self._weighed = self._family_seen = 0.0
        self.peak_megabytes = 0.0

    @property
    def seconds_left(self) -> float:
        return max(0.01, self._deadline - time.monotonic())

    def timeout(self) -> _Ending:
        """Return how a run ends that took too long."""
        return _Ending(
            "timeout",
            f"took longer than the {self._limits.seconds:g} s allowed, {self._referee.stage}",
        )

    def check(self, quiet: bool) -> None:
        """End the waiting where the run has to end now.

        Args:
            quiet: nothing came from the run for `POLL_SECONDS`.

        Raises:
            _EndedFromOutside: a limit is reached, or the session is being closed.
            ChannelClosedError: the run is over, though a process it left holds the channel.
        """
        if self._cancelled():
            raise _EndedFromOutside("not_gradable", "interrupted")
        now = time.monotonic()
        if now >= self._deadline:
            ending = self.timeout()
            raise _EndedFromOutside(ending.outcome, ending.reason)
        if quiet and self._forked.over.is_set():
            raise ChannelClosedError
        if now - self._weighed >= POLL_SECONDS:
            self._weighed = now
            self._weigh(now)

    def _weigh(self, now: float) -> None:
        if now - self._family_seen >= FAMILY_SECONDS:
            self._family_seen = now
            with suppress(psutil.Error):
                run = psutil.Process(self._forked.pid)
                self._family = [run, *run.children(recursive=True)]
        total = 0
        for process in self._family:
            with suppress(psutil.Error):
                total += process.memory_info().rss
        megabytes = total / 1e6
        self.peak_megabytes = max(self.peak_megabytes, megabytes)
        if megabytes > self._limits.megabytes:
            raise _EndedFromOutside(
                "out_of_memory",
                f"used {megabytes:,.0f} MB of memory, {self._limits.megabytes:,} MB are allowed",
            )


def _listen(
    channel: Channel,
    assignment: Assignment,
    referee: Referee,
    watch: _Watch,
    progress: Progress,
) -> _Ending | None:
    """Talk to a run until it is done, fails or has to be ended; None: decide by its exit."""
    try:
        channel.settimeout(watch.seconds_left)
        channel.send("job", assignment.job.plain(), **assignment.indices)
        channel.settimeout(POLL_SECONDS)
        while not referee.finished:
            frame = channel.receive(watch.check)
            match frame.kind:
                case "started":
                    referee.started(frame)
                case "epoch":
                    verdict = referee.epoch_ended(frame)
                    if verdict is not None:
                        channel.settimeout(watch.seconds_left)
                        channel.send("verdict", verdict)
                        channel.settimeout(POLL_SECONDS)
                case "done":
                    referee.done(frame)
                case "failed":
                    return _Ending("invalid", _one_line(frame.data.get("reason")))
                case _:
                    raise ProtocolError(f"a frame of unknown kind {frame.kind[:40]!r}")
            progress(referee)
    except _EndedFromOutside as ended:
        return ended.ending
    except (ChannelClosedError, TruncatedError, BrokenPipeError, ConnectionResetError):
        return None
    except TimeoutError:
        return watch.timeout()
    except (ProtocolError, ValueError) as error:
        return _Ending("invalid", f"sent what cannot be graded: {_one_line(error)}")
    return None


def _decide(
    ending: _Ending | None,
    forked: ForkedRun,
    referee: Referee,
    may_diverge: bool,
    peak_megabytes: float,
) -> _Ending:
    if ending is not None:
        return ending
    if forked.ended is None:
        return _Ending("not_gradable", TRAINER_LOST)
    status = forked.ended.exit_status
    if status < 0:
        name = _signal_name(-status)
        hint = (
            f"; it held {peak_megabytes:,.0f} MB, the machine may have run out of memory"
            if -status == signal.SIGKILL
            else ""
        )
        return _Ending("crashed", f"was killed by {name}{hint}")
    if not referee.finished:
        return _Ending("crashed", f"exited with status {status} before its training was done")
    if status != 0:
        return _Ending("crashed", f"exited with status {status} after its training was done")
    if referee.non_finite and not may_diverge:
        total = len(referee.answers.test_labels)
        return _Ending(
            "invalid",
            f"gave non-finite logits for {referee.non_finite:,} of {total:,} test images",
        )
    return _Ending("scored", "")


def _signal_name(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} ({signal.strsignal(number)})"
    except ValueError:  # real-time signals have no names
        return f"signal {number}"


def _tail(output: IO[bytes]) -> str:
    size = os.fstat(output.fileno()).st_size
    return os.pread(output.fileno(), OUTPUT_KEPT, max(0, size - OUTPUT_KEPT)).decode(
        errors="replace"
    )


def _one_line(text: Any) -> str:
    printable = str(text).encode(errors="replace").decode()  # JSON can carry lone surrogates
    line = " ".join(printable.split())
    return line if len(line) <= 300 else line[:299] + "…"
