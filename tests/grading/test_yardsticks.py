"""What does not depend on who is graded is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assessment.grading.bounds import find_bound
from assessment.grading.leads import required_lead
from assessment.grading.score import Setting
from assessment.grading.yardsticks import Yardstick, Yardsticks, once
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Run
from assessment.spec.expectations import ComparisonExpectation, Expectation, Measured
from tests.grading.uncalibrated import uncalibrated

MakeRun = Callable[..., Run]


def expectation(**values: Any) -> Expectation:
    return Expectation.model_validate({"measure": "test_accuracy"} | values)


def test_a_yardstick_remembers_by_function_expectation_and_what_follows() -> None:
    asked: list[tuple[str, str, int]] = []

    @once
    def first(yardstick: Yardstick, what: Measured, runs: int) -> int:
        asked.append(("first", what.measure, runs))
        return runs

    @once
    def second(yardstick: Yardstick, what: Measured, runs: int) -> None:
        asked.append(("second", what.measure, runs))

    accuracy, loss = expectation(), expectation(measure="test_loss")
    one, other = uncalibrated("q"), uncalibrated("q")
    for _ in range(2):
        assert [first(one, accuracy, 1), first(one, accuracy, 3), first(one, loss, 1)] == [1, 3, 1]
        assert second(one, accuracy, 1) is None  # None is an answer, too
    wanted = [("test_accuracy", 1), ("test_accuracy", 3), ("test_loss", 1)]
    assert asked == [*(("first", *each) for each in wanted), ("second", "test_accuracy", 1)]
    first(other, accuracy, 1)
    assert len(asked) == 5


def test_an_expectation_that_is_gone_leaves_its_place_to_nobody() -> None:
    """Another one may otherwise come to lie where it lay, and be taken for it."""
    yardstick = uncalibrated("q")
    for number in range(100):
        bound = find_bound(yardstick, expectation(at_least=float(number)), 1)
        assert getattr(bound, "low", None) == number


def test_all_who_are_graded_share_bounds_and_leads(
    make_setting: Callable[..., Setting], run_at: MakeRun
) -> None:
    expect = {"x": {"measure": "test_accuracy", "band": "calibrated", "points": 1}}
    order = {"measure": "test_accuracy", "descending": ["a", "b"], "points": 1}
    questions: dict[str, Any] = {
        name: {"kind": "training", "expect": expect, "seeds": 3} for name in ("a", "b")
    }
    questions["c"] = {"kind": "comparison", "expect": {"order": order}}
    lines = [
        CalibrationRun(unit=name, run=run_at(98 + gap + seed / 10, seed=seed, key=name))
        for name, gap in (("a", 1.0), ("b", 0.0))
        for seed in range(10)
    ]
    setting = make_setting(questions, calibrations=lines, keys={"a": "a", "b": "b"})
    yardsticks = Yardsticks(setting)

    def asked_of(accuracy: float) -> list[object]:
        runs = [run_at(accuracy, key="a student's own")]
        one, other = (yardsticks.of(name, runs, runs[0].environment) for name in ("a", "b"))
        found = yardsticks.units["a"].expect["x"]
        compared = yardsticks.units["c"].expect["order"]
        assert isinstance(found, Expectation)
        assert isinstance(compared, ComparisonExpectation)
        return [
            find_bound(one, found, 1),
            find_bound(other, found, 1),
            required_lead(one, compared, other),
        ]

    first, second = asked_of(97.0), asked_of(99.0)
    assert all(one is other for one, other in zip(first, second, strict=True))
    assert first[0] != first[1]  # but each unit has its own
