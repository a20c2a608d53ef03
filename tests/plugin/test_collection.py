"""Which items there are, and which of them a command line chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin.course import training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course


@pytest.fixture
def labs(course: Course) -> Course:
    """Two labs and things that look like labs; nothing of it is trained by these tests."""
    course.lab(
        "first",
        q1=training(),
        q10_rates=training(variants={"lr-0.1": {}, "lr-3": {"set": {"batch_size": 16}}}),
        essay=written(),
    )
    course.lab("second", q1=written(), pictures=training(training={"dataset": {"name": "mnist"}}))
    course.file("docker-compose.yaml", "services: {web: {image: nginx}}")
    course.file("specs/calibration/first.jsonl", "")
    course.file("tests/test_plain.py", "def test_plain(): pass")
    return course


FIRST = ["q1", "q10-rates[lr-0.1]", "q10-rates[lr-3]", "essay"]
ALL = [
    *(f"specs/first.yaml::{name}" for name in FIRST),
    "specs/second.yaml::q1",
    "specs/second.yaml::pictures",
]


def collected(course: Course, *arguments: str) -> list[str]:
    result = course.run("--collect-only", "-q", *arguments)
    return [line for line in result.outlines if "::" in line]


def test_each_question_or_variant_is_an_item(labs: Course) -> None:
    assert collected(labs, "specs") == ALL
    assert not (labs.path / "reports").exists()


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("q10", ALL[1:3]),
        ("lr-3", ALL[2:3]),
        ("first", ALL[:4]),  # the lab
        ("mnist", ALL[5:]),  # the data set
        ("written", [ALL[3], ALL[4]]),  # the kind
        ("training and not mnist", ALL[:3]),
    ],
)
def test_words_choose_by_id_lab_data_set_and_kind(
    labs: Course, words: str, chosen: list[str]
) -> None:
    assert collected(labs, "specs", "-k", words) == chosen


def test_node_ids_and_the_marker_choose(labs: Course) -> None:
    assert collected(labs, ALL[2], ALL[4]) == [ALL[2], ALL[4]]
    assert collected(labs, "specs/first.yaml::q10-rates[lr-0.1]") == [ALL[1]]
    assert collected(labs, "specs", "tests", "-m", "assessment") == ALL
    assert collected(labs, "specs", "tests", "-m", "not assessment") == [
        "tests/test_plain.py::test_plain"
    ]


def test_an_unknown_question_is_told(labs: Course) -> None:
    result = labs.run("specs/first.yaml::q99")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: not found: *specs/first.yaml::q99"])


def test_plain_pytest_runs_the_tests_and_no_lab(labs: Course) -> None:
    result = labs.run()
    result.assert_outcomes(passed=1)
    assert "assessment:" not in result.stdout.str()
    assert not (labs.path / "reports").exists()


def test_other_yaml_files_are_left_alone_unless_named(labs: Course) -> None:
    assert collected(labs, ".") == [*ALL, "tests/test_plain.py::test_plain"]
    assert collected(labs, "docker-compose.yaml") == ["docker-compose.yaml::spec"]
    elsewhere = labs.lab("elsewhere", folder="drafts", q=written())
    assert collected(labs, "drafts") == []
    assert collected(labs, str(elsewhere)) == ["drafts/elsewhere.yaml::q"]


def test_the_ini_file_says_which_files_are_specs(labs: Course) -> None:
    labs.lab("exam", folder="exams/2026", q=written())
    labs.pytester.makeini("[pytest]\nassess_files = exams/*.yaml\n    *-lab.yml\n")
    assert collected(labs, ".") == ["exams/2026/exam.yaml::q", "tests/test_plain.py::test_plain"]
    result = labs.run("exams")
    result.assert_outcomes(skipped=1)
    assert labs.statuses == {"q": "waiting"}


def test_looking_writes_and_trains_nothing(labs: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a trainer was started")

    monkeypatch.setattr("assessment.execution.engine.Trainers", refuse)
    for option in ("--collect-only", "--setup-plan", "--markers", "--fixtures", "--help"):
        result = labs.run("specs", option)
        assert result.ret == 0, option
        assert "a trainer was started" not in result.stdout.str()
        assert not (labs.path / "reports").exists(), option


def test_nothing_chosen_keeps_the_reports(labs: Course) -> None:
    labs.run("specs/second.yaml::q1")
    before = labs.page, labs.document
    result = labs.run("specs", "-k", "nothing-like-this")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "Generated html report" not in result.stdout.str()
    assert (labs.page, labs.document) == before


def test_a_run_without_tests_leaves_no_empty_page(labs: Course) -> None:
    assert labs.run("specs", "-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert not (labs.path / "reports").exists()
