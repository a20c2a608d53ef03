"""Whole runs equal those of the labs' plain PyTorch loop, from the first batch to the last logit.

One side is `plain_loop`: DataLoader, per-image torchvision transforms, stock optimisers, accuracy
and loss summed up as notebooks do. The other is everything here: recipe, forked process, frames,
referee. Both use one CPU thread. What differs is rounding: fused optimisers round their steps
differently (6e-8, relative), and losses are summed in another order. After 30 to 470 steps that
came to at most 8e-6 on logits of up to 24 and 3e-7 on losses, and `TOLERANCE` leaves a factor of
six; the smallest mistake among the last tests here, Adam in the place of AdamW, shifts logits by
7e-4, a learning rate 1 % off by 7e-2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop, lr_scheduler
from torch.utils.data import TensorDataset
from torchvision import transforms

from assessment.datasets.split import validation_split
from assessment.results.record import Run
from assessment.spec.recipe import Training
from tests.execution.pool import Pool, recipe
from tests.training import plain_loop
from tests.training.plain_loop import DropoutMlp, History, LogMlp, Mlp, NormCnn

HERE = Path(__file__).parent
TOLERANCE = {"rtol": 1e-5, "atol": 5e-5}
MEAN, STD = 0.3, 0.35


@dataclass(frozen=True)
class Case:
    """One recipe and what a notebook would write for it."""

    optimizer: dict[str, Any]
    plain: Callable[[Any], torch.optim.Optimizer]
    recipe: dict[str, Any] = field(default_factory=dict)
    loop: dict[str, Any] = field(default_factory=dict)
    model: type[nn.Module] = Mlp
    split: dict[str, Any] | None = None


def sgd(learning_rate: float, **more: Any) -> Case:
    """Plain SGD, for cases that are about something else."""
    return Case(
        {"name": "sgd", "learning_rate": learning_rate},
        lambda parameters: SGD(parameters, lr=learning_rate),
        **more,
    )


def scheduled(schedule: dict[str, Any], make: Callable[[Any], Any], **more: Any) -> Case:
    """SGD with momentum whose learning rate changes within five epochs."""
    return Case(
        {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
        lambda parameters: SGD(parameters, lr=0.1, momentum=0.9),
        {"epochs": 5, "schedule": schedule},
        {"make_schedule": make} | more.pop("loop", {}),
        **more,
    )


CASES = {
    "sgd": sgd(0.1),
    "momentum": Case(
        {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
        lambda p: SGD(p, lr=0.05, momentum=0.9),
    ),
    "nesterov-decay": Case(
        {
            "name": "sgd",
            "learning_rate": 0.05,
            "momentum": 0.8,
            "nesterov": True,
            "weight_decay": 0.01,
        },
        lambda p: SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01),
    ),
    "adam": Case({"name": "adam"}, lambda p: Adam(p)),
    "adam-all": Case(
        {"name": "adam", "learning_rate": 0.01, "betas": [0.8, 0.99], "weight_decay": 0.01},
        lambda p: Adam(p, lr=0.01, betas=(0.8, 0.99), weight_decay=0.01),
    ),
    "adamw": Case({"name": "adamw"}, lambda p: AdamW(p)),
    "adamw-decay": Case(
        {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.2},
        lambda p: AdamW(p, lr=0.01, weight_decay=0.2),
    ),
    "rmsprop": Case({"name": "rmsprop"}, lambda p: RMSprop(p)),
    "rmsprop-all": Case(
        {
            "name": "rmsprop",
            "learning_rate": 0.001,
            "smoothing": 0.9,
            "momentum": 0.5,
            "weight_decay": 0.01,
        },
        lambda p: RMSprop(p, lr=0.001, alpha=0.9, momentum=0.5, weight_decay=0.01),
    ),
    "milestones": scheduled(
        {"name": "milestones", "epochs": [1, 3], "factor": 0.2},
        lambda o: lr_scheduler.MultiStepLR(o, [1, 3], gamma=0.2),
    ),
    "step": scheduled(
        {"name": "step", "every": 2, "factor": 0.5},
        lambda o: lr_scheduler.StepLR(o, 2, gamma=0.5),
    ),
    "cosine": scheduled(
        {"name": "cosine", "minimum": 0.001},
        lambda o: lr_scheduler.CosineAnnealingLR(o, 5, eta_min=0.001),
    ),
    "plateau": Case(
        {"name": "sgd", "learning_rate": 1.0},
        lambda p: SGD(p, lr=1.0),
        {"epochs": 5, "schedule": {"name": "plateau", "factor": 0.5, "patience": 0}},
        {
            "make_schedule": lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=0),
            "monitor": "train_loss",
        },
    ),
    "plateau-validation": Case(
        {"name": "sgd", "learning_rate": 0.8},
        lambda p: SGD(p, lr=0.8),
        {
            "epochs": 5,
            "schedule": {
                "name": "plateau",
                "monitor": "validation_loss",
                "factor": 0.3,
                "patience": 0,
            },
        },
        {
            "make_schedule": lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.3, patience=0),
            "monitor": "validation_loss",
        },
        split={"validation": 0.3},
    ),
    "batch-norm": sgd(0.05, model=NormCnn),
    # A bias in front of a batch norm has no gradient but rounding noise, whose sign decides about
    # Adam's whole step: the plain loop needs the same fused kernels, and then no tolerance.
    "batch-norm-adam": Case({"name": "adam"}, lambda p: Adam(p, fused=True), model=NormCnn),
    "dropout": sgd(0.1, model=DropoutMlp),
    "dropout-unshuffled": sgd(
        0.1, recipe={"shuffle": False}, loop={"shuffle": False}, model=DropoutMlp
    ),
    "unshuffled": sgd(0.1, recipe={"shuffle": False}, loop={"shuffle": False}),
    "target": sgd(
        0.1,
        recipe={"epochs": 8, "early_stopping": {"test_accuracy": 75}},
        loop={"target": 75},
    ),
    "unchanged": sgd(
        1e-6,
        recipe={"epochs": 9, "early_stopping": {"test_accuracy": 99, "unchanged_epochs": 3}},
        loop={"target": 99, "unchanged": 3},
    ),
    "nll": sgd(0.1, recipe={"loss": "nll"}, loop={"loss_function": F.nll_loss}, model=LogMlp),
    "split": sgd(0.1, split={"validation": 0.25}),
    "split-stratified": sgd(
        0.1,
        recipe={"epochs": 4, "early_stopping": {"test_accuracy": 70}},
        loop={"target": 70},
        split={"validation": 0.2, "stratified": True},
    ),
    "max-steps": sgd(0.1, recipe={"epochs": 9, "max_steps": 37}, loop={"max_steps": 37}),
    "max-steps-whole-epochs": sgd(
        0.1, recipe={"epochs": 9, "max_steps": 30}, loop={"max_steps": 30}
    ),
    "records": sgd(0.1, recipe={"record": {"every": 4}}, loop={"every": 4}),
    "validation-within-epochs": sgd(
        0.1,
        recipe={"record": {"every": 4, "validate_every": 8}},
        loop={"every": 4, "validate_every": 8},
        model=DropoutMlp,
        split={"validation": 0.25},
    ),
    "running-means": sgd(
        0.1,
        recipe={"record": {"every": 4, "running_mean": True}},
        loop={"every": 4, "running": True},
    ),
    "gradients": sgd(
        0.1,
        recipe={"record": {"gradients": {"of": "all"}}},
        loop={"gradients": lambda model: list(model.parameters())},
        model=NormCnn,
    ),
    "gradients-first-layer": sgd(
        0.1,
        recipe={"record": {"gradients": {"of": "first_layer"}}},
        loop={"gradients": lambda model: [model.features[0].weight]},
        model=NormCnn,
    ),
    "batch-means": sgd(
        0.1,
        recipe={"loss_mean": "batches", "evaluation_batch_size": 200},
        loop={"batch_means": 200},
        split={"validation": 0.25},
    ),
}


pytestmark = pytest.mark.usefixtures("one_thread")


@cache
def plain_digits() -> tuple[Any, Any]:
    """Read the digits the plain way: PIL images, ToTensor, Normalize."""
    steps = [transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))]
    return plain_loop.digits(transforms.Compose(steps))


@cache
def transformed_digits() -> tuple[Any, Any]:
    """Transform every image once, for the sake of time."""
    train_set, test_set = (
        TensorDataset(torch.stack([image for image, _ in part]), torch.tensor(part.labels))
        for part in plain_digits()
    )
    return train_set, test_set


def training_of(case: Case) -> Training:
    dataset = {
        "name": "digits",
        "transforms": [{"kind": "normalize", "mean": [MEAN], "std": [STD]}],
        "split": case.split,
    }
    model = {"name": f"plain_loop:{case.model.__name__}"}
    return recipe(model=model, dataset=dataset, optimizer=case.optimizer, **case.recipe)


def plain_history(case: Case, *, image_by_image: bool = False, **changes: Any) -> History:
    train_set, test_set = plain_digits() if image_by_image else transformed_digits()
    held_out = None
    if case.split is not None:
        labels = np.array(plain_digits()[0].labels)
        stratified = case.split.get("stratified", False)
        held_out = validation_split(labels, case.split["validation"], stratified)
    settings: dict[str, Any] = {"epochs": case.recipe.get("epochs", 2), "held_out": held_out}
    return plain_loop.run(
        case.model,
        train_set,
        test_set,
        **(settings | {"make_optimizer": case.plain} | case.loop | changes),
    )


def assert_equal(run: Run, logits: np.ndarray[Any, Any], plain: History) -> None:
    """Compare every column, its length included, and the final logits."""
    assert run.outcome == "scored", run.reason
    assert set(run.epochs) == {*plain.epochs, "seconds"}
    for name, column in plain.epochs.items():
        if name.endswith("_accuracy"):
            assert run.epochs[name] == pytest.approx(column, rel=0, abs=1e-9), name
        else:
            np.testing.assert_allclose(run.epochs[name], column, **TOLERANCE, err_msg=name)
    for ours, theirs in ((run.steps, plain.steps), (run.gradients, plain.gradients)):
        assert set(ours) == set(theirs)
        for name, column in theirs.items():
            values = np.array(ours[name], dtype=float)  # null, not taken, becomes NaN
            np.testing.assert_allclose(values, column, **TOLERANCE, err_msg=name)
    np.testing.assert_allclose(logits, plain.logits.numpy(), **TOLERANCE)
    np.testing.assert_array_equal(logits.argmax(1), plain.logits.numpy().argmax(1))


@pytest.mark.parametrize("name", CASES)
def test_equals_the_plain_loop(name: str, pool: Pool) -> None:
    case = CASES[name]
    training = training_of(case)
    ours = pool.submit(training, beside=HERE)
    plain = plain_history(case, image_by_image=name == "sgd")
    run = ours.result(120)
    assert_equal(run, pool.predictions(training, beside=HERE), plain)
    assert len(plain.epochs["test_loss"]) >= 2
    if "schedule" in case.recipe:
        assert len(set(plain.epochs["learning_rate"])) > 1, "the schedule was never seen"


def test_cases_show_what_they_are_named_after(pool: Pool) -> None:
    """Early stops come early, recorded columns have rows, limits cut."""
    runs = {name: pool.train(training_of(case), beside=HERE) for name, case in CASES.items()}
    assert 1 < len(runs["target"].epochs["test_loss"]) < 8
    assert len(runs["unchanged"].epochs["test_loss"]) == 4
    assert runs["max-steps"].steps == {}
    assert len(runs["max-steps"].epochs["test_loss"]) == 3
    assert len(runs["max-steps-whole-epochs"].epochs["test_loss"]) == 2
    assert runs["records"].steps["step"] == [0, 4, 8, 12, 15, 19, 23, 27]
    assert runs["gradients"].gradients["step"] == list(range(30))
    assert runs["gradients"].gradients["norm"] != runs["gradients-first-layer"].gradients["norm"]
    assert runs["split"].epochs["validation_loss"] != runs["split"].epochs["test_loss"]


def test_frozen_layers_are_those_that_a_notebook_freezes(pool: Pool) -> None:
    case = Case({"name": "adam"}, lambda parameters: Adam(parameters))

    def frozen() -> Mlp:
        model = Mlp()
        model.requires_grad_(False)
        model.layers[3].requires_grad_(True)
        return model

    training = training_of(case).model_copy(update={"trainable": ["layers.3"]})
    run = pool.train(training, beside=HERE)
    train_set, test_set = transformed_digits()
    plain = plain_loop.run(
        frozen,
        train_set,
        test_set,
        make_optimizer=lambda parameters: Adam(p for p in parameters if p.requires_grad),
    )
    assert run.parameters == 32 * 10 + 10
    assert_equal(run, pool.predictions(training, beside=HERE), plain)


def test_a_layer_to_train_that_is_not_there(pool: Pool) -> None:
    training = training_of(sgd(0.1)).model_copy(update={"trainable": ["layers.3", "fc"]})
    run = pool.train(training, beside=HERE)
    assert run.outcome == "not_gradable"
    assert run.reason.endswith(
        "`trainable` names fc, but no parameter of the model begins so (there are: layers)"
    )


def test_evaluating_at_the_end_changes_no_prediction(pool: Pool) -> None:
    case = CASES["dropout"]
    training = training_of(case).model_copy(
        update={"record": training_of(case).record.model_copy(update={"evaluate": "end"})}
    )
    run = pool.train(training, beside=HERE)
    plain = plain_history(case)
    assert run.epochs["test_accuracy"][0] is None
    assert run.epochs["test_accuracy"][1] == pytest.approx(plain.epochs["test_accuracy"][1])
    logits = pool.predictions(training, beside=HERE)
    np.testing.assert_allclose(logits, plain.logits.numpy(), **TOLERANCE)


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        ("momentum", lambda p: SGD(p, lr=0.05, momentum=0.9, fused=True)),
        ("adamw", lambda p: AdamW(p, fused=True)),
        ("batch-norm-adam", lambda p: Adam(p, fused=True)),
    ],
)
def test_with_the_same_fused_kernels_predictions_are_equal_bit_for_bit(
    name: str, optimizer: Any, pool: Pool
) -> None:
    case = CASES[name]
    pool.train(training_of(case), beside=HERE)
    plain = plain_history(case, make_optimizer=optimizer)
    np.testing.assert_array_equal(
        pool.predictions(training_of(case), beside=HERE), plain.logits.numpy()
    )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("sgd", {"seed": 2}),
        ("sgd", {"shuffle": False}),
        ("sgd", {"drop_last": True}),
        ("sgd", {"make_optimizer": lambda p: SGD(p, lr=0.101)}),
        ("adamw", {"make_optimizer": lambda p: Adam(p)}),
        ("milestones", {"make_schedule": lambda o: lr_scheduler.MultiStepLR(o, [2, 3], gamma=0.2)}),
        ("target", {"target": None}),
    ],
)
def test_a_small_difference_is_noticed(name: str, changes: dict[str, Any], pool: Pool) -> None:
    case = CASES[name]
    run = pool.train(training_of(case), beside=HERE)
    with pytest.raises(AssertionError):
        assert_equal(
            run, pool.predictions(training_of(case), beside=HERE), plain_history(case, **changes)
        )


@pytest.mark.data("mnist")
def test_mnist_equals_the_plain_loop(pool: Pool, data_dir: Path) -> None:
    """60,000 images in batches of 256, the last one of 96: two epochs, all test images."""
    dataset = {
        "name": "mnist",
        "transforms": [{"kind": "normalize", "mean": [0.1307], "std": [0.3081]}],
    }
    arguments = {"hidden": 16, "inputs": 784}
    training = recipe(
        model={"name": "plain_loop:Mlp", "arguments": arguments},
        dataset=dataset,
        optimizer={"name": "adam"},
        batch_size=256,
    )
    ours = pool.submit(training, beside=HERE)

    def tensors(images: str, labels: str) -> TensorDataset:
        folder = data_dir / "MNIST" / "raw"
        pixels = np.fromfile(folder / images, np.uint8, offset=16).reshape(-1, 1, 28, 28)
        scaled = (torch.from_numpy(pixels).float() / 255 - 0.1307) / 0.3081
        right = np.fromfile(folder / labels, np.uint8, offset=8).astype(np.int64)
        return TensorDataset(scaled, torch.from_numpy(right))

    plain = plain_loop.run(
        lambda: Mlp(**arguments),
        tensors("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        tensors("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
        make_optimizer=lambda p: Adam(p),
        batch_size=256,
    )
    assert_equal(ours.result(120), pool.predictions(training, beside=HERE), plain)
    assert plain.epochs["test_accuracy"][-1] > 90
