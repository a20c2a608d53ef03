"""Networks of submissions and references, and the records that the real code makes of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.results.solution import Layer, ReferenceNetwork, Solution
from assessment.submissions.inside.diagnosis import layout
from assessment.submissions.inside.networks import looked_at
from assessment.training.parameters import trainable_parameters

DIGITS = (1, 8, 8)


class Handed(nn.Module):
    """What a student may write for the digits lab's second question; every step can be changed."""

    def __init__(self, filters: int = 16, kernel: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, filters, kernel, padding=kernel // 2)
        self.conv2 = nn.Conv2d(filters, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(32 * 4 * 4, 10)

    def act(self, x: Tensor) -> Tensor:
        return F.relu(x)

    def features(self, x: Tensor) -> Tensor:
        return self.pool(self.act(self.conv2(self.act(self.conv1(x)))))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.dropout(self.features(x).flatten(1)))


def images(shape: tuple[int, ...] = DIGITS) -> Tensor:
    """Return images on which networks are looked at."""
    return torch.randn(64, *shape, generator=torch.Generator().manual_seed(1))


def described(model: nn.Module, shape: tuple[int, ...] = DIGITS) -> ReferenceNetwork:
    """Return what a trainer tells of the reference's network."""
    told = looked_at(model, images(shape))
    known = {name: told[name] for name in ReferenceNetwork.model_fields if told.get(name)}
    layers = recorded(model, shape)
    return ReferenceNetwork(**known, layers=layers, parameters=trainable_parameters(model))


def handed_in(
    model: nn.Module, reference: nn.Module | None = None, shape: tuple[int, ...] = DIGITS
) -> Solution:
    """Return what a jail tells of a submission's network, beside the reference's."""
    told = {name: value for name, value in looked_at(model, images(shape)).items() if value}
    beside = None if reference is None else described(reference, shape)
    return Solution(**told, layers=recorded(model, shape), reference=beside)


def recorded(model: nn.Module, shape: tuple[int, ...] = DIGITS) -> list[Layer]:
    """Return the layers of a network."""
    return [Layer.model_validate(layer.plain()) for layer in layout(model, images(shape)[:4])]
