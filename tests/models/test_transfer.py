"""Transfer learning keeps every weight but those of the replaced layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from assessment.models.transfer import alexnet_gray, resnet18_gray

CASES = [
    (resnet18_gray, models.resnet18, {"conv1.weight", "fc.weight", "fc.bias"}),
    (
        alexnet_gray,
        models.alexnet,
        {"features.0.weight", "features.0.bias", "classifier.6.weight", "classifier.6.bias"},
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


@pytest.mark.parametrize("build", [resnet18_gray, alexnet_gray])
def test_nothing_is_frozen(build: Callable[..., nn.Module]) -> None:
    assert all(p.requires_grad for p in build().parameters())


def test_the_replaced_layers_are_those_of_the_sheet() -> None:
    resnet = resnet18_gray()
    assert str(resnet.conv1) == (
        "Conv2d(1, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)"
    )
    assert str(resnet.fc) == "Linear(in_features=512, out_features=10, bias=True)"
    alexnet = alexnet_gray()
    assert str(alexnet.features[0]) == (
        "Conv2d(1, 64, kernel_size=(11, 11), stride=(4, 4), padding=(2, 2))"
    )
    assert str(alexnet.classifier[6]) == "Linear(in_features=4096, out_features=10, bias=True)"


def test_the_number_of_classes_can_be_chosen() -> None:
    assert resnet18_gray(classes=3).fc.out_features == 3


def test_weights_of_another_network_are_refused(weights: Path) -> None:
    torch.save({"fc.weight": torch.zeros(1000, 512)}, weights)
    with pytest.raises(RuntimeError, match="Missing key"):
        resnet18_gray(weights=str(weights))


def test_pickled_code_is_not_executed(weights: Path) -> None:
    torch.save(models.resnet18(), weights)  # a whole module: needs arbitrary classes to load
    with pytest.raises(Exception, match="weights_only"):
        resnet18_gray(weights=str(weights))
