"""Faults in how networks are made, looked at by the code that looks at hand-ins."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.grading.structure import Structure
from assessment.models import digits, ee449
from assessment.results.solution import ReferenceNetwork, Solution
from tests.grading.networks import Handed, handed_in

GRAY = (1, 32, 32)


class Mlp(nn.Module):
    """Two linear layers with something between them."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.fc1(x.flatten(1)))


class Listed(Mlp):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = [nn.Linear(32, 32), nn.Linear(32, 32)]

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.fc1(x.flatten(1)))
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.fc2(x)


class Unused(digits.Mlp):
    def __init__(self) -> None:
        super().__init__()
        self.old = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))


class Cut(Mlp):
    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.relu(self.fc1(x.flatten(1))).detach())


def faults(model: nn.Module, reference: nn.Module | None = None, **known: object) -> list[str]:
    """Return what is said of a network; of its layers only where they are asked for."""
    return Structure(handed_in(model, reference), **known).faults()  # type: ignore[arg-type]


@pytest.mark.parametrize("model", [digits.Mlp(), digits.Cnn(), Handed()], ids=["mlp", "cnn", "own"])
def test_sound_networks_have_none(model: nn.Module) -> None:
    assert faults(model) == []
    assert faults(model, digits.Cnn(), classes=10) == []


def test_layers_in_a_plain_list() -> None:
    assert faults(Listed(), digits.Mlp()) == [
        "The weights of `Linear (32, 32)` and `Linear (32, 32)` are never trained: your network "
        "does not know layers that are kept in a plain list or made within forward; make them in "
        "`__init__`, as attributes or in an `nn.ModuleList`."
    ]


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Unused(), "`old.0.weight`, `old.0.bias`, `old.1.weight` and 1 more"),
        (Cut(), "`fc1.weight` and `fc1.bias`"),
    ],
    ids=["unused", "cut"],
)
def test_parameters_that_no_gradient_reaches(model: nn.Module, names: str) -> None:
    assert faults(model, digits.Mlp()) == [
        f"No gradient reaches {names}, so that training leaves them as they were: forward does "
        "not use them, or a `detach()` or `no_grad()` behind them cuts them off."
    ]


def test_parameters_that_the_reference_does_not_use_either() -> None:
    assert faults(Unused(), Unused()) == []


# --- activations ---------------------------------------------------------------------------------


def no_activation(first: str, second: str, cure: str) -> str:
    return (
        f"No activation stands between {first} and {second}, so that together they can do no more "
        f"than one layer: put {cure} there."
    )


@pytest.mark.parametrize(
    ("reference", "cure"),
    [
        (digits.Mlp(), "ReLU"),
        (nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10)), "Tanh"),
        (None, "one"),
    ],
    ids=["ReLU", "Tanh", "unknown"],
)
@pytest.mark.parametrize("asked", [True, False])
def test_a_missing_activation_is_told_once(
    reference: nn.Module | None, cure: str, asked: bool
) -> None:
    found = faults(Mlp(), reference, parameters=2410, asked=asked)
    assert found == [no_activation("`fc1`", "`fc2`", cure)]


def test_what_else_is_missing_is_told_beside() -> None:
    class Bare(Handed):
        def features(self, x: Tensor) -> Tensor:
            return self.pool(self.conv2(self.conv1(x)))

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(self.features(x).flatten(1))

    assert faults(Bare(), digits.Cnn(), asked=True) == [
        "Your network is not the one that is asked for: ReLU is missing after `conv2`.",
        "Besides, Dropout is missing after `pool`.",
        no_activation("`conv1`", "`conv2`", "ReLU"),
    ]


def second_mlp(*between: nn.Module) -> nn.Module:
    """Return the homework's second network, which has a linear pair, with more in it."""
    layers = nn.Linear(32, 64, bias=False), *between, nn.Linear(64, 10)
    return nn.Sequential(nn.Flatten(), nn.Linear(1024, 32), nn.ReLU(), *layers)


def told_of(model: nn.Module) -> list[str]:
    told = handed_in(model, ee449.mlp_2(), GRAY)
    assert told.reference is not None
    assert len(told.reference.unbroken) == 1, "the handout's network has none there either"
    return Structure(told).faults()


def test_what_the_reference_lacks_too_is_no_fault() -> None:
    assert told_of(ee449.mlp_2()) == []
    assert told_of(second_mlp()) == []
    wider = nn.Sequential(
        *(nn.Flatten(), nn.Linear(1024, 48), nn.ReLU()),
        *(nn.Linear(48, 80, bias=False), nn.Linear(80, 10)),
    )
    assert told_of(wider) == []


def test_what_it_has_elsewhere_is_one() -> None:
    model = nn.Sequential(
        *(nn.Flatten(), nn.Linear(1024, 32), nn.Linear(32, 64, bias=False), nn.ReLU()),
        nn.Linear(64, 10),
    )
    assert told_of(model) == [no_activation("`1`", "`2`", "ReLU")]


def test_layers_that_are_used_twice_have_their_place_told() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.again = nn.Linear(64, 32), nn.Linear(32, 32)
            self.last = nn.Linear(32, 10)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(F.relu(self.again(self.again(F.relu(self.first(x.flatten(1)))))))

    told = handed_in(Twice())
    assert told.unbroken == [["again behind first", "again behind first"]]
    place = "`again` after `first`"
    assert Structure(told).faults() == [no_activation(place, place, "one")]


@pytest.mark.parametrize(
    ("last", "cost"),
    [
        (nn.ReLU(), "no class can score below 0, and where all would there is no gradient"),
        (nn.Sigmoid(), "with cross-entropy the loss cannot fall below 1.46"),
        (nn.Tanh(), "with cross-entropy the loss cannot fall below 0.80"),
        (nn.LeakyReLU(), "the loss wants scores that can be any number"),
        (nn.Softmax(dim=1), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_activation_behind_the_last_layer(last: nn.Module, cost: str | None) -> None:
    name = type(last).__name__
    told = f"Your network ends in {name}: {cost}; return what the last layer gives."
    model = nn.Sequential(digits.Mlp(), last)
    wanted = [] if cost is None else [told]
    assert faults(model, digits.Mlp(), classes=10, asked=True) == wanted
    assert faults(model, model, classes=10, asked=True) == [], "the reference ends so too"


def test_how_low_the_loss_can_fall() -> None:
    """The bound that is told is the loss of outputs that are as right as they can be."""
    right = torch.full((1, 10), -1.0).index_fill(1, torch.tensor([3]), 1.0)
    for output, bound in ((right, 0.80), ((right + 1) / 2, 1.46)):
        assert float(F.cross_entropy(output, torch.tensor([3]))) == pytest.approx(bound, abs=0.005)


# --- what a jail may tell ------------------------------------------------------------------------


def test_what_is_not_known_is_not_told_of() -> None:
    assert Structure(Solution()).faults() == []
    assert Structure(Solution(), asked=True, parameters=5).remarks() == []
    assert Structure(Solution(reference=ReferenceNetwork()), asked=True).faults() == []


def test_names_that_fit_no_layer() -> None:
    told = Solution(
        unbroken=[["a", "b"], ["c"] * 2, ["", ""]], ends_in="<script>", unknown_layers=["`" * 99]
    )
    [found] = Structure(told).faults()
    assert found.startswith("The weights of `'''")
    assert len(found) < 400
