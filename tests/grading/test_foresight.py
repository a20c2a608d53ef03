# ruff: noqa: E501 - tables with one case a line
"""Bands that nobody can make are known before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assessment.grading.foresight import asks_for_bands, missing_band
from assessment.grading.score import Setting, score
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Run
from assessment.spec.units import Unit, units
from tests.grading.conftest import HERE

MakeSetting = Callable[..., Setting]
Reference = Callable[..., list[CalibrationRun]]
ACCURACIES = [97.0, 97.5, 98.0, 98.5, 97.2, 97.9, 98.1, 97.7]
BANDED = {"measure": "test_accuracy", "band": "calibrated", "points": 2}
ELSEWHERE = HERE.model_copy(update={"threads": 2})


def unit_of(setting: Setting, name: str = "q") -> Unit:
    return units(setting.lab_file.lab)[name]


@pytest.fixture
def foresee(make_setting: MakeSetting) -> Callable[..., tuple[str, str]]:
    """Return what gives the reason before training, and that of grading a run."""

    def make(
        expect: dict[str, Any], lines: list[CalibrationRun], run: Run, **values: Any
    ) -> tuple[str, str]:
        setting = make_setting(
            {"q": {"kind": "training", "expect": expect}},
            calibrations=lines,
            keys={"q": "recipe"},
            **values,
        )
        unit = unit_of(setting)
        return missing_band(unit, setting), score(unit, setting, {"q": [run]}).reason

    return make


def test_what_grading_would_say_is_said_before(
    foresee: Callable[..., tuple[str, str]], reference: Reference, run_at: Callable[..., Run]
) -> None:
    before, after = foresee({"a": BANDED}, reference(ACCURACIES[:3]), run_at(98.0))
    assert before == after
    assert before == (
        "a: uncalibrated: 3 of at least 5 reference runs; "
        "to make more: assessment calibrate specs/lab.yaml"
    )


@pytest.mark.parametrize(
    ("expect", "lines"),
    [
        ({"a": BANDED}, ACCURACIES),
        ({"a": BANDED | {"points": 0}}, []),
        ({"a": {"measure": "test_accuracy", "at_least": 90, "points": 2}}, []),
        ({"a": BANDED | {"or_as": ["b"]}, "b": BANDED | {"points": 0, "at": "best"}}, []),
        ({"a": {"measure": "test_accuracy", "modes": {"m": {"low": 0, "high": 9}}, "points": 1}}, []),
    ],
    ids=["band", "shown", "by hand", "another way", "modes"],
)  # fmt: skip
def test_what_may_be_graded_is_trained(
    foresee: Callable[..., tuple[str, str]],
    reference: Reference,
    run_at: Callable[..., Run],
    expect: dict[str, Any],
    lines: list[float],
) -> None:
    assert foresee(expect, reference(lines), run_at(98.0))[0] == ""


def test_calibrated_modes(
    foresee: Callable[..., tuple[str, str]], reference: Reference, run_at: Callable[..., Run]
) -> None:
    modes = {"learns": {"low": 90, "high": 100, "calibrated": True}}
    expect = {"a": {"measure": "test_accuracy", "modes": modes, "points": 1}}
    before, after = foresee(expect, reference([97.0, 10.0, 10.0]), run_at(98.0))
    assert before == after
    assert before.startswith("a: uncalibrated: 1 of 3 reference runs ended in the mode learns")
    assert foresee(expect, reference(ACCURACIES), run_at(98.0)) == ("", "")


def test_a_band_of_any_environment_may_be_the_nearest(
    foresee: Callable[..., tuple[str, str]], reference: Reference, run_at: Callable[..., Run]
) -> None:
    lines = [*reference(ACCURACIES[:3]), *reference(ACCURACIES, environment=ELSEWHERE)]
    assert foresee({"a": BANDED}, lines, run_at(98.0))[0] == ""
    few = [*reference(ACCURACIES[:3]), *reference(ACCURACIES[:4], environment=ELSEWHERE)]
    assert "uncalibrated: 4 of at least 5" in foresee({"a": BANDED}, few, run_at(98.0))[0]


def test_nothing_is_foreseen_where_it_depends_on_the_run(
    make_setting: MakeSetting, foresee: Callable[..., tuple[str, str]], run_at: Callable[..., Run]
) -> None:
    questions = {"q": {"kind": "training", "expect": {"a": BANDED}}}
    setting = make_setting(questions)  # without its data set it has no key
    assert missing_band(unit_of(setting), setting) == ""
    assert foresee({"a": BANDED}, [], run_at(98.0), strict=True)[0] == ""
    assert asks_for_bands(unit_of(setting))


@pytest.mark.parametrize(
    ("sha256", "why"),
    [
        ("1" * 64, "its 8 reference runs are of other images of digits, which hash to 000000000000, those here to 111111111111"),
        ("0" * 64, "its 8 reference runs are of another recipe, which has been changed since"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("told", ["setting", "run"])
def test_reference_runs_that_do_not_count_any_more_are_explained(
    make_setting: MakeSetting,
    reference: Reference,
    run_at: Callable[..., Run],
    sha256: str,
    why: str,
    told: str,
) -> None:
    setting = make_setting(
        {"q": {"kind": "training", "expect": {"a": BANDED}}},
        calibrations=reference(ACCURACIES, key="as it was"),
        keys={"q": "recipe"},
        datasets={"q": sha256} if told == "setting" else {},
    )
    run = run_at(98.0, dataset_sha256=sha256)
    result = score(unit_of(setting), setting, {"q": [run]})
    assert result.status == "not_gradable"
    assert result.reason == (
        f"a: uncalibrated: 0 of at least 5 reference runs, {why}; "
        "to make more: assessment calibrate specs/lab.yaml"
    )
    if told == "setting":
        assert missing_band(unit_of(setting), setting) == result.reason


def test_runs_of_another_environment_are_no_other_recipe(
    make_setting: MakeSetting, reference: Reference, run_at: Callable[..., Run]
) -> None:
    setting = make_setting(
        {"q": {"kind": "training", "expect": {"a": BANDED}}},
        calibrations=reference(ACCURACIES, environment=ELSEWHERE),
        keys={"q": "recipe"},
        strict=True,
    )
    reason = score(unit_of(setting), setting, {"q": [run_at(98.0)]}).reason
    assert "recipe" not in reason
    assert "0 of at least 5 reference runs in this environment;" in reason
