"""Networks of one question as students write them, and what a question asks for."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.models import co543
from tests.submissions.inside.questions import MNIST, like, question

MODEL_A = like(co543.ModelA(), MNIST, names=("ModelA",))
MODEL_B = like(co543.ModelB(), MNIST, names=("ModelB",))
ANY = question(MNIST)


def with_activation(kind: str, **more: Any) -> Any:
    reference = co543.ModelA(kind)
    return like(reference, MNIST, arguments={"activation": kind}, names=("ModelA",), **more)


def small(activation: Any = torch.relu, hidden: int = 16, inputs: int = 784) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, hidden), activation, nn.Linear(hidden, 10))


class ModelA(nn.Module):
    """co543/model-a, with an activation that is called."""

    def __init__(self, activation: Any = F.relu) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.fc1 = nn.Linear(1568, 64)
        self.fc2 = nn.Linear(64, 10)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.activation(self.conv1(x)), 2)
        return self.fc2(self.activation(self.fc1(x.view(-1, 1568))))


class ByName(ModelA):
    def __init__(self, act_fn: Any) -> None:
        super().__init__({"ReLU": torch.relu, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh}[act_fn])


class Otherwise(ModelA):
    """Takes whatever it does not know for tanh."""

    def __init__(self, activation: Any = "RELU") -> None:
        known = {"RELU": nn.ReLU(), "SIGMOID": nn.Sigmoid()}
        super().__init__(known.get(activation, nn.Tanh()))


class ByClass(ModelA):
    def __init__(self, nonlinearity: Any = nn.ReLU) -> None:
        super().__init__(nonlinearity())


class ByModule(nn.Module):
    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, padding=1), act, nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(1568, 64), act, nn.Linear(64, 10)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Fixed(ModelA):
    def __init__(self) -> None:
        super().__init__(torch.relu)


class Saturating(ModelA):
    def __init__(self) -> None:
        super().__init__(torch.sigmoid)


class Broken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        raise ValueError("no such file: data.csv")


class Head(nn.Module):
    """Would do as a model by itself."""

    def __init__(self, inputs: int = 784) -> None:
        super().__init__()
        self.fc = nn.Linear(inputs, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.flatten(1))


class Whole(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 1, 3, padding=1), Head()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.conv(x)))
