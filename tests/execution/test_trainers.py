"""Trainers make each run once, survive the loss of their server, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import psutil
import pytest

from assessment.execution.finished import FinishedRuns, Made, claims_folder
from assessment.execution.preparation import Preparation
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest
from assessment.execution.trainers import PAUSE, Trainers
from assessment.results.record import Run
from assessment.results.store.files import open_store
from assessment.results.store.surroundings import at_hand
from assessment.spec.lab import Limits
from assessment.spec.recipe import Training
from tests.execution.pool import HERE, Pool, recipe
from tests.execution.test_outcomes import failing

SLOW = failing("Slow", epochs=8, max_steps=30)
"""Two epochs of 15 steps, a tenth of a second each."""


class Watched:
    """Trainers whose news can be waited for."""

    def __init__(self, slots: int) -> None:
        self.news: list[tuple[RunRequest, Referee | None, Run | None]] = []
        self._changed = threading.Condition()
        self.known = {process.pid for process in psutil.Process().children()}
        self.trainers = Trainers(
            ["cpu"] * slots, 1, Preparation(None), FinishedRuns(), self._listen
        )
        self.trainers.start()

    @property
    def servers(self) -> list[psutil.Process]:
        """Processes that these trainers started and that still live."""
        return [
            process
            for process in psutil.Process().children()
            if process.pid not in self.known and process.status() != psutil.STATUS_ZOMBIE
        ]

    def request(self, training: Training, seed: int = 1) -> RunRequest:
        return RunRequest("unit", training, seed, Limits(seconds=120), False, HERE)

    def wait_for_epoch(self, training: Training, epoch: int, seed: int | None = None) -> None:
        """Wait until a run has told of this epoch, 0 being its start."""

        def told() -> bool:
            return any(
                request.training == training
                and seed in (None, request.seed)
                and referee is not None
                and referee.environment is not None
                and len(referee.epochs.get("train_loss", ())) >= epoch
                for request, referee, _ in self.news
            )

        with self._changed:
            assert self._changed.wait_for(told, 90)

    def _listen(self, request: RunRequest, referee: Referee | None, run: Run | None) -> None:
        with self._changed:
            self.news.append((request, referee, run))
            self._changed.notify_all()


@pytest.fixture(scope="module")
def watched(pool: Pool) -> Iterator[Watched]:
    """Give trainers of this module's own; `pool` is asked for so that its server is known."""
    started = Watched(slots=2)
    yield started
    started.trainers.close()


def test_a_run_asked_for_twice_is_made_once(watched: Watched) -> None:
    request = watched.request(recipe(), seed=7)
    ahead = watched.trainers.submit(request)
    urgent = watched.trainers.submit(watched.request(recipe(), seed=7), urgent=True)
    assert ahead is urgent
    run = ahead.result(90)
    assert run.outcome == "scored"
    assert watched.trainers.submit(request).result(0) is run
    told = [(referee is None, run) for asked, referee, run in watched.news if asked.seed == 7]
    assert told[0] == (True, None), "the start comes first"
    assert told[-1] == (True, run), "the end comes last"
    assert len([1 for quiet, ended in told if quiet and ended is not None]) == 1


def test_an_urgent_run_overtakes_those_started_ahead() -> None:
    """Nothing is started yet: only the order of the queue is looked at."""
    order: list[int] = []

    def note(request: RunRequest, referee: Referee | None, run: Run | None) -> None:
        if referee is None and run is None:
            order.append(request.seed)

    finished = FinishedRuns()
    trainers = Trainers(["cpu"], 1, Preparation(None), finished, note)
    unknown = recipe(model={"name": "nowhere:Net"})  # ends at once, before any training
    requests = [RunRequest("unit", unknown, seed, Limits(), False, HERE) for seed in range(4)]
    futures = [trainers.submit(request) for request in requests]
    trainers.submit(requests[2], urgent=True)
    trainers.start()
    assert [future.result(60).outcome for future in futures] == ["not_gradable"] * 4
    trainers.close()
    assert order == [2, 0, 1, 3]


@pytest.fixture
def shared(tmp_path: Path, watched: Watched) -> Iterator[tuple[Watched, FinishedRuns, str]]:
    """Give trainers with a store, another process's view of it, and a key in it."""
    with open_store(tmp_path / "store.sqlite") as store:
        usual = watched.trainers._finished
        mine, others = FinishedRuns(store), FinishedRuns(store)
        for finished in (mine, others):
            finished.settle({"cpu": at_hand("cpu", 1)})
        watched.trainers._finished = mine
        yield watched, others, Preparation(None).key(recipe(), HERE)
        watched.trainers._finished = usual
        mine.close()
        assert not claims_folder(store.path).exists()


