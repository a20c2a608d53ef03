"""What trying the networks of a submission leaves behind, and how long it goes on."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.submissions.inside.candidates import Candidate, plain_name
from assessment.submissions.inside.finding import find_model
from assessment.submissions.inside.fitting import fit
from assessment.training.errors import SolutionError
from tests.submissions.inside.models import (
    ANY,
    MODEL_A,
    Broken,
    Fixed,
    Head,
    ModelA,
    Saturating,
)
from tests.submissions.inside.questions import (
    MNIST,
    Mlp,
    defined,
    question,
    recipe,
    same_state,
    seeded,
)

# --- what is left behind -------------------------------------------------------------------------


class Noisy(Fixed):
    """Draws from every generator, in its constructor and in forward."""

    def __init__(self) -> None:
        super().__init__()
        scale = random.random() + np.random.rand()
        self.fc2.weight.data.mul_(scale)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.dropout(x, 0.3) * float(np.random.rand()))


def draws() -> list[float]:
    return [random.random(), float(np.random.rand()), float(torch.rand(()))]


@pytest.mark.parametrize("cls", [Fixed, Noisy, ModelA])
def test_finding_does_not_change_what_is_trained(cls: type[nn.Module]) -> None:
    seeded()
    plain = cls()
    expected = draws()
    seeded()
    found = find_model([defined(Saturating, "Other"), defined(cls, "ModelA")], MODEL_A)
    model = found.build()
    assert same_state(model, plain)
    assert draws() == expected
    assert same_state(found.build(), plain)


def test_generators_and_defaults_are_put_back() -> None:
    class Careless(Fixed):
        def __init__(self) -> None:
            torch.manual_seed(3)
            torch.set_default_dtype(torch.float64)
            torch.set_grad_enabled(False)
            super().__init__()

    seeded()
    expected = draws()
    seeded()
    found = find_model([defined(Careless, "ModelA")], MODEL_A)
    assert draws() == expected
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert next(found.build().parameters()).dtype == torch.float64
    assert torch.get_default_dtype() == torch.float32


def test_generators_are_put_back_after_a_failure() -> None:
    seeded()
    expected = draws()
    seeded()
    with pytest.raises(SolutionError):
        find_model([defined(Noisy, "One"), defined(Broken)], question((3, 9, 9)))
    assert draws() == expected


def test_definitions_are_executed_afresh_for_the_model() -> None:
    """What a class keeps from one making to the next is not there at the last."""

    def load() -> type[nn.Module]:
        class Counting(Fixed):
            made: list[int] = []

            def __init__(self) -> None:
                super().__init__()
                self.made.append(1)

        return Counting

    model = find_model([Candidate("ModelA", "class", "here", 1, load)], MODEL_A).build()
    assert len(model.made) == 1


def test_an_object_is_built_afresh_too() -> None:
    seeded()
    plain = Fixed()
    seeded()
    found = find_model([defined(Fixed, "model", "object")], MODEL_A)
    assert found.build() is not found.build()
    assert same_state(found.build(), plain)


def test_what_the_code_prints_is_not_shown_twice(capsys: pytest.CaptureFixture[str]) -> None:
    class Loud(Fixed):
        def __init__(self) -> None:
            super().__init__()
            print("made")

    found = find_model([defined(Loud, "ModelA")], MODEL_A)
    assert capsys.readouterr().out == ""
    found.build()
    assert capsys.readouterr().out == "made\n"


# --- bounds --------------------------------------------------------------------------------------


def test_a_huge_model_is_refused_before_it_takes_memory() -> None:
    class Huge(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(784, 4_000_000_000)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x.flatten(1))

    for candidate in (defined(Huge, "ModelA"), defined(Huge, "ModelA", "object")):
        with pytest.raises(SolutionError, match="has 3,140,000,000,000 parameters; more than"):
            find_model([candidate], MODEL_A)


class Counted(ModelA):
    """Fails in one of several ways, and counts how often it was asked."""

    asked = 0

    def __init__(self, error: type[Exception] | None = None, inputs: int = 1568) -> None:
        super().__init__()
        self.fc1 = nn.Linear(inputs, 64)
        self.error = error

    def forward(self, x: Tensor) -> Tensor:
        type(self).asked += 1
        if self.error is not None:
            raise self.error("no")
        return super().forward(x)


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda: Counted(TypeError), 3),
        (lambda: Counted(inputs=1000), 3),
        (lambda: Counted(RuntimeError), 3 * 20),  # a batch size may be written down there
    ],
)
def test_a_failure_is_not_looked_into_for_long(make: Callable[[], nn.Module], most: int) -> None:
    Counted.asked = 0
    with pytest.raises(SolutionError):
        find_model([defined(make, "ModelA")], MODEL_A)
    assert 0 < Counted.asked <= most


def test_only_so_many_definitions_are_looked_at() -> None:
    looked: list[int] = []

    def define(number: int) -> Callable[[], Any]:
        def load() -> Any:
            looked.append(number)
            return Broken

        return load

    many = [Candidate(f"N{n}", "class", "here", 1, define(n)) for n in range(150)]
    with pytest.raises(SolutionError):
        find_model(many, ANY)
    assert looked == list(range(100))


def test_a_usual_network_is_called_a_few_times_only() -> None:
    Counted.asked = 0
    found = find_model([defined(Mlp), defined(Counted, "ModelA"), defined(Head)], MODEL_A)
    fit(found.build(), torch.randn(2, *MNIST), 10, recipe())
    assert 0 < Counted.asked <= 20


def test_plain_names() -> None:
    assert plain_name("Model_A-1 (best)") == "modela1best"
