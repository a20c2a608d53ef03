from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from assessment.results.record import Run
from assessment.results.store import runs
from assessment.results.store.connection import Store
from assessment.results.store.files import open_store
from assessment.results.store.runs import (
    FoundRun,
    Terms,
    count_runs,
    find_run,
    latest_run,
    load_predictions,
    put_run,
)
from assessment.spec.kinds.base import Limits
from assessment.spec.recipe import Gradients, Recording
from tests.report.builders import ENVIRONMENT, HOSTILE, batch_losses
from tests.results.store.examples import HERE, KEY, TERMS, put, run, seeds_in


def spoil(path: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(statement, values).rowcount > 0
        connection.commit()


def found(store: Store, seed: int = 1, terms: Terms = TERMS, *, weights: bool = False) -> FoundRun:
    answer = find_run(store, KEY, seed, terms, weights=weights)
    assert answer is not None
    return answer


def changed(**values: Any) -> Terms:
    return replace(TERMS, expected=replace(HERE, **values))


@pytest.mark.parametrize(
    "original",
    [
        run(),
        run(steps=batch_losses(2000, 1), first_layer=[[0.5] * 9] * 16),
        run(outcome="timeout", reason=HOSTILE, output=HOSTILE, environment=None, epochs={}),
        run(dataset="\udcff"),
    ],
    ids=["usual", "long", "failed", "surrogate"],
)
def test_what_was_put_is_found_after_a_restart(tmp_path: Path, original: Run) -> None:
    path = tmp_path / "store.sqlite"
    predicted = np.arange(200, dtype=np.uint8) % 10
    with open_store(path) as store:
        number = put_run(store, original, TERMS, predicted=predicted)
    with open_store(path) as store:
        answer = found(store)
        assert answer == FoundRun(number=number or 0, run=original)
        assert answer.run.plain() == original.plain()
        assert load_predictions(store, answer.number).tolist() == predicted.tolist()


def test_nothing_is_found_by_another_key_or_seed(store: Store) -> None:
    put(store, 1)
    assert find_run(store, KEY, 2, TERMS) is None
    assert find_run(store, KEY[::-1], 1, TERMS) is None
    assert load_predictions(store, 1) is None
    assert load_predictions(store, 999) is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"torch": "2.10.0+cu128"},
        {"device": "NVIDIA H100 80GB HBM3"},
        {"threads": 2},
        {"python": "3.12.1"},
        {"platform": "Darwin-arm64"},
        {"processor": "A processor (6-85)"},
        {"switches": "MKL_CBWR=AVX2"},
        {"capability": "avx2"},
    ],
    ids=str,
)
def test_a_run_of_another_environment_is_not_used(store: Store, elsewhere: dict[str, Any]) -> None:
    put(store, 1)
    assert find_run(store, KEY, 1, changed(**elsewhere)) is None
    there = run(1, seconds=99.0)
    if "capability" in elsewhere:
        told = ENVIRONMENT.model_copy(update={"capability": "AVX2"})
        there = there.model_copy(update={"environment": told})
    put_run(store, there, changed(**elsewhere))
    assert found(store, terms=changed(**elsewhere)).run == there
    assert found(store).run == run(1)


def test_an_instruction_set_that_is_named_is_the_one_of_the_run(store: Store) -> None:
    put(store, 1)  # made with AVX512, torch's own choice
    assert found(store, terms=changed(capability="avx512")).run == run(1)
    assert find_run(store, KEY, 1, changed(capability="avx2")) is None


FAILED = run(outcome="timeout", reason="took longer than 3600 s", confusion=None, mistakes=[])


