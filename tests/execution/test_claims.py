"""One claim a run, whoever asks; killed processes leave nothing that matters."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from assessment.execution.claims import Claim, Claims

HOLDER = """
import sys
from pathlib import Path
from assessment.execution.claims import Claims

claim = Claims(Path(sys.argv[1])).take("run")
print("has it" if claim is not None else "has not", flush=True)
input()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "claims"


def taken(claims: Claims, name: str = "run") -> Claim:
    claim = claims.take(name)
    assert claim is not None
    return claim


def test_one_at_a_time(folder: Path) -> None:
    first, second = Claims(folder), Claims(folder)
    claim = taken(first)
    assert second.take("run") is None
    assert first.take("run") is None, "other threads of one process are others, too"
    taken(second, "another").release()
    claim.release()
    taken(second).release()


def test_nothing_is_left_behind(folder: Path) -> None:
    claims = Claims(folder)
    taken(claims).release()
    assert list(folder.iterdir()) == []
    held = taken(claims)
    claims.close()
    assert len(list(folder.iterdir())) == 1, "what is held stays"
    held.release()
    claims.close()
    assert not folder.exists()
    claims.close()


def test_a_process_that_is_killed_gives_its_claim_back(folder: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "has it\n"
        claims = Claims(folder)
        assert claims.take("run") is None
        holder.kill()
        holder.wait()
    assert len(list(folder.iterdir())) == 1, "its file is there still"
    taken(claims).release()
    claims.close()
    assert not folder.exists()


def test_what_the_killed_left_is_swept(folder: Path) -> None:
    folder.mkdir()
    (folder / "old.lock").touch()
    Claims(folder).close()
    assert not folder.exists()


def test_a_lock_on_a_removed_file_is_no_claim(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner removes the file between another one's opening and locking it."""
    claims = Claims(folder)
    owner = taken(claims)
    lock, waited = fcntl.flock, []

    def release_first(file: int, how: int) -> None:
        if not waited:
            waited.append(1)
            owner.release()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", release_first)
    heir = taken(claims)
    assert waited
    assert claims.take("run") is None, "its lock is on the file that is there"
    heir.release()


def test_where_nothing_can_be_locked_everybody_may(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for claim in (taken(Claims(tmp_path / "file")), taken(Claims(tmp_path / "file/below"))):
        claim.release()

    def no_locks(file: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    claims = Claims(folder)
    assert taken(claims) is not taken(claims)


def test_many_threads_never_have_one_claim_together(folder: Path) -> None:
    inside, most, turns = [0], [0], [0]

    def work() -> None:
        claims = Claims(folder)
        for _ in range(200):
            claim = claims.take("run")
            if claim is None:
                continue
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            turns[0] += 1
            time.sleep(0.0001)
            inside[0] -= 1
            claim.release()
        claims.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert turns[0] >= 4
    assert not folder.exists()
