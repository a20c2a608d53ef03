"""Counts of epochs to a target that the reference sometimes misses are judged by rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from assessment.grading.score import Setting, score
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Run
from assessment.spec.units import units

REFERENCE = [4, 5, 5, 6, 6, 7, 7, 8, 9, None]
"""Epochs to 90 %; None where it was never reached."""


def reaching(make_run: Callable[..., Run], seed: int, epochs: int | None) -> Run:
    """Return a run that reaches 90 % after so many epochs, or never."""
    accuracies = [80.0] * 10 if epochs is None else [80.0] * (epochs - 1) + [91.0]
    return make_run(seed, test_accuracy=accuracies)


@pytest.fixture
def graded(make_setting: Callable[..., Setting], make_run: Callable[..., Run]) -> Any:
    lines = [
        CalibrationRun(unit="q", run=reaching(make_run, 100 + seed, epochs))
        for seed, epochs in enumerate(REFERENCE)
    ]

    def grade(found: Sequence[int | None], seeds: int = 3) -> Any:
        asked = {"measure": "epochs_to_accuracy", "target": 90, "band": "calibrated", "points": 1}
        question = {"kind": "training", "seeds": seeds, "expect": {"soon": asked}}
        setting = make_setting({"q": question}, alpha=0.05, calibrations=lines)
        runs = [reaching(make_run, seed, epochs) for seed, epochs in enumerate(found)]
        return score(units(setting.lab_file.lab)["q"], setting, {"q": runs})

    return grade


def test_a_first_run_before_the_median_is_enough(graded: Any) -> None:
    result = graded([6])
    assert result.earned == 1
    source = result.expectations[0].source
    assert source.at_once == (None, 6.5)
    assert 0 < source.false_fails <= source.alpha == 0.05
    assert source.false_fails_upper > source.false_fails


@pytest.mark.parametrize(
    ("found", "earned"), [([8, 7, 6], 1), ([8, None, 6], 1), ([None, None, None], 0)]
)
def test_all_runs_are_ranked_with_the_references(
    graded: Any, found: list[int | None], earned: int
) -> None:
    assert graded(found).earned == earned


def test_where_no_rank_can_fail_it_is_uncalibrated(graded: Any) -> None:
    result = graded([None], seeds=1)
    assert result.status == "not_gradable"
    assert "the target was never reached in 1 of 10 reference runs" in result.reason
