"""What the recipes' optimisers and schedules leave out: frozen parameters, no parameters."""

from __future__ import annotations

import pytest
import torch
from pydantic import TypeAdapter
from torch import nn

from assessment.spec import recipe
from assessment.training.optimization import Schedule, build_optimizer

OPTIMIZER = TypeAdapter(recipe.Optimizer)
SCHEDULE = TypeAdapter(recipe.Schedule)
NAMES = ["sgd", "adam", "adamw", "rmsprop"]


def optimizer_of(name: str) -> recipe.Optimizer:
    return OPTIMIZER.validate_python({"name": name, "learning_rate": 0.1})


@pytest.mark.parametrize("name", NAMES)
def test_frozen_parameters_are_not_touched(name: str) -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    model[0].requires_grad_(False)
    before = model[0].weight.clone(), model[1].weight.clone()
    optimizer = build_optimizer(optimizer_of(name), model.parameters())
    model(torch.ones(5, 4)).square().sum().backward()
    optimizer.step()
    assert torch.equal(model[0].weight, before[0])
    assert not torch.equal(model[1].weight, before[1])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_train_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="empty parameter list"):
        build_optimizer(optimizer_of(name), nn.Linear(2, 2).requires_grad_(False).parameters())


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ({"name": "constant"}, [1, 1, 1, 1, 1]),
        ({"name": "milestones", "epochs": [2, 4], "factor": 0.5}, [1, 1, 0.5, 0.5, 0.25]),
        ({"name": "step", "every": 2, "factor": 0.1}, [1, 1, 0.1, 0.1, 0.01]),
        # 0.5 * (1 + cos(pi * epoch / 5)), epoch from 0
        ({"name": "cosine"}, [1, 0.904508, 0.654508, 0.345492, 0.095492]),
    ],
)
def test_learning_rates_of_five_epochs(plain: dict[str, object], expected: list[float]) -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0)
    schedule = Schedule(SCHEDULE.validate_python(plain), optimizer, epochs=5)
    rates = []
    for _ in range(5):
        rates.append(schedule.learning_rate)
        optimizer.step()
        schedule.end_epoch(1.0)
    assert rates == pytest.approx(expected, abs=1e-6)


def test_a_plateau_waits_for_its_patience() -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0)
    plain = {"name": "plateau", "factor": 0.5, "patience": 1}
    schedule = Schedule(SCHEDULE.validate_python(plain), optimizer, epochs=9)
    rates = []
    for loss in (3.0, 2.0, 2.0, 2.0, 1.0):
        schedule.end_epoch(loss)
        rates.append(schedule.learning_rate)
    assert rates == [1, 1, 1, 0.5, 0.5]
