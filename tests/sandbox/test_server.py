"""The grader's handle on the warm server: forks, ends, and what happens without one."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from assessment.boundary.messages import Channel, ChannelClosedError
from assessment.errors import TrainerError
from assessment.execution.server import ForkedRun, TrainerServer, trainer_environment
from tests.execution.pool import Pool


@pytest.fixture
def server(pool: Pool) -> TrainerServer:
    """Give the warm server of the session's pool; only runs of its own are ended in here."""
    server = pool.trainers._hosts._server
    server.wait_ready()
    return server


def fork(server: TrainerServer) -> tuple[ForkedRun, Channel]:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    try:
        with tempfile.TemporaryFile() as output:
            return server.fork(theirs, output.fileno()), channel
    except TrainerError:
        channel.close()
        raise
    finally:
        theirs.close()


def sockets(run: ForkedRun) -> list[str]:
    names = []
    for entry in Path(f"/proc/{run.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.append(str(entry.readlink()))
    return [name for name in names if name.startswith("socket:")]


def test_a_forked_run_waits_for_its_job_and_ends_with_its_channel(server: TrainerServer) -> None:
    run, channel = fork(server)
    assert run.pid is not None
    process = psutil.Process(run.pid)
    assert process.parent() is not None
    assert not run.over.is_set()
    channel.close()
    assert run.over.wait(30)
    assert run.ended is not None
    assert run.ended.exit_status == 1
    assert run.ended.peak_megabytes > 10
    assert not process.is_running()


def test_runs_hold_no_descriptors_of_the_server_or_of_each_other(server: TrainerServer) -> None:
    first, first_channel = fork(server)
    second, second_channel = fork(server)
    for _ in range(200):  # it closes the server's own ones first
        if len(sockets(second)) == 1:
            break
        time.sleep(0.02)
    assert len(sockets(second)) == 1, "its own channel and nothing else"
    first_channel.close()
    assert first.over.wait(30)
    assert not second.over.is_set()
    second_channel.close()
    assert second.over.wait(30)


def test_killing_a_run_ends_it_with_the_signal(server: TrainerServer) -> None:
    run, channel = fork(server)
    server.kill(run)
    assert run.over.wait(30)
    assert run.ended is not None
    assert run.ended.exit_status == -9
    with pytest.raises(ChannelClosedError):
        channel.receive()
    channel.close()
    server.kill(run)  # once more does no harm
    assert server.alive


def test_the_server_computes_nothing_itself_and_has_not_seen_cuda(server: TrainerServer) -> None:
    """A process forked after a parallel operation hangs at its first one."""
    server.wait_ready()
    assert server._process is not None
    assert psutil.Process(server._process.pid).num_threads() == 1


def test_the_server_never_holds_files_that_others_opened(server: TrainerServer) -> None:
    assert server._process is not None
    names = {str(entry.readlink()) for entry in Path(f"/proc/{server._process.pid}/fd").iterdir()}
    assert all(
        name.startswith(("socket:", "anon_inode:", "/dev/null")) or "(deleted)" in name
        for name in names
    ), names


def test_a_server_that_cannot_be_imported_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('no space left')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    server = TrainerServer()
    server.start()
    with pytest.raises(TrainerError, match="did not start: OSError: no space left"):
        server.wait_ready()
    assert not server.alive
    server.stop()


def test_forking_from_a_server_that_is_gone_is_an_error_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    server = TrainerServer()
    server.start()
    with pytest.raises(TrainerError, match="no output"):
        fork(server)
    server.stop()


def test_a_server_is_closed_while_it_still_imports() -> None:
    server = TrainerServer()
    server.start()
    assert server._process is not None
    process = psutil.Process(server._process.pid)
    server.stop()
    assert not process.is_running()
    server.stop()  # once more does no harm


def test_the_trainers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    found: dict[str, Any] = trainer_environment()
    assert found["OMP_WAIT_POLICY"] == "PASSIVE"
    assert found["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert found["PYTHONHASHSEED"] == "0"
    assert found["CUDA_VISIBLE_DEVICES"] == "1"
    first, second = found["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "assessment" / "plugin.py").is_file()
    assert second == "/elsewhere"
