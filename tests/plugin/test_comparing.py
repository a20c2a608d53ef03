"""Saved runs: names, comparison with an earlier one, and rules that fail."""

from __future__ import annotations

import re

import pytest

from tests.plugin.course import Course, training

LEARNS = {"epochs": 3, "max_steps": None}


def worse(course: Course) -> None:
    """Give the lab a recipe that learns less."""
    slow = LEARNS | {"optimizer": {"name": "sgd", "learning_rate": 1e-9}}
    course.lab(a=training(at_least=1, training=slow), b=training(at_least=1))


@pytest.fixture
def saved(course: Course) -> Course:
    course.lab(a=training(at_least=1, training=LEARNS), b=training(at_least=1))
    assert course.run("specs", "--assess-save=first").ret == 0
    return course


def test_the_latest_saved_run_is_compared_with(saved: Course) -> None:
    assert saved.run("specs").ret == 0, "a run without a name in between"
    result = saved.run("specs", "--assess-compare")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["old: session 1 (first), *", "new: this run, *"])
    assert "2 numbers: 2 same" in result.stdout.str()


def test_only_what_ran_is_compared(saved: Course) -> None:
    result = saved.run("specs/lab.yaml::b", "--assess-compare=1")
    assert "1 number: 1 same" in result.stdout.str()


def test_a_broken_rule_fails_a_run_that_lost_no_points(saved: Course) -> None:
    worse(saved)
    result = saved.run("specs", "--assess-compare-fail=test_accuracy:0.5%")
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["--assess-compare-fail test_accuracy:0.5%: a*accuracy*"])
    mild = saved.run("specs", "--assess-compare=first", "--assess-compare-fail=test_accuracy:100")
    assert mild.ret == 0


def test_names_may_be_given_by_commit_and_time(course: Course) -> None:
    course.lab(a=training())
    assert course.run("specs", "--assess-autosave").ret == 0
    result = course.run("specs", "--assess-compare")
    assert re.search(r"old: session 1 \(\w[\w-]*-\d{8}-\d{6}\)", result.stdout.str())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--assess-save=first"], "*the name first is taken by session 1, started *"),
        (["--assess-save=12"], "*'12' cannot name a session: *"),
        (["--assess-compare=frist"], "*there is no session 'frist'*did you mean first?*"),
        (["--assess-compare-fail=speed:1"], "*there is no measurement `speed`*"),
        (["--assess-compare", "--assess-smoke"], "*a smoke run is neither saved nor compared*"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_trained(
    saved: Course, options: list[str], message: str
) -> None:
    result = saved.run("specs", "--assess-fresh", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert "Traceback" not in result.stderr.str()
    assert "runs to make" not in result.stdout.str()


def test_without_a_saved_run_there_is_nothing_to_compare(course: Course) -> None:
    course.lab(a=training())
    result = course.run("specs", "--assess-compare")
    assert result.ret == 0
    assert "no saved run to compare with yet" in result.stdout.str()


def test_workers_compare_as_one_process_does(saved: Course) -> None:
    result = saved.run("specs", "-n", "2", "--assess-compare=first", "--assess-save=second")
    assert result.ret == 0
    assert "2 numbers: 2 same" in result.stdout.str()
    again = saved.run("specs", "--assess-compare=second")
    result.stdout.fnmatch_lines(["new: this run, second, *"])
    again.stdout.fnmatch_lines(["old: session 2 (second), *"])
