"""What a submission can do in a jail, and what it cannot: each attack is really made."""

from __future__ import annotations

import json
import os
import platform
import socket
import sys
import time
from pathlib import Path

import pytest

from assessment.boundary.sizes import FILE_BYTES
from assessment.execution.isolation.jail import PROCESSES
from assessment.execution.isolation.seccomp import MACHINES, REFUSED
from assessment.execution.server import SPEED
from tests.execution.isolation.cell import Cell

MACHINE = MACHINES[platform.machine()] if platform.machine() in MACHINES else MACHINES["x86_64"]
NUMBERS = {name: numbers[MACHINE.column] for name, numbers in REFUSED.items()}


def assert_serves(cell: Cell, *, same: bool) -> None:
    """Look whether the jail, or the next one, does honest work."""
    built = cell.built
    told = cell.attack("works", "abc")
    assert told.outcome == "scored", told
    assert told.answer == "cba"
    assert (cell.built == built) is same


# --- looking around -----------------------------------------------------------------------------


def test_a_run_is_a_nobody(cell: Cell) -> None:
    found = cell.attack("standing").answer
    assert found["user"] == 1000
    assert found["groups"] in ([], [1000])
    assert set(found["capabilities"].values()) == {"0" * 16}
    assert (found["no_new_privs"], found["seccomp"]) == ("1", "2")
    assert found["core"] == [0, 0]
    assert found["file"] == [FILE_BYTES, FILE_BYTES]
    assert found["stdin"] == "/dev/null"
    assert found["host"] == "jail"
    assert found["threads_of_torch"] == 1


def test_a_run_is_nobody_outside_either(cell: Cell) -> None:
    """Root of the machine, without capabilities, could still write the kernel's settings."""
    assert_serves(cell, same=True)
    server = next(p for p in cell.jail._own if p.name().startswith("python"))
    if os.geteuid() == 0:
        assert cell.jail._identity is not None
        assert set(server.uids()) == set(server.gids()) == {cell.jail._identity.number}
    else:
        assert set(server.uids()) == {os.geteuid()}


def test_variables_are_those_that_trainers_need(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cell.attack("variables").answer
    assert found["OMP_WAIT_POLICY"] == "PASSIVE"
    assert set(SPEED) <= set(found)
    assert found["PYTHONPATH"] == "/package"
    assert found["HOME"] == found["TMPDIR"] == "/tmp"
    unknown = set(found) - set(SPEED) - set(os.environ)
    assert unknown <= {
        "CUBLAS_WORKSPACE_CONFIG", "CUDA_CACHE_DISABLE", "MPLBACKEND", "LANG", "TMPDIR", "USER",
        "LOGNAME", "PWD", "PYTHONPATH",
        "PYTHONHASHSEED", "PYTHONNOUSERSITE", "PYTHONDONTWRITEBYTECODE",
        "TORCHINDUCTOR_CACHE_DIR",
    }  # fmt: skip
    assert not [name for name in found if name.startswith(("ASSESSMENT", "PYTEST"))]


def test_no_process_is_seen_but_the_server_and_oneself(cell: Cell) -> None:
    found = cell.attack("processes").answer
    assert len(found) == 2
    assert "assessment.sandbox.server" in found["1"]
    told = json.dumps(found).replace(sys.executable, "python")
    assert str(Path.cwd()) not in told


def test_the_server_is_closed_to_its_runs(cell: Cell) -> None:
    found = cell.attack("server_secrets").answer
    assert set(found.values()) == {"EACCES"}, found


def test_nothing_is_inherited_but_the_channel(cell: Cell) -> None:
    found = sorted(cell.attack("descriptors").answer)
    assert len([name for name in found if name.startswith("socket:")]) == 1
    rest = [name for name in found if not name.startswith(("socket:", "/proc/"))]
    assert all(name == "/dev/null" or name.endswith("(deleted)") for name in rest), rest


def test_nothing_can_be_written_but_temporary_files(cell: Cell) -> None:
    found = cell.attack("writable").answer
    nothing = [f"/dev/{name}" for name in ("full", "null", "random", "tty", "urandom", "zero")]
    terminals = ["/dev/pts", "/dev/pts/ptmx"]  # which end with whoever opens them
    pressure = [f"/proc/pressure/{name}" for name in ("cpu", "io", "irq", "memory")]
    assert set(found) <= {*nothing, *terminals, *pressure}


# --- reaching out -------------------------------------------------------------------------------


def test_there_is_no_network(cell: Cell) -> None:
    name = f"assessment-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as grader, socket.socket(socket.AF_UNIX) as named:
        named.bind(f"\0{name}")
        named.listen()
        found = cell.attack("network", [grader.getsockname()[1], name]).answer
    assert found == {
        "loopback": "ECONNREFUSED",
        "abstract": "ECONNREFUSED",
        "world": "ENETUNREACH",
        "world6": "ENETUNREACH",
        "name": found["name"],
        "vsock": "EAFNOSUPPORT",
        "netlink": "EAFNOSUPPORT",
        "packet": "EAFNOSUPPORT",
    }
    assert found["name"] != ""


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="no filter for this processor")
def test_calls_that_training_does_not_need_are_refused(cell: Cell) -> None:
    calls = [(name, number) for name, number in NUMBERS.items() if number is not None]
    found = cell.attack("refused_calls", calls).answer
    assert found == dict.fromkeys(dict(calls), "EPERM")


