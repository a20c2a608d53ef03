"""Transfer learning from a weight file that the test makes: fine-tuning and feature extraction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torchvision import models

from assessment.execution.requests import RunRequest
from assessment.execution.weights import hub_checkpoints
from assessment.results.record import Run
from assessment.spec.lab import Limits
from tests.execution.pool import Pool, recipe

REPLACED = {"conv1.weight", "fc.weight", "fc.bias"}
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """Put a ResNet-18 where torch's hub keeps what it has downloaded; return its weights."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    torch.manual_seed(1)
    state: dict[str, Tensor] = models.resnet18().state_dict()
    hub_checkpoints().mkdir(parents=True)
    torch.save(state, hub_checkpoints() / "resnet18-f37072fd.pth")
    return state


def train(pool: Pool, folder: Path, **changes: Any) -> tuple[Run, dict[str, Tensor]]:
    """Train for two steps on gray digits of 32x32; return the run and its final weights."""
    training = recipe(
        model={
            "name": "torchvision",
            "arguments": {"architecture": "resnet18", "new_first_layer": True, "channels": 1},
            "weights": "ResNet18_Weights.IMAGENET1K_V1",
        },
        dataset={"name": "digits", "transforms": [{"kind": "resize", "size": 32}]},
        optimizer={"name": "sgd", "learning_rate": 0.01},
        batch_size=16,
        max_steps=2,
        **changes,
    )
    request = RunRequest("unit", training, 1, Limits(seconds=60), False, folder, keep_weights=True)
    with pool.reading(folder):
        run = pool.trainers.submit(request).result(60)
    assert run.outcome == "scored", run.reason
    weights = pool.finished.weights(request.id)
    assert isinstance(weights, Path)
    return run, load_file(weights)


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    """Name the parameters of the body that are not those of the file."""
    assert before.keys() == after.keys()
    return {
        name
        for name in before.keys() - REPLACED
        if not name.endswith(STATISTICS) and not torch.equal(before[name], after[name])
    }


def test_fine_tuning_starts_from_the_file_and_moves_every_layer(
    pool: Pool, given: dict[str, Tensor], tmp_path: Path
) -> None:
    run, after = train(pool, tmp_path)
    assert run.parameters == 11_175_370
    moved = changed(given, after)
    assert moved == {n for n in given if not n.endswith(STATISTICS)} - REPLACED
    # Two steps at 0.01 leave a layer near the file's; one drawn anew lies far from it.
    name = "layer4.1.conv2.weight"
    assert (after[name] - given[name]).norm() < 0.1 * given[name].norm()


def test_feature_extraction_leaves_the_body_as_it_is(
    pool: Pool, given: dict[str, Tensor], tmp_path: Path
) -> None:
    run, after = train(pool, tmp_path, trainable=["conv1", "fc"])
    assert run.parameters == 64 * 49 + 512 * 10 + 10
    assert changed(given, after) == set()
    assert not torch.equal(after["bn1.running_mean"], given["bn1.running_mean"])
