"""The listings of docs/hooks.md, each as the `conftest.py` of a course."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.plugin.course import Course, training, written

DOCUMENT = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")


def listing(name: str) -> str:
    """Return the listing that implements a hook."""
    listings = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    [found] = [text for text in listings if f"def {name}(" in text]
    return found


def test_every_hook_has_its_example() -> None:
    from assessment import hooks

    names = [name for name in vars(hooks) if name.startswith("pytest_assessment_")]
    assert len(names) == 4
    for name in names:
        compile(listing(name), "conftest.py", "exec")


def test_facts_about_the_machine(course: Course) -> None:
    course.file("conftest.py", listing("pytest_assessment_update_machine_info"))
    course.lab(a=training())
    assert course.run("specs").ret == 0
    assert course.document["machine"]["rack"] == "B-17"
    assert "os" not in course.document["machine"]
    assert "B-17" in course.page


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_another_grade(course: Course, workers: list[str]) -> None:
    course.file("conftest.py", listing("pytest_assessment_grade"))
    course.lab(a=training(at_least=1), essay=written())
    result = course.run("specs", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED, "points were lost"
    record = course.results["a"]
    assert record["earned"] == pytest.approx(record["points"] * 0.4)
    assert record["findings"][-1] == "2 days late: points multiplied by 0.4"
    assert "2 days late: points multiplied by 0.4" in course.page


def test_another_order_of_the_table(course: Course) -> None:
    course.file("conftest.py", listing("pytest_assessment_group"))
    course.lab(a=training(), b=training(training={"batch_size": 16}))
    table = course.run("specs").stdout.str()
    assert re.search(r"-+ quick \(specs/lab.yaml\) -+", table)
    assert "The lab (specs/lab.yaml)" not in table
    assert {record["lab"] for record in course.results.values()} == {"The lab"}


def test_another_figure(course: Course) -> None:
    course.file("conftest.py", listing("pytest_assessment_figures"))
    course.lab(a=training(seeds=2, all_seeds=True))
    assert course.run("specs").ret == 0
    assert "<figcaption>Seconds of each run</figcaption>" in course.page
    assert 'alt="2 bars"' in course.page


def test_a_hook_that_fails_costs_its_item_only(course: Course) -> None:
    course.file(
        "conftest.py",
        "def pytest_assessment_grade(config, result):\n"
        "    assert result.question != 'a', 'no grade for a'\n",
    )
    course.lab(a=training(), b=training(training={"batch_size": 16}))
    result = course.run("specs")
    result.assert_outcomes(errors=1, passed=1)
    assert course.statuses == {"a": "not_gradable", "b": "scored"}
    assert "no grade for a" in course.results["a"]["reason"]
