"""Lab 1: the spec file against the table of the lab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assessment.results.record import Graded
from assessment.spec.units import Unit
from tests.execution.test_finished import a_run

UNITS = [
    "task1-resnet18",
    "task1-alexnet",
    "task1-comparison",
    "task1-discussion",
    "task1-normalisation",
    "task2-1-model-a",
    "task2-1-model-b",
    "task2-2-comparison",
    "task2-3-explanation",
    "task2-4-activations[relu]",
    "task2-4-activations[sigmoid]",
    "task2-4-activations[tanh]",
    "task2-4-comparison",
    "task2-4-discussion",
    "task2-5-learning-rate[lr-0.1]",
    "task2-5-learning-rate[lr-0.01]",
    "task2-5-learning-rate[lr-0.001]",
    "task2-5-comparison",
    "task2-5-discussion",
]


@pytest.fixture
def lab(units_of: Any) -> dict[str, Unit]:
    found: dict[str, Unit] = units_of("co543_lab7")
    return found


def test_every_row_is_there(lab: dict[str, Unit]) -> None:
    assert list(lab) == UNITS


@pytest.mark.parametrize(
    ("unit", "model", "arguments", "learning_rate"),
    [
        ("task2-1-model-a", "co543/model-a", {}, 0.001),
        ("task2-1-model-b", "co543/model-b", {}, 0.001),
        ("task2-4-activations[relu]", "co543/model-a", {}, 0.001),
        ("task2-4-activations[sigmoid]", "co543/model-a", {"activation": "sigmoid"}, 0.001),
        ("task2-4-activations[tanh]", "co543/model-a", {"activation": "tanh"}, 0.001),
        ("task2-5-learning-rate[lr-0.1]", "co543/model-b", {}, 0.1),
        ("task2-5-learning-rate[lr-0.01]", "co543/model-b", {}, 0.01),
        ("task2-5-learning-rate[lr-0.001]", "co543/model-b", {}, 0.001),
    ],
)
def test_recipes_of_task_2(
    lab: dict[str, Unit], unit: str, model: str, arguments: dict[str, str], learning_rate: float
) -> None:
    training = lab[unit].training
    assert training is not None
    assert training.model_dump(exclude_defaults=True) == {
        "model": {"name": model} | ({"arguments": arguments} if arguments else {}),
        "dataset": {
            "name": "mnist",
            "transforms": [{"kind": "normalize", "mean": [0.5], "std": [0.5]}],
        },
        "optimizer": {"name": "adam"}
        | ({"learning_rate": learning_rate} if learning_rate != 0.001 else {}),
        "epochs": 10,
        "batch_size": 64,
    }
    assert training.shuffle
    assert training.loss == "cross_entropy"


@pytest.mark.parametrize(
    ("unit", "architecture", "weights"),
    [
        ("task1-resnet18", "resnet18", "ResNet18_Weights.IMAGENET1K_V1"),
        ("task1-alexnet", "alexnet", "AlexNet_Weights.IMAGENET1K_V1"),
    ],
)
def test_recipes_of_task_1(
    lab: dict[str, Unit], unit: str, architecture: str, weights: str
) -> None:
    training = lab[unit].training
    assert training is not None
    assert training.model_dump(exclude_defaults=True) == {
        "model": {
            "name": "torchvision",
            "arguments": {"architecture": architecture, "new_first_layer": True, "channels": 1},
            "weights": weights,
        },
        "dataset": {
            "name": "mnist",
            "transforms": [
                {"kind": "resize", "size": 224},
                {"kind": "normalize", "mean": [0.5], "std": [0.5]},
            ],
        },
        "optimizer": {"name": "adam"},
        "epochs": 10,
        "batch_size": 32,
        "evaluation_batch_size": 100,
    }
    assert training.shuffle
    hardware = lab[unit].question.hardware  # type: ignore[union-attr]
    assert hardware.accelerator
    assert hardware.cpu_seconds > 3600


def test_pretrained_weights_are_those_that_torchvision_names(lab: dict[str, Unit]) -> None:
    models = pytest.importorskip("torchvision.models")
    for unit, weights in {
        "task1-resnet18": models.ResNet18_Weights.IMAGENET1K_V1,
        "task1-alexnet": models.AlexNet_Weights.IMAGENET1K_V1,
    }.items():
        training = lab[unit].training
        assert training is not None
        assert str(weights) == training.model.weights


@pytest.mark.parametrize(
    ("unit", "reported"),
    [
        ("task1-resnet18", {"test_accuracy": 99.26, "train_loss": 0.0098}),
        ("task1-alexnet", {"test_accuracy": 11.35, "train_loss": 2.3016}),
        (
            "task2-1-model-a",
            {
                "test_accuracy": 98.01,
                "train_accuracy": [
                    90.90, 96.56, 97.53, 97.92, 98.35, 98.62, 98.80, 99.02, 99.13, 99.21,
                ],
                "train_loss": 0.0250,
            },
        ),
        (
            "task2-1-model-b",
            {"test_accuracy": 98.40, "train_accuracy": 99.64, "train_loss": 0.0111},
        ),
        ("task2-4-activations[relu]", {"test_accuracy": 98.38, "train_loss": 0.0157}),
        ("task2-4-activations[sigmoid]", {"test_accuracy": 97.47, "train_loss": 0.0618}),
        ("task2-4-activations[tanh]", {"test_accuracy": 98.34}),
        ("task2-5-learning-rate[lr-0.1]", {"test_accuracy": 10.28, "train_loss": 2.31}),
        ("task2-5-learning-rate[lr-0.01]", {"test_accuracy": 98.07, "train_loss": 0.0316}),
        ("task2-5-learning-rate[lr-0.001]", {"test_accuracy": 98.60}),
    ],
)  # fmt: skip
def test_reported_values(lab: dict[str, Unit], unit: str, reported: dict[str, Any]) -> None:
    assert lab[unit].reported == reported


@pytest.mark.parametrize(
    ("unit", "measure", "first", "last"),
    [
        ("task2-1-model-a", "train_accuracy", 90.90, 99.21),
        ("task2-1-model-a", "train_loss", 0.3241, 0.0250),
        ("task2-1-model-b", "train_accuracy", 92.75, 99.64),
        ("task2-1-model-b", "train_loss", 0.2501, 0.0111),
        ("task2-4-activations[relu]", "train_loss", 0.2623, 0.0157),
        ("task2-4-activations[sigmoid]", "train_loss", 0.6960, 0.0618),
        ("task2-4-activations[tanh]", "train_loss", None, None),
        ("task2-5-learning-rate[lr-0.1]", "train_loss", 3.17, 2.31),
        ("task2-5-learning-rate[lr-0.01]", "train_loss", 0.1433, 0.0316),
        ("task2-5-learning-rate[lr-0.001]", "train_loss", None, None),
    ],
)
def test_first_and_last_epoch_stand_beside_the_reports(
    grade_unit: Callable[..., dict[str, Graded]],
    unit: str,
    measure: str,
    first: float | None,
    last: float | None,
) -> None:
    run = a_run(epochs={measure: [7.0, 6.0, 5.0], "test_accuracy": [97.0] * 3})
    graded = grade_unit("co543_lab7", unit, {unit: [run]})
    name = measure.replace("_", "-")
    for expectation, value, reported in ((name, 5.0, last), (f"{name}-first", 7.0, first)):
        found = graded[expectation]
        assert (found.value, found.reported, found.points) == (value, reported, 0)


@pytest.mark.parametrize(
    ("unit", "parameters"),
    [
        ("task1-resnet18", 11_175_370),
        ("task1-alexnet", 57_029_322),
        ("task2-1-model-a", 101_146),
        ("task2-1-model-b", 202_666),
    ],
)
def test_parameters(lab: dict[str, Unit], unit: str, parameters: int) -> None:
    assert lab[unit].expect["parameters"].equals == parameters  # type: ignore[union-attr]


def test_alexnet_may_collapse_or_learn(lab: dict[str, Unit]) -> None:
    modes = lab["task1-alexnet"].expect["accuracy"].modes  # type: ignore[union-attr]
    assert modes is not None
    assert modes["collapsed"].low <= 8.92 <= 11.35 <= modes["collapsed"].high
    assert modes["learning"].low <= 98.80 <= modes["learning"].high


def test_the_collapsed_variant_scores_one_class_and_needs_the_learning_one(
    lab: dict[str, Unit],
) -> None:
    expectation = lab["task2-5-learning-rate[lr-0.1]"].expect["accuracy"]
    band = expectation.band  # type: ignore[union-attr]
    assert (band.low, band.high) == (8.92, 11.35)  # type: ignore[union-attr]
    assert expectation.requires == ["parameters", "task2-5-learning-rate[lr-0.001].accuracy"]


def test_only_safe_orders_are_asserted(lab: dict[str, Unit]) -> None:
    asserted = {
        (unit.id, name)
        for unit in lab.values()
        for name, expectation in unit.expect.items()
        if getattr(expectation, "descending", None) and expectation.points
    }
    assert asserted == {
        ("task2-4-comparison", "sigmoid-behind-relu"),
        ("task2-5-comparison", "too-fast-fails"),
    }
