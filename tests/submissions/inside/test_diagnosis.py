"""What is seen in a network, and what only looks like it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.models import adelaide, co543, ee449
from assessment.submissions.inside.diagnosis import DeadUnits, diagnose, layout
from assessment.submissions.inside.fitting import fit
from tests.submissions.inside.questions import MNIST, Mlp, digits, recipe, seeded, trained

IMAGES = torch.randn(40, *MNIST, generator=torch.Generator().manual_seed(3))
SMALL = torch.randn(40, 1, 8, 8, generator=torch.Generator().manual_seed(3))


class Stack(nn.Sequential):
    """Layers behind a flattening one."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(nn.Flatten(), *layers)


def linear(inputs: int = 64, outputs: int = 64) -> nn.Module:
    return nn.Linear(inputs, outputs)


# --- nothing wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", [co543.ModelA(), co543.ModelB("tanh"), adelaide.ComplexMlp([32, 32])], ids=repr
)
def test_sound_networks(model: nn.Module) -> None:
    torch.manual_seed(4)
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    found = diagnose(model, IMAGES)
    assert found.layers == layout(model, IMAGES)
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert (found.without_gradient, found.unknown_layers) == ([], [])
    assert (found.unbroken, found.ends_in) == ([], None)
    assert found.dead_share < 0.3


def test_looking_changes_nothing() -> None:
    seeded()
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), Stack(linear(144)))
    trained(nn.Sequential(model, nn.Linear(64, 10)), recipe())
    model.train()
    model[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [p.grad.clone() for p in model.parameters()]
    state = torch.get_rng_state()
    diagnose(model, SMALL)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), gradients, strict=True))
    assert [module.training for module in model] == [True, False, True, True]


def test_everything_is_plain_data_of_bounded_size() -> None:
    layers = [layer for _ in range(300) for layer in (linear(64, 64), nn.ReLU())]
    plain = diagnose(Stack(*layers), SMALL).plain()
    assert len(plain["layers"]) == 200
    text = json.dumps(plain)
    assert json.loads(text) == plain
    assert len(text) < 100_000


# --- gradients -----------------------------------------------------------------------------------


class Unused(Mlp):
    def __init__(self) -> None:
        super().__init__()
        self.extra = nn.Linear(3, 3)
        self.frozen = nn.Linear(3, 3).requires_grad_(False)


class Cut(Mlp):
    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(torch.relu(self.fc1(x.view(-1, 64))).detach())


class Detached(Mlp):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).detach()


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Mlp(), []),
        (Unused(), ["extra.weight", "extra.bias"]),
        (Cut(), ["fc1.weight", "fc1.bias"]),
        (Detached(), ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]),
        (nn.Sequential(Mlp(), nn.Softmax(dim=1)), []),
    ],
    ids=lambda value: type(value).__name__,
)
def test_parameters_without_gradient(model: nn.Module, names: list[str]) -> None:
    found = diagnose(model, SMALL)
    assert found.without_gradient == names
    assert found.zero_gradient == []


def test_layers_that_are_kept_in_a_list_are_not_trained() -> None:
    class Listed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Linear(64, 16), nn.Linear(16, 10)]
            self.last = nn.Linear(10, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1)
            for layer in self.layers:
                x = torch.relu(layer(x))
            return self.last(x)

    found = diagnose(Listed(), SMALL)
    assert found.unknown_layers == ["Linear (16, 64)", "Linear (10, 16)"]
    assert found.parameters == 110


# --- dead units ----------------------------------------------------------------------------------


def test_dead_units_of_neurons_and_channels() -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.fc1, self.fc2 = nn.Conv2d(1, 4, 3), linear(144, 8), linear(8, 10)
            self.conv.bias.data[:1] = -1e6
            self.fc1.bias.data[:6] = -1e6
            self.act = nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            x = F.relu(self.conv(x)).flatten(1)
            return self.fc2(self.act(self.fc1(x)))

    found = diagnose(Half(), SMALL)
    assert found.dead == [DeadUnits("ReLU behind conv", 4, 1), DeadUnits("act", 8, 6)]
    assert found.dead_share == pytest.approx(7 / 12)
    assert found.plain()["dead"][0] == {"layer": "ReLU behind conv", "units": 4, "dead": 1}


def test_a_network_that_died_in_training() -> None:
    seeded()
    model = Mlp()
    alive = diagnose(model, SMALL)
    trained(model, recipe(optimizer={"name": "sgd", "learning_rate": 1e4}, epochs=1))
    dead = diagnose(model, digits().train_images[:40] / 255)
    assert alive.dead_share < 0.2
    assert dead.dead_share == 1.0
    assert dead.zero_gradient == ["fc1.weight", "fc1.bias", "fc2.weight"]


def test_rectifiers_that_share_a_module_are_told_apart() -> None:
    class Shared(Mlp):
        def __init__(self) -> None:
            super().__init__()
            self.act = nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            return self.act(self.fc2(self.act(self.fc1(x.flatten(1)))))

    assert [unit.layer for unit in diagnose(Shared(), SMALL).dead] == [
        "act behind fc1",
        "act behind fc2",
    ]


