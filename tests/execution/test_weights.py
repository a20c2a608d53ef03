"""Pretrained weights are found where torch keeps them or where somebody put them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from assessment.errors import ReferenceNotFound
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest
from assessment.execution.weights import find_weights, hub_checkpoints
from assessment.results.record import Run
from assessment.spec.lab import Limits
from tests.execution.pool import Pool, recipe

RESNET = "ResNet18_Weights.IMAGENET1K_V1"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    for name in ("http_proxy", "https_proxy"):  # nothing may be downloaded
        monkeypatch.setenv(name, "http://127.0.0.1:9")


def test_the_hub_and_the_data_directory_are_searched(tmp_path: Path) -> None:
    assert hub_checkpoints() == tmp_path / "torch" / "hub" / "checkpoints"
    for folder in (tmp_path / "data" / "weights", hub_checkpoints()):
        folder.mkdir(parents=True)
        (folder / "net.pth").touch()
        assert find_weights("net.pth", tmp_path / "data") == folder / "net.pth"


def test_without_a_torch_home_the_users_cache_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCH_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert hub_checkpoints() == Path("/cache/torch/hub/checkpoints")


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(ReferenceNotFound) as raised:
        find_weights("net.pth", tmp_path)
    assert str(raised.value) == (
        f"the pretrained weights net.pth are not in {hub_checkpoints()} or {tmp_path / 'weights'}; "
        "put the file there, or leave `weights` out of the question to train from scratch"
    )


def test_torchvisions_name_leads_to_its_file(tmp_path: Path) -> None:
    file = tmp_path / "weights" / "resnet18-f37072fd.pth"
    file.parent.mkdir()
    file.touch()
    assert find_weights(RESNET, tmp_path) == file


def test_absent_and_offline_says_which_file_belongs_where(tmp_path: Path) -> None:
    with pytest.raises(ReferenceNotFound) as raised:
        find_weights(RESNET, tmp_path)
    message = str(raised.value)
    assert message.startswith(
        f"the pretrained weights resnet18-f37072fd.pth ({RESNET}) are not in {hub_checkpoints()} "
        f"or {tmp_path / 'weights'}, and could not be downloaded: "
    )
    assert message.endswith(
        "; put the file there, or leave `weights` out of the question to train from scratch"
    )
    assert not list(hub_checkpoints().glob("*")), "nothing half-downloaded stays"


@pytest.mark.parametrize("name", ["ResNet18_Weights.IMAGENET1K_V9", "Resnet_Weights.DEFAULT"])
def test_weights_that_torchvision_does_not_know(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReferenceNotFound, match=f"^torchvision knows no weights {name}: "):
        find_weights(name, tmp_path)


def test_a_run_starts_from_the_weights_of_a_file(pool: Pool, tmp_path: Path) -> None:
    """A network whose only trained layer is the new head scores by what the file holds."""
    (tmp_path / "small.py").write_text(
        "import torch\n"
        "from torch import nn\n"
        "def network(weights=None):\n"
        "    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10, bias=False))\n"
        "    if weights is not None:\n"
        "        model.load_state_dict(torch.load(weights, weights_only=True))\n"
        "    return model\n"
    )
    folder = tmp_path / "weights"
    folder.mkdir()
    torch.save({"1.weight": torch.eye(10, 64) * 0}, folder / "zeros.pth")
    model = {"name": "small:network", "weights": "zeros.pth"}
    training = recipe(model=model, optimizer={"name": "sgd", "learning_rate": 1e-12}, epochs=1)
    request = RunRequest("unit", training, 1, Limits(), False, tmp_path)
    prepared = Preparation(tmp_path).prepare(request, "cpu", 1)
    assert not isinstance(prepared, Run)
    assert prepared.assignment.data["weights"] == str(folder / "zeros.pth")
    with pool.reading(tmp_path):
        run = pool.trainers.submit(request).result(60)
    assert run.outcome == "scored", run.reason
    assert run.epochs["train_loss"][0] == pytest.approx(2.302585, abs=1e-5)
