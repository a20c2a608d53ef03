"""Run keys: a key that changes asks for every reference run of its recipe again."""

from __future__ import annotations

from typing import Any

from assessment.results.keys import run_key
from assessment.spec.recipe import Training

RECIPE: dict[str, Any] = {
    "model": {"name": "digits/mlp", "arguments": {"hidden": 8}},
    "trainable": ["1"],
    "dataset": {
        "name": "digits",
        "transforms": [{"kind": "normalize", "mean": [0.5], "std": [0.5]}],
        "split": {"validation": 0.2},
    },
    "optimizer": {"name": "sgd", "learning_rate": 0.1},
    "schedule": {"name": "step", "every": 2},
    "epochs": 2,
    "batch_size": 64,
}
KEY = "1f5cb6f4bee13539"


def test_recipes_that_start_untrained_keep_their_keys() -> None:
    assert run_key(Training.model_validate(RECIPE), "source", "data") == KEY


def test_the_weights_that_a_recipe_starts_from_are_part_of_its_key() -> None:
    training = Training.model_validate(RECIPE)
    keys = {run_key(training, "source", "data", weights) for weights in (None, "one", "other")}
    assert len(keys) == 3
