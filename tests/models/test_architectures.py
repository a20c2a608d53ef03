"""Every network has the size and the output that its lab gives."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from assessment.models import (
    adelaide,
    co543,
    co543_2025,
    digits,
    ee449,
    hw539,
    transfer,
)


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


SIZES: list[tuple[Callable[[], nn.Module], int, int]] = [
    (digits.Mlp, 8, 2_410),
    (digits.Cnn, 8, 9_930),
    (co543.ModelA, 28, 101_146),
    (co543.ModelB, 28, 202_666),
    (hw539.Mlp, 28, 101_770),
    (hw539.SheetCnn, 28, 592_074),
    (hw539.ReportCnn, 28, 2_427_594),
    (hw539.TopologyCnn, 28, 317_066),
    (lambda: adelaide.BasicMlp([512, 512]), 28, 669_706),
    (lambda: adelaide.BasicMlp([1024, 1024]), 28, 1_863_690),
    (lambda: adelaide.BasicMlp([512, 512, 512]), 28, 932_362),
    (lambda: adelaide.ComplexMlp([512, 256, 128, 64]), 28, 576_970),
    (lambda: adelaide.ComplexMlp([1024, 512, 256, 128, 64]), 28, 1_505_738),
    (lambda: adelaide.ComplexMlp([512, 256, 128, 64, 32, 16]), 28, 579_194),
    (adelaide.BasicCnn, 28, 421_642),
    (adelaide.ComplexCnn, 28, 858_506),
    (ee449.mlp_1, 32, 33_130),
    (ee449.mlp_2, 32, 35_498),
    (ee449.cnn_3, 32, 11_106),
    (ee449.cnn_4, 32, 13_522),
    (ee449.cnn_5, 32, 8_346),
]
COLOUR: list[tuple[Callable[[], nn.Module], int]] = [
    (co543_2025.ModelA, 6_423_466),
    (co543_2025.ModelB, 3_213_370),
    (lambda: transfer.network("resnet18", new_first_layer=True), 11_181_642),
    (lambda: transfer.network("alexnet"), 57_044_810),
]


@pytest.mark.parametrize(("build", "side", "size"), SIZES)
def test_size_and_output(build: Callable[[], nn.Module], side: int, size: int) -> None:
    model = build().eval()
    assert parameters(model) == size
    with torch.no_grad():
        assert model(torch.zeros(2, 1, side, side)).shape == (2, 10)


@pytest.mark.parametrize(("build", "size"), COLOUR)
def test_size_and_output_at_224(build: Callable[[], nn.Module], size: int) -> None:
    model = build().eval()
    assert parameters(model) == size
    with torch.no_grad():
        assert model(torch.zeros(2, 3, 224, 224)).shape == (2, 10)


@pytest.mark.parametrize(
    ("build", "places"),
    [(ee449.mlp_1, 1), (ee449.mlp_2, 1), (ee449.cnn_3, 2), (ee449.cnn_4, 4), (ee449.cnn_5, 6)],
)
def test_every_activation_of_ee449_is_replaced(
    build: Callable[[str], nn.Module], places: int
) -> None:
    layers = [type(module) for module in build("sigmoid").modules()]
    assert (layers.count(nn.Sigmoid), layers.count(nn.ReLU)) == (places, 0)
    layers = [type(module) for module in build("relu").modules()]
    assert (layers.count(nn.Sigmoid), layers.count(nn.ReLU)) == (0, places)


@pytest.mark.parametrize("build", [hw539.Mlp, hw539.SheetCnn, hw539.ReportCnn, hw539.TopologyCnn])
def test_homework_539_returns_log_probabilities(build: Callable[[], nn.Module]) -> None:
    outputs = build()(torch.randn(5, 1, 28, 28))
    torch.testing.assert_close(outputs.exp().sum(1), torch.ones(5))


@pytest.mark.parametrize(("build", "places"), [(co543.ModelA, 2), (co543.ModelB, 3)])
@pytest.mark.parametrize(
    ("activation", "layer"), [("relu", nn.ReLU), ("sigmoid", nn.Sigmoid), ("tanh", nn.Tanh)]
)
def test_every_activation_is_replaced(
    build: Callable[[str], nn.Module], places: int, activation: str, layer: type[nn.Module]
) -> None:
    layers = [type(module) for module in build(activation).modules()]
    assert layers.count(layer) == places
    assert sum(layers.count(other) for other in (nn.ReLU, nn.Sigmoid, nn.Tanh)) == places


def test_the_activation_of_lab_7_is_relu_unless_said() -> None:
    assert str(co543.ModelA()) == str(co543.ModelA("relu"))


def test_complex_networks_normalise_behind_the_activation() -> None:
    hidden = [
        type(layer)
        for layer in adelaide.ComplexMlp([64, 32]).layers
        if not isinstance(layer, nn.Flatten)
    ]
    assert hidden == [nn.Linear, nn.ReLU, nn.BatchNorm1d] * 2 + [nn.Linear]
    block = [nn.Conv2d, nn.ReLU, nn.BatchNorm2d, nn.MaxPool2d]
    assert [type(layer) for layer in adelaide.ComplexCnn().features] == block * 3
