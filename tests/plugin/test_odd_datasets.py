"""A class that nothing is tested on costs nobody a point, but is told: by check, and on top."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessment import cli
from tests.plugin.course import Course, training

WARNING = "pets has no test image of class 2: nothing shows whether it is learnt"


@pytest.fixture
def odd(course: Course) -> Path:
    """Write a lab on a set whose third class has no test image."""
    pixels = np.zeros((30, 8, 8), np.uint8)
    labels = np.arange(30) % 3
    data = course.path / "data"
    data.mkdir()
    np.savez(
        data / "pets.npz", x_train=pixels, y_train=labels, x_test=pixels[:4], y_test=labels[:4] % 2
    )
    model = {"name": "linear", "arguments": {"classes": 3}}
    recipe = {"dataset": {"name": "pets"}, "model": model}
    return course.lab(one=training(training=recipe), two=training(training=recipe))


def test_check_warns_once(odd: Path, course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(odd), "--data", str(course.path / "data")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{odd}:20: warning: {WARNING}",
        "1 file, 0 problems, 1 warning",
    ]
    (course.path / "data" / "pets.npz").write_bytes(b"no archive")
    assert cli.main(["check", str(odd), "--data", str(course.path / "data")]) == 0
    assert "pets.npz: cannot be read as .npz" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["-n", "1"]])
def test_a_session_begins_with_it_and_grades_as_ever(
    odd: Path, course: Course, options: list[str]
) -> None:
    result = course.spawn("specs", "--assess-data", "data", *options)
    result.assert_outcomes(passed=2)
    assert result.outlines.count(f"assessment: {WARNING}") == 1
    begin = next(i for i, line in enumerate(result.outlines) if "1 run to make" in line)
    assert result.outlines[begin + 1] == f"assessment: {WARNING}"
