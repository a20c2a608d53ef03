"""How jails end: by themselves, by their grader, with their grader; and what is left then."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from assessment.errors import AssessmentError, TrainerError
from assessment.execution.isolation import jail as jail_module
from assessment.execution.isolation.cgroups import find_homes
from assessment.execution.isolation.jail import KILL_SECONDS, Jail
from assessment.execution.isolation.view import View
from assessment.execution.server import ForkedRun
from tests.execution.isolation.cell import Cell, leaving_nothing
from tests.execution.isolation.conftest import require_bubblewrap
from tests.hostile.surroundings import is_alive

ROOT = Path(__file__).parents[3]


@contextmanager
def forked(jail: Jail) -> Iterator[ForkedRun]:
    """Fork a run that waits for its job."""
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as output:
        yield jail.fork(theirs, output.fileno())


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    require_bubblewrap()
    (tmp_path / "lab.py").write_text("x = 1\n")
    return tmp_path / "lab.py"


def test_what_runs_are_made_on_is_told_before_any_of_them(cell: Cell) -> None:
    import platform

    cell.jail.wait_ready()
    described = cell.jail.described
    assert described["python"] == platform.python_version()
    assert set(described) == {"torch", "capability", "gpu_precision", "python", "platform"}
    assert 0.2 < cell.jail.spent < 30
    assert cell.jail.limits_by == ("polling" if find_homes() is None else cell.jail.limits_by)


def test_a_jail_has_one_run_at_a_time(cell: Cell) -> None:
    assert cell.attack("works", "x").outcome == "scored"
    with forked(cell.jail) as run:
        with pytest.raises(TrainerError, match="one run at a time"), forked(cell.jail):
            pass
        cell.jail.kill(run)
        assert run.over.is_set()
    assert cell.attack("works", "x").outcome == "scored"


def test_a_run_is_killed_without_its_jail(cell: Cell) -> None:
    assert cell.attack("works", "x").outcome == "scored"
    with forked(cell.jail) as run:
        assert cell.jail.weigh(run) < 200
        cell.jail.kill(run)
    assert run.ended is not None
    assert run.ended.exit_status == -9
    assert not run.ended.dirty
    assert cell.jail.alive


def test_a_jail_that_does_not_obey_is_ended_from_outside(cell: Cell) -> None:
    assert cell.attack("works", "x").outcome == "scored"
    server = next(p for p in cell.jail._own if p.name().startswith("python"))
    with forked(cell.jail) as run:
        server.send_signal(signal.SIGSTOP)  # only from outside
        began = time.monotonic()
        cell.jail.kill(run)
        assert run.over.wait(10)
        assert time.monotonic() - began < KILL_SECONDS + 5
    assert run.ended is None
    assert not cell.jail.alive
    assert not any(map(is_alive, cell.jail._own))


def test_a_jail_outlives_the_thread_that_started_it(submission: Path) -> None:
    """Bubblewrap's parent is the thread that started it."""
    with leaving_nothing() as watch:
        jail = Jail("bubblewrap", View(submission))
        starter = threading.Thread(target=jail.start)
        starter.start()
        starter.join()
        jail.wait_ready()
        with forked(jail) as run:
            jail.kill(run)
        assert jail.alive
        assert len(jail._everybody()) >= 2
        watch(jail)
        jail.stop()
    jail.stop()  # once more does no harm


def test_nobody_else_has_to_wait_for_a_jails_processes(submission: Path) -> None:
    """As the first process of a container would have to, which often does not."""
    code = f"""
import ctypes, os, psutil, sys
from pathlib import Path
ctypes.CDLL(None).prctl(36, 1)  # orphans become this process's own
sys.path.insert(0, {str(ROOT)!r})
from assessment.execution.isolation.jail import Jail
from assessment.execution.isolation.view import View
for warm in (False, True):
    jail = Jail("bubblewrap", View(Path({str(submission)!r})))
    jail.start()
    if warm:
        jail.wait_ready()
    jail.stop()
print([process.name() for process in psutil.Process().children()])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_a_jail_is_stopped_while_it_warms_up(submission: Path) -> None:
    with leaving_nothing() as watch:
        jail = Jail("bubblewrap", View(submission))
        jail.start()
        watch(jail)
        began = time.monotonic()
        jail.stop()
        assert time.monotonic() - began < 5
    with pytest.raises(TrainerError, match="did not start: it was stopped"):
        jail.wait_ready()


def test_nothing_outlives_a_grader_that_is_killed(tmp_path: Path, submission: Path) -> None:
    """Processes end with it; its groups and folders are removed by whoever makes the next."""
    code = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from tests.execution.isolation.cell import Cell
cell = Cell("bubblewrap", Path({str(tmp_path)!r}))
cell.jail.wait_ready()
print(*(p.pid for p in cell.jail._everybody()), flush=True)
print(cell.jail._group and cell.jail._group._memory, flush=True)
print(cell.jail._staging and cell.jail._staging.folder, flush=True)
cell.attack("ignore_signals", seconds=600)
"""
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert grader.stdout is not None
    with grader.stdout:
        pids = [int(pid) for pid in grader.stdout.readline().split()]
        group, staging = (grader.stdout.readline().strip() for _ in range(2))
    time.sleep(1)
    processes = [psutil.Process(grader.pid)]
    processes = [*processes, *processes[0].children(recursive=True)]
    assert len(pids) >= 2
    assert len(processes) > len(pids), "the run is there"
    grader.kill()
    grader.wait()
    gone = time.monotonic() + 10
    while any(map(is_alive, processes)) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not [process for process in processes if is_alive(process)]
    jail = Jail("bubblewrap", View(submission))
    jail.start()
    jail.stop()
    left = [path for path in (group, staging) if path != "None" and Path(path).exists()]
    assert left == []


