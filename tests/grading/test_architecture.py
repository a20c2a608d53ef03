"""Networks that are the reference's, and networks that are not: what is said of each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.grading.architecture import Networks, differences
from assessment.models import digits, ee449
from assessment.results.solution import Layer, ReferenceNetwork, Solution
from assessment.training.parameters import trainable_parameters
from tests.grading.networks import DIGITS, Handed, recorded


def compared(
    model: nn.Module,
    reference: nn.Module,
    shape: tuple[int, ...] = DIGITS,
    *,
    asked: bool = True,
    counted: bool = True,
) -> list[str]:
    """Return what is said of a network beside the reference's; `counted`: with sizes."""
    beside = ReferenceNetwork(
        layers=recorded(reference, shape), parameters=trainable_parameters(reference)
    )
    told = Solution(layers=recorded(model, shape), reference=beside)
    networks = Networks.of(told, trainable_parameters(model) if counted else None)
    assert networks is not None
    return differences(networks, asked=asked)


# --- equal, however it is written ----------------------------------------------------------------


class PoolFirst(Handed):
    def features(self, x: Tensor) -> Tensor:
        return self.act(self.pool(self.conv2(self.act(self.conv1(x)))))


class DropoutFirst(Handed):
    """Dropout, then a rectifier that changes nothing any more."""

    def features(self, x: Tensor) -> Tensor:
        return self.pool(self.conv2(self.act(self.conv1(x))))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.relu(self.dropout(self.features(x).flatten(1))))


class Functions(Handed):
    def features(self, x: Tensor) -> Tensor:
        x = torch.relu(F.conv2d(x, self.conv1.weight, self.conv1.bias, padding=1))
        return F.max_pool2d(self.conv2(x).clamp(min=0), 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(self.features(x).flatten(1), training=self.training)
        return F.log_softmax(F.linear(x, self.fc.weight, self.fc.bias), dim=1)


class Product(Handed):
    """The last layer as a product with a matrix, (inputs, outputs)."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.ParameterList([torch.randn(512, 10) / 23, torch.zeros(10)])

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(self.features(x).flatten(1)) @ self.fc[0] + self.fc[1]


class Unflattened(Handed):
    """A dimension of size 1 more."""

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.dropout(self.features(x).flatten(1)).unsqueeze(1)).squeeze(1)


@pytest.mark.parametrize(
    "model",
    [digits.Cnn, Handed, PoolFirst, DropoutFirst, Functions, Product, Unflattened],
    ids=lambda made: made.__name__,
)
@pytest.mark.parametrize("asked", [True, False])
def test_the_same_network_is_no_difference(model: Callable[[], nn.Module], asked: bool) -> None:
    assert compared(model(), digits.Cnn(), asked=asked) == []


def test_a_softmax_is_for_others_to_tell_of() -> None:
    assert compared(nn.Sequential(Handed(), nn.Softmax(dim=1)), digits.Cnn()) == []


# --- one thing is different ----------------------------------------------------------------------

KERNEL = (
    "Your network is not the one that is asked for and has 10,186 trainable parameters instead of "
    "9,930: `conv1` is Conv2d 1->16 of 5x5 where Conv2d 1->16 of 3x3 is asked for."
)


def test_another_kernel() -> None:
    assert compared(Handed(kernel=5), digits.Cnn()) == [KERNEL]


def test_what_follows_from_a_size_is_no_further_difference() -> None:
    """The second convolution takes fewer channels, the pool and the last layer stay."""
    [told] = compared(Handed(filters=8), digits.Cnn())
    assert told == (
        "Your network is not the one that is asked for and has 7,546 trainable parameters instead "
        "of 9,930: `conv1` is Conv2d 1->8 of 3x3 where Conv2d 1->16 of 3x3 is asked for."
    )


class Strided(Handed):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=2)
        self.fc = nn.Linear(32 * 5 * 5, 10)


class Bare(Handed):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(512, 10, bias=False)


class NoDropout(Handed):
    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x).flatten(1))


class TwoPools(Handed):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(32 * 2 * 2, 10)

    def features(self, x: Tensor) -> Tensor:
        return self.pool(self.act(self.conv2(self.pool(self.act(self.conv1(x))))))


class Tanh(Handed):
    def act(self, x: Tensor) -> Tensor:
        return torch.tanh(x)


class Average(Handed):
    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(2)


class FirstDropped(Handed):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.dropout(x))


@pytest.mark.parametrize(
    ("model", "clause"),
    [
        (Strided, "`conv1` gives 16x10x10 where 16x8x8 is asked for"),
        (Bare, "`fc` is Linear 512->10 without bias where Linear 512->10 is asked for"),
        (NoDropout, "Dropout is missing after `pool`"),
        (TwoPools, "`pool` after `conv1` (MaxPool2d) is not asked for"),
        (
            Tanh,
            "the Tanh after `conv1` and the Tanh after `conv2` are Tanh where ReLU is asked for",
        ),
        (Average, "`pool` is AvgPool2d where MaxPool2d is asked for"),
        (FirstDropped, "`dropout` at the start (Dropout) is not asked for"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_first_difference(model: type[nn.Module], clause: str) -> None:
    [told] = compared(model(), digits.Cnn(), counted=False)
    assert told == f"Your network is not the one that is asked for: {clause}."


def test_a_missing_layer_at_the_start() -> None:
    normed = nn.Sequential(nn.BatchNorm2d(1), digits.Cnn())
    [told] = compared(Handed(), normed, counted=False)
    assert told.endswith(": BatchNorm2d of 1 is missing at the start.")


def test_the_same_layers_and_other_numbers_of_parameters() -> None:
    model = Handed()
    model.extra = nn.Linear(3, 3)
    assert compared(model, digits.Cnn()) == [
        "Your network executes the layers that are asked for, but has 9,942 trainable parameters "
        "instead of 9,930."
    ]
    assert compared(model, digits.Cnn(), asked=False) == []


# --- several things are different ----------------------------------------------------------------


def mlp(*widths: int, act: type[nn.Module] = nn.ReLU, bias: bool = True) -> nn.Module:
    """Return linear layers of these sizes with activations between them."""
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs, bias), act()]
    return nn.Sequential(*layers[:-1])


ASKED = "Your network is not the one that is asked for"


@pytest.mark.parametrize(
    ("model", "reference", "told"),
    [
        (
            mlp(64, 32, 32, 10),
            mlp(64, 32, 10),
            [f"{ASKED}: `3` (Linear 32->32) and `4` (ReLU) are not asked for."],
        ),
        (
            mlp(64, 32, 10),
            mlp(64, 32, 48, 10),
            [f"{ASKED}: Linear 32->48 and ReLU are missing after `2`."],
        ),
        (
            mlp(64, 32, 16, 10, act=nn.Sigmoid, bias=False),
            mlp(64, 32, 24, 10),
            [
                f"{ASKED}: `1` is Linear 64->32 without bias where Linear 64->32 is asked for.",
                "Besides, `2` and `4` are Sigmoid where ReLU is asked for; `3` is Linear 32->16 "
                "without bias where Linear 32->24 is asked for; `5` is Linear 16->10 without bias "
                "where Linear 24->10 is asked for.",
            ],
        ),
        (
            mlp(64, 32, 30, 28, 26, 24, 10, act=nn.Tanh),
            mlp(64, 33, 31, 29, 27, 25, 10),
            [
                f"{ASKED}: `1` is Linear 64->32 where Linear 64->33 is asked for.",
                "Besides, `2`, `4`, `6` and 2 more are Tanh where ReLU is asked for; `3` is Linear "
                "32->30 where Linear 33->31 is asked for; `5` is Linear 30->28 where Linear 31->29 "
                "is asked for; `7` is Linear 28->26 where Linear 29->27 is asked for; and 1 "
                "difference more.",
            ],
        ),
    ],
    ids=["surplus", "missing", "mixed", "many"],
)
def test_several_differences(model: nn.Module, reference: nn.Module, told: list[str]) -> None:
    assert compared(model, reference, counted=False) == told


def test_the_homework_with_one_layer_for_another() -> None:
    """The convolution of 7x7 made of 5x5, and the last pool forgotten."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 5), nn.Flatten(), nn.Linear(16 * 9 * 9, 10)),
    )
    assert compared(model, ee449.cnn_3(), (1, 32, 32)) == [
        f"{ASKED} and has 19,554 trainable parameters instead of 11,106: `5` is Conv2d 8->16 of "
        "5x5 where Conv2d 8->16 of 7x7 is asked for.",
        "Besides, MaxPool2d is missing after `5`.",
    ]


