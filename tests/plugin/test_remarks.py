"""What is said below the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assessment.datasets import published
from tests.plugin.course import comparison, training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_files_that_are_missing_are_listed_once(course: Course, workers: tuple[str, ...]) -> None:
    mnist = {"dataset": {"name": "mnist"}}
    course.lab(
        a=training(training=mnist),
        b=training(training=mnist | {"epochs": 2}),
        fashion=training(training={"dataset": {"name": "fashion_mnist"}}),
        good=training(),
        order=comparison("a", "b"),
    )
    sets = course.path / "sets"
    sets.mkdir()
    result = course.run("specs", "--assess-data=sets", *workers)
    result.assert_outcomes(passed=1, errors=4)
    lines = result.stdout.lines
    assert [line for line in lines if line.startswith("Files of ")] == [
        f"Files of MNIST belong below {sets}, as they are or with .gz appended:",
        f"Files of Fashion-MNIST belong below {sets}, as they are or with .gz appended:",
    ]
    assert lines.count("  MNIST/raw/t10k-labels-idx1-ubyte") == 1
    assert lines.count("  FashionMNIST/raw/t10k-labels-idx1-ubyte") == 1
    reason = f"MNIST is not in {sets}, and it could not be downloaded: "
    assert course.results["a"]["reason"].startswith(reason)
    assert course.results["a"]["reason"].endswith("-images-idx3-ubyte and 3 more")
    assert course.results["order"]["reason"].startswith(f"order: a and b: not gradable: {reason}")
    notes = [line for line in lines if line.startswith("not gradable: ")]
    assert [note.split(" (")[0] for note in notes] == [
        "not gradable: a, b",
        "not gradable: fashion",
        "not gradable: order",
    ]


def test_where_nothing_is_missing_nothing_is_listed(course: Course) -> None:
    banded = {"accuracy": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}
    course.lab(a=training(expect=banded))
    result = course.run("specs")
    result.assert_outcomes(errors=1)
    assert "Files of" not in result.stdout.str()


def test_images_that_are_not_the_published_ones_are_named_once(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.lab(a=training(), b=training(training={"epochs": 2}))
    assert "not the published" not in course.run("specs").stdout.str()
    monkeypatch.setattr(published, "DECODED", {"digits": "0" * 64})
    result = course.run("specs")
    result.assert_outcomes(passed=2)
    said = [line for line in result.outlines if "not the published" in line]
    assert len(said) == 1
    assert said[0].startswith("digits: not the published images of Digits (scikit-learn), which ")


def test_a_lab_that_no_pattern_matches_is_named(course: Course) -> None:
    path = course.lab(folder="labs", essay=written())
    course.file("labs/compose.yaml", "services:\n  web: {}\n")
    result = course.run("labs")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(
        [
            f"{path} looks like a lab, and no pattern of `assess_files` matches it "
            "(specs/[*].yaml specs/[*].yml): name the file itself, or set `assess_files` in "
            "pytest's configuration"
        ]
    )
    course.run("labs/lab.yaml").assert_outcomes(skipped=1)
    course.run("labs", "-o", "assess_files=labs/l*.yaml").assert_outcomes(skipped=1)


@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        ("labs/compose.yaml", ["labs"]),
        ("labs/lab.yaml", ["labs", "--collect-only"]),
        ("specs/lab.yaml", ["specs", "-k", "nothing"]),
    ],
)
def test_nothing_is_said_of_other_files(course: Course, file: str, arguments: list[str]) -> None:
    course.lab(folder="drafts", essay=written())
    course.file(file, "services: {}\n" if "compose" in file else "questions: {}\n")
    result = course.run(*arguments)
    assert "looks like a lab" not in result.stdout.str()
