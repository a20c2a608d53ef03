"""`--assess-mapping` through pytest: it decides what would be ambiguous, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.plugin.course import training

if TYPE_CHECKING:
    from tests.plugin.course import Course

LEVEL = "process" if bubblewrap_fault() else "bubblewrap"
ONE = """
class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(64, 8), nn.Linear(8, 10)

    def forward(self, images):
        return self.last(self.first(images.flatten(1)).{activation}())
"""
TWO = "import torch.nn as nn\n" + ONE.format(name="First", activation="tanh")
TWO += ONE.format(name="Second", activation="sigmoid")


@pytest.fixture
def lab(course: Course) -> Course:
    course.lab(**{"1.10": training()})
    course.file("roster.csv", "id,name\nE/19/001,Ada\n0123456,Bo\n01234567,Cem\n")
    for name in ("E-19-001", "0123456"):
        course.file(f"handed_in/{name}.py", TWO)
    return course


def test_a_class_is_graded_by_the_names_that_the_course_gives(lab: Course) -> None:
    lab.file("map.yaml", "E/19/001: {1.10: First}\n01234567: {1.10: Second}\n")
    lab.run(
        "specs",
        "--submissions=handed_in",
        "--roster=roster.csv",
        "--assess-mapping=map.yaml",
        f"--assess-isolation={LEVEL}",
    )
    assert lab.statuses == {"1.10[0123456]": "invalid", "1.10[E-19-001]": "scored"}
    assert "write `1.10: " in lab.results["1.10[0123456]"]["reason"]
    [run] = lab.results["1.10[E-19-001]"]["runs"]
    assert run["solution"]["call"] == "First()"


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        (
            "E/19/002: {1.10: First}",
            ("--submissions=handed_in", "--roster=roster.csv"),
            "*map.yaml:1:1: nobody who is graded has the id E/19/002, did you mean E/19/001[?] *",
        ),
        (
            "0123456: {1.1: First}",
            ("--submissions=handed_in",),
            "*map.yaml:1:11: no question that trains a network is called 1.1, *mean 1.10[?]*",
        ),
        (
            "0123456: {1.10: First}",
            ("--submission=handed_in/0123456.py",),
            "*map.yaml:1:1: no question * is called 0123456 (allowed: 1.10)",
        ),
    ],
)
def test_who_or_what_is_not_there_is_refused_before_anything_runs(
    lab: Course, text: str, given: tuple[str, ...], message: str
) -> None:
    lab.file("map.yaml", text)
    result = lab.run("specs", *given, "--assess-mapping=map.yaml", f"--assess-isolation={LEVEL}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_of_a_lab_that_is_broken_no_question_is_known(lab: Course) -> None:
    lab.file("specs/broken.yaml", "title: Lab\n")
    lab.file("map.yaml", "0123456: {any: First}\n")
    arguments = ("--submissions=handed_in", "--assess-mapping=map.yaml", "--collect-only", "-q")
    result = lab.run("specs", *arguments, f"--assess-isolation={LEVEL}")
    result.stdout.fnmatch_lines(["specs/broken.yaml::spec", "*1.10[[]0123456]"])
