"""Lab 2: the spec file against the table of the lab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from assessment.grading.answers import judge
from assessment.grading.comparisons import compare
from assessment.models import co543_2025
from assessment.results.record import Graded
from assessment.spec.lab import AnswerQuestion, CheckpointQuestion
from assessment.spec.units import Unit
from tests.execution.test_finished import a_run
from tests.grading.uncalibrated import uncalibrated

UNITS = [
    "preprocessing",
    "task1-resnet18",
    "task1-alexnet",
    "task1-comparison",
    "task1-discussion",
    "task1-normalisation",
    "transfer-learning",
    "task2-1-model-a",
    "task2-1-model-b",
    "shapes-a",
    "shapes-b",
    "more-parameters",
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
    "checkpoint-resnet18",
    "checkpoint-alexnet",
    "checkpoint-model-a",
    "checkpoint-model-b",
]
NETWORKS = ("resnet18", "alexnet")
MODELS = ("model-a", "model-b")
RESNET = {
    "name": "torchvision",
    "arguments": {"architecture": "resnet18", "new_first_layer": True},
    "weights": "ResNet18_Weights.IMAGENET1K_V1",
}
ALEXNET = {
    "name": "torchvision",
    "arguments": {"architecture": "alexnet"},
    "weights": "AlexNet_Weights.IMAGENET1K_V1",
}


@pytest.fixture
def lab(units_of: Any) -> dict[str, Unit]:
    found: dict[str, Unit] = units_of("co543_lab7_2025")
    return found


def test_every_row_is_there(lab: dict[str, Unit]) -> None:
    assert list(lab) == UNITS


@pytest.mark.parametrize(
    ("unit", "model", "learning_rate"),
    [
        ("task1-resnet18", RESNET, 0.001),
        ("task1-alexnet", ALEXNET, 0.001),
        ("task2-1-model-a", {"name": "co543-2025/model-a"}, 0.001),
        ("task2-1-model-b", {"name": "co543-2025/model-b"}, 0.001),
        (
            "task2-4-activations[tanh]",
            {"name": "co543-2025/model-a", "arguments": {"activation": "tanh"}},
            0.001,
        ),
        ("task2-5-learning-rate[lr-0.1]", {"name": "co543-2025/model-b"}, 0.1),
    ],
)
def test_recipes(
    lab: dict[str, Unit], unit: str, model: dict[str, Any], learning_rate: float
) -> None:
    training = lab[unit].training
    assert training is not None
    rate = {"learning_rate": learning_rate} if learning_rate != 0.001 else {}
    assert training.model_dump(exclude_defaults=True) == {
        "model": model,
        "dataset": {
            "name": "mnist",
            "transforms": [
                {"kind": "resize", "size": 224},
                {"kind": "gray_to_rgb"},
                {"kind": "normalize", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
            ],
        },
        "optimizer": {"name": "adam", **rate},
        "epochs": 10,
        "batch_size": 32,
        "evaluation_batch_size": 100,
    }
    assert training.shuffle


def test_every_network_needs_an_accelerator_and_says_for_how_long(lab: dict[str, Unit]) -> None:
    for unit in lab.values():
        if unit.training is not None:
            hardware = unit.question.hardware  # type: ignore[union-attr]
            assert hardware.accelerator, unit.id
            assert hardware.cpu_seconds >= 3900, unit.id


@pytest.mark.parametrize(
    ("unit", "parameters", "accuracy", "first", "last"),
    [
        ("task1-resnet18", 11_181_642, 99.04, 0.0811, 0.0103),
        ("task1-alexnet", 57_044_810, 98.80, 0.4430, 0.1213),
        ("task2-1-model-a", 6_423_466, 97.26, 0.3515, 0.0267),
        ("task2-1-model-b", 3_213_370, 97.43, 0.2152, 0.0047),
    ],
)
def test_reported_values(
    lab: dict[str, Unit],
    unit: str,
    parameters: int,
    accuracy: float,
    first: float,
    last: float,
    grade_unit: Callable[..., dict[str, Graded]],
) -> None:
    assert lab[unit].reported["test_accuracy"] == accuracy
    assert lab[unit].expect["parameters"].equals == parameters  # type: ignore[union-attr]
    run = a_run(epochs={"train_loss": [7.0, 6.0, 5.0], "test_accuracy": [97.0] * 3})
    graded = grade_unit("co543_lab7_2025", unit, {unit: [run]})
    assert (graded["train-loss"].value, graded["train-loss"].reported) == (5.0, last)
    assert (graded["train-loss-first"].value, graded["train-loss-first"].reported) == (7.0, first)


def test_the_pretrained_networks_give_every_epochs_loss(lab: dict[str, Unit]) -> None:
    assert all(len(lab[f"task1-{name}"].reported["train_loss"]) == 10 for name in NETWORKS)


def test_the_text_says_what_the_checkpoints_scored(lab: dict[str, Unit]) -> None:
    texts = {name: lab[f"checkpoint-{name}"].question.text for name in (*NETWORKS, *MODELS)}
    assert "99.04 before and after" in texts["resnet18"]
    assert "did not load it again" in texts["alexnet"]
    assert "97.26, twice" in texts["model-a"]
    assert "97.43 after loading" in texts["model-b"]
    assert "11,689,512" in lab["task1-resnet18"].question.text


def test_alexnet_may_learn_or_collapse(lab: dict[str, Unit]) -> None:
    modes = lab["task1-alexnet"].expect["accuracy"].modes  # type: ignore[union-attr]
    assert modes is not None
    assert any(mode.low <= 98.80 <= mode.high for mode in modes.values())
    assert any(mode.low <= 11.35 <= mode.high for mode in modes.values())
    assert all(mode.share == 1 for mode in modes.values())


def test_the_claim_that_model_b_is_larger_is_found_out(lab: dict[str, Unit]) -> None:
    sizes = {"task2-1-model-a": 6_423_466, "task2-1-model-b": 3_213_370}
    runs = {name: [a_run().model_copy(update={"parameters": n})] for name, n in sizes.items()}
    assert compare(lab["task2-2-comparison"], "parameters", lab, runs, uncalibrated).graded.met
    claimed = {name: runs[other] for name, other in zip(sizes, reversed(sizes), strict=True)}
    graded = compare(lab["task2-2-comparison"], "parameters", lab, claimed, uncalibrated).graded
    assert (graded.met, graded.earned) == (False, 0.0)
    assert "task2-1-model-a 3,213,370 is below task2-1-model-b 6,423,466" in graded.why


@pytest.mark.parametrize(
    ("name", "model"), [("shapes-a", co543_2025.ModelA), ("shapes-b", co543_2025.ModelB)]
)
def test_shapes_are_those_of_the_networks(
    lab: dict[str, Unit], name: str, model: type[nn.Module]
) -> None:
    """Behind an activation the shape stays, and so it is not named again."""
    shapes: list[str] = []

    def note(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        if not isinstance(layer, nn.ReLU):
            shapes.append("x".join(map(str, output.shape[1:])))

    network = model()
    for layer in network.modules():
        if not list(layer.children()):
            layer.register_forward_hook(note)
    network(torch.zeros(1, 3, 224, 224))
    question = lab[name].question
    assert isinstance(question, AnswerQuestion)
    assert question.answer == question.reported == ", ".join(shapes)


def test_the_reports_claim_of_the_larger_model_is_judged_wrong(lab: dict[str, Unit]) -> None:
    question = lab["more-parameters"].question
    assert isinstance(question, AnswerQuestion)
    assert not judge(question, str(question.reported)).right
    assert judge(question, "model a").right


def test_each_network_is_saved_and_loaded(lab: dict[str, Unit]) -> None:
    saved = {
        unit.question.of: unit.question.file
        for unit in lab.values()
        if isinstance(unit.question, CheckpointQuestion)
    }
    assert saved == {
        "task1-resnet18": "resnet18_mnist.pth",
        "task1-alexnet": "alexnet_mnist.pth",
        "task2-1-model-a": "modelA_mnist.pth",
        "task2-1-model-b": "modelB_mnist.pth",
    }
