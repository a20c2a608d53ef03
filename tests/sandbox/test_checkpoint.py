"""Weights of another network, matched by shape in their order of use."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from assessment.sandbox.checkpoint import load_by_shape
from assessment.submissions.inside.usage import order_of_use
from assessment.training.errors import SolutionError

IMAGES = torch.randn(6, 12, generator=torch.Generator().manual_seed(3))


class Reference(nn.Module):
    """Two hidden layers of equal shapes, each normalised."""

    declared = ("fc1", "bn1", "fc2", "bn2", "fc3")

    def __init__(self) -> None:
        super().__init__()
        made = {
            **{name: nn.Linear(12, 12) for name in ("fc1", "fc2")},
            **{name: nn.BatchNorm1d(12) for name in ("bn1", "bn2")},
            "fc3": nn.Linear(12, 10),
        }
        for name in self.declared:
            self.add_module(name, made[name])

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.bn1(self.fc1(x)))
        x = torch.relu(self.bn2(self.fc2(x)))
        logits: Tensor = self.fc3(x)
        return logits


class NormsLast(Reference):
    declared = ("fc1", "fc2", "fc3", "bn1", "bn2")


class SecondFirst(Reference):
    declared = ("fc2", "fc1", "bn2", "bn1", "fc3")


def trained(kind: type[Reference]) -> Reference:
    """Return a network whose numbers are all its own, running statistics too."""
    torch.manual_seed(5)
    model = kind()
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.rand_like(value) + len(name) / 20)
    for part in (model.bn1, model.bn2):
        part.num_batches_tracked.fill_(7)
    return model.eval()


def kept(state: dict[str, Tensor], order: list[str], folder: Path) -> Path:
    """Write a state as the grader does: names that keep its order."""
    path = folder / "weights.safetensors"
    numbered = {f"{place:05d}": state[name].clone() for place, name in enumerate(order)}
    save_file(numbered, path)
    return path


def load(model: nn.Module, path: Path) -> None:
    load_by_shape(model, path, "the weights", order_of_use(model, IMAGES))


@pytest.mark.parametrize("theirs", [Reference, NormsLast, SecondFirst])
@pytest.mark.parametrize("own", [Reference, NormsLast, SecondFirst])
def test_weights_find_their_places_whatever_the_order_of_declaration(
    theirs: type[Reference], own: type[Reference], tmp_path: Path
) -> None:
    model, filled = trained(theirs), own().eval()
    path = kept(model.state_dict(), order_of_use(model, IMAGES), tmp_path)
    load(filled, path)
    state = model.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in filled.state_dict().items())
    assert torch.equal(filled(IMAGES), model(IMAGES))


@pytest.mark.parametrize("theirs", [NormsLast, SecondFirst])
def test_in_another_order_they_are_another_networks(
    theirs: type[Reference], tmp_path: Path
) -> None:
    """An order is not guessed: told wrong, what comes out is not what the weights computed."""
    model, filled = trained(theirs), Reference().eval()
    load(filled, kept(model.state_dict(), list(model.state_dict()), tmp_path))
    assert not torch.allclose(filled(IMAGES), model(IMAGES))


@pytest.mark.parametrize(
    ("without", "more", "told"),
    [
        (["fc3.bias"], {}, r"there are \[\] that it has not, and it wants \[\(10,\)\]"),
        (["bn2.running_var"], {}, r"\[\] that it has not, and it wants \[\(12,\)\]"),
        ([], {"more": (12,)}, r"there are \[\(12,\)\] that it has not, and it wants \[\]"),
        ([], {"more": (2, 2)}, r"there are \[\(2, 2\)\] that it has not, and it wants \[\]"),
        (["fc3.weight"], {"fc3.weight": (12, 10)}, r"\[\(12, 10\)\] that .* \[\(10, 12\)\]"),
        (list(Reference().state_dict()), {}, r"it wants \[\(12, 12\), \(12,\), \(12,\)\]"),
    ],
    ids=["missing", "missing statistics", "surplus", "surplus shape", "transposed", "empty"],
)
def test_other_weights_are_refused_and_nothing_is_loaded(
    without: list[str], more: dict[str, tuple[int, ...]], told: str, tmp_path: Path
) -> None:
    state = trained(Reference).state_dict()
    given = {name: value for name, value in state.items() if name not in without}
    given |= {name: torch.ones(shape) for name, shape in more.items()}
    filled = Reference().eval()
    before = filled(IMAGES)
    with pytest.raises(SolutionError, match=rf"^the weights are of another network: .*{told}"):
        load(filled, kept(given, list(given), tmp_path))
    assert torch.equal(filled(IMAGES), before)