def test_a_finished_run_of_another_process_is_taken(
    shared: tuple[Watched, FinishedRuns, str],
) -> None:
    watched, others, key = shared
    request = watched.request(recipe(), seed=8)
    elsewhere = a_run(key=key, seed=8)
    others.put(request, Made(elsewhere), "cpu")
    assert watched.trainers.submit(request).result(30) == elsewhere


def test_what_is_made_here_is_in_the_store_before_anybody_has_it(
    shared: tuple[Watched, FinishedRuns, str],
) -> None:
    watched, others, key = shared
    request = watched.request(recipe(), seed=81)
    found: list[Run | None] = []
    future = watched.trainers.submit(request)
    future.add_done_callback(lambda _: found.append(others.find(request, key)))
    run = future.result(90)
    for _ in range(100):
        if found:
            break
        time.sleep(0.05)
    assert found == [run]
    for _ in range(100):
        if request.id not in watched.trainers._futures:
            break
        time.sleep(0.05)
    assert request.id not in watched.trainers._futures, "the store has it"
    assert watched.trainers.submit(request).result(30) == run


def test_what_another_process_makes_is_put_back_for_other_work(
    shared: tuple[Watched, FinishedRuns, str],
) -> None:
    watched, others, key = shared
    theirs = [watched.request(recipe(), seed=seed) for seed in (82, 83)]
    claims = [others.claim(request, key, "cpu") for request in theirs]
    waiting = [watched.trainers.submit(request, urgent=True) for request in theirs]
    later = watched.trainers.submit(watched.request(recipe(), seed=84))
    assert later.result(90).seed == 84, "both slots would stand still"
    time.sleep(3 * PAUSE)
    assert not any(future.done() for future in waiting)
    elsewhere = a_run(key=key, seed=82)
    others.put(theirs[0], Made(elsewhere), "cpu")
    for claim in claims:
        assert claim is not None
        claim.release()
    assert waiting[0].result(90) == elsewhere
    mine = waiting[1].result(90)
    assert mine.outcome == "scored", "its owner gave it up: it is made here"
    assert mine.key == key


def test_a_run_that_is_finished_elsewhere_is_taken_while_all_slots_are_busy(
    shared: tuple[Watched, FinishedRuns, str],
) -> None:
    watched, others, key = shared
    request = watched.request(recipe(), seed=85)
    claim = others.claim(request, key, "cpu")
    assert claim is not None
    wanted = watched.trainers.submit(request, urgent=True)
    slow = failing("Slow", epochs=8, max_steps=60)
    busy = [watched.trainers.submit(watched.request(slow, seed)) for seed in (86, 87)]
    watched.wait_for_epoch(slow, 1)
    others.put(request, Made(a_run(key=key, seed=85)), "cpu")
    claim.release()
    assert wanted.result(3).seed == 85
    assert not all(future.done() for future in busy)
    for future in busy:
        future.result(90)


def test_a_run_that_somebody_killed_is_made_once_more(watched: Watched, pool: Pool) -> None:
    future = watched.trainers.submit(watched.request(SLOW, seed=2))
    watched.wait_for_epoch(SLOW, 1, seed=2)
    (server,) = watched.servers
    (process,) = server.children()
    process.kill()
    run = future.result(120)
    assert run.outcome == "scored"
    assert len(run.epochs["test_loss"]) == 2
    (same,) = watched.servers
    assert same.pid == server.pid


def test_a_run_that_is_killed_again_is_its_own_fault(watched: Watched) -> None:
    killed = failing("KillsItself", {"number": int(signal.SIGKILL)})
    run = watched.trainers.submit(watched.request(killed)).result(120)
    assert run.outcome == "crashed"
    assert run.reason.startswith("was killed by SIGKILL")


def test_a_run_whose_server_is_killed_is_repeated_on_one_of_its_own(
    watched: Watched, pool: Pool
) -> None:
    future = watched.trainers.submit(watched.request(SLOW))
    watched.wait_for_epoch(SLOW, 1, seed=1)
    (server,) = watched.servers
    (process,) = server.children()
    server.send_signal(signal.SIGKILL)
    run = future.result(120)
    assert run.outcome == "scored"
    assert len(run.epochs["test_loss"]) == 2, "nothing of the first attempt is left in it"
    undisturbed = pool.train(failing("Works", max_steps=30))
    assert run.epochs["test_loss"] == undisturbed.epochs["test_loss"]
    assert not process.is_running(), "the run of the first server went with it"
    assert watched.servers == [], "the second attempt had a trainer of its own"
    later = watched.trainers.submit(watched.request(recipe(), seed=33)).result(120)
    assert later.outcome == "scored"


def test_a_run_that_ends_its_server_alone_is_its_own_fault(watched: Watched) -> None:
    run = watched.trainers.submit(watched.request(failing("KillsItsServer"))).result(120)
    assert run.outcome == "crashed"
    assert run.reason == "ended the process that it was forked from, twice"
    healthy = watched.trainers.submit(watched.request(recipe(), seed=9)).result(120)
    assert healthy.outcome == "scored", "the next run finds a server again"