@pytest.mark.parametrize("outcome", ["invalid", "timeout", "out_of_memory", "crashed"])
def test_a_failed_run_serves_under_the_same_terms_only(store: Store, outcome: str) -> None:
    failed = FAILED.model_copy(update={"outcome": outcome})
    put_run(store, failed, TERMS)
    assert found(store).run == failed
    assert found(store, weights=True).run == failed
    for other in (
        replace(TERMS, limits=Limits(seconds=7200)),
        replace(TERMS, limits=Limits(megabytes=4096)),
        replace(TERMS, recording=Recording(evaluate="end")),
        replace(TERMS, may_diverge=True),
        changed(threads=2),
    ):
        assert find_run(store, KEY, 1, other) is None


def test_a_run_that_ended_well_serves_under_any_limits(store: Store) -> None:
    put(store, 1)
    assert found(store, terms=replace(TERMS, limits=Limits(seconds=1))).run == run(1)


def test_a_run_that_could_not_be_graded_is_never_kept(store: Store) -> None:
    assert put_run(store, run(outcome="not_gradable", reason="interrupted"), TERMS) is None
    assert count_runs(store) == 0


def test_logits_that_were_not_finite(store: Store) -> None:
    diverged = run(non_finite=7)
    put_run(store, diverged, replace(TERMS, may_diverge=True))
    assert find_run(store, KEY, 1, TERMS) is None  # there it would be invalid
    assert found(store, terms=replace(TERMS, may_diverge=True)).run == diverged
    put_run(store, run(2), replace(TERMS, may_diverge=True))
    assert found(store, 2).run == run(2)


def test_a_run_that_recorded_more_is_cut_down(store: Store) -> None:
    rich = run(steps=batch_losses(20, 5), first_layer=[[1.0]])
    recorded = replace(TERMS, recording=Recording(every=5, first_layer_weights=True))
    put_run(store, rich, recorded)
    assert found(store, terms=recorded).run == rich
    assert found(store).run == run()
    more = replace(TERMS, recording=Recording(every=5, gradients=Gradients()))
    assert find_run(store, KEY, 1, more) is None


def test_which_of_several_runs_is_taken(store: Store) -> None:
    good, later = run(), run(seconds=50.0)
    for each in (good, FAILED):
        put_run(store, each, TERMS)
    assert found(store).run == good  # it ended well
    put_run(store, later, TERMS)
    assert found(store).run == later
    richer = replace(TERMS, recording=Recording(first_layer_weights=True))
    put_run(store, run(first_layer=[[1.0]], seconds=60.0), richer)
    assert found(store).run == later  # recorded as wanted
    assert found(store, terms=richer).run.seconds == 60.0


def test_a_run_that_is_put_again_is_kept_once(store: Store) -> None:
    first = put_run(store, run(), TERMS)
    assert put_run(store, run(), TERMS) == first
    assert count_runs(store) == 1
    assert put_run(store, run(), replace(TERMS, limits=Limits(seconds=1))) != first
    assert put_run(store, run(), changed(threads=2)) != first
    assert put_run(store, run(seconds=1.5), TERMS) != first
    assert count_runs(store) == 4


STATE = save({"layer.weight": np.arange(6, dtype=np.float32).reshape(2, 3)})


