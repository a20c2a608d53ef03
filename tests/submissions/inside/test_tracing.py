"""Layers as they are executed: modules, functions, and what only looks like one."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.boundary.layers import (
    MOST_LAYERS,
    Layer,
    activations_within,
    compared,
    contains,
    same_layout,
    same_types,
)
from assessment.models.co543 import ModelA
from assessment.submissions.inside.tracing import Tracer, layout
from tests.submissions.inside.models import ModelA as Functional
from tests.submissions.inside.questions import MNIST, Mlp, same_state

IMAGES = torch.randn(2, *MNIST)


def kinds(model: nn.Module, sample: Tensor = IMAGES) -> list[str]:
    return [layer.kind for layer in layout(model, sample)]


def test_modules_in_the_order_of_execution() -> None:
    found = layout(ModelA(), IMAGES)
    assert [layer.name for layer in found] == [
        *("features.0", "features.1", "features.2"),
        *("classifier.0", "classifier.1", "classifier.2", "classifier.3"),
    ]
    assert found[0] == Layer("Conv2d", "features.0", ((8, 1, 3, 3), (8,)), (8, 28, 28))
    assert [layer.output for layer in found[1:]] == [
        *((8, 28, 28), (8, 14, 14), (1568,), (64,), (64,), (10,)),
    ]


def test_functions_are_seen_as_the_layers_that_they_act_like() -> None:
    written, reference = layout(Functional(), IMAGES), layout(ModelA(), IMAGES)
    assert [layer.kind for layer in written] == [
        *("Conv2d", "ReLU", "MaxPool2d", "Linear", "ReLU", "Linear"),
    ]
    assert [layer.functional for layer in written] == [False, True, True, False, True, False]
    assert same_layout(written, reference)
    assert not same_layout(layout(Functional(torch.tanh), IMAGES), reference)
    assert not same_types(layout(Functional(torch.tanh), IMAGES), reference)


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (torch.relu, "ReLU"),
        (F.relu, "ReLU"),
        (lambda x: x.relu(), "ReLU"),
        (lambda x: x.clone().relu_(), "ReLU"),
        (lambda x: x.clamp(min=0), "ReLU"),
        (lambda x: torch.clamp(x, 0), "ReLU"),
        (lambda x: torch.maximum(x, torch.zeros(1)), "ReLU"),
        (F.relu6, "ReLU6"),
        (F.leaky_relu, "LeakyReLU"),
        (torch.sigmoid, "Sigmoid"),
        (lambda x: x.tanh(), "Tanh"),
        (F.logsigmoid, "LogSigmoid"),
        (F.gelu, "GELU"),
        (F.silu, "SiLU"),
        (F.softplus, "Softplus"),
        (lambda x: F.softmax(x, dim=1), "Softmax"),
        (lambda x: torch.log_softmax(x, 1), "LogSoftmax"),
        (lambda x: F.dropout(x, 0.5, False), "Dropout"),
        (lambda x: F.avg_pool2d(x, 2), "AvgPool2d"),
        (lambda x: F.adaptive_avg_pool2d(x, 4), "AdaptiveAvgPool2d"),
        (lambda x: x.clamp(0, 1), None),
        (lambda x: x.clamp(min=1), None),
        (lambda x: x * (x > 0), None),
        (lambda x: x @ torch.ones(28, 3), None),
        (lambda x: x.view(-1, 784).view(-1, *MNIST), None),
    ],
)
def test_functions(function: Any, kind: str | None) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(function(x))

    assert kinds(Net()) == [*([kind] if kind else []), "Conv2d"]


def test_weights_of_ones_own_are_a_linear_layer() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.randn(784, 10))
            self.v = nn.Parameter(torch.randn(10, 10))

        def forward(self, x: Tensor) -> Tensor:
            return F.linear(x.flatten(1) @ self.w, self.v)

    found = layout(Net(), IMAGES)
    assert [(layer.kind, layer.parameters) for layer in found] == [
        ("Linear", ((784, 10),)),
        ("Linear", ((10, 10),)),
    ]


def test_modules_that_the_model_does_not_know() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kept = [nn.Linear(784, 16)]
            self.last = nn.Linear(16, 10)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(nn.ReLU()(self.kept[0](x.flatten(1))))

    found = layout(Net(), IMAGES)
    assert [(layer.kind, layer.registered) for layer in found] == [
        ("Linear", False),
        ("ReLU", True),  # without weights it does no harm
        ("Linear", True),
    ]


def test_a_layer_of_ones_own_that_nothing_else_shows() -> None:
    class Swish(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x / (1 + torch.exp(-x))

    class Rectifier(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.relu(x)

    assert kinds(nn.Sequential(Swish(), nn.Flatten(), Rectifier())) == ["Swish", "Flatten", "ReLU"]


def test_nothing_within_a_layer_of_torch_is_a_layer() -> None:
    model = nn.Sequential(nn.Flatten(2), nn.TransformerEncoderLayer(784, 2, 16, batch_first=True))
    assert kinds(model) == ["Flatten", "TransformerEncoderLayer"]
    assert len(layout(model, IMAGES)[1].parameters) == 12


def test_looking_changes_nothing() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten())
    model[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    layout(model, IMAGES)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model] == [True, False, True, True]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model)


def test_hooks_are_gone_after_an_error() -> None:
    tracer = Tracer(nn.Sequential(nn.Flatten(), nn.Linear(3, 3)))
    with pytest.raises(RuntimeError):
        tracer.run(IMAGES)
    assert tracer.culprit is not None
    name, module, given = tracer.culprit
    assert (name, type(module), tuple(given.shape)) == ("1", nn.Linear, (2, 784))
    before = len(tracer.layers)
    ModelA()(IMAGES)
    assert len(tracer.layers) == before


def test_a_module_whose_error_is_caught_does_not_hide_what_follows() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wrong, self.right = nn.Linear(3, 3), nn.Linear(784, 10)

        def forward(self, x: Tensor) -> Tensor:
            try:
                return self.wrong(x)
            except RuntimeError:
                return self.right(x.flatten(1))

    assert kinds(nn.Sequential(Net(), nn.ReLU())) == ["Linear", "ReLU"]


def test_lists_and_names_are_bounded() -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module("x" * 500, nn.Linear(784, 784))

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1)
            for _ in range(MOST_LAYERS + 50):
                x = next(self.children())(x)
            return x

    found = layout(Loop(), IMAGES)
    assert len(found) == MOST_LAYERS
    assert {len(layer.name) for layer in found} == {80}


def test_layers_are_plain_data() -> None:
    found = layout(Functional(), IMAGES)
    again = json.loads(json.dumps([layer.plain() for layer in found]))
    assert [Layer.of_plain(plain) for plain in again] == found


def test_comparisons_look_past_shapes_and_a_softmax_at_the_end() -> None:
    plain, more = nn.Linear(784, 10), [nn.Flatten(), nn.Identity(), nn.LogSoftmax(dim=1)]
    one = layout(nn.Sequential(more[0], plain), IMAGES)
    other = layout(nn.Sequential(*more[:2], plain, more[2]), IMAGES)
    assert [layer.kind for layer in compared(other)] == ["Linear"]
    assert same_layout(one, other)


def test_a_part_of_a_network() -> None:
    whole = layout(ModelA(), IMAGES)
    assert contains(whole, whole[:3])
    assert contains(whole, whole[4:])
    assert not contains(whole, whole)
    assert not contains(whole, [whole[0], whole[4]])
    assert not contains(whole, [])


def test_the_activation_that_ends_a_network_is_none_of_its_own() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 9), nn.Tanh(), nn.Linear(9, 9), nn.Sigmoid())
    assert activations_within(layout(model, IMAGES)) == ["Tanh"]


def test_lazy_layers_find_their_sizes() -> None:
    model = nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
    (layer,) = compared(layout(model, IMAGES))
    assert (layer.kind, layer.parameters) == ("Linear", ((10, 784), (10,)))


def test_the_sample_network_does_not_depend_on_looking() -> None:
    torch.manual_seed(1)
    one = Mlp()
    torch.manual_seed(1)
    other = Mlp()
    layout(other, torch.randn(2, 1, 8, 8))
    assert same_state(one, other)
