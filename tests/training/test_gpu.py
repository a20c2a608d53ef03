"""Runs on a CUDA device: scored, close to the CPU's, repeated bit for bit, without waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from assessment.execution.devices import visible_gpus
from assessment.spec.recipe import Training
from tests.execution.pool import Pool, recipe

pytestmark = pytest.mark.gpu

MLP = recipe(
    dataset={
        "name": "digits",
        "transforms": [
            {"kind": "resize", "size": 8},
            {"kind": "normalize", "mean": [0.31], "std": [0.38]},
        ],
        "split": {"validation": 0.2},
    },
    optimizer={"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    record={"every": 5, "gradients": {"of": "all"}, "first_layer_weights": True},
)
CNN = recipe(
    model={"name": "digits/cnn"},
    dataset={
        "name": "digits",
        "transforms": [
            {"kind": "resize", "size": 8},
            {"kind": "gray_to_rgb"},
            {"kind": "rgb_to_gray"},
        ],
    },
    optimizer={"name": "adam"},
)


RESNET = recipe(
    model={
        "name": "torchvision",
        "arguments": {"architecture": "resnet18", "new_first_layer": True, "channels": 1},
    },
    dataset={"name": "digits", "transforms": [{"kind": "resize", "size": 32}]},
    optimizer={"name": "sgd", "learning_rate": 0.01, "momentum": 0.9},
    batch_size=32,
    max_steps=4,
    record={"every": 1},
)
"""ResNet-18 from scratch, as the transfer learning of two labs without its weights."""


@pytest.fixture(scope="module")
def gpu() -> str:
    """Give the device's name; decided without torch, which this process does without."""
    if not visible_gpus():
        pytest.skip("no CUDA device here (nvidia-smi -L)")
    return "cuda:0"


@pytest.fixture(scope="module")
def cuda_pool(gpu: str) -> Iterator[Pool]:
    started = Pool(slots=1, device=gpu)
    yield started
    started.trainers.close()


def test_a_run_is_scored_and_close_to_the_cpus(cuda_pool: Pool, pool: Pool) -> None:
    """Thirty steps in float32: sums in another order, no tf32 in matrix products."""
    there, here = cuda_pool.train(MLP), pool.train(MLP)
    assert there.outcome == "scored", there.reason
    assert there.environment is not None
    assert there.environment.device not in ("", "cpu")
    assert "." in there.environment.capability
    np.testing.assert_allclose(
        cuda_pool.predictions(MLP), pool.predictions(MLP), rtol=1e-3, atol=2e-3
    )
    for name in ("train_loss", "validation_loss", "test_loss"):
        np.testing.assert_allclose(there.epochs[name], here.epochs[name], rtol=1e-3, atol=1e-3)
    assert there.steps["step"] == here.steps["step"]
    np.testing.assert_allclose(there.gradients["norm"], here.gradients["norm"], rtol=1e-2)
    np.testing.assert_allclose(np.array(there.first_layer), np.array(here.first_layer), atol=1e-3)


def test_a_run_repeats_bit_for_bit(cuda_pool: Pool) -> None:
    watched = MLP.model_copy(update={"record": MLP.record.model_copy(update={"every": 1})})
    cuda_pool.train(MLP)
    cuda_pool.train(watched)
    np.testing.assert_array_equal(cuda_pool.predictions(MLP), cuda_pool.predictions(watched))


def test_a_network_of_torchvisions_trains_from_scratch(cuda_pool: Pool, pool: Pool) -> None:
    there, here = cuda_pool.train(RESNET), pool.train(RESNET)
    assert there.outcome == "scored", there.reason
    assert there.parameters == here.parameters == 11_175_370
    # Convolutions may round differently there; batch norm then drives the later steps apart.
    first, expected = (run.steps["batch_loss"][0] for run in (there, here))
    assert first == pytest.approx(expected, rel=1e-2)
    watched = RESNET.model_copy(update={"record": MLP.record})
    assert cuda_pool.train(watched).outcome == "scored"
    np.testing.assert_array_equal(cuda_pool.predictions(RESNET), cuda_pool.predictions(watched))


def test_it_trains_on_images_of_its_own_size(cuda_pool: Pool) -> None:
    """Colour images of 224x224 pixels, and its last layer alone, as feature extraction has it."""
    whole = RESNET.model_dump(mode="json") | {
        "model": {"name": "torchvision", "arguments": {"architecture": "resnet18"}},
        "trainable": ["fc"],
        "dataset": {
            "name": "digits",
            "transforms": [
                {"kind": "resize", "size": 224},
                {"kind": "gray_to_rgb"},
                {"kind": "normalize", "mean": [0.5] * 3, "std": [0.5] * 3},
            ],
        },
    }
    run = cuda_pool.train(Training.model_validate(whole))
    assert run.outcome == "scored", run.reason
    assert run.parameters == 512 * 10 + 10


def test_a_run_that_faults_on_the_device_ends_alone(cuda_pool: Pool) -> None:
    """A sticky CUDA error poisons its process, and no other."""
    faulty = recipe(model={"name": "failing_models:FaultsOnTheDevice"})
    run = cuda_pool.train(faulty)
    assert run.outcome in ("invalid", "crashed")
    after = cuda_pool.train(MLP, seed=2)
    assert after.outcome == "scored", after.reason


@pytest.mark.filterwarnings("ignore:Synchronization debug mode")
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_nothing_within_an_epoch_waits_for_the_device(
    name: str, gpu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, where torch can be told to raise wherever the host would wait."""
    import torch

    if not torch.cuda.is_available():
        pytest.skip("this torch is built without CUDA")
    assert guarded_epochs(name, torch.device(gpu), monkeypatch) == 2


def guarded_epochs(name: str, device: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """Train on random images; between the first batch and an epoch's end waiting is an error."""
    import torch

    from assessment.models import digits
    from assessment.training.data import Order
    from assessment.training.loop import EpochReport, Images, Verdict, train

    whole_epoch = Order.batches
    guarded = 0

    def batches(self: Order, device: torch.device) -> Iterator[Any]:
        nonlocal guarded
        for number, batch in enumerate(whole_epoch(self, device)):
            if number == 0:  # the order of the epoch is on the device
                if device.type == "cuda":
                    torch.cuda.set_sync_debug_mode("error")
                guarded += 1
            yield batch
        if device.type == "cuda":
            torch.cuda.set_sync_debug_mode("default")

    class Quiet:
        def epoch_ended(self, report: EpochReport, *, answer: bool) -> Verdict:
            return Verdict()

    monkeypatch.setattr(Order, "batches", batches)
    training = MLP if name == "mlp" else CNN
    images = Images(
        torch.randint(0, 256, (300, 1, 12, 12), dtype=torch.uint8, device=device),
        torch.randint(0, 10, (300,), device=device),
        torch.randint(0, 256, (50, 1, 12, 12), dtype=torch.uint8, device=device),
    )
    model = (digits.Mlp() if name == "mlp" else digits.Cnn()).to(device)
    try:
        train(training, model, images, 10, 1, Quiet())
    finally:
        if device.type == "cuda":
            torch.cuda.set_sync_debug_mode("default")
    return guarded
