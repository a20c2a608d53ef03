"""What a run says at the very end is heard, however late it comes."""

from __future__ import annotations

import socket
from typing import Any

from assessment.boundary.messages import LARGEST_ARRAYS, LARGEST_TEXT, Channel, Frame
from assessment.execution.conductor import Assignment, Attempt, conduct
from assessment.execution.server import Ended, ForkedRun, TrainerServer
from assessment.spec.lab import Limits

EXIT_STATUS = 10


class Listening:
    """A witness that waits for one frame."""

    work = "training"
    finished = False
    stage = "at the start"
    largest_arrays = LARGEST_ARRAYS
    largest_text = LARGEST_TEXT

    def hear(self, frame: Frame) -> dict[str, Any] | None:
        self.finished = frame.kind == "done"
        return None

    def objection(self) -> str | None:
        return None


class Server(TrainerServer):
    """A server whose one run ends when the test wants it to."""

    def __init__(self, exit_status: int) -> None:
        super().__init__()
        self.exit_status = exit_status

    def wait_ready(self) -> None:
        pass

    def fork(
        self, channel: socket.socket, output: int, megabytes: float | None = None
    ) -> ForkedRun:
        self.run = ForkedRun(1)
        self.run.forked.set()
        self.theirs = Channel(channel.dup())
        return self.run

    def weigh(self, run: ForkedRun) -> float:
        return 1.0

    def end(self) -> None:
        self.theirs.close()
        self.run.ended = Ended(self.exit_status, 0.1, 1.0)
        self.run.over.set()


def ended_while_nobody_looked(exit_status: int, *last_words: Any) -> Attempt:
    """Conduct a run that speaks and ends after the channel was quiet and before its end is seen."""
    server = Server(exit_status)
    looks = 0

    def cancelled() -> bool:
        nonlocal looks
        looks += 1
        if looks == 2:  # the first is before anything was awaited
            server.theirs.send(*last_words)
            server.end()
        return False

    assignment = Assignment("train", {}, {}, Limits(seconds=20, megabytes=100))
    return conduct(server, assignment, Listening(), lambda: None, cancelled)


def test_a_reason_that_comes_with_the_exit_is_read() -> None:
    attempt = ended_while_nobody_looked(EXIT_STATUS, "failed", {"reason": "no class in it"})
    assert (attempt.outcome, attempt.reason) == ("invalid", "no class in it")
    assert attempt.said


def test_a_last_frame_that_comes_with_the_exit_is_read() -> None:
    assert ended_while_nobody_looked(0, "done").outcome == "scored"


def test_an_exit_without_last_words_is_a_crash() -> None:
    attempt = ended_while_nobody_looked(EXIT_STATUS, "epoch")
    assert attempt.outcome == "crashed"
    assert attempt.reason == "exited with status 10 before its training was done"
