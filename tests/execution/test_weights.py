"""Pretrained weights are found where torch keeps them or where somebody put them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from assessment.catalogue import load_lab
from assessment.classroom import Entry
from assessment.errors import ReferenceNotFound
from assessment.execution import weights
from assessment.execution.plan import plan_item
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest
from assessment.execution.settings import setting_of
from assessment.execution.weights import content_sha256, find_weights, hub_checkpoints
from assessment.results.record import Run
from assessment.spec.lab import Limits
from assessment.spec.recipe import Training
from assessment.spec.units import units
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


def test_modules_in_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in, installed = tmp_path / "handed_in", tmp_path / "installed"
    handed_in.mkdir()
    (handed_in / "torch.py").write_text("raise SystemExit('a student was here')")
    installed.mkdir()
    (installed / "torch.py").write_text("raise SystemExit('as it should be')")
    monkeypatch.chdir(handed_in)
    for path in (str(installed), "", "."):
        monkeypatch.setenv("PYTHONPATH", path, prepend=os.pathsep)
    with pytest.raises(ReferenceNotFound, match=f"the weights {RESNET}: as it should be$"):
        find_weights(RESNET, tmp_path)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ResNet18_Weights.IMAGENET1K_V9", ", did you mean ResNet18_Weights.IMAGENET1K_V1?"),
        ("Nothing_Weights.X", ""),
    ],
)
def test_weights_that_torchvision_does_not_know(name: str, meant: str, tmp_path: Path) -> None:
    with pytest.raises(ReferenceNotFound) as raised:
        find_weights(name, tmp_path)
    assert str(raised.value) == f"torchvision knows no weights {name}{meant}"


def training_from(weights: str) -> Training:
    return recipe(model={"name": "digits/mlp", "weights": weights})


def test_another_file_under_the_same_name_is_another_recipe(tmp_path: Path) -> None:
    file = tmp_path / "weights" / "net.pth"
    file.parent.mkdir()
    preparation = Preparation(tmp_path)
    keys = []
    for content in (b"one", b"two", b"two", b"one"):
        time = file.stat().st_mtime_ns if file.exists() else 0
        file.write_bytes(content)
        os.utime(file, ns=(time + 1000, time + 1000))
        keys.append(preparation.key(training_from("net.pth"), tmp_path))
    assert keys[0] != keys[1] == keys[2]
    assert keys[3] == keys[0]
    assert keys[0] != preparation.key(recipe(), tmp_path)
    (file.parent / "copy.pth").write_bytes(b"one")
    assert preparation.key(training_from("copy.pth"), tmp_path) != keys[0], "as the recipe says"


def test_a_key_is_never_worth_a_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_let_torchvision_download", pytest.fail)
    with pytest.raises(ReferenceNotFound, match="are not in"):
        Preparation(tmp_path).key(training_from(RESNET), tmp_path)


def test_a_smoke_run_has_a_key_without_its_weights(tmp_path: Path) -> None:
    key = Preparation(tmp_path, smoke=True).key(training_from("net.pth"), tmp_path)
    assert key != Preparation(tmp_path).key(recipe(), tmp_path)


def test_weights_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReferenceNotFound, match=r"net\.pth: cannot be read: No such file"):
        content_sha256(tmp_path / "net.pth")


def test_without_its_weights_an_item_still_shows_its_pictures(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    (tmp_path / "own.py").write_text("def network(weights=None):\n    return None\n")
    path.write_text(
        "title: T\n"
        "questions:\n"
        "  q:\n"
        "    kind: training\n"
        "    title: Q\n"
        "    sample_images: 3\n"
        "    training:\n"
        "      model: {name: 'own:network', weights: net.pth}\n"
        "      dataset: {name: digits}\n"
        "      optimizer: {name: adam}\n"
        "      epochs: 1\n"
        "      batch_size: 64\n"
    )
    lab_file = load_lab(path)
    item = plan_item(Entry(lab_file, units(lab_file.lab)["q"]))
    setting = setting_of(item, Preparation(tmp_path), [])
    assert setting.keys == {}
    assert len(setting.samples) == 3
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "net.pth").touch()
    assert list(setting_of(item, Preparation(tmp_path), []).keys) == ["q"]


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