def test_walls_that_cannot_be_put_up_are_an_error(
    submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    jail = Jail("bubblewrap", View(submission))
    with (
        leaving_nothing(),
        pytest.raises(TrainerError, match="did not start: bwrap is not installed"),
    ):
        jail.start()
    assert not jail.alive


def test_what_bubblewrap_says_is_told(submission: Path) -> None:
    jail = Jail("bubblewrap", View(submission, devices=(Path("/dev/no-such-device"),)))
    with leaving_nothing():
        jail.start()
        with pytest.raises(TrainerError, match=r"bwrap: .*no-such-device"):
            jail.wait_ready()
        jail.stop()


def test_places_inside_are_those_of_the_view(tmp_path: Path) -> None:
    folder, images = tmp_path / "handed in", tmp_path / "train.npy"
    jail = Jail("bubblewrap", View(folder, (images,)))
    folder.mkdir()
    assert jail.inside(folder) == "/submission"
    assert jail.inside(folder / "a" / "b.py") == "/submission/a/b.py"
    assert jail.inside(images) == "/data/0.npy"
    with pytest.raises(KeyError):
        jail.inside(tmp_path / "test_labels.npy")
    assert Jail("process", View(folder)).inside(folder) == str(folder)


# --- without control groups ---------------------------------------------------------------------


@pytest.fixture
def polling_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cell]:
    require_bubblewrap()
    monkeypatch.setattr(jail_module, "make_group", lambda: None)
    with leaving_nothing() as watch:
        cell = Cell("bubblewrap", tmp_path)
        yield cell
        watch(cell.jail)
        cell.stop()


def test_without_groups_memory_is_polled_and_processes_are_counted(polling_cell: Cell) -> None:
    cell = polling_cell
    assert cell.jail.limits_by == "polling"
    weight = cell.attack("memory_of_children", "1200", megabytes=600)
    assert weight.outcome == "out_of_memory", weight
    assert cell.left_running() == []
    assert cell.attack("works", "ab").answer == "ba"
    if os.geteuid() == 0:
        told = cell.attack("threads")
        assert 50 < told.answer <= jail_module.PROCESSES
    bomb = cell.attack("fork_bomb", seconds=3, megabytes=10_000_000)
    assert bomb.outcome == "timeout", bomb
    deadline = time.monotonic() + 5
    while cell.left_running() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert cell.left_running() == []
    assert cell.attack("works", "ab").answer == "ba"


# --- without walls ------------------------------------------------------------------------------


def test_a_named_process_is_no_jail_but_works_alike(tmp_path: Path) -> None:
    with leaving_nothing() as watch:
        cell = Cell("process", tmp_path)
        assert cell.attack("works", "ab").answer == "ba"
        told = cell.attack("leave_daemon")
        assert told.outcome == "scored", told
        variables = cell.attack("variables").answer
        assert variables["HOME"] == os.environ["HOME"]
        assert cell.jail._staging is not None
        assert variables["TMPDIR"] == str(cell.jail._staging.temporary), "removed with the jail"
        assert cell.attack("stop_itself", seconds=1).outcome == "timeout"
        assert cell.attack("works", "ab").answer == "ba"
        assert cell.built == 1
        assert cell.jail.inside(cell.submission) == str(cell.submission)
        watch(cell.jail)
        cell.stop()


def test_a_process_is_not_told_what_the_grader_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSESSMENT_DATA", "/data/of/the/course")
    monkeypatch.setenv("ASSESSMENT_SECRET", "of the course")
    cell = Cell("process", tmp_path)
    try:
        names = cell.attack("variables").answer
        assert not [name for name in names if name.startswith("ASSESSMENT")]
    finally:
        cell.stop()


def test_a_link_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "lab.py").symlink_to("/etc/passwd")
    with pytest.raises(AssessmentError, match="is a link"):
        Jail("process", View(tmp_path / "lab.py"))
