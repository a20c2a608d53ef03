from __future__ import annotations

from typing import Any

import pytest

from assessment.results.store.recording import covers, narrow
from assessment.spec.recipe import Gradients, Recording
from tests.report.builders import batch_losses, epochs, gradient_norms
from tests.results.store.examples import run

ALL: dict[str, Any] = {
    "every": 10,
    "validate_every": 50,
    "gradients": Gradients(every=5),
    "first_layer_weights": True,
}


@pytest.mark.parametrize(
    ("stored", "wanted", "expected"),
    [
        ({}, {}, True),
        (ALL, ALL, True),
        (ALL, {}, True),
        ({}, ALL, False),
        (ALL, {"evaluate": "end"}, True),
        ({"evaluate": "end"}, {}, False),
        ({"evaluate": "end"}, {"evaluate": "end"}, True),
        ({"every": 10}, {}, True),
        ({"every": 10}, {"every": 20}, False),
        ({"every": 10}, {"every": 10, "running_mean": True}, False),
        ({"every": 10, "running_mean": True}, {}, True),
        ({"every": 10, "validate_every": 10}, {"every": 10}, False),
        ({"validate_every": 10}, {"validate_every": 10}, True),
        ({"validate_every": 10}, {"every": 10}, False),
        ({"gradients": Gradients()}, {}, True),
        ({"gradients": Gradients()}, {"gradients": Gradients(of="first_layer")}, False),
        ({"gradients": Gradients()}, {"gradients": Gradients(first=100)}, False),
        ({"first_layer_weights": True}, {"first_layer_weights": True, "every": 1}, False),
        ({"first_layer_weights": True, "every": 1}, {"first_layer_weights": True}, True),
    ],
)
def test_what_covers_what(stored: dict[str, Any], wanted: dict[str, Any], expected: bool) -> None:
    assert covers(Recording(**stored), Recording(**wanted)) is expected


FULL = run(
    steps=batch_losses(20, 10),
    gradients=gradient_norms(20, 2.0, 0.1),
    first_layer=[[1.0]],
    epochs=epochs(3, validation=True),
)


def test_a_run_recorded_as_wanted_stays_the_same() -> None:
    assert narrow(FULL, Recording(**ALL), Recording(**ALL)) is FULL


def test_a_run_is_cut_down_to_what_is_wanted() -> None:
    bare = narrow(FULL, Recording(**ALL), Recording())
    assert bare == FULL.model_copy(update={"steps": {}, "gradients": {}, "first_layer": None})


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({"every": 10, "validate_every": 50}, "steps"),
        ({"gradients": ALL["gradients"]}, "gradients"),
        ({"first_layer_weights": True}, "first_layer"),
    ],
)
def test_what_is_wanted_is_kept(wanted: dict[str, Any], kept: str) -> None:
    found = narrow(FULL, Recording(**ALL), Recording(**wanted))
    assert getattr(found, kept) == getattr(FULL, kept)
    lost = [name for name in ("steps", "gradients", "first_layer") if not getattr(found, name)]
    assert sorted([*lost, kept]) == ["first_layer", "gradients", "steps"]


def test_a_run_that_would_be_evaluated_at_its_end_only() -> None:
    found = narrow(FULL, Recording(), Recording(evaluate="end")).epochs
    for name in ("test_accuracy", "test_loss", "validation_accuracy", "validation_loss"):
        assert found[name] == [None, None, FULL.epochs[name][-1]]
    for name in ("train_loss", "seconds"):
        assert found[name] == FULL.epochs[name]
    assert list(found) == list(FULL.epochs)
    assert FULL.epochs["test_loss"][0] is not None  # the stored one is as it was
