from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.results.store.connection import Store, retry
from assessment.results.store.files import open_store
from assessment.results.store.runs import count_runs
from tests.results.store.examples import put, run, seeds_in

ROOT = Path(__file__).parents[3]


def start_writer(path: Path, first: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.results.store.writer", path, str(first), str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def make(path: Path, journal: str) -> None:
    open_store(path, probe=lambda folder: journal == "wal").close()


def lines_of(writer: subprocess.Popen[str]) -> list[str]:
    assert writer.stdout is not None
    with writer.stdout:
        lines = writer.stdout.read().split()
    assert writer.wait() in (0, -signal.SIGKILL)
    return lines


def test_two_processes_write_at_once(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "store.sqlite"
    make(path, journal)
    writers = [start_writer(path, first, 30) for first in (0, 50)]
    for first, writer in zip((0, 50), writers, strict=True):
        assert lines_of(writer) == ["ready", *map(str, range(first, first + 30))]
    with open_store(path) as store:
        assert seeds_in(store) == [*range(30), *range(50, 80)]


def test_two_processes_make_the_store_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.sqlite"
    writers = [start_writer(path, first, 3) for first in (0, 10)]
    assert all(len(lines_of(writer)) == 4 for writer in writers)
    with open_store(path) as store:
        assert seeds_in(store, 20) == [0, 1, 2, 10, 11, 12]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_reading_while_another_process_writes(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "store.sqlite"
    make(path, journal)
    writer = start_writer(path, 0, 80)
    seen = [0]
    with open_store(path, read_only=True) as store:
        while writer.poll() is None:
            seen.append(count_runs(store))
            assert seen[-1] >= seen[-2]
        assert lines_of(writer)[-1] == "79"
        assert seeds_in(store, 100) == list(range(80))
    # Without a log, whoever reads waits for a gap between two writes.
    assert len(set(seen)) > (2 if journal == "wal" else 1)


@pytest.mark.parametrize("moment", range(3))
def test_a_killed_process_leaves_what_it_had_put(tmp_path: Path, journal: str, moment: int) -> None:
    path = tmp_path / "store.sqlite"
    make(path, journal)
    writer = start_writer(path, 0, 100)
    assert writer.stdout is not None
    for _ in range(1 + 3 * moment):  # "ready" is the first
        writer.stdout.readline()
    time.sleep(random.Random(moment).uniform(0, 0.01))
    writer.kill()
    # Lines that were printed before the kill, whoever of us read them.
    returned = 3 * moment + len(lines_of(writer))
    with open_store(path) as store:
        stored = count_runs(store)
        assert returned <= stored <= returned + 1
        assert seeds_in(store) == list(range(stored))
        put(store, 299)
        assert count_runs(store) == stored + 1


def test_threads_share_a_store(store: Store) -> None:
    failed: list[BaseException] = []

    def work(first: int) -> None:
        try:
            put(store, *range(first, first + 15))
            assert set(range(first, first + 15)) <= set(seeds_in(store, 60))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 15, 30, 45)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert seeds_in(store) == list(range(60))


def test_one_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    put(store, 1)

    def fail() -> None:
        with store.writing() as connection:
            connection.execute("DELETE FROM runs")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert seeds_in(store, 5) == [1]
    put(store, 2)
    assert seeds_in(store, 5) == [1, 2]


def test_mistakes_of_our_own_are_not_explained_away(store: Store) -> None:
    def fail() -> None:
        with store.writing() as connection:
            connection.execute("INSERT INTO no_such_table VALUES (1)")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        fail()
    put(store, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_process_does_not_use_the_store_of_its_parent(store: Store) -> None:
    child = os.fork()
    if child == 0:
        try:
            count_runs(store)
        except RuntimeError as error:
            store.close()  # does nothing
            os._exit(7 if "before this process was forked" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    put(store, 1)
    assert seeds_in(store, 5) == [1]


def test_a_store_is_closed_by_any_thread_and_more_than_once(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite")
    thread = threading.Thread(target=store.close)
    thread.start()
    thread.join()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        count_runs(store)


def test_waiting_is_bounded() -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    calls: list[float] = []

    def action(successful: int) -> None:
        calls.append(time.monotonic())
        if len(calls) != successful:
            raise busy

    retry(lambda: action(3), 5)
    assert len(calls) == 3
    calls.clear()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        retry(lambda: action(-1), 0.05)
    assert 1 < len(calls) < 10
    assert calls[-1] - calls[0] < 1


def test_other_failures_are_not_repeated() -> None:
    calls: list[int] = []

    def action() -> None:
        calls.append(1)
        raise sqlite3.OperationalError("no such table: x")

    with pytest.raises(sqlite3.OperationalError):
        retry(action, 5)
    assert calls == [1]


def test_damage_that_is_met_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files above a size are not read through when they are opened."""
    path = tmp_path / "store.sqlite"
    with open_store(path) as store:
        put(store, *range(40))
    monkeypatch.setattr("assessment.results.store.files.CHECKED_BYTES", 0)
    opened = open_store(path)
    with path.open("r+b") as file:
        file.seek(4096 * 12)
        file.write(b"\x00" * 4096 * 60)
    with opened, pytest.raises(AssessmentError, match=r"is damaged \(.*malformed\)"):
        seeds_in(opened, 40)


def test_a_run_is_the_same_in_every_process() -> None:
    assert run(3).plain() == run(3).plain()
