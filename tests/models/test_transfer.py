"""Transfer learning keeps every weight but those of the replaced layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from assessment.models.transfer import network

Build = Callable[..., nn.Module]
CASES: list[tuple[Build, Callable[[], nn.Module], set[str]]] = [
    (
        partial(network, "resnet18", new_first_layer=True, channels=1),
        models.resnet18,
        {"conv1.weight", "fc.weight", "fc.bias"},
    ),
    (
        partial(network, "alexnet", new_first_layer=True, channels=1),
        models.alexnet,
        {"features.0.weight", "features.0.bias", "classifier.6.weight", "classifier.6.bias"},
    ),
    (
        partial(network, "alexnet"),
        models.alexnet,
        {"classifier.6.weight", "classifier.6.bias"},
    ),
]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "weights.pth"


@pytest.fixture(autouse=True)
def _tidy(weights: Path) -> object:
    """Remove the file at once: AlexNet's has 244 MB."""
    yield
    weights.unlink(missing_ok=True)


@pytest.mark.parametrize(("build", "original", "replaced"), CASES)
def test_pretrained_weights_are_kept(
    build: Callable[..., nn.Module],
    original: Callable[[], nn.Module],
    replaced: set[str],
    weights: Path,
) -> None:
    given: dict[str, Tensor] = original().state_dict()
    torch.save(given, weights)
    taken = build(weights=str(weights)).state_dict()
    assert taken.keys() == given.keys()
    assert {n for n in given if not torch.equal(taken[n], given[n])} == replaced


def test_nothing_is_frozen() -> None:
    assert all(p.requires_grad for p in network("resnet18").parameters())


def test_the_replaced_layers_are_those_of_the_sheet() -> None:
    resnet = network("resnet18", new_first_layer=True, channels=1)
    assert str(resnet.conv1) == (
        "Conv2d(1, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)"
    )
    assert str(resnet.fc) == "Linear(in_features=512, out_features=10, bias=True)"
    alexnet: Any = network("alexnet", new_first_layer=True, channels=1)
    assert str(alexnet.features[0]) == (
        "Conv2d(1, 64, kernel_size=(11, 11), stride=(4, 4), padding=(2, 2))"
    )
    assert str(alexnet.classifier[6]) == "Linear(in_features=4096, out_features=10, bias=True)"


@pytest.mark.parametrize(
    ("architecture", "head"),
    [
        ("vgg11", "classifier.6"),
        ("mobilenet_v3_small", "classifier.3"),
        ("efficientnet_b0", "classifier.1"),
        ("densenet121", "classifier"),
        ("convnext_tiny", "classifier.2"),
        ("vit_b_16", "heads.head"),
    ],
)
def test_heads_of_other_families(architecture: str, head: str) -> None:
    layer = network(architecture, classes=3).get_submodule(head)
    assert isinstance(layer, nn.Linear)
    assert layer.out_features == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "resnet81"}, "resnet81"),
        ({"architecture": "squeezenet1_0"}, "does not end in a linear layer"),
        ({"architecture": "resnet18", "channels": 1}, "need `new_first_layer: true`"),
    ],
)
def test_what_cannot_be_built(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        network(**arguments)


def test_weights_of_another_network_are_refused(weights: Path) -> None:
    torch.save({"fc.weight": torch.zeros(1000, 512)}, weights)
    with pytest.raises(ValueError, match=r"^weights\.pth does not hold the weights of resnet18$"):
        network("resnet18", weights=str(weights))


def test_pickled_code_is_not_executed(weights: Path) -> None:
    torch.save(models.resnet18(), weights)  # a whole module: needs arbitrary classes to load
    with pytest.raises(ValueError, match=r"^weights\.pth cannot be read as a state dict"):
        network("resnet18", weights=str(weights))