# --- missing activations -------------------------------------------------------------------------


class Written(nn.Module):
    """Two linear layers with something written out between them."""

    def __init__(self, between: Any) -> None:
        super().__init__()
        self.fc1, self.fc2, self.between = linear(), linear(64, 10), between

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.between(self.fc1(x.flatten(1))))


@pytest.mark.parametrize(
    ("between", "broken"),
    [
        (lambda x: x, False),
        (lambda x: 2 * x - 1, False),
        (nn.BatchNorm1d(64), False),
        (nn.Dropout(), False),
        (nn.Identity(), False),
        (lambda x: F.avg_pool1d(x[:, None], 1)[:, 0], False),
        (nn.ReLU(), True),
        (torch.sigmoid, True),
        (lambda x: x * (x > 0), True),  # nothing is seen of it but what it does
        (lambda x: torch.where(x > 0, x, 0.01 * x), True),
        (lambda x: x / (1 + x.abs()), True),
        (lambda x: (x + (x**2 + 1).sqrt()) / 2, True),
        (nn.LayerNorm(64), True),
    ],
)
def test_what_stands_between_two_layers(between: Any, broken: bool) -> None:
    assert diagnose(Written(between), SMALL).unbroken == ([] if broken else [("fc1", "fc2")])


def test_a_convolution_before_another() -> None:
    pools = nn.Sequential(nn.Conv2d(1, 4, 3), nn.AvgPool2d(2), nn.Conv2d(4, 4, 3))
    assert diagnose(pools, SMALL).unbroken == [("0", "2")]
    pools[1] = nn.MaxPool2d(2)
    assert diagnose(pools, SMALL).unbroken == []


def test_layers_side_by_side_are_no_pair() -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two, self.last = linear(), linear(), linear(64, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1)
            return self.last(torch.relu(self.one(x)) + torch.relu(self.two(x)))

    assert diagnose(Branches(), SMALL).unbroken == []


def test_a_pair_that_the_lab_asks_for_is_shown_too() -> None:
    """Whether it is a mistake, the reference's own layers say."""
    sample = torch.randn(40, 1, 32, 32)
    assert diagnose(ee449.mlp_2(), sample).unbroken == [("layers.3", "layers.4")]
    assert diagnose(ee449.cnn_3(), sample).unbroken == []


def test_functions_with_weights_count_too() -> None:
    class Bare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.randn(64, 20))
            self.v = nn.Parameter(torch.randn(10, 20))

        def forward(self, x: Tensor) -> Tensor:
            return F.linear(x.flatten(1) @ self.w, self.v)

    assert diagnose(Bare(), SMALL).unbroken == [("Linear", "Linear")]


# --- the end -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (nn.Softmax(dim=1), "Softmax"),
        (nn.LogSoftmax(dim=1), "LogSoftmax"),
        (nn.Sigmoid(), "Sigmoid"),
        (nn.ReLU(), "ReLU"),
        (nn.Sequential(nn.ReLU(), nn.Flatten()), "ReLU"),
        (nn.Identity(), None),
    ],
    ids=str,
)
def test_what_ends_a_network(end: nn.Module, told: str | None) -> None:
    assert diagnose(nn.Sequential(Mlp(), end), SMALL).ends_in == told


def test_a_softmax_that_is_only_looked_at_ends_nothing() -> None:
    class Watching(Mlp):
        def forward(self, x: Tensor) -> Tensor:
            logits = super().forward(x)
            self.confidence = logits.softmax(1).max()
            return logits

    assert diagnose(Watching(), SMALL).ends_in is None


# --- behind a plan -------------------------------------------------------------------------------


class Odd(Mlp):
    """Wants rows, in batches of 16, and gives probabilities in a tuple."""

    def forward(self, x: Tensor) -> Any:
        hidden = torch.relu(self.fc1(x.reshape(16, 64) if x.dim() == 2 else None))
        return hidden, self.fc2(hidden).softmax(1)


def test_an_adapted_model_is_seen_as_the_student_wrote_it() -> None:
    fitted = fit(Odd(), SMALL, 10, recipe())
    assert (fitted.plan.form, fitted.plan.batch) == ("flat", 16)
    for images in (SMALL, SMALL[:3]):
        found = diagnose(fitted.model, images)
        assert [layer.name for layer in found.layers] == ["fc1", "", "fc2", ""]
        assert [layer.kind for layer in found.layers] == ["Linear", "ReLU", "Linear", "Softmax"]
        assert found.ends_in == "Softmax"
        assert (found.without_gradient, found.unbroken) == ([], [])
        assert [dead.layer for dead in found.dead] == ["ReLU behind fc1"]


def test_what_forward_raises_is_the_callers_to_handle() -> None:
    with pytest.raises(RuntimeError):
        diagnose(Mlp(), torch.randn(4, 1, 9, 9))
