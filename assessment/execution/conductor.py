"""One process of a solution: fork it, listen, watch its limits, decide how it ended.

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
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import IO, Any, Generic, Protocol, TypeVar

from assessment.boundary.messages import (
    Arrays,
    Channel,
    ChannelClosedError,
    Frame,
    ProtocolError,
    TruncatedError,
)
from assessment.execution.blame import STARVED, TRAINER_LOST, Ending, is_doubtful
from assessment.execution.quoting import one_line
from assessment.execution.server import ForkedRun, TrainerServer
from assessment.results.isolation import LimitsBy
from assessment.results.record import RunOutcome
from assessment.spec.lab import Limits

POLL_SECONDS = 0.1
OUTPUT_KEPT = 4000
"""Bytes from the end of what a run printed."""
LAST_WORDS_SECONDS = 10.0
"""How long a run may take to exit after its last frame."""
REASON = 300
"""Characters of a reason that are kept."""
INTERRUPTED = "interrupted"
"""Reason of a run that the session ended."""


class Witness(Protocol):
    """The grader's side of one conversation: checks what arrives and keeps what counts."""

    work: str
    """What it listens to, in a word: `training`."""
    finished: bool
    """Everything that was asked for has arrived."""

    @property
    def largest_arrays(self) -> int:
        """Bytes that the arrays of one honest frame take at most."""
        ...

    @property
    def largest_text(self) -> int:
        """Bytes that the JSON of one honest frame takes at most."""
        ...

    @property
    def stage(self) -> str:
        """How far the other side has come, in words."""
        ...

    def hear(self, frame: Frame) -> dict[str, Any] | None:
        """Take a frame; return the answer that the other side waits for.

        Raises:
            ProtocolError: it is not the frame that was due.
        """
        ...

    def objection(self) -> str | None:
        """Say why what arrived whole cannot be graded; None where it can."""
        ...


W = TypeVar("W", bound=Witness)
R = TypeVar("R")


@dataclass(frozen=True)
class Assignment:
    """What a trainer is told, and what it may use."""

    kind: str
    """Kind of the first frame: `train`, `call`, `evaluate`, `describe` or `read`."""
    data: dict[str, Any]
    arrays: Arrays
    limits: Limits


@dataclass(frozen=True)
class Attempt(Ending):
    """How one process ended, and what it took."""

    output: str = ""
    """The end of what it printed, where it failed."""
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """UTC time, ISO 8601."""
    seconds: float = 0.0
    """Wall-clock time seen from here."""
    peak_megabytes: float | None = None
    """Largest resident memory, MB (10^6 bytes)."""
    limits_by: LimitsBy | None = None
    """Who watched the memory and the processes of its jail; None: it had none."""


@dataclass(frozen=True)
class Prepared(Generic[W, R]):
    """What the trainers need to fulfil one request: how to begin, who listens, what is kept."""

    assignment: Assignment
    make_witness: Callable[[], W]
    record: Callable[[W, Attempt], R]
    """Makes the result; of an attempt that never took place, with a fresh witness."""


class _EndedFromOutside(Exception):
    def __init__(self, outcome: RunOutcome, reason: str) -> None:
        self.ending = Ending(outcome, reason)


def conduct(
    server: TrainerServer,
    assignment: Assignment,
    witness: Witness,
    progress: Callable[[], None],
    cancelled: Callable[[], bool],
) -> Attempt:
    """Let one forked process do what it is told; `progress` is called after each frame.

    Raises:
        TrainerError: the server could not fork it.
    """
    server.wait_ready()  # warming up is not the run's time
    started = datetime.now(UTC).isoformat(timespec="seconds")
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        try:
            forked = server.fork(theirs, output.fileno(), assignment.limits.megabytes)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        channel = Channel(
            ours, largest_text=witness.largest_text, largest_arrays=witness.largest_arrays
        )
        try:
            watch = _Watch(server, forked, assignment.limits, began, cancelled, witness)
            ending = _listen(channel, assignment, witness, watch, progress)
            if ending is None and not forked.over.wait(LAST_WORDS_SECONDS):
                ending = Ending(
                    "crashed",
                    "did not exit after its last message"
                    if witness.finished
                    else "cut its connection to the grader and ran on",
                )
        finally:
            channel.close()
            if not forked.over.is_set():
                server.kill(forked)
                forked.over.wait(LAST_WORDS_SECONDS)
        seconds = time.monotonic() - began
        ending = _decide(ending, forked, witness)
        if ending.outcome != "scored" and ending.reason != INTERRUPTED:
            ending = _explain(ending, server, forked, assignment.limits, watch.peak_megabytes)
        peak = forked.ended.peak_megabytes if forked.ended is not None else watch.peak_megabytes
        return Attempt(
            ending.outcome,
            ending.reason,
            ending.said,
            ending.signal,
            "" if ending.outcome == "scored" else _tail(output),
            started,
            round(seconds, 4),
            round(peak, 1),
        )


