"""Runs, labs and reference runs made of the numbers that a test is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from assessment.grading.outcomes import Decided
from assessment.grading.score import Setting
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Environment, Graded, Run
from assessment.spec.lab import Lab
from assessment.spec.reader import LabFile

HERE = Environment(
    torch="2.15.0", device="cpu", capability="AVX512", threads=1, python="3.11.9", platform="Linux"
)
TRAINING: dict[str, Any] = {
    "model": {"name": "m"},
    "dataset": {"name": "digits"},
    "optimizer": {"name": "sgd", "learning_rate": 0.1},
    "epochs": 10,
    "batch_size": 32,
    "record": {"every": 10, "gradients": {"of": "all"}},
}


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Return what makes a run; `epochs` columns may be given by their names."""

    def make(seed: int = 1, **values: Any) -> Run:
        names = [name for name in values if name.endswith(("_accuracy", "_loss"))]
        columns = {name: values.pop(name) for name in names}
        plain: dict[str, Any] = {
            "key": "recipe",
            "outcome": "scored",
            "started": "2026-11-21T07:00:00+00:00",
            "seconds": 2.0,
            "environment": HERE,
            "dataset": "digits",
            "dataset_sha256": "0" * 64,
            "epochs": columns,
        }
        return Run(seed=seed, **(plain | values))

    return make


@pytest.fixture
def run_at(make_run: Callable[..., Run]) -> Callable[..., Run]:
    """Return what makes a run that ends with a test accuracy, percent."""

    def make(accuracy: float, seed: int = 1, **values: Any) -> Run:
        return make_run(seed, test_accuracy=[50.0, accuracy], **values)

    return make


@pytest.fixture
def make_setting() -> Callable[..., Setting]:
    """Return what makes a setting for a lab of the given questions."""

    def make(questions: Mapping[str, Any], *, alpha: float = 0.01, **values: Any) -> Setting:
        filled = {
            name: {"title": name.upper()}
            | ({"training": TRAINING} if question["kind"] == "training" else {})
            | dict(question)
            for name, question in questions.items()
        }
        lab = Lab.model_validate({"title": "Lab", "alpha": alpha, "questions": filled})
        lines = {name: 10 + index for index, name in enumerate(filled)}
        return Setting(LabFile(lab, Path("specs/lab.yaml"), "f" * 64, lines), **values)

    return make


@pytest.fixture
def reference(run_at: Callable[..., Run]) -> Callable[..., list[CalibrationRun]]:
    """Return what makes one reference run for each accuracy."""

    def make(accuracies: Sequence[float], **values: Any) -> list[CalibrationRun]:
        return [
            CalibrationRun(unit="q", run=run_at(accuracy, 1_000_000 + index, **values))
            for index, accuracy in enumerate(accuracies)
        ]

    return make


@pytest.fixture
def judge(decide: Callable[..., Decided]) -> Callable[..., Graded]:
    """Give what comes of what the module's own `decide` decides."""
    return lambda *given, **values: decide(*given, **values).graded