def test_no_namespaces_can_be_made(cell: Cell) -> None:
    numbers = {"unshare": NUMBERS["unshare"], "clone": MACHINE.clone, "clone3": MACHINE.clone3}
    found = cell.attack("new_namespaces", numbers).answer
    assert found == {
        "unshare": "EPERM",
        "clone": "EPERM",
        "clone files": "EPERM",
        "clone3": "ENOSYS",
    }


def test_nothing_can_be_typed_into_a_terminal(cell: Cell) -> None:
    assert cell.attack("type_into_terminal").answer == "EPERM"


def test_the_server_cannot_be_changed(cell: Cell) -> None:
    assert cell.attack("change_the_server").answer == {
        "limits": "EPERM",
        "priority": "EPERM",
        "priority of all": "EPERM",
        "oom": "EACCES",
        "timers": "EPERM",
    }
    assert_serves(cell, same=True)


def test_a_server_that_was_moved_is_not_used_again(cell: Cell) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is one core only")
    assert cell.attack("move_the_server").answer == ""
    assert_serves(cell, same=False)


@pytest.mark.parametrize("name", ["kill_the_server", "kill_everybody"])
def test_the_server_cannot_be_killed(name: str, cell: Cell) -> None:
    told = cell.attack(name)
    assert told.outcome == "scored", told
    assert_serves(cell, same=True)


# --- using up -----------------------------------------------------------------------------------


def test_a_fork_bomb(cell: Cell) -> None:
    told = cell.attack("fork_bomb", seconds=3)
    assert told.outcome in ("timeout", "out_of_memory"), told
    assert_serves(cell, same=cell.jail.alive)


def test_thousands_of_threads(cell: Cell) -> None:
    told = cell.attack("threads")
    assert told.outcome == "scored", told
    assert 50 < told.answer < PROCESSES
    assert_serves(cell, same=True)


@pytest.mark.parametrize("name", ["memory_at_once", "memory_of_children", "memory_files"])
def test_a_memory_bomb(name: str, cell: Cell) -> None:
    began = time.monotonic()
    told = cell.attack(name, "1500", megabytes=500)
    assert told.outcome == "out_of_memory", told
    assert "500 MB" in told.attempt.reason
    assert time.monotonic() - began < 40
    assert_serves(cell, same=cell.jail.alive)


def test_the_limit_of_memory_is_each_runs_own(cell: Cell) -> None:
    small = cell.attack("memory_at_once", "400", megabytes=200)
    assert small.outcome == "out_of_memory", small
    large = cell.attack("memory_at_once", "400", megabytes=900, seconds=4)
    assert large.outcome == "timeout", large
    assert_serves(cell, same=cell.jail.alive)


def test_a_full_disk(cell: Cell) -> None:
    told = cell.attack("fill_the_disk", megabytes=2000)
    assert told.answer == {"/tmp": 511, "/dev/shm": 63} or told.answer == {
        "/tmp": 512,
        "/dev/shm": 64,
    }
    assert_serves(cell, same=True)


def test_a_large_file(cell: Cell) -> None:
    assert cell.attack("large_file").answer == [FILE_BYTES // 2**20, "EFBIG"]
    assert_serves(cell, same=True)


def test_gigabytes_of_output(cell: Cell) -> None:
    told = cell.attack("flood")
    assert told.answer == "EFBIG"
    assert len(told.attempt.output) <= 4000


# --- not ending ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stop_itself", "ignore_signals"])
def test_who_does_not_end_is_ended(name: str, cell: Cell) -> None:
    told = cell.attack(name, seconds=2)
    assert told.outcome == "timeout", told
    assert told.attempt.seconds < 6
    assert_serves(cell, same=cell.jail.alive)  # its temporary files may have been left


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("leave_daemon", "scored"), ("leave_daemon_and_die", "crashed")],
)
def test_what_is_left_running_is_ended(name: str, outcome: str, cell: Cell) -> None:
    told = cell.attack(name)
    assert told.outcome == outcome, told
    assert told.attempt.seconds < 5
    assert cell.left_running() == []
    assert_serves(cell, same=cell.jail.alive)


def test_a_run_without_descriptors_crashed(cell: Cell) -> None:
    told = cell.attack("close_descriptors")
    assert told.outcome == "crashed", told
    assert_serves(cell, same=cell.jail.alive)


# --- telling the next run -----------------------------------------------------------------------


def test_a_run_that_removes_its_files_leaves_nothing(cell: Cell) -> None:
    assert cell.attack("tidy_file").answer == "did it"
    assert_serves(cell, same=True)


@pytest.mark.parametrize("name", ["leave_file", "set_times", "remember"])
def test_runs_cannot_leave_each_other_messages(name: str, cell: Cell) -> None:
    given = {"mq_open": NUMBERS["mq_open"], "shmget": NUMBERS["shmget"]}
    left = cell.attack(name, given)
    assert left.outcome == "scored", left
    if name == "remember":
        assert left.answer["queue"] == left.answer["memory"] == "EPERM"
    found = cell.attack("recall").answer
    assert len(found["processes"]) == 2
    assert found | {"processes": []} == {
        "module": False,
        "environment": None,
        "attributes": [],
        "time": found["time"],
        "processes": [],
        "hidden": False,
    }
    assert 123456789 not in found["time"]


def test_a_jail_in_which_something_was_left_is_thrown_away(cell: Cell) -> None:
    assert cell.attack("leave_file").answer == "left"
    assert not cell.jail.alive
    assert_serves(cell, same=False)
