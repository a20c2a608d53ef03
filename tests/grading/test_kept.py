# ruff: noqa: E501 - tables with one case a line
"""Calls and saved weights graded again from what is stored of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assessment.grading.checkpoints import compare_checkpoint
from assessment.grading.kept import Unknown, grade_calls, grade_weights
from assessment.grading.score import Setting
from assessment.results.record import Graded, Result, Run
from assessment.spec.kinds.checkpoint import CheckpointQuestion
from assessment.spec.units import units
from tests.grading.conftest import TRAINING
from tests.report import builders

CALLS: dict[str, Any] = {
    "kind": "function",
    "title": "Softmax",
    "function": "softmax",
    "solution": "numpy/softmax",
    "reference": "torch/softmax",
    "cases": {name: {"arguments": [{"shape": [2], "seed": 1}]} for name in ("small", "large")},
    "absolute_tolerance": 1e-9,
    "relative_tolerance": 0,
    "points": 2,
}
WEIGHTS: dict[str, Any] = {
    "kind": "checkpoint", "title": "Saved", "of": "mlp", "file": "m.pth", "points": 1,
}  # fmt: skip
MLP: dict[str, Any] = {"kind": "training", "title": "MLP", "training": TRAINING}


def called(*verdicts: bool, condition: str = "at most 1e-09") -> Result:
    graded = [
        builders.graded(name, 0.0, condition=condition, met=met, earned=float(met), points=1.0)
        for name, met in zip(("small", "large"), verdicts, strict=False)
    ]
    return builders.result("f", kind="function", expectations=graded, earned=sum(verdicts))


def test_calls_keep_their_verdicts_and_take_the_points_of_today(
    make_setting: Callable[..., Setting],
) -> None:
    setting = make_setting({"f": CALLS | {"points": 3}})
    after = grade_calls(units(setting.lab_file.lab)["f"], setting, called(True, False))
    assert (after.status, after.earned, after.points) == ("scored", 1.5, 3)
    assert [graded.met for graded in after.expectations] == [True, False]


@pytest.mark.parametrize(
    ("changed", "before", "why"),
    [
        ({"cases": {"small": {"arguments": [{"shape": [2], "seed": 1}]}}}, called(True, True), "other calls are"),
        ({"absolute_tolerance": 1e-3}, called(True, True), "its tolerances are others"),
    ],
)  # fmt: skip
def test_calls_that_would_have_to_be_made_again(
    changed: dict[str, Any], before: Result, why: str, make_setting: Callable[..., Setting]
) -> None:
    setting = make_setting({"f": CALLS | changed})
    with pytest.raises(Unknown, match=why):
        grade_calls(units(setting.lab_file.lab)["f"], setting, before)


def test_a_function_that_failed_stays_failed(make_setting: Callable[..., Setting]) -> None:
    setting = make_setting({"f": CALLS | {"points": 3}})
    before = builders.result("f", kind="function", status="crashed", reason="it fell", earned=0.0)
    after = grade_calls(units(setting.lab_file.lab)["f"], setting, before)
    assert (after.status, after.reason, after.earned, after.points) == ("crashed", "it fell", 0, 3)


def scored(accuracy: float, trained: Run) -> Graded:
    question = CheckpointQuestion.model_validate(WEIGHTS)
    return compare_checkpoint(question, trained, accuracy)


@pytest.mark.parametrize(("tolerance", "earned"), [(0.05, 0), (0.5, 1)])
def test_weights_are_compared_again(
    tolerance: float,
    earned: float,
    make_setting: Callable[..., Setting],
    run_at: Callable[..., Run],
) -> None:
    setting = make_setting({"mlp": MLP, "saved": WEIGHTS | {"tolerance": tolerance}})
    run = run_at(97.0)
    before = builders.result("saved", kind="checkpoint", expectations=[scored(96.8, run)])
    unit = units(setting.lab_file.lab)["saved"]
    assert grade_weights(unit, setting, before, [run]).earned == earned
    for runs, why in (([], "no run of mlp"), ([run_at(96.0)], "another run of mlp")):
        with pytest.raises(Unknown, match=why):
            grade_weights(unit, setting, before, runs)
