"""Finished runs are found by every process of a session, and made by one of them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from assessment.execution.finished import FinishedRuns
from assessment.results.record import Environment, Mistake, Run

ENVIRONMENT = Environment(
    torch="2.10.0",
    device="cpu",
    capability="AVX2",
    threads=1,
    python="3.11.7",
    platform="Linux-x86_64",
)


def a_run(**changes: object) -> Run:
    plain: dict[str, object] = {
        "key": "k",
        "seed": 1,
        "outcome": "scored",
        "started": "2026-01-01T00:00:00+00:00",
        "seconds": 1.25,
        "epochs": {"test_accuracy": [10.0, None], "train_loss": [0.1 + 0.2, 1e-300]},
        "environment": ENVIRONMENT,
        "mistakes": [Mistake(index=3, label=1, predicted=2, pixels="AAAA", shape=[1, 3, 1])],
        "dataset": "digits",
        "dataset_sha256": "s",
    }
    return Run.model_validate(plain | changes)


WORKER = """
import sys, time
from pathlib import Path
from assessment.execution.finished import FinishedRuns
from assessment.results.record import Run

folder, log, hang = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "hang"
finished = FinishedRuns(folder)
with finished.claim("request"):
    run = finished.get("request")
    if run is None:
        with log.open("a") as file:
            file.write("trained\\n")
        if hang:
            time.sleep(600)
        time.sleep(0.2)
        run = Run(key="k", seed=7, outcome="scored", started="2026-01-01T00:00:00+00:00",
                  seconds=0.2, dataset="digits", dataset_sha256="s")
        finished.put("request", run)
print(run.seed)
"""


def start(folder: Path, log: Path, how: str = "train") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), str(folder), str(log), how],
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


def test_of_three_processes_one_trains_and_all_have_the_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    workers = [start(tmp_path / "share", log) for _ in range(3)]
    printed = [worker.communicate(timeout=60)[0] for worker in workers]
    assert printed == ["7\n"] * 3
    assert log.read_text() == "trained\n"
    found = FinishedRuns(tmp_path / "share").get("request")
    assert found is not None
    assert found.seed == 7


def test_a_worker_that_dies_gives_its_claim_back(tmp_path: Path) -> None:
    log = tmp_path / "log"
    dying = start(tmp_path / "share", log, "hang")
    wait_for(log)
    heir = start(tmp_path / "share", log)
    time.sleep(0.2)
    assert heir.poll() is None, "it waits for the other"
    dying.kill()
    dying.communicate()
    assert heir.communicate(timeout=60)[0] == "7\n"
    assert log.read_text() == "trained\n" * 2


def test_within_a_process_threads_wait_for_each_other() -> None:
    finished, made = FinishedRuns(), []

    def make() -> None:
        with finished.claim("request"):
            if finished.get("request") is None:
                time.sleep(0.05)
                made.append(1)
                finished.put("request", a_run())

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_other_runs_are_not_held_up(tmp_path: Path) -> None:
    finished = FinishedRuns(tmp_path)
    with finished.claim("one"), finished.claim("other"):
        assert finished.get("other") is None


def test_a_claim_ends_with_an_error_in_it(tmp_path: Path) -> None:
    finished = FinishedRuns(tmp_path)
    with pytest.raises(KeyError), finished.claim("request"):
        raise KeyError
    with finished.claim("request"):
        pass


def test_a_run_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    run = a_run()
    FinishedRuns(tmp_path).put("request", run)
    assert FinishedRuns(tmp_path).get("request") == run


def test_what_is_not_finite_comes_back_as_null(tmp_path: Path) -> None:
    """A diverged run keeps its first layer, which no JSON can hold as it is."""
    run = a_run(first_layer=[[float("nan"), 1.0], [float("inf"), 2.0]], reason="lone \ud800")
    FinishedRuns(tmp_path).put("request", run)
    found = FinishedRuns(tmp_path).get("request")
    assert found is not None
    assert found.first_layer == [[None, 1.0], [None, 2.0]]


def test_unknown_runs_are_none(tmp_path: Path) -> None:
    assert FinishedRuns().get("request") is None
    assert FinishedRuns(tmp_path / "new" / "folder").get("request") is None


def test_no_half_written_run_is_ever_seen(tmp_path: Path) -> None:
    finished = FinishedRuns(tmp_path)
    finished.put("request", a_run())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["request.json"]
