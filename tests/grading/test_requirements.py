from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assessment.errors import SpecError
from assessment.grading.ledger import Ledger
from assessment.grading.requirements import Expected, requirements, resolve
from assessment.grading.score import Setting
from assessment.results.record import Graded, Run
from assessment.spec.units import units

RunAt = Callable[..., Run]


def passing(at_least: float = 90, *requires: str) -> dict[str, Any]:
    return {
        "measure": "test_accuracy",
        "at_least": at_least,
        "points": 1,
        "requires": list(requires),
    }


QUESTIONS: dict[str, Any] = {
    "rates": {
        "kind": "training",
        "variants": {
            "fast": {
                "expect": {
                    "fails": {
                        "measure": "test_accuracy",
                        "band": {"low": 5, "high": 50},
                        "points": 1,
                        "requires": ["rates[good].learns"],
                    }
                }
            },
            "good": {"expect": {"learns": passing()}},
        },
    },
    "q1.5": {"kind": "training", "expect": {"x": passing()}},
    "lone": {"kind": "training", "expect": {"x": passing()}},
    "chain": {
        "kind": "training",
        "expect": {
            "third": passing(0, "second"),
            "second": passing(0, "first", "q1.5.x"),
            "first": passing(50),
        },
    },
    "order": {
        "kind": "comparison",
        "expect": {
            "ahead": {
                "measure": "test_accuracy",
                "descending": ["q1.5", "lone"],
                "points": 1,
                "requires": ["rates[fast].fails"],
            }
        },
    },
    "after": {"kind": "training", "expect": {"x": passing(0, "order.ahead")}},
}


@pytest.fixture
def setting(make_setting: Callable[..., Setting]) -> Setting:
    return make_setting(QUESTIONS)


@pytest.fixture
def graded(setting: Setting, run_at: RunAt) -> Callable[..., dict[str, Graded]]:
    """Return what grades a unit, given accuracies by unit; None means that it was not run."""

    def one(unit: str, **accuracies: float | None) -> dict[str, Graded]:
        named = {
            "rates[fast]": 10.0,
            "rates[good]": 95.0,
            "q1.5": 95.0,
            "lone": 91.0,
            "chain": 95.0,
            "after": 95.0,
        }
        short = {"fast": "rates[fast]", "good": "rates[good]", "q": "q1.5"}
        for name, value in accuracies.items():
            named[short.get(name, name)] = value  # type: ignore[assignment]
        runs = {name: [run_at(value)] for name, value in named.items() if value is not None}
        return {one.graded.name: one.graded for one in Ledger(setting, runs).of(unit)}

    return one


@pytest.mark.parametrize(
    ("unit", "needed"),
    [
        ("lone", set()),
        ("rates[good]", set()),
        ("rates[fast]", {"rates[good]"}),
        ("chain", {"q1.5"}),
        ("order", {"q1.5", "lone", "rates[fast]", "rates[good]"}),
        ("after", {"q1.5", "lone", "rates[fast]", "rates[good]"}),
    ],
)
def test_units_whose_runs_are_needed(setting: Setting, unit: str, needed: set[str]) -> None:
    assert requirements(units(setting.lab_file.lab)[unit]) == needed


def test_a_side_is_measured_without_what_it_requires(
    make_setting: Callable[..., Setting],
) -> None:
    questions = QUESTIONS | {
        "order": {
            "kind": "comparison",
            "expect": {"x": {"measure": "test_accuracy", "show": ["rates[fast]", "lone"]}},
        },
        "after": {"kind": "training"},
    }
    unit = units(make_setting(questions).lab_file.lab)["order"]
    assert requirements(unit) == {"rates[fast]", "lone"}


def test_names_with_dots_are_told_apart(setting: Setting) -> None:
    lab = units(setting.lab_file.lab)
    assert resolve(lab, lab["chain"], "q1.5.x") == Expected("q1.5", "x")
    assert resolve(lab, lab["chain"], "first") == Expected("chain", "first")
    with pytest.raises(KeyError):
        resolve(lab, lab["chain"], "q1.x")


def test_met_requirements_change_nothing(graded: Callable[..., dict[str, Graded]]) -> None:
    fails = graded("rates[fast]")["fails"]
    assert (fails.met, fails.earned) == (True, 1.0)
    assert fails.why == "test accuracy 10.0 % is within 5.0 to 50.0 %"


def test_failing_alone_earns_nothing(graded: Callable[..., dict[str, Graded]]) -> None:
    fails = graded("rates[fast]", good=10.0)["fails"]
    assert (fails.met, fails.earned) == (False, 0.0)
    assert fails.why == "needs rates[good].learns, which was not met"


def test_a_requirement_that_is_open_leaves_it_open(
    graded: Callable[..., dict[str, Graded]],
) -> None:
    fails = graded("rates[fast]", good=None)["fails"]
    assert (fails.met, fails.earned) == (None, 0.0)
    assert fails.why == (
        "needs rates[good].learns (not measured: no run was made), which could not be decided"
    )


def test_what_failed_by_itself_stays_failed(graded: Callable[..., dict[str, Graded]]) -> None:
    fails = graded("rates[fast]", fast=80.0, good=None)["fails"]
    assert fails.met is False
    assert fails.why == "test accuracy 80.0 % is above 50.0 %"


def test_chains_hold_link_by_link(graded: Callable[..., dict[str, Graded]]) -> None:
    assert [g.met for g in graded("chain").values()] == [True, True, True]
    broken = graded("chain", q=10.0)
    assert [g.met for g in broken.values()] == [False, False, True]
    assert broken["second"].why == "needs q1.5.x, which was not met"
    assert broken["third"].why == "needs second, which was not met"
    both = graded("chain", q=10.0, chain=40.0)["second"]
    assert both.why == "needs first and q1.5.x, which were not met"


def test_through_a_comparison(graded: Callable[..., dict[str, Graded]]) -> None:
    assert graded("after")["x"].met is True
    assert graded("after", good=10.0)["x"].met is False
    assert graded("after", lone=96.0)["x"].met is False
    assert graded("after", lone=None)["x"].met is None


def test_circles_are_refused_before_anything_is_graded(
    make_setting: Callable[..., Setting],
) -> None:
    questions = {
        "a": {"kind": "training", "expect": {"x": passing(0, "b.x")}},
        "b": {"kind": "training", "expect": {"x": passing(0, "a.x")}},
    }
    with pytest.raises((ValueError, SpecError), match="circle"):
        make_setting(questions)


def test_two_units_may_require_each_other_without_a_circle(
    make_setting: Callable[..., Setting], run_at: RunAt
) -> None:
    questions = {
        "a": {"kind": "training", "expect": {"x": passing(0, "b.x"), "y": passing(0)}},
        "b": {"kind": "training", "expect": {"x": passing(0, "a.y"), "z": passing(0, "a.x")}},
    }
    setting = make_setting(questions)
    ledger = Ledger(setting, {"a": [run_at(95.0)], "b": [run_at(95.0)]})
    assert [one.graded.met for unit in "ab" for one in ledger.of(unit)] == [True] * 4
