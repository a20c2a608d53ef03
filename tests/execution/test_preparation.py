"""Keys change with what is trained and with nothing else; what is missing is never a zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.boundary.messages import Job
from assessment.errors import DataError, ReferenceNotFound
from assessment.execution.preparation import Preparation
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest, Work
from assessment.results.record import Run
from assessment.spec.lab import Limits
from assessment.spec.recipe import Dataset, Training
from assessment.submissions.listing import single_submission
from tests.execution.pool import recipe

MODEL = '''
"""A solution."""
from torch import nn

WIDTH = 32
UNUSED = 5

class Net(nn.Sequential):
    """A network."""

    def __init__(self, hidden=WIDTH):
        super().__init__(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))
'''
BASE: dict[str, Any] = {
    "model": {"name": "a_solution:Net"},
    "dataset": {
        "name": "digits",
        "transforms": [{"kind": "normalize", "mean": [0.5], "std": [0.5]}],
        "split": {"validation": 0.2},
    },
    "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    "schedule": {"name": "step", "every": 2},
    "early_stopping": {"test_accuracy": 99},
}


@pytest.fixture(scope="module")
def preparation() -> Preparation:
    return Preparation(None)


def key(preparation: Preparation, folder: Path, source: str = MODEL, **changes: Any) -> str:
    (folder / "a_solution.py").write_text(source)
    return preparation.key(recipe(**(BASE | changes)), folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"record": {"every": 5}},
        {"record": {"gradients": {"of": "first_layer"}, "first_layer_weights": True}},
        {"record": {"evaluate": "epoch"}},
        {"model": {"name": "a_solution:Net", "arguments": {}}},
        {"loss": "cross_entropy", "shuffle": True, "evaluation_batch_size": 1000},
        {"loss_mean": "images", "max_steps": None},
        {"schedule": {"name": "step", "every": 2, "factor": 0.1}},
        {"early_stopping": {"test_accuracy": 99.0, "unchanged_epochs": None}},
        {
            "optimizer": {
                "name": "sgd",
                "learning_rate": 0.1,
                "momentum": 0.9,
                "nesterov": False,
                "weight_decay": 0,
            }
        },
        {"dataset": {**BASE["dataset"], "split": {"validation": 0.2, "stratified": False}}},
    ],
)
def test_recording_and_defaults_spelt_out_keep_the_key(
    changes: dict[str, Any], preparation: Preparation, tmp_path: Path
) -> None:
    assert key(preparation, tmp_path, **changes) == key(preparation, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A network."""', '"""Another sentence about it."""'),
        ('"""A network."""', "# no docstring at all"),
        ("UNUSED = 5", "UNUSED = 6"),
        ("WIDTH = 32", "WIDTH = 32  # neurons"),
        ("WIDTH = 32\nUNUSED = 5", "UNUSED = 5\n\n\nWIDTH = (32)"),
        ("(nn.Flatten(), nn.Linear", "(\n            nn.Flatten(), nn.Linear"),
    ],
)
def test_what_a_solution_says_about_itself_keeps_the_key(
    old: str, new: str, preparation: Preparation, tmp_path: Path
) -> None:
    assert old in MODEL
    changed = MODEL.replace(old, new)
    assert key(preparation, tmp_path, changed) == key(preparation, tmp_path)


def test_the_name_under_which_a_model_is_found_keeps_the_key(
    preparation: Preparation, tmp_path: Path
) -> None:
    (tmp_path / "moved.py").write_text(MODEL)
    assert key(preparation, tmp_path, model={"name": "moved:Net"}) == key(preparation, tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 3},
        {"batch_size": 32},
        {"evaluation_batch_size": 500},
        {"shuffle": False},
        {"max_steps": 20},
        {"loss": "nll"},
        {"loss_mean": "batches"},
        {"early_stopping": None},
        {"early_stopping": {"test_accuracy": 98}},
        {"schedule": {"name": "step", "every": 3}},
        {"schedule": {"name": "constant"}},
        {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.8}},
        {"optimizer": {"name": "sgd", "learning_rate": 0.100001, "momentum": 0.9}},
        {"optimizer": {"name": "adam", "learning_rate": 0.1}},
        {"model": {"name": "a_solution:Net", "arguments": {"hidden": 16}}},
        {"dataset": {**BASE["dataset"], "split": None}},
        {"dataset": {**BASE["dataset"], "split": {"validation": 0.3}}},
        {"dataset": {**BASE["dataset"], "split": {"validation": 0.2, "stratified": True}}},
        {"dataset": {**BASE["dataset"], "transforms": []}},
        {
            "dataset": {
                **BASE["dataset"],
                "transforms": [{"kind": "normalize", "mean": [0.5], "std": [0.25]}],
            }
        },
    ],
)
def test_anything_that_is_trained_differently_changes_the_key(
    changes: dict[str, Any], preparation: Preparation, tmp_path: Path
) -> None:
    assert key(preparation, tmp_path, **changes) != key(preparation, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [("WIDTH = 32", "WIDTH = 33"), ("nn.ReLU()", "nn.Tanh()"), ("hidden=WIDTH", "hidden=32")],
)
def test_another_solution_changes_the_key(
    old: str, new: str, preparation: Preparation, tmp_path: Path
) -> None:
    changed = MODEL.replace(old, new)
    assert changed != MODEL
    assert key(preparation, tmp_path, changed) != key(preparation, tmp_path)