# --- another network is allowed ------------------------------------------------------------------


def test_what_another_network_is_like_where_any_will_do() -> None:
    assert compared(Handed(kernel=5), digits.Cnn(), asked=False) == [
        "For comparison: your network is not the reference's and has 10,186 trainable parameters "
        "instead of 9,930; in it `conv1` is Conv2d 1->16 of 5x5 where the reference's has Conv2d "
        "1->16 of 3x3."
    ]
    assert compared(TwoPools(), digits.Cnn(), asked=False, counted=False) == [
        "For comparison: your network is not the reference's; in it `pool` after `conv1` "
        "(MaxPool2d) is not in the reference's."
    ]


# --- what a jail may tell ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["", "`" * 90, "x" * 400, "<b>"], ids=["none", "ticks", "long", "tag"]
)
def test_names_that_a_jail_makes_up(name: str) -> None:
    layers = [Layer(kind="K" * 400, name=name, parameters=[[]], output=[])] * 200
    told = Solution(layers=layers, reference=ReferenceNetwork(layers=recorded(digits.Cnn())))
    networks = Networks.of(told, 2**70)
    assert networks is not None
    found = differences(networks, asked=True)
    assert len(found) == 2
    assert all(len(sentence) < 1000 and sentence.count("`") % 2 == 0 for sentence in found)


@pytest.mark.parametrize(
    "told",
    [
        Solution(),
        Solution(layers=[Layer(kind="ReLU")]),
        Solution(layers=[Layer(kind="ReLU")], reference=ReferenceNetwork()),
        Solution(reference=ReferenceNetwork(layers=[Layer(kind="ReLU")])),
    ],
    ids=["nothing", "no reference", "empty reference", "no layers"],
)
def test_nothing_is_compared_where_one_is_unknown(told: Solution) -> None:
    assert Networks.of(told, 5) is None
