"""A lab written from nothing by following the README: its two listings, its three commands."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assessment.cli import main
from tests.plugin.course import Course

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## A lab of your own")[2].partition("\n## ")[0]
FLOWERS = {"daisy": 0, "rose": 1, "tulip": 2}


def listing(language: str) -> str:
    """Return the section's listing in a language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    return found


def draw_flowers(folder: Path) -> None:
    """Make coloured pictures of different sizes out of real digits, one class a digit."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    for name, digit in FLOWERS.items():
        chosen = bunch.images[bunch.target == digit]
        for part, images in (("train", chosen[:90]), ("test", chosen[90:170])):
            place = folder / "flowers" / part / name
            place.mkdir(parents=True)
            for number, image in enumerate(images):
                gray = np.uint8(image * 15)
                colour = np.stack([gray, gray // 2, 255 - gray], axis=2)
                side = 24 + number % 9
                Image.fromarray(colour).resize((side, side)).save(place / f"{number:03}.png")


def test_it_takes_less_than_sixty_lines() -> None:
    lines = [line for part in ("yaml", "python") for line in listing(part).splitlines()]
    assert len([line for line in lines if line.strip()]) < 60


def test_from_nothing_to_full_marks(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSESSMENT_CACHE", str(course.path / "cache"))
    draw_flowers(course.path / "data")
    (course.path / "lab.yaml").write_text(listing("yaml"))
    (course.path / "my_models.py").write_text(listing("python"))
    commands = [line.partition("#")[0].split() for line in listing("sh").splitlines()]
    assert [command[0] for command in commands] == ["assessment", "assessment", "pytest"]
    for command in commands[:2]:
        assert main(command[1:]) == 0, capsys.readouterr()
    assert "1 file, 0 problems" in capsys.readouterr().out
    assert len((course.path / "calibration" / "lab.jsonl").read_text().splitlines()) == 20
    result = course.run(*commands[2][1:])
    result.assert_outcomes(passed=4)
    assert {name: record["earned"] for name, record in course.results.items()} == {
        "q1-cnn": 8,
        "q2-learning-rate[lr-0.003]": 1,
        "q2-learning-rate[lr-0.0003]": 1,
        "q3-best": 1,
    }
    best, worst = (
        course.results[f"q2-learning-rate[lr-{rate}]"]["expectations"][0]["value"]
        for rate in ("0.003", "0.0003")
    )
    assert best > 95 > worst > 80