def test_other_data_change_the_key(
    preparation: Preparation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    before = key(preparation, tmp_path)
    images = preparation.images(Dataset(name="digits"))
    damaged = dataclasses.replace(images, sha256="0" * 64)
    monkeypatch.setitem(preparation._sets, ("digits", None), damaged)
    assert key(preparation, tmp_path) != before


SUBMITTED = "a = 1\n"


def work(folder: Path, text: str = SUBMITTED, **changes: Any) -> Work:
    path = folder / "handed_in.py"
    path.write_text(text)
    return Work(single_submission(path), **{"level": "process", "names": ("Net", "Mlp"), **changes})


def submitted(preparation: Preparation, folder: Path, source: str = MODEL, **changes: Any) -> str:
    (folder / "a_solution.py").write_text(source)
    return preparation.key(recipe(**BASE), folder, work(folder, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "a = 2\n"},
        {"source": MODEL.replace("nn.ReLU()", "nn.Tanh()")},
        {"level": "user"},
        {"names": ("Mlp", "Net")},
        {"chosen": "Net"},
        {"fixed": True},
        {"control": True},
    ],
)
def test_what_a_run_of_a_submission_depends_on(
    changes: dict[str, Any], preparation: Preparation, tmp_path: Path
) -> None:
    """Its network is looked for by the reference's layers, and perhaps tried in them."""
    before = submitted(preparation, tmp_path)
    assert submitted(preparation, tmp_path) == before
    assert submitted(preparation, tmp_path, MODEL.replace("UNUSED = 5", "")) == before
    assert submitted(preparation, tmp_path, **changes) != before
    assert key(preparation, tmp_path) != before


def test_a_submission_is_compared_with_the_model_of_its_own_spec(tmp_path: Path) -> None:
    """Two folders may both have an `a_solution.py`."""
    one, other = (
        RunRequest("unit", recipe(**BASE), 1, Limits(), False, folder, work=work(tmp_path))
        for folder in (tmp_path / "one", tmp_path / "other")
    )
    assert one.id != other.id


def test_a_submission_without_a_reference_has_no_key(
    preparation: Preparation, tmp_path: Path
) -> None:
    with pytest.raises(ReferenceNotFound, match="a_solution"):
        preparation.key(recipe(**BASE), tmp_path, work(tmp_path))


def test_keys_stay_what_they_are(preparation: Preparation) -> None:
    """Calibration files hold runs by their keys: a new value here asks for new calibrations."""
    folder = Path(__file__).parent
    assert preparation.key(recipe(), folder) == "f3bd361427a567ff"


# --- what a run is told, and what it is not -----------------------------------------------------


def request(training: Training, folder: Path, **limits: Any) -> RunRequest:
    return RunRequest("unit", training, 3, Limits(**limits), False, folder)


def test_a_job_names_everything_but_the_test_labels(
    preparation: Preparation, tmp_path: Path
) -> None:
    training = recipe(dataset={"name": "digits", "split": {"validation": 0.25}})
    prepared = preparation.prepare(request(training, tmp_path, seconds=9), "cuda:1", 4)
    assert not isinstance(prepared, Run)
    assignment = prepared.assignment
    job = Job(**assignment.data)
    assert assignment.kind == "train"
    assert (job.device, job.threads, job.seed, job.classes) == ("cuda:1", 4, 3, 10)
    assert job.import_paths == [str(tmp_path)]
    images = preparation.images(Dataset(name="digits"))
    told = str(job.plain())
    assert str(images.paths["train_labels"]) in told
    assert str(images.paths["test_labels"]) not in told
    assert assignment.limits.seconds == 9
    held = assignment.arrays["validation"]
    assert len(held) == 225
    assert len(assignment.arrays["train"]) == 898 - 225
    first, second = prepared.make_witness(), prepared.make_witness()
    assert isinstance(first, Referee)
    assert first is not second, "an attempt leaves nothing behind for the next"
    assert first.answers.train_size == 898 - 225
    np.testing.assert_array_equal(first.answers.validation_labels, images.train_labels[held])


def test_a_smoke_job_may_diverge(tmp_path: Path) -> None:
    prepared = Preparation(None, smoke=True).prepare(request(recipe(), tmp_path), "cpu", 1)
    assert not isinstance(prepared, Run)
    assert prepared.assignment.data["smoke"]
    referee = prepared.make_witness()
    assert referee.smoke
    assert referee.may_diverge


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dataset": {"name": "mnist"}}, "MNIST is not here: put these there: MNIST/raw/x"),
        ({"dataset": {"name": "digitz"}}, "unknown data set 'digitz', did you mean digits?"),
        ({"model": {"name": "digits/mpl"}}, "did you mean digits/mlp?"),
        ({"model": {"name": "nowhere:Net"}}, "there is no module nowhere"),
        (
            {"model": {"name": "digits/mlp", "weights": "net.pth"}},
            "the pretrained weights net.pth are not in ",
        ),
        (
            {"dataset": {"name": "digits", "transforms": [{"kind": "rgb_to_gray"}]}},
            "the images of digits: `transforms[0]`: `rgb_to_gray` takes colour images, these have "
            "1 channel",
        ),
        (
            {"dataset": {"name": "digits", "split": {"validation": 0.9999}}},
            "a validation share of 0.9999 of 898 images leaves 0 to train and 898 to validate",
        ),
    ],
)
def test_what_is_missing_is_not_gradable_and_said_in_one_line(
    changes: dict[str, Any], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: Any) -> None:
        raise DataError("MNIST is not here: put these there:\n  MNIST/raw/x")

    monkeypatch.setattr("assessment.datasets.cache.fetch", offline)
    run = Preparation(tmp_path).prepare(request(recipe(**changes), tmp_path), "cpu", 1)
    assert isinstance(run, Run)
    assert run.outcome == "not_gradable"
    assert reason in run.reason
    assert run.reason.splitlines() == [run.reason]
    assert run.seed == 3
