"""Calibrated bands in a session: where they come from, what they promise, and `--assess-strict`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assessment import cli
from assessment.results import calibration
from assessment.results.store.surroundings import torch_version
from tests.plugin.course import training

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.course import Course

BANDED = {"accuracy": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}
CHANCE = "hance: 1 band or order from 5 or more reference runs fail at most "


def relabel(spec: Path, **environment: str) -> None:
    """Make a spec's reference runs ones of another environment."""
    path = calibration.path_for(spec)
    lines = calibration.read(path)
    path.unlink()
    for line in lines:
        assert line.run.environment is not None
        place = line.run.environment.model_copy(update=environment)
        calibration.append(path, line.unit, line.run.model_copy(update={"environment": place}))


def source(course: Course) -> dict[str, Any]:
    """Return where the band of the only item comes from."""
    [graded] = course.results["a"]["expectations"]
    found: dict[str, Any] = graded["source"]
    return found


def test_a_band_of_another_environment_says_so_or_is_refused_and_made_anew(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = course.lab(a=training(expect=BANDED, training={"epochs": 6, "max_steps": None}))
    made = ["calibrate", "specs/lab.yaml", "--device=cpu"]
    cli.main(made)
    text = course.run("specs").stdout.str()
    assert source(course)["text"].startswith("5 reference runs in this environment (torch ")
    assert "another environment" not in text + course.page
    promise = course.document["labs"][0]["promise"]
    for told in (text, course.page, f"Chance: {promise['text']}"):
        assert CHANCE in " ".join(told.split())

    relabel(spec, torch="1.0.0")
    place = f"in another environment (torch 1.0.0 instead of {torch_version()})"
    text = " ".join(course.run("specs").stdout.str().split())
    assert source(course)["elsewhere"] == place
    assert source(course)["text"] == f"5 reference runs {place}"
    assert f"bands of reference runs {place}: a" in text
    assert f"bands of reference runs {place}: a" in course.page
    assert f"5 reference runs {place}: mean " in course.page

    refused = course.run("specs", "--assess-strict")
    refused.assert_outcomes(errors=1)
    command = "assessment calibrate specs/lab.yaml"
    reason = "uncalibrated: 0 of at least 5 reference runs in this environment"
    refused.stdout.fnmatch_lines([f"*not gradable: accuracy: {reason}*{command}"])
    capsys.readouterr()
    cli.main(made)
    others = "5 of other environments beside them"
    assert f"5 reference runs to make, 0 known, {others}" in capsys.readouterr().out
    course.run("specs", "--assess-strict")
    assert course.statuses == {"a": "scored"}
    assert source(course)["elsewhere"] == ""
