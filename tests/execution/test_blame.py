"""Whose doing it is that a run ended without a word, by what the kernel and the trainers tell."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.errors import TrainerError
from assessment.execution import blame
from assessment.execution.blame import (
    ENDED_ITS_TRAINER,
    STARVED,
    TRAINER_LOST,
    is_doubtful,
    oom_kills,
)
from assessment.execution.conductor import Assignment, Attempt, Prepared, conduct
from assessment.execution.evaluations import Examiner
from assessment.execution.finished import FinishedRuns
from assessment.execution.isolation.jail import Jail
from assessment.execution.isolation.view import View
from assessment.execution.preparation import Preparation
from assessment.execution.server import Ended, ForkedRun, TrainerServer
from assessment.execution.trainers import Trainers
from assessment.results.record import RunOutcome
from assessment.spec.lab import Limits

ASSIGNMENT = Assignment("evaluate", {}, {}, Limits(seconds=30, megabytes=100))


class Counters:
    """Stands for the kernel's counters."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "vmstat"
        self.say("nr_free_pages 12\noom_kill 5\n")

    def say(self, text: str) -> None:
        self._file.write_text(text)


@pytest.fixture
def counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counters:
    made = Counters(tmp_path)
    monkeypatch.setattr(blame, "COUNTERS", tmp_path / "vmstat")
    return made


def test_the_kernels_count_of_killed_processes(counters: Counters, tmp_path: Path) -> None:
    assert oom_kills() == 5
    counters.say("nr_free_pages 12\n")
    assert oom_kills() is None
    (tmp_path / "vmstat").unlink()
    assert oom_kills() is None


# --- one run ------------------------------------------------------------------------------------


class Server(TrainerServer):
    """Stands for a trainer whose runs end at once, and the kernel counts."""

    def __init__(self, status: int | None, counters: Counters, after: str) -> None:
        super().__init__()
        self._status, self._counters, self._after = status, counters, after

    def wait_ready(self) -> None:
        """Be ready."""

    def fork(
        self, channel: socket.socket, output: int, megabytes: float | None = None
    ) -> ForkedRun:
        run = ForkedRun(1)
        self._counters.say(self._after)
        run.ended = None if self._status is None else Ended(self._status, 0.1, 77.0)
        run.over.set()
        return run


@pytest.mark.parametrize(
    ("status", "after", "outcome", "reason"),
    [
        (-9, "oom_kill 5\n", "crashed", "was killed by SIGKILL (Killed)"),
        (-9, "oom_kill 6\n", "not_gradable", STARVED),
        (-9, "", "crashed", "was killed by SIGKILL (Killed); it held 0 MB, the machine may have"),
        (-11, "oom_kill 6\n", "crashed", "was killed by SIGSEGV"),
        (0, "oom_kill 6\n", "crashed", "exited with status 0 before"),
        (None, "oom_kill 5\n", "not_gradable", TRAINER_LOST),
        (None, "oom_kill 6\n", "not_gradable", STARVED),
        (None, "", "not_gradable", TRAINER_LOST),
    ],
)
def test_a_run_that_is_killed_while_memory_is_short_is_not_to_blame(
    status: int | None, after: str, outcome: RunOutcome, reason: str, counters: Counters
) -> None:
    server, witness = Server(status, counters, after), Examiner(np.zeros(3), 2)
    attempt = conduct(server, ASSIGNMENT, witness, lambda: None, lambda: False)
    assert attempt.outcome == outcome
    assert attempt.reason.startswith(reason)


class Group:
    """Stands for the control group of a jail."""

    def __init__(self) -> None:
        self.killed, self.full = 2, False

    def kills(self) -> int:
        return self.killed

    def was_full(self) -> bool:
        return self.full


@pytest.mark.parametrize(
    ("killed", "full", "own", "others"),
    [
        (2, False, False, False),
        (3, False, False, True),
        (3, True, True, False),
        (2, True, False, False),
    ],
)
def test_a_jail_knows_whether_its_own_limit_killed(
    killed: int, full: bool, own: bool, others: bool, tmp_path: Path, counters: Counters
) -> None:
    jail, group, run = Jail("process", View(tmp_path)), Group(), ForkedRun(1)
    jail._group = group  # type: ignore[assignment]
    jail._kills[run.number] = group.kills()
    group.killed, group.full = killed, full
    counters.say("oom_kill 99\n")  # somebody else's
    assert (jail.ended_by_memory(run), jail.ended_by_others(run)) == (own, others)


# --- the second time ----------------------------------------------------------------------------


LOST = Attempt("not_gradable", TRAINER_LOST)
SHORT = Attempt("not_gradable", STARVED)
KILL = Attempt("crashed", "was killed by SIGKILL (Killed)", signal=signal.SIGKILL)
GOOD = Attempt("scored", "")


@pytest.mark.parametrize(
    ("first", "second", "works", "outcome", "reason"),
    [
        (KILL, GOOD, True, "scored", ""),
        (SHORT, GOOD, True, "scored", ""),
        (LOST, GOOD, True, "scored", ""),
        (KILL, KILL, True, "crashed", KILL.reason),
        (LOST, KILL, True, "crashed", KILL.reason),
        (KILL, SHORT, True, "not_gradable", f"tried 2 times: {STARVED}"),
        (LOST, SHORT, True, "not_gradable", f"tried 2 times: {STARVED}"),
        (KILL, LOST, True, "crashed", ENDED_ITS_TRAINER),
        (LOST, LOST, True, "crashed", ENDED_ITS_TRAINER),
        (LOST, LOST, False, "not_gradable", f"tried 2 times: {TRAINER_LOST}"),
    ],
)
def test_what_ends_doubtfully_twice(
    first: Attempt, second: Attempt, works: bool, outcome: RunOutcome, reason: str
) -> None:
    trainers = Trainers(["cpu"], 1, Preparation(None), FinishedRuns(), lambda *_: None)
    attempts: Iterator[Attempt] = iter((first, second))
    asked: list[bool] = []

    def conducted(*_: Any, alone: bool) -> Attempt:
        asked.append(alone)
        return next(attempts)

    trainers._hosts._conduct = conducted  # type: ignore[method-assign, assignment]
    trainers._hosts._live_server = lambda: Lasting(works)  # type: ignore[method-assign]
    prepared = Prepared(ASSIGNMENT, lambda: Examiner(np.zeros(3), 2), lambda _, attempt: attempt)
    made = trainers._hosts.fulfil(prepared)
    assert (made.outcome, made.reason) == (outcome, reason)
    assert asked == [False, True]


class Lasting(TrainerServer):
    """Stands for the trainer of references, which lives or cannot be started."""

    def __init__(self, works: bool) -> None:
        super().__init__()
        self._works = works

    def wait_ready(self) -> None:
        if not self._works:
            raise TrainerError("the trainer did not start")

    @property
    def alive(self) -> bool:
        return self._works


@pytest.mark.parametrize("words", [TRAINER_LOST, STARVED, KILL.reason])
@pytest.mark.parametrize("outcome", ["invalid", "timeout", "out_of_memory", "crashed"])
def test_a_runs_own_words_put_no_blame_on_the_machine(outcome: RunOutcome, words: str) -> None:
    assert not is_doubtful(Attempt(outcome, words))
