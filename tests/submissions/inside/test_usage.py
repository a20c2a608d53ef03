"""The order in which a network uses its weights, whatever the order of their declaration."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.submissions.inside.fitting import fit
from assessment.submissions.inside.usage import order_of_use
from tests.submissions.inside.questions import recipe

IMAGES = torch.randn(4, 1, 8, 8)
LINEAR = ("weight", "bias")
NORM = (*LINEAR, "running_mean", "running_var", "num_batches_tracked")


def names(**layers: tuple[str, ...]) -> list[str]:
    return [f"{layer}.{name}" for layer, own in layers.items() for name in own]


class Backwards(nn.Module):
    """Declares its layers in another order than it uses them; one is not used at all."""

    def __init__(self) -> None:
        super().__init__()
        self.spare = nn.Linear(3, 3)
        self.fc2 = nn.Linear(12, 12)
        self.fc1 = nn.Linear(64, 12)
        self.bn2 = nn.BatchNorm1d(12)
        self.bn1 = nn.BatchNorm1d(12)
        self.fc3 = nn.Linear(12, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1).to(self.fc2.weight.device)
        assert self.bn2.running_mean.shape == (12,)
        x = torch.relu(self.bn1(self.fc1(x)))
        x = torch.relu(self.bn2(self.fc2(x)))
        logits: Tensor = self.fc3(x)
        return logits


BACKWARDS = names(fc1=LINEAR, bn1=NORM, fc2=LINEAR, bn2=NORM, fc3=LINEAR, spare=LINEAR)


def test_layers_come_as_they_are_executed_and_what_never_is_comes_last() -> None:
    assert order_of_use(Backwards(), IMAGES) == BACKWARDS


@pytest.mark.parametrize("within", [nn.Sequential, nn.DataParallel])
def test_names_are_those_of_the_whole(within: Any) -> None:
    model = within(Backwards())
    prefix = next(iter(model.state_dict())).partition(".")[0]
    assert order_of_use(model, IMAGES) == [f"{prefix}.{name}" for name in BACKWARDS]


def test_behind_a_plan_it_is_the_students_state() -> None:
    class Rows(Backwards):
        def forward(self, x: Tensor) -> Any:
            assert x.shape == (16, 64)
            return super().forward(x).softmax(1), x

    fitted = fit(Rows(), IMAGES, 10, recipe(batch_size=16))
    assert fitted.plan.batch == 16
    assert order_of_use(fitted.model, IMAGES) == BACKWARDS


class ByHand(nn.Module):
    """Weights without layers, layers used as mere holders of weights, and both in another order."""

    def __init__(self) -> None:
        super().__init__()
        self.v = nn.Parameter(torch.randn(10, 10))
        self.w = nn.Parameter(torch.randn(10, 12))
        self.register_buffer("scale", torch.ones(12))
        self.register_buffer("unused", torch.ones(1))
        self.holder = nn.Linear(64, 12)

    def forward(self, x: Tensor) -> Tensor:
        x = F.linear(x.flatten(1), self.holder.weight, bias=self.holder.bias)
        return (x * self.scale) @ self.w.T @ self.v


def test_what_is_no_layer_comes_where_a_function_is_given_it() -> None:
    found = order_of_use(ByHand(), IMAGES)
    assert found == ["holder.weight", "holder.bias", "scale", "w", "v", "unused"]


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(12, 10)
        self.rnn = nn.LSTM(8, 12, num_layers=2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.rnn(x.squeeze(1))[0][:, -1])
        return logits


def test_what_a_layer_has_stays_together() -> None:
    model = Recurrent()
    own = [f"rnn.{name}" for name in model.rnn.state_dict()]
    assert order_of_use(model, IMAGES) == [*own, "fc.weight", "fc.bias"]


def test_tied_weights_come_at_once() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 64))
    model[3].weight = model[1].weight
    assert order_of_use(model, IMAGES) == ["1.weight", "3.weight", "1.bias", "3.bias"]


def test_looking_leaves_no_hook_and_no_number_changed() -> None:
    model = Backwards()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    order_of_use(model, IMAGES)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with pytest.raises(RuntimeError):
        order_of_use(model, torch.randn(4, 3))
    assert not torch.nn.modules.module._global_forward_pre_hooks
