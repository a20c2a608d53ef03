"""Run keys: two runs with one key and one seed compute the same thing."""

from __future__ import annotations

import hashlib
import json

from assessment.spec.recipe import Training

TRAINING_REVISION = 1
"""Raised when the same recipe starts to mean another computation."""


def run_key(
    training: Training,
    model_source: str,
    dataset_sha256: str,
    weights_sha256: str | None = None,
) -> str:
    """Return the key of a recipe: 16 hexadecimal digits.

    What is recorded is left out, since watching a run does not change it, and so
    is the model's name, since its source and arguments are what is trained.

    Args:
        training: the recipe.
        model_source: the model's definition.
        dataset_sha256: hash of the images and labels.
        weights_sha256: hash of the file that it starts from; None where it starts untrained.
    """
    # Defaults are left out, so that a field added to the recipe later keeps all keys as they are.
    recipe = training.model_dump(
        mode="json", exclude={"record": True, "model": {"name"}}, exclude_defaults=True
    )
    content = {
        "revision": TRAINING_REVISION,
        "recipe": recipe,
        "source": model_source,
        "dataset": dataset_sha256,
    }
    if weights_sha256 is not None:  # only then, so that the keys of all others stay as they are
        content["weights"] = weights_sha256
    return _digest(content)


def request_id(training: Training, seed: int) -> str:
    """Return what tells one planned run from another within a session, recording included."""
    return _digest({"training": training.model_dump(mode="json"), "seed": seed})


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
