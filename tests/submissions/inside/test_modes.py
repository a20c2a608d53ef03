"""Networks with a `train` or `eval` of their own: kept where it switches modes, else set aside."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from assessment.submissions.inside.diagnosis import diagnose
from assessment.submissions.inside.fitting import fit
from assessment.submissions.inside.modes import mend_modes, note_on_modes
from assessment.training.errors import SolutionError
from tests.submissions.inside.questions import Mlp, recipe, same_state, seeded, trained

SAMPLE = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(2))


class Dropping(Mlp):
    """What is trained in all tests: with a part that modes switch."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout()

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.drop(x))


class Trains(Dropping):
    def train(self, loader: Any, epochs: int = 5) -> None:  # type: ignore[override]
        for _ in range(epochs):
            for images, _ in loader:
                self(images).sum().backward()


class TrainsByItself(Dropping):
    def train(self) -> None:  # type: ignore[override]
        raise AssertionError("it trains")


class TrainsEpochs(Dropping):
    def train(self, epochs: int = 5) -> None:  # type: ignore[override]
        super().train()
        raise AssertionError("it trains")


class TrainsAloud(Dropping):
    def train(self, verbose: bool = True) -> None:  # type: ignore[override]
        super().train()
        torch.zeros(1, requires_grad=True).backward()


class EvaluatesLoader(Dropping):
    def eval(self, loader: Any) -> float:  # type: ignore[override]
        super().eval()
        return 97.5


class EvaluatesSomething(Dropping):
    @torch.no_grad()
    def eval(self, loader: Any = ()) -> Tensor:  # type: ignore[override]
        return torch.stack([self(images).mean() for images in loader])


class EvaluatesGlobals(Dropping):
    def eval(self) -> float:  # type: ignore[override]
        self.train(False)
        return max(self(images).argmax() for images in test_loader)  # type: ignore[name-defined] # noqa: F821


class Static(Dropping):
    @staticmethod
    def train(loader: Any) -> None:  # type: ignore[override]
        raise AssertionError("it trains")


class Around(nn.Module):
    """A network whose part has methods of its own, and which switches modes by itself."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.part(x)
        return logits

    def train(self, mode: bool = True) -> Around:
        super().train(mode)
        return self


SET_ASIDE = {
    Trains: ["Trains.train"],
    TrainsByItself: ["TrainsByItself.train"],
    TrainsEpochs: ["TrainsEpochs.train"],
    TrainsAloud: ["TrainsAloud.train"],
    EvaluatesLoader: ["EvaluatesLoader.eval"],
    EvaluatesSomething: ["EvaluatesSomething.eval"],
    EvaluatesGlobals: ["EvaluatesGlobals.eval"],
    Static: ["Static.train"],
}


@pytest.mark.parametrize("within", [False, True], ids=["alone", "within"])
@pytest.mark.parametrize("kind", SET_ASIDE)
def test_what_is_no_mode_is_set_aside_and_trains_as_without(kind: Any, within: bool) -> None:
    def made(kind: Any) -> nn.Module:
        seeded()
        return Around(kind()) if within else kind()

    plain = made(Dropping)
    expected = trained(plain, recipe())
    model = made(kind)
    found = fit(model, SAMPLE, 10, recipe())
    assert found.model is model
    (note,) = found.notes
    assert f"Set aside was `{SET_ASIDE[kind][0]}`, and modes" in note
    assert len(note) < 400
    assert trained(model, recipe()).losses == expected.losses
    assert same_state(model, plain)
    assert not any(module.training for module in model.modules())
    assert all(module.training for module in model.train().modules())
    assert diagnose(model, SAMPLE).without_gradient == []


class Freezes(Dropping):
    def train(self, mode: bool = True) -> Freezes:
        super().train(mode)
        self.fc1.eval()
        return self


class FreezesNamed(Dropping):
    def train(self, mode=None):  # type: ignore[no-untyped-def]
        nn.Module.train(self, mode is None or mode)
        self.fc1.training = False
        return self


class Passes(Dropping):
    def train(self, *args: Any, **kwargs: Any) -> Any:
        result = super().train(*args, **kwargs)
        self.fc1.eval()
        return result


class Evaluates(Dropping):
    def eval(self) -> Evaluates:
        super().eval()
        self.fc1.train()
        return self


@pytest.mark.parametrize("kind", [Dropping, Freezes, FreezesNamed, Passes, Evaluates])
def test_ones_own_way_of_switching_modes_is_kept(kind: Any) -> None:
    model = kind()
    before = dict(vars(model))
    assert mend_modes(Around(model)) == []
    assert vars(model) == before
    assert fit(model, SAMPLE, 10, recipe()).notes == []
    model.train()
    assert model.fc1.training == (kind in (Dropping, Evaluates))
    model.eval()
    assert model.fc1.training == (kind is Evaluates)


def test_a_copy_switches_its_own_modes() -> None:
    model = Trains()
    assert mend_modes(model) == mend_modes(model) == ["Trains.train"]
    other = copy.deepcopy(model)
    other.eval()
    assert (model.training, other.training, other.drop.training) == (True, False, False)
    assert other.state_dict().keys() == Dropping().state_dict().keys()


def test_a_value_in_the_place_of_a_mode_is_refused() -> None:
    model = Dropping()
    model.train = True  # type: ignore[method-assign, assignment]
    with pytest.raises(SolutionError, match=r"^Dropping\.train is a value, and PyTorch calls it"):
        mend_modes(Around(model))


def test_many_are_told_in_one_sentence() -> None:
    names = [f"Part{number}.train" for number in range(50)]
    assert len(note_on_modes(names)) < 400
    assert note_on_modes([]) == ""