def test_final_states(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, 1)
    assert find_run(store, KEY, 1, TERMS, weights=True) is None  # it has none
    number = put_run(store, run(1), TERMS, weights=STATE)
    answer = found(store, weights=True)
    assert answer == FoundRun(number or 0, run(1), STATE)
    assert load(answer.weights or b"")["layer.weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found(store).weights is None  # nobody asked for it

    put_run(store, run(2), TERMS, unkept="a layer of unknown kind \udcff")
    answer = found(store, 2, weights=True)
    assert (answer.weights, answer.unkept) == (None, "a layer of unknown kind \\udcff")

    monkeypatch.setattr(runs, "LARGEST_WEIGHTS", 10)
    put_run(store, run(3), TERMS, weights=STATE)
    assert find_run(store, KEY, 3, TERMS, weights=True) is None
    assert found(store, 3).run == run(3)


@pytest.mark.parametrize(
    ("statement", "value", "message"),
    [
        ("UPDATE runs SET record = replace(record, '42.1', '42.2')", None, "digest does not fit"),
        ("UPDATE runs SET record = ?", "{", "digest does not fit"),
        ("UPDATE runs SET bulk = ?", b"\x00", "incorrect|incomplete"),
        ("UPDATE runs SET digest = ?", b"\x00", "digest does not fit"),
        ("UPDATE runs SET recorded = ?", "{", "Invalid JSON"),
        ("UPDATE runs SET limits = ?", '{"seconds": -1}', "greater than 0"),
        ("UPDATE weights SET content = ?", b"\x00", "checksum of its weights does not fit"),
    ],
)
def test_a_damaged_row_is_left_out_and_reported_once(
    store: Store, notes: list[str], statement: str, value: Any, message: str
) -> None:
    put_run(store, run(2), TERMS, weights=STATE)
    put_run(store, run(1, seconds=42.1), TERMS, weights=STATE)
    number = found(store, 1).number
    where = f" WHERE {'run' if 'weights' in statement else 'id'} = {number}"
    spoil(store.path, statement + where, *([] if value is None else [value]))
    for _ in range(2):
        assert find_run(store, KEY, 1, TERMS, weights=True) is None
    assert found(store, 2, weights=True).run == run(2)
    assert len(notes) == 1
    assert notes[0].startswith(f"{store.path}: run {number} is damaged and left out: ")
    assert any(part in notes[0] for part in message.split("|"))
    assert "\n" not in notes[0]


def test_a_damaged_record_cannot_tell_which_instructions_it_was_made_with(
    store: Store, notes: list[str]
) -> None:
    forced = replace(TERMS, expected=replace(HERE, capability="avx512"))
    put_run(store, run(), forced)
    assert find_run(store, KEY, 1, forced) is not None
    spoil(store.path, "UPDATE runs SET record = replace(record, 'scored', 'scared')")
    assert find_run(store, KEY, 1, forced) is None
    (note,) = notes
    assert "is damaged and left out: outcome: Input should be" in note


def test_an_older_run_stands_in_for_a_damaged_one(store: Store, notes: list[str]) -> None:
    put_run(store, run(), TERMS)
    put_run(store, run(seconds=50.0), TERMS)
    spoil(store.path, "UPDATE runs SET bulk = x'00' WHERE seconds = 50")
    assert found(store).run == run()
    assert len(notes) == 1


def test_damaged_predictions_are_left_out(store: Store, notes: list[str]) -> None:
    number = put_run(store, run(), TERMS, predicted=np.array([1, 2, 3]))
    assert number is not None
    assert load_predictions(store, number).tolist() == [1, 2, 3]
    spoil(store.path, "UPDATE runs SET predictions = x'7531'")
    assert load_predictions(store, number) is None
    assert "predictions of run" in notes[0]


def test_a_run_that_cannot_be_packed_leaves_the_store_as_it_was(store: Store) -> None:
    put(store, 1)
    with pytest.raises(ValueError, match="predicted classes from -2"):
        put_run(store, run(2), TERMS, predicted=np.array([-2]))
    assert seeds_in(store, 5) == [1]


def test_an_mnist_run_takes_some_kilobytes(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    draw = np.random.default_rng(0)
    with open_store(path) as store:
        empty = path.stat().st_size
        for seed in range(20):
            put_run(store, run(seed), TERMS, predicted=draw.integers(0, 10, 10_000))
    assert (path.stat().st_size - empty) / 20 < 16_000


def test_only_what_was_put_since(store: Store) -> None:
    assert latest_run(store) == 0
    put(store, 1)
    since = latest_run(store)
    assert find_run(store, KEY, 1, TERMS, since=since) is None
    anew = run(1, seconds=99.0)
    put_run(store, anew, TERMS)
    found = find_run(store, KEY, 1, TERMS, since=since)
    assert found is not None
    assert found.run == anew
    assert found.number == latest_run(store) > since