def test_a_run_that_ends_the_server_costs_its_neighbour_nothing(watched: Watched) -> None:
    neighbour = watched.trainers.submit(watched.request(SLOW, seed=31))
    watched.wait_for_epoch(SLOW, 0, seed=31)
    killer = watched.trainers.submit(watched.request(failing("KillsItsServer"), seed=32))
    assert killer.result(120).outcome == "crashed"
    assert neighbour.result(120).outcome == "scored"


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_imports_nothing_that_the_server_could_have(
    optimizer: str, pool: Pool, tmp_path: Path
) -> None:
    """The first optimiser imports `torch._dynamo`, more than a second in every run."""
    note = tmp_path / "imported"
    training = failing(
        "TellsImports", {"note": str(note)}, optimizer={"name": optimizer, "learning_rate": 0.01}
    )
    assert pool.train(training).outcome == "scored"
    assert note.read_text().split() == []


def test_closing_in_the_middle_leaves_no_process(tmp_path: Path) -> None:
    watched = Watched(slots=2)
    note = tmp_path / "child"
    litter = {"note": str(note), "session": True, "fork": False}
    busy = [
        recipe(epochs=100_000, optimizer={"name": "sgd", "learning_rate": 1e-6}),
        failing("LeavesChild", litter, epochs=100_000),
    ]
    running = [watched.trainers.submit(watched.request(training)) for training in busy]
    waiting = watched.trainers.submit(watched.request(recipe(), seed=10))
    for training in busy:
        watched.wait_for_epoch(training, 1)
    family = [*watched.servers, *watched.servers[0].children(recursive=True)]
    assert len(family) >= 4, "the server, two runs and what one of them started"
    assert int(note.read_text()) in [process.pid for process in family]
    began = time.monotonic()
    watched.trainers.close()
    assert time.monotonic() - began < 15, "no run was waited for until its limit"
    for future in running:
        run = future.result(0)
        assert (run.outcome, run.reason) == ("not_gradable", "interrupted")
        assert run.epochs["test_loss"], "what had been seen is kept"
    with pytest.raises(CancelledError):
        waiting.result(0)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    left = [thread for thread in watched.trainers._workers if thread.is_alive()]
    assert left == []


GRADER = """
import sys
from tests.execution.pool import Pool
from tests.execution.test_outcomes import failing

pool = Pool(slots=1)
litter = {"note": sys.argv[1], "session": True, "fork": False}
pool.submit(failing("LeavesChild", litter, epochs=100_000))
input()
"""


def test_a_grader_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    note = tmp_path / "child"
    grader = subprocess.Popen(
        [sys.executable, "-c", GRADER, str(note)], cwd=HERE.parents[1], stdin=subprocess.PIPE
    )
    for _ in range(1200):
        if note.exists() and note.read_text():
            break
        time.sleep(0.05)
    family = psutil.Process(grader.pid).children(recursive=True)
    assert int(note.read_text()) in [process.pid for process in family]
    grader.kill()
    grader.communicate()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


def test_closing_trainers_that_never_started_does_nothing() -> None:
    trainers = Trainers(["cpu"], 1, Preparation(None), FinishedRuns(), lambda *_: None)
    future = trainers.submit(RunRequest("unit", recipe(), 1, Limits(), False, HERE))
    trainers.close()
    assert future.cancelled()


def test_a_server_that_cannot_start_is_the_machines_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch_cpu.so: file not found')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    trainers = Trainers(["cpu"], 1, Preparation(None), FinishedRuns(), lambda *_: None)
    trainers.start()
    try:
        request = RunRequest("unit", recipe(), 1, Limits(), False, HERE)
        run = trainers.submit(request).result(60)
    finally:
        trainers.close()
    assert run.outcome == "not_gradable"
    assert run.reason == (
        "tried 2 times: the trainer did not start: ImportError: libtorch_cpu.so: file not found"
    )


def test_an_unexpected_error_reaches_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("a mistake in the harness")

    preparation = Preparation(None)
    monkeypatch.setattr(preparation, "prepare", broken)
    trainers = Trainers(["cpu"], 1, preparation, FinishedRuns(), lambda *_: None)
    trainers.start()
    try:
        future = trainers.submit(RunRequest("unit", recipe(), 1, Limits(), False, HERE))
        with pytest.raises(KeyError, match="a mistake in the harness"):
            future.result(30)
    finally:
        trainers.close()


def a_run(seed: int, key: str = "k") -> Run:
    return Run(
        key=key,
        seed=seed,
        outcome="scored",
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        dataset="digits",
        dataset_sha256="s",
    )
