"""Of several networks that fit, the one that the question means."""

from __future__ import annotations

import pytest
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.submissions.inside.finding import find_model
from assessment.training.errors import SolutionError
from tests.submissions.inside.models import (
    ANY,
    MODEL_A,
    Broken,
    Fixed,
    Head,
    Saturating,
    Whole,
    small,
)
from tests.submissions.inside.questions import (
    MNIST,
    Mlp,
    defined,
    question,
)


def test_layers_decide() -> None:
    candidates = [defined(Mlp), defined(Fixed, "First"), defined(Saturating, "Second")]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "First"
    assert found.guesses == [
        "First (lab.ipynb, cell 1, line 1) was taken because its layers are the reference's."
    ]


def test_then_the_number_of_parameters() -> None:
    candidates = [
        defined(lambda: small(nn.ReLU(), 128), "wide", "object"),
        defined(Saturating, "Second"),
    ]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "Second"
    assert "101,146 parameters as the reference" in found.guesses[0]


def test_then_the_types_of_layers() -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.fc1 = nn.Conv2d(1, 4, 3), nn.Linear(4 * 13 * 13, 20)
            self.fc2 = nn.Linear(20, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1)
            return self.fc2(F.relu(self.fc1(x)))

    candidates = [defined(lambda: small(nn.ReLU()), "net", "object"), defined(Wide)]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "Wide"
    assert "of the reference's types" in found.guesses[0]


def test_then_the_kinds_of_layers_with_weights() -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 6, 3)
            self.last = nn.Linear(6 * 24 * 24, 10)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(F.relu(self.two(F.relu(self.one(x)))).flatten(1))

    candidates = [
        defined(Mlp),
        defined(Deep, "Digits"),
        defined(lambda: small(nn.ReLU()), "net", "object"),
    ]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "Digits"
    assert "it alone consists of Conv2d and Linear as asked" in found.guesses[0]


def test_then_there_must_be_only_one() -> None:
    found = find_model([defined(Broken), defined(lambda: small(nn.ReLU()), "net", "object")], ANY)
    assert found.guesses == [
        "net (lab.ipynb, cell 1, line 1) was taken because it is the only model that fits."
    ]


def test_several_that_fit_equally_well_are_listed() -> None:
    candidates = [
        defined(lambda: small(nn.ReLU()), "net1", "object"),
        defined(lambda: small(nn.ReLU(), 20), "net2", "object", place="b.py, line 3"),
        defined(Broken),
    ]
    with pytest.raises(SolutionError) as caught:
        find_model(candidates, question(MNIST, question="task2", names=("ModelA",)))
    assert str(caught.value) == (
        "2 models fit task2 equally well. To say which one it is, name one of them ModelA, or "
        "write `task2: net1` into a mapping file. They are net1 (lab.ipynb, cell 1, line 1), "
        "12,730 parameters; net2 (b.py, line 3), 15,910 parameters"
    )


def test_one_network_under_several_names_is_not_ambiguous() -> None:
    def make_net() -> nn.Module:
        return Fixed()

    candidates = [defined(Fixed, "model", "object"), defined(make_net), defined(Fixed, "Net")]
    found = find_model(candidates, ANY)
    assert found.candidate.name == "Net"
    assert "all models that fit are the same network" in found.guesses[0]


def test_the_activation_tells_models_apart() -> None:
    wanted = question(MNIST, arguments={"activation": "sigmoid"})
    found = find_model([defined(Fixed, "CNN1"), defined(Saturating, "CNN2")], wanted)
    assert found.candidate.name == "CNN2"
    assert "its activation is Sigmoid" in found.guesses[0]


def test_parts_of_a_model_rank_below_it() -> None:
    assert find_model([defined(Head), defined(Whole)], ANY).candidate.name == "Whole"
    head = defined(Head, "head", "object")
    whole = defined(lambda: nn.Sequential(nn.Conv2d(1, 1, 1), nn.Flatten(), Head()), "m", "object")
    assert find_model([head, whole], ANY).candidate.name == "m"


def test_parts_of_a_model_that_fails_are_not_taken_in_its_place() -> None:
    class Failing(Whole):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 1, 3)

    with pytest.raises(SolutionError, match=r"Failing .* cannot be used: .*`conv` takes \(N, 3"):
        find_model([defined(Head), defined(Failing)], ANY)


def test_a_model_that_the_student_made_goes_before_invented_arguments() -> None:
    class Net(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.layers = small(nn.ReLU(), width)

        def forward(self, x: Tensor) -> Tensor:
            return self.layers(x)

    both = [defined(Net), defined(lambda: Net(40), "net", "object")]
    for names in ((), ("Net",)):
        assert find_model(both, question(MNIST, names=names)).call == "net"
    assert find_model(both[:1], ANY).call == "Net(width=28)"
