"""What a run's own process does: finds the model, and says in one line what went wrong."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from assessment.boundary.messages import Channel, Frame, Job
from assessment.datasets import cache
from assessment.sandbox import references, run
from assessment.training.errors import SolutionError
from tests.execution.pool import recipe

MODEL = """
from torch import nn

class Outer:
    class Net(nn.Linear):
        pass

def factory(weights=None, size=3):
    net = nn.Linear(64, size)
    net.weights = weights
    return net

def nothing():
    pass
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "a_students_model.py").write_text(MODEL)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "a_students_model"
    sys.modules.pop("a_students_model", None)


def test_a_class_within_a_class_is_found(module: str) -> None:
    arguments = {"in_features": 4, "out_features": 2}
    net = references.build_model(f"{module}:Outer.Net", arguments, None)
    assert isinstance(net, torch.nn.Linear)
    assert net.in_features == 4


def test_weights_are_given_to_the_factory_only_where_there_are_some(module: str) -> None:
    assert references.build_model(f"{module}:factory", {"size": 5}, None).weights is None
    assert references.build_model(f"{module}:factory", {}, "/hub/net.pth").weights == "/hub/net.pth"


def test_a_factory_that_returns_nothing_is_told_so(module: str) -> None:
    with pytest.raises(SolutionError, match="returned an object of type NoneType"):
        references.build_model(f"{module}:nothing", {}, None)


@pytest.fixture
def kept_state() -> Iterator[None]:
    """Put back what a run changes, which otherwise has a process of its own."""
    threads, paths = torch.get_num_threads(), list(sys.path)
    numpy_state, torch_state = np.random.get_state(), torch.get_rng_state()
    deterministic = torch.backends.cudnn.deterministic
    yield
    torch.set_num_threads(threads)
    sys.path[:] = paths
    np.random.set_state(numpy_state)
    torch.set_rng_state(torch_state)
    torch.backends.cudnn.deterministic = deterministic


def converse(arrays: dict[str, Any], **changes: Any) -> tuple[int, list[Frame]]:
    """Execute a job in this process; return its status and everything that it sent."""
    images = cache.load("digits")
    plain = Job(
        training=recipe().model_dump(mode="json"),
        model="assessment.models.digits:Mlp",
        import_paths=[],
        weights=None,
        seed=1,
        device="cpu",
        threads=1,
        classes=10,
        train_images=str(images.paths["train_images"]),
        train_labels=str(images.paths["train_labels"]),
        test_images=str(images.paths["test_images"]),
    ).plain()
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    channel.settimeout(30)
    channel.send("train", plain | changes, **arrays)
    status = run.execute(Channel(theirs))
    theirs.close()
    frames = []
    while not frames or frames[-1].kind not in ("done", "failed"):
        frames.append(channel.receive())
    channel.close()
    return status, frames


@pytest.mark.usefixtures("kept_state")
def test_frames_of_a_whole_run() -> None:
    status, frames = converse({}, smoke=True)
    assert status == 0
    assert [frame.kind for frame in frames] == ["started", "epoch", "done"]
    assert frames[0].data["parameters"] == 75 * 32 + 10
    assert frames[1].arrays["test"].shape == (899, 10)
    assert frames[1].data["last"] is True
    assert "test_accuracy" not in frames[1].data["epochs"], "it knows no test labels"


@pytest.mark.usefixtures("kept_state")
def test_a_split_shows_held_out_images_without_their_labels() -> None:
    order = np.arange(898)
    arrays = {"train": order[:700], "validation": order[700:]}
    _, frames = converse(arrays, smoke=True)
    assert frames[1].arrays["validation"].shape == (198, 10)


@pytest.mark.usefixtures("kept_state")
@pytest.mark.parametrize(("hidden", "sent"), [(32, True), (2**15, False)])
def test_a_first_layer_is_sent_up_to_a_million_numbers(hidden: int, sent: bool) -> None:
    training = recipe(
        model={"name": "digits/mlp", "arguments": {"hidden": hidden}},
        record={"first_layer_weights": True},
    )
    _, frames = converse({}, smoke=True, training=training.model_dump(mode="json"))
    assert ("first_layer" in frames[-1].arrays) is sent


SUBMITTED = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.act, self.last = nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 10)
        with torch.no_grad():
            self.first.weight.fill_(1)
            self.first.bias.copy_(torch.tensor([-2., -10, -14, -18, -20, -22, -25.35, -99]))

    def forward(self, x):
        return self.last(self.act(self.first(x.flatten(1))))
"""


@pytest.mark.usefixtures("kept_state")
def test_what_is_told_of_a_network_does_not_depend_on_test_images(tmp_path: Path) -> None:
    """They come in a drawn order, and what a student is told is the same in every session."""
    (tmp_path / "net.py").write_text(SUBMITTED)
    images = cache.load("digits")
    labels = images.train_labels.astype(np.int64)
    search = {"path": str(tmp_path), "question": "q", "names": ["Net"], "chosen": None}

    def told(test_images: np.ndarray[Any, Any]) -> dict[str, Any]:
        arrays = {"labels": labels, "test_images": test_images}
        _, frames = converse(
            arrays,
            training=recipe(optimizer={"name": "sgd", "learning_rate": 1e-9}).model_dump(
                mode="json"
            ),
            smoke=True,
            search=search,
            model="",
            test_images="",
        )
        diagnosis: dict[str, Any] = frames[-1].data["diagnosis"]
        return diagnosis

    one = told(images.test_images)
    assert told(np.zeros_like(images.test_images)) == one
    assert one["dead"] == {"act": 1 / 8}, "none of the first images is bright enough for -25.35"


@pytest.mark.usefixtures("kept_state")
def test_a_failure_is_the_last_frame(capsys: pytest.CaptureFixture[str]) -> None:
    status, frames = converse({}, model="assessment.models.digits:Mlpp")
    assert status == run.SOLUTION_FAILED
    assert frames[-1].kind == "failed"
    assert frames[-1].data["reason"] == (
        "AttributeError: module 'assessment.models.digits' has no attribute 'Mlpp'"
    )
    assert "Traceback" in capsys.readouterr().err