class _Watch:
    """The limits of one run: its clock and the memory of its process tree."""

    def __init__(
        self,
        server: TrainerServer,
        forked: ForkedRun,
        limits: Limits,
        began: float,
        cancelled: Callable[[], bool],
        witness: Witness,
    ) -> None:
        self._server = server
        self._forked = forked
        self._limits = limits
        self._deadline = began + limits.seconds
        self._cancelled = cancelled
        self._witness = witness
        self._weighed = 0.0
        self._was_over = False
        self.peak_megabytes = 0.0

    @property
    def seconds_left(self) -> float:
        return max(0.01, self._deadline - time.monotonic())

    def timeout(self) -> Ending:
        """Return how a run ends that took too long."""
        return Ending(
            "timeout",
            f"took longer than the {self._limits.seconds:g} s allowed, {self._witness.stage}",
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
            raise _EndedFromOutside("not_gradable", INTERRUPTED)
        now = time.monotonic()
        if now >= self._deadline:
            ending = self.timeout()
            raise _EndedFromOutside(ending.outcome, ending.reason)
        # Over only after the last look at the channel: its last words came in between.
        if quiet and self._was_over:
            raise ChannelClosedError
        self._was_over = self._forked.over.is_set()
        if now - self._weighed >= POLL_SECONDS:
            self._weighed = now
            self._weigh()

    def _weigh(self) -> None:
        megabytes = self._server.weigh(self._forked)
        self.peak_megabytes = max(self.peak_megabytes, megabytes)
        if megabytes > self._limits.megabytes:
            raise _EndedFromOutside(
                "out_of_memory",
                f"used {megabytes:,.0f} MB of memory, {self._limits.megabytes:,} MB are allowed",
            )


def _listen(
    channel: Channel,
    assignment: Assignment,
    witness: Witness,
    watch: _Watch,
    progress: Callable[[], None],
) -> Ending | None:
    """Talk to a run until it is done, fails or has to be ended; None: decide by its exit."""
    try:
        channel.settimeout(watch.seconds_left)
        channel.send(assignment.kind, assignment.data, **assignment.arrays)
        channel.settimeout(POLL_SECONDS)
        while not witness.finished:
            frame = channel.receive(watch.check)
            if frame.kind == "failed":
                return Ending("invalid", one_line(str(frame.data.get("reason")), REASON), said=True)
            answer = witness.hear(frame)
            if answer is not None:
                channel.settimeout(watch.seconds_left)
                channel.send("answer", answer)
                channel.settimeout(POLL_SECONDS)
            progress()
    except _EndedFromOutside as ended:
        return ended.ending
    except (ChannelClosedError, TruncatedError, BrokenPipeError, ConnectionResetError):
        return None
    except TimeoutError:
        return watch.timeout()
    except (ProtocolError, ValueError) as error:
        return Ending("invalid", f"sent what cannot be graded: {one_line(str(error), REASON)}")
    return None


def _decide(ending: Ending | None, forked: ForkedRun, witness: Witness) -> Ending:
    if ending is not None:
        return ending
    if forked.ended is None:
        return Ending("not_gradable", TRAINER_LOST)
    status = forked.ended.exit_status
    if status < 0:
        return Ending("crashed", f"was killed by {_signal_name(-status)}", signal=-status)
    if not witness.finished:
        return Ending("crashed", f"exited with status {status} before its {witness.work} was done")
    if status != 0:
        return Ending("crashed", f"exited with status {status} after its {witness.work} was done")
    objection = witness.objection()
    if objection is not None:
        return Ending("invalid", objection)
    return Ending("scored", "")


def _explain(
    ending: Ending, server: TrainerServer, forked: ForkedRun, limits: Limits, peak: float
) -> Ending:
    """Return how a run ended that did not end well, by what the kernel counted meanwhile."""
    if server.ended_by_memory(forked):
        allowed = f"{limits.megabytes:,} MB"
        return Ending("out_of_memory", f"used more than the {allowed} of memory allowed")
    if not is_doubtful(ending):
        return ending
    match server.ended_by_others(forked):
        case True:
            return Ending("not_gradable", STARVED)
        case None if ending.signal is not None:
            hint = f"it held {peak:,.0f} MB, the machine may have run out of memory"
            return replace(ending, reason=f"{ending.reason}; {hint}")
    return ending


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
