"""What a spec says of a model and what does not fit it: never a zero, and said in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision import models

from assessment.execution.requests import RunRequest
from assessment.results.record import Run
from assessment.spec.lab import Limits
from tests.execution.pool import Pool, recipe

NETWORK = "shufflenet_v2_x0_5"
State = dict[str, Tensor]


def train(pool: Pool, folder: Path, model: dict[str, Any], **changes: Any) -> Run:
    """Take one step on digits of 32x32, made colour images."""
    training = recipe(
        model=model,
        dataset={
            "name": "digits",
            "transforms": [{"kind": "resize", "size": 32}, {"kind": "gray_to_rgb"}],
        },
        batch_size=16,
        max_steps=1,
        **changes,
    )
    request = RunRequest("unit", training, 1, Limits(seconds=60), False, folder)
    with pool.reading(folder):
        return pool.trainers.submit(request).result(60)


def torchvision(**more: Any) -> dict[str, Any]:
    return {"name": "torchvision", "arguments": {"architecture": NETWORK, "classes": 10}, **more}


def whole(path: Path, state: State) -> None:
    torch.save(state, path)


def cut(path: Path, state: State) -> None:
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[:5000])


def words(path: Path, state: State) -> None:
    path.write_text("not weights")


def wrapped(path: Path, state: State) -> None:
    torch.save({"epoch": 90, "state_dict": state}, path)


def parallel(path: Path, state: State) -> None:
    torch.save({f"module.{name}": value for name, value in state.items()}, path)


def with_a_head_of_its_own(path: Path, state: State) -> None:
    ten = {"fc.weight": state["fc.weight"][:10], "fc.bias": state["fc.bias"][:10]}
    torch.save({**state, **ten}, path)


def of_another(path: Path, state: State) -> None:
    torch.save(models.squeezenet1_1().state_dict(), path)


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (cut, r"FILE cannot be read as saved weights: .+"),
        (words, r"FILE cannot be read as saved weights: .+"),
        (
            wrapped,
            r"FILE holds no state dict \(a map from names to tensors\) but one under "
            r"`state_dict`: save `model\.state_dict\(\)` alone",
        ),
        (parallel, r"FILE was saved through DataParallel, .+"),
        (
            with_a_head_of_its_own,
            rf"FILE is of another model than torchvision's {NETWORK}: "
            r"fc\.weight is \(10, 1024\), the model's \(1000, 1024\); .+",
        ),
        (
            of_another,
            rf"FILE is of another model than torchvision's {NETWORK}: it lacks .+",
        ),
    ],
)
def test_weights_that_do_not_fit(
    write: Callable[[Path, State], None], reason: str, pool: Pool, tmp_path: Path
) -> None:
    file = f"{write.__name__}.pth"
    path = tmp_path / "weights" / file
    path.parent.mkdir()
    write(path, models.get_model(NETWORK).state_dict())
    run = train(pool, tmp_path, torchvision(weights=file))
    assert run.outcome == "not_gradable"
    expected = f"the model torchvision cannot be made as the spec says: {reason}"
    expected = expected.replace("FILE", re.escape(file))
    assert re.fullmatch(expected, run.reason), run.reason


def test_the_same_file_whole_is_taken(pool: Pool, tmp_path: Path) -> None:
    path = tmp_path / "weights" / "mine.pth"
    path.parent.mkdir()
    whole(path, models.get_model(NETWORK).state_dict())
    assert train(pool, tmp_path, torchvision(weights="mine.pth")).outcome == "scored"


@pytest.mark.parametrize(
    ("model", "changes", "reason"),
    [
        (
            {"name": "torchvision", "arguments": {"architecture": "resnet81"}},
            {},
            "ValueError: Unknown model resnet81",
        ),
        (
            {"name": "torchvision", "arguments": {"architecture": "resnet81"}, "weights": "x.pth"},
            {},
            "ValueError: Unknown model resnet81",
        ),
        (
            {"name": "digits/mlp", "arguments": {"hiden": 3}},
            {},
            "TypeError: Mlp.__init__() got an unexpected keyword argument 'hiden'",
        ),
        (
            torchvision(),
            {"trainable": ["fcc"]},
            "`trainable` names fcc, but no parameter of the model begins so "
            "(there are: conv1, stage2, stage3, stage4, conv5, fc)",
        ),
    ],
)
def test_what_a_registered_model_does_not_have(
    model: dict[str, Any], changes: dict[str, Any], reason: str, pool: Pool, tmp_path: Path
) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "x.pth").touch()
    run = train(pool, tmp_path, model, **changes)
    assert run.outcome == "not_gradable"
    name = model["name"]
    assert run.reason == f"the model {name} cannot be made as the spec says: {reason}"


OWN = """
from torch import nn

def network(fails=False):
    if fails:
        raise RuntimeError("of its own")
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))
"""


def test_what_a_reference_of_ones_own_raises_is_its_own_fault(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "own_network.py").write_text(OWN)
    failing = train(pool, tmp_path, {"name": "own_network:network", "arguments": {"fails": True}})
    assert failing.outcome == "invalid"
    assert failing.reason.startswith("RuntimeError: of its own (own_network.py:")


def test_layers_that_it_does_not_have_are_the_specs(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "own_network.py").write_text(OWN)
    unfit = train(pool, tmp_path, {"name": "own_network:network"}, trainable=["head"])
    assert unfit.outcome == "not_gradable"
    assert unfit.reason.endswith(
        "`trainable` names head, but no parameter of the model begins so (there are: 1)"
    )
    fitting = train(pool, tmp_path, {"name": "own_network:network"}, trainable=["1"])
    assert fitting.outcome == "scored"
