"""Questions and definitions as the tests of finding and fitting write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from assessment.spec.recipe import Training
from assessment.submissions.inside.candidates import Candidate, Kind, Wanted
from assessment.submissions.inside.tracing import layout
from assessment.training.environment import Conditions
from assessment.training.loop import EpochReport, Images, Verdict, train

MNIST = (1, 28, 28)
SMALL = (1, 8, 8)


def question(shape: tuple[int, int, int] = SMALL, **more: Any) -> Wanted:
    """Ask for a classifier of ten classes."""
    return Wanted(**{"question": "q1", "shape": shape, "classes": 10, **more})


def like(reference: nn.Module, shape: tuple[int, int, int] = SMALL, **more: Any) -> Wanted:
    """Ask for what the reference is."""
    layers = tuple(layout(reference, torch.randn(2, *shape)))
    count = sum(p.numel() for p in reference.parameters())
    return question(shape, layout=layers, parameters=count, **more)


def defined(
    target: Any,
    name: str | None = None,
    kind: Kind | None = None,
    version: int = 1,
    place: str = "",
) -> Candidate:
    """Return a candidate whose loading gives `target`, or what `target()` gives for an object."""
    if kind is None:
        kind = "class" if isinstance(target, type) else "factory"
    name = name or target.__name__
    load = target if kind == "object" else lambda: target
    return Candidate(name, kind, place or f"lab.ipynb, cell {version}, line 1", version, load)


def recipe(**more: Any) -> Training:
    """Return a recipe of two epochs on small images."""
    return Training.model_validate(
        {
            "model": {"name": "submitted"},
            "dataset": {"name": "digits"},
            "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
            "epochs": 2,
            "batch_size": 32,
            **more,
        }
    )


def digits(count: int = 100, shape: tuple[int, int, int] = SMALL) -> Images:
    """Return images of bright spots whose places tell their classes."""
    generator = torch.Generator().manual_seed(5)
    images = torch.randint(0, 40, (count + 30, *shape), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 10, (count + 30,), generator=generator)
    for image, label in zip(images, labels, strict=True):
        image[:, label % shape[1], label // 2 % shape[2]] = 255
    return Images(images[:count], labels[:count], images[count:])


class Kept:
    """Keeps what a training reports."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.logits: list[np.ndarray[Any, Any]] = []

    def epoch_ended(self, report: EpochReport, *, answer: bool) -> Verdict:
        self.losses.append(report.numbers["epochs"]["train_loss"])
        self.logits.append(report.logits["test"])
        return Verdict()


def trained(model: nn.Module, training: Training, images: Images | None = None) -> Kept:
    """Train a model as a run does, and return what it reported."""
    kept = Kept()
    train(training, model, images or digits(), 10, 1, kept)
    return kept


def seeded(seed: int = 7) -> None:
    """Seed every generator as a run does."""
    Conditions(torch.device("cpu"), torch.get_num_threads()).establish(seed)


def same_state(one: nn.Module, other: nn.Module) -> bool:
    """Tell whether two models have the same names and numbers, bit for bit."""
    first, second = one.state_dict(), other.state_dict()
    return list(first) == list(second) and all(
        torch.equal(value, second[name]) for name, value in first.items()
    )


class Mlp(nn.Module):
    """Takes images, gives logits: nothing to adapt."""

    def __init__(self, hidden: int = 16) -> None:
        super().__init__()
        self.fc1 = nn.Linear(64, hidden)
        self.fc2 = nn.Linear(hidden, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(-1, 64)
        logits: Tensor = self.fc2(torch.relu(self.fc1(x)))
        return logits
