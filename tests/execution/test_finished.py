"""Finished runs are found in the store by every process, with all that is kept beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from assessment.errors import AssessmentError
from assessment.execution.finished import NO_WEIGHTS, FinishedRuns, Made, claims_folder
from assessment.execution.requests import RunRequest
from assessment.results.record import Environment, Mistake, Run
from assessment.results.store.connection import Store
from assessment.results.store.files import open_store
from assessment.results.store.runs import count_runs, latest_run, load_predictions
from assessment.results.store.surroundings import Expected
from assessment.spec.kinds.base import Limits
from assessment.spec.recipe import Training

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


PLACE = Expected(
    torch="2.10.0",
    device="cpu",
    threads=1,
    python="3.11.7",
    platform="Linux-x86_64",
    processor="A processor",
)
TRAINING = Training.model_validate(
    {
        "model": {"name": "digits/mlp"},
        "dataset": {"name": "digits"},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "epochs": 2,
        "batch_size": 64,
    }
)
STATE = {"layer.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}


def a_request(**changes: Any) -> RunRequest:
    return replace(RunRequest("unit", TRAINING, 1, Limits(), False, Path("specs")), **changes)


def opened(store: Store | None, **how: Any) -> FinishedRuns:
    finished = FinishedRuns(store, **how)
    finished.settle({"cpu": PLACE})
    return finished


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.sqlite") as found:
        yield found


def test_what_one_process_puts_the_next_one_finds(store: Store) -> None:
    run = a_run()
    opened(store).put(a_request(), Made(run, np.array([3, -1, 0])), "cpu")
    found = opened(store).find(a_request(), "k")
    assert found == run
    predicted = load_predictions(store, latest_run(store))
    assert predicted is not None
    assert predicted.tolist() == [3, -1, 0]


@pytest.mark.parametrize(
    ("request_changes", "key", "place"),
    [
        ({}, "another recipe", PLACE),
        ({"seed": 2}, "k", PLACE),
        ({"keep_weights": True}, "k", PLACE),
        ({}, "k", replace(PLACE, threads=2)),
    ],
)
def test_what_is_another_run_is_not_found(
    store: Store, request_changes: dict[str, Any], key: str, place: Expected
) -> None:
    opened(store).put(a_request(), Made(a_run()), "cpu")
    other = FinishedRuns(store)
    other.settle({"cpu": place})
    assert other.find(a_request(**request_changes), key) is None


def test_a_run_of_any_device_at_hand_is_found(store: Store) -> None:
    places = {"cuda:0": replace(PLACE, device="H100"), "cuda:1": replace(PLACE, device="H200")}
    made, wanted = FinishedRuns(store), FinishedRuns(store)
    made.settle(places)
    wanted.settle(dict(reversed(places.items())))
    made.put(a_request(), Made(a_run()), "cuda:1")
    assert wanted.find(a_request(), "k") == a_run()


def test_what_could_not_be_graded_is_not_kept(store: Store) -> None:
    finished = opened(store)
    finished.put(a_request(), Made(a_run(outcome="not_gradable")), "cpu")
    assert finished.known(a_request()) is None
    assert count_runs(store) == 0
    assert finished.is_empty


def test_failures_are_kept(store: Store) -> None:
    opened(store).put(a_request(), Made(a_run(outcome="crashed", reason="lone \ud800")), "cpu")
    found = opened(store).find(a_request(), "k")
    assert found is not None
    assert found.reason == "lone \ud800"
    assert opened(store).find(a_request(limits=Limits(seconds=1)), "k") is None


def test_only_some_of_what_the_store_has_is_held(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessment.execution.finished.MOST_RECENT", 2)
    finished = opened(store)
    requests = [a_request(seed=seed) for seed in range(4)]
    finished.put(requests[0], Made(a_run(seed=0, outcome="timeout", reason="slow")), "cpu")
    for request in requests[1:]:
        finished.put(request, Made(a_run(seed=request.seed)), "cpu")
    held = [finished.known(request) is not None for request in requests]
    assert held == [True, False, True, True], "what ended otherwise may not be found again"
    found = finished.find(requests[1], "k")
    assert found == a_run(seed=1)
    assert finished.known(requests[2]) is None


def test_without_a_store_all_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assessment.execution.finished.MOST_RECENT", 0)
    finished = opened(None)
    finished.put(a_request(), Made(a_run()), "cpu")
    assert finished.known(a_request()) == a_run()


def test_fresh_ones_are_those_put_since(store: Store) -> None:
    opened(store).put(a_request(), Made(a_run()), "cpu")
    since = latest_run(store)
    assert opened(store, since=since).find(a_request(), "k") is None
    anew = a_run(started="2026-01-02T00:00:00+00:00")
    opened(store, since=since).put(a_request(), Made(anew), "cpu")
    assert opened(store, since=since).find(a_request(), "k") == anew


def test_final_states_come_back_as_files(store: Store) -> None:
    request = a_request(keep_weights=True)
    maker = opened(store)
    maker.put(request, Made(a_run(), weights=STATE), "cpu")
    finder = opened(store)
    assert finder.find(request, "k") == a_run()
    for finished in (maker, finder):
        path = finished.weights(request.id)
        assert isinstance(path, Path)
        np.testing.assert_array_equal(load_file(path)["layer.weight"], STATE["layer.weight"])
        finished.close()
        assert not path.exists(), "nothing of it stays outside the store"


def test_why_there_is_no_final_state_comes_back(store: Store) -> None:
    request = a_request(keep_weights=True)
    opened(store).put(request, Made(a_run(), unkept="too large"), "cpu")
    finder = opened(store)
    assert finder.find(request, "k") is not None
    assert finder.weights(request.id) == "too large"
    assert finder.weights("something else") == NO_WEIGHTS


def test_without_a_store_runs_are_known_to_this_process_only() -> None:
    finished = opened(None)
    request = a_request(keep_weights=True)
    finished.put(request, Made(a_run(), weights=STATE), "cpu")
    assert finished.known(request) == a_run()
    assert finished.find(request, "k") == a_run()
    assert isinstance(finished.weights(request.id), Path)
    assert finished.is_empty
    assert finished.claim(request, "k", "cpu") is not None
    assert opened(None).find(request, "k") is None
    finished.close()


def test_one_claim_a_run(store: Store) -> None:
    one, other = opened(store), opened(store)
    claim = one.claim(a_request(), "k", "cpu")
    assert claim is not None
    assert other.claim(a_request(unit="another name"), "k", "cpu") is None
    for request, key in ((a_request(seed=2), "k"), (a_request(), "l")):
        different = other.claim(request, key, "cpu")
        assert different is not None
        different.release()
    claim.release()
    again = other.claim(a_request(), "k", "cpu")
    assert again is not None
    again.release()
    one.close()
    assert not claims_folder(store.path).exists()


def test_a_store_that_fails_costs_nobody_a_run(store: Store) -> None:
    complaints: list[str] = []
    finished = opened(store, complain=complaints.append)
    with store.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count={pages}")
    large = a_run(output="".join(chr(33 + i * i % 90) for i in range(100_000)))
    finished.put(a_request(), Made(large, np.arange(60_000)), "cpu")
    assert finished.known(a_request()) == large
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{store.path}: the disk is full; what was stored before is")
    with pytest.raises(AssessmentError, match="the disk is full"):
        opened(store).put(a_request(seed=2), Made(large, np.arange(60_000)), "cpu")
