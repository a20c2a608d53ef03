"""Saved weights score what the trained model scored; files of other models say what is wrong."""

from __future__ import annotations

import re
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from assessment.boundary.messages import Frame, ProtocolError
from assessment.execution.evaluations import Evaluated, EvaluationRequest, Examiner
from assessment.execution.requests import RunRequest
from assessment.models.digits import Cnn, Mlp
from assessment.results.record import Run
from assessment.spec.lab import Limits
from tests.execution.pool import HERE, Pool, recipe

TRAINING = recipe(
    model={"name": "digits/cnn"}, optimizer={"name": "adam", "learning_rate": 0.01}, epochs=2
)


@pytest.fixture(scope="module")
def trained(pool: Pool) -> tuple[Run, Path]:
    """Train once; return the run and the file of its weights."""
    request = RunRequest("unit", TRAINING, 1, Limits(), False, HERE, keep_weights=True)
    run = pool.trainers.submit(request).result(60)
    weights = pool.finished.weights(request.id)
    assert isinstance(weights, Path)
    return run, weights


def evaluate(pool: Pool, checkpoint: Path) -> Evaluated:
    name = f"saved{checkpoint.suffix}"
    request = EvaluationRequest(TRAINING, checkpoint, name, Limits(seconds=60), HERE)
    return pool.trainers.submit(request).result(60)


def state_of(weights: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(weights)


def test_loaded_weights_score_what_the_trained_model_scored(
    pool: Pool, trained: tuple[Run, Path], tmp_path: Path
) -> None:
    run, weights = trained
    evaluated = evaluate(pool, weights)
    assert evaluated.attempt.outcome == "scored"
    assert evaluated.test_accuracy == run.epochs["test_accuracy"][-1]
    assert run.epochs["test_accuracy"][-1] > 50
    torch.save(OrderedDict(state_of(weights)), tmp_path / "model.pth")
    assert evaluate(pool, tmp_path / "model.pth").test_accuracy == evaluated.test_accuracy


STARTS_FROM_WEIGHTS = """
import torch
from assessment.models.digits import Mlp


def net(weights):
    made = Mlp()
    made.load_state_dict(torch.load(weights))
    return made
"""


def test_a_reference_that_needs_its_pretrained_weights_is_given_them(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "starts_from_weights.py").write_text(STARTS_FROM_WEIGHTS)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    torch.save(Mlp().state_dict(), tmp_path / "hub/checkpoints/before.pth")
    saved = tmp_path / "after.pth"
    torch.save(Mlp().state_dict(), saved)
    training = recipe(model={"name": "starts_from_weights:net", "weights": "before.pth"})
    request = EvaluationRequest(training, saved, saved.name, Limits(seconds=60), tmp_path)
    evaluated = pool.trainers.submit(request).result(60)
    assert (evaluated.attempt.outcome, evaluated.attempt.reason) == ("scored", "")


def test_runs_keep_their_weights_only_when_asked(pool: Pool) -> None:
    request = RunRequest("unit", TRAINING, 1, Limits(), False, HERE)
    pool.trainers.submit(request).result(60)
    assert pool.finished.weights(request.id) == "nobody asked for them"


def other_sizes(path: Path, state: dict[str, Any]) -> None:
    name = "classifier.2.bias"
    torch.save({**state, name: state[name][:2]}, path)


def other_names(path: Path, state: dict[str, Any]) -> None:
    torch.save({f"old.{name}": value for name, value in state.items()}, path)


def parallel(path: Path, state: dict[str, Any]) -> None:
    torch.save({f"module.{name}": value for name, value in state.items()}, path)


def wrapped(path: Path, state: dict[str, Any]) -> None:
    torch.save({"epoch": 3, "optimizer": {}, "model_state_dict": state}, path)


def whole_model(path: Path, state: dict[str, Any]) -> None:
    torch.save(Cnn(), path)


def a_list(path: Path, state: dict[str, Any]) -> None:
    torch.save(list(state.values()), path)


def an_optimiser(path: Path, state: dict[str, Any]) -> None:
    torch.save(torch.optim.Adam(nn.Linear(2, 2).parameters()).state_dict(), path)


def truncated(path: Path, state: dict[str, Any]) -> None:
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[:1000])


def another_archive(path: Path, state: dict[str, Any]) -> None:
    torch.save(state, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("elsewhere/x", "x")


def text(path: Path, state: dict[str, Any]) -> None:
    path.write_text("not weights")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            other_sizes,
            r"saved\.pth is of another model: classifier\.2\.bias is \(2,\), the model's \(10,\)$",
        ),
        (
            other_names,
            r"saved\.pth is of another model: it lacks \S+, \S+, \S+ and \d+ more; "
            r"it has old\.\S+, \S+, \S+ and \d+ more that the model lacks",
        ),
        (
            parallel,
            r"saved\.pth was saved through DataParallel, its names begin with `module\.`: "
            r"save `model\.module\.state_dict\(\)`$",
        ),
        (
            wrapped,
            r"saved\.pth holds no state dict \(a map from names to tensors\) but one under "
            r"`model_state_dict`: save `model\.state_dict\(\)` alone$",
        ),
        (whole_model, r"saved\.pth cannot be read .* save `model\.state_dict\(\)`, not the model"),
        (a_list, r"saved\.pth holds no state dict \(a map from names to tensors\)"),
        (an_optimiser, r"saved\.pth holds no state dict \(a map from names to tensors\)"),
        (
            truncated,
            r"saved\.pth cannot be read as saved weights: \w.*checkpoint file is corrupted",
        ),
        (another_archive, r"saved\.pth cannot be read as saved weights: file in archive is not in"),
        (text, r"saved\.pth cannot be read as saved weights: it is no file of `torch\.save`$"),
    ],
)
def test_a_file_of_something_else(
    make: Any, reason: str, pool: Pool, trained: tuple[Run, Path], tmp_path: Path
) -> None:
    path = tmp_path / "saved.pth"
    make(path, state_of(trained[1]))
    attempt = evaluate(pool, path).attempt
    assert attempt.outcome == "invalid"
    assert re.match(reason, attempt.reason), attempt.reason


def test_a_damaged_safetensors_file(pool: Pool, trained: tuple[Run, Path], tmp_path: Path) -> None:
    path = tmp_path / "saved.safetensors"
    path.write_bytes(trained[1].read_bytes()[:50])
    reason = evaluate(pool, path).attempt.reason
    assert reason.startswith("saved.safetensors cannot be read as saved weights")
    save_file({"x": torch.zeros(2)}, path)
    reason = evaluate(pool, path).attempt.reason
    assert "it has x that the model lacks" in reason


@pytest.mark.parametrize(
    "frame",
    [
        Frame("epoch"),
        Frame("done"),
        Frame("done", {}, {"test": np.zeros((3, 2), np.float32)}),
        Frame("done", {}, {"test": np.zeros((4, 2))}),
    ],
)
def test_predictions_that_were_not_due(frame: Frame) -> None:
    with pytest.raises(ProtocolError):
        Examiner(np.array([0, 1, 1, 0]), 2).hear(frame)


def test_non_finite_predictions_count_as_wrong() -> None:
    examiner = Examiner(np.array([0, 1]), 2)
    logits = np.array([[1, 0], [np.nan, 1]], np.float32)
    examiner.hear(Frame("done", {}, {"test": logits}))
    assert examiner.accuracy == 50.0
