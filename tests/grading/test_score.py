from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assessment.grading.score import Setting, score, smoke, unscored
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Mistake, Result, Run
from assessment.spec.units import units

RunAt = Callable[..., Run]

BAND = {"measure": "test_accuracy", "band": "calibrated", "points": 3}
QUESTIONS: dict[str, Any] = {
    "cnn": {
        "kind": "training",
        "text": " Train it. ",
        "expect": {
            "accuracy": BAND,
            "floor": {"measure": "test_accuracy", "at_least": 90, "points": 1},
            "loss": {"measure": "test_loss"},
        },
        "reported": {"test_accuracy": 98.01},
    },
    "mlp": {
        "kind": "training",
        "expect": {"floor": {"measure": "test_accuracy", "at_least": 90, "points": 2}},
    },
    "big": {"kind": "training", "hardware": {"accelerator": True}},
    "shown": {"kind": "training", "expect": {"accuracy": BAND | {"points": 0}}},
    "order": {
        "kind": "comparison",
        "expect": {
            "ahead": {"measure": "test_accuracy", "descending": ["cnn", "mlp"], "points": 2},
            "shown": {"measure": "test_accuracy", "show": ["cnn", "big"]},
        },
    },
    "two-orders": {
        "kind": "comparison",
        "expect": {
            "ahead": {"measure": "test_accuracy", "descending": ["cnn", "mlp"], "points": 2},
            "also": {"measure": "test_accuracy", "descending": ["cnn", "shown"], "points": 1},
        },
    },
    "big-order": {
        "kind": "comparison",
        "expect": {"x": {"measure": "test_accuracy", "descending": ["big", "cnn"], "points": 2}},
    },
    "why": {
        "kind": "written",
        "rubric": [{"points": 1.5, "text": "depth"}, {"points": 2, "text": "width"}],
    },
    "count": {
        "kind": "answer",
        "text": " How many? ",
        "answer": "three",
        "choices": ["two", "three"],
        "reported": "two",
        "points": 7,
    },
    "essay": {
        "kind": "written",
        "rubric": [{"points": 1, "text": "depth"}],
        "model_answer": " Deep.\n",
        "reported": "Shallow.",
    },
}


@pytest.fixture
def grade(
    make_setting: Callable[..., Setting],
    reference: Callable[..., list[CalibrationRun]],
) -> Callable[..., Result]:
    """Return what scores a unit: mean 98.2, sd 0.316 are its reference, L(1) about 96.8."""

    def one(unit: str, *, how: Callable[..., Result] = score, **runs: list[Run]) -> Result:
        setting = make_setting(
            QUESTIONS,
            alpha=0.05,  # divided over five expectations
            calibrations=reference([97.8, 98.0, 98.2, 98.4, 98.6]),
            classes=["0", "1"],
            samples=[Mistake(index=0, label=1, predicted=1, pixels="AA==", shape=[1, 1, 1])],
        )
        named = {name.replace("_", "-"): value for name, value in runs.items()}
        return how(units(setting.lab_file.lab)[unit], setting, named)

    return one


def test_a_scored_item(grade: Callable[..., Result], run_at: RunAt) -> None:
    result = grade("cnn", cnn=[run_at(98.0, 1, test_loss=[0.9, 0.1]), run_at(98.2, 2)])
    assert (result.status, result.reason, result.earned, result.points) == ("scored", "", 4, 4)
    assert [graded.name for graded in result.expectations] == ["accuracy", "floor", "loss"]
    assert result.expectations[0].reported == 98.01
    assert (result.spec, result.line, result.lab) == ("specs/lab.yaml", 10, "Lab")
    assert (result.unit, result.kind, result.title, result.text) == (
        "cnn",
        "training",
        "CNN",
        "Train it.",
    )
    assert (result.seconds, len(result.runs), result.waiting) == (4.0, 2, 0.0)
    assert (result.classes, len(result.samples)) == (["0", "1"], 1)
    assert result.reported == {"test_accuracy": 98.01}


def test_points_lost(grade: Callable[..., Result], run_at: RunAt) -> None:
    result = grade("cnn", cnn=[run_at(92.0)])
    assert (result.status, result.earned, result.points) == ("scored", 1.0, 4.0)
    assert "is below" in result.expectations[0].why


@pytest.mark.parametrize("outcome", ["invalid", "timeout", "out_of_memory", "crashed"])
def test_one_failed_run_fails_the_item(
    grade: Callable[..., Result], run_at: RunAt, outcome: Any
) -> None:
    failed = run_at(10.0, 2, outcome=outcome, reason="ValueError: no")
    result = grade("cnn", cnn=[run_at(98.0), failed])
    assert (result.status, result.reason) == (outcome, "ValueError: no")
    assert (result.earned, result.points) == (0.0, 4.0)
    assert [graded.met for graded in result.expectations] == [False, False, None]


def test_the_machines_fault_is_never_a_zero(grade: Callable[..., Result], run_at: RunAt) -> None:
    runs = [
        run_at(98.0, 1, outcome="crashed", reason="killed"),
        run_at(98.0, 2, outcome="not_gradable", reason="weights are missing"),
    ]
    result = grade("cnn", cnn=runs)
    assert (result.status, result.reason) == ("not_gradable", "weights are missing")
    assert (result.earned, result.points) == (0.0, 4.0)
    assert {graded.met for graded in result.expectations} == {None}


def test_without_runs_there_is_no_grade(grade: Callable[..., Result]) -> None:
    assert grade("cnn").status == "not_gradable"
    assert grade("shown").reason == "no run was made"


def test_without_reference_runs_there_is_no_grade(
    grade: Callable[..., Result], run_at: RunAt
) -> None:
    result = grade("cnn", cnn=[run_at(98.0, key="another recipe")])
    assert result.status == "not_gradable"
    assert result.reason == (
        "accuracy: uncalibrated: 0 of at least 5 reference runs; "
        "to make more: assessment calibrate specs/lab.yaml"
    )
    assert result.earned == 0.0
    assert [graded.met for graded in result.expectations] == [None, True, None]


def test_a_band_that_is_only_shown_needs_no_reference(
    grade: Callable[..., Result], run_at: RunAt
) -> None:
    result = grade("shown", shown=[run_at(98.0, key="another recipe")])
    assert (result.status, result.points) == ("scored", 0.0)


def test_the_spread_has_a_floor_from_the_test_set(
    make_setting: Callable[..., Setting],
    reference: Callable[..., list[CalibrationRun]],
    run_at: RunAt,
) -> None:
    setting = make_setting(
        {"q": {"kind": "training", "expect": {"x": BAND}}}, calibrations=reference([98.0] * 5)
    )
    unit = units(setting.lab_file.lab)["q"]
    bare = score(unit, setting, {"q": [run_at(97.9)]})
    assert bare.expectations[0].met is False
    counted = score(unit, setting, {"q": [run_at(97.9, confusion=[[97, 3], [1, 99]])]})
    # 100 * sqrt(0.98 * 0.02 / 200) / 2 = 0.495; times the distance of 5 runs at 1 %, 4.387
    assert counted.expectations[0].low == pytest.approx(98 - 4.38669 * 0.494975, abs=1e-3)
    assert counted.earned == 3.0


class TestComparisons:
    def test_scored(self, grade: Callable[..., Result], run_at: RunAt) -> None:
        result = grade("order", cnn=[run_at(98.0)], mlp=[run_at(95.0)])
        assert (result.status, result.earned, result.points) == ("scored", 2.0, 2.0)
        assert (result.runs, result.seconds, result.findings) == ([], 0.0, [])

    def test_a_missing_side(self, grade: Callable[..., Result], run_at: RunAt) -> None:
        result = grade("order", cnn=[run_at(98.0)])
        assert (result.status, result.earned) == ("not_gradable", 0.0)
        assert result.reason == "ahead: mlp: no run was made"

    def test_a_side_that_was_skipped_skips_it(
        self, grade: Callable[..., Result], run_at: RunAt
    ) -> None:
        assert grade("big-order", cnn=[run_at(98.0)]).status == "skipped"

    def test_a_side_that_failed_is_no_second_zero(
        self, grade: Callable[..., Result], run_at: RunAt
    ) -> None:
        crashed = run_at(95.0, outcome="crashed", reason="NameError: x")
        result = grade("order", cnn=[run_at(98.0)], mlp=[crashed])
        assert (result.status, result.earned) == ("skipped", 0.0)
        assert result.reason == "ahead: mlp: crashed: NameError: x"
        both = grade("two-orders", cnn=[run_at(98.0)], mlp=[crashed], shown=[run_at(97.0)])
        assert (both.status, both.earned, both.points) == ("scored", 1.0, 1.0)
        assert (
            both.reason
            == "not decided, and left out of the points: ahead: mlp: crashed: NameError: x"
        )

    def test_the_machine_s_fault_weighs_more_than_a_failed_side(
        self, grade: Callable[..., Result], run_at: RunAt
    ) -> None:
        crashed = run_at(95.0, outcome="crashed", reason="NameError: x")
        result = grade("two-orders", cnn=[run_at(98.0)], mlp=[crashed])
        assert result.status == "not_gradable"
        assert result.reason == "also: shown: no run was made"

    def test_a_side_that_is_not_gradable(self, grade: Callable[..., Result], run_at: RunAt) -> None:
        broken = run_at(95.0, outcome="not_gradable", reason="interrupted")
        result = grade("two-orders", cnn=[run_at(98.0)], mlp=[broken], shown=[run_at(97.0)])
        assert (result.status, result.earned, result.points) == ("not_gradable", 0.0, 3.0)


def test_written_questions_wait(grade: Callable[..., Result]) -> None:
    result = grade("why")
    assert (result.status, result.points, result.waiting) == ("waiting", 0.0, 3.5)
    assert result.rubric == ["1.5 points: depth", "2 points: width"]
    assert grade("why", how=smoke).status == "waiting"


def test_written_answers_travel_with_their_rubric(grade: Callable[..., Result]) -> None:
    result = grade("essay")
    assert result.rubric == ["1 point: depth"]
    assert (result.answer, result.reported_answer) == ("Deep.", "Shallow.")
    assert (grade("why").answer, grade("why").reported_answer) == ("", "")


def test_the_instructors_own_answer_earns_all_points(grade: Callable[..., Result]) -> None:
    result = grade("count")
    assert (result.status, result.earned, result.points) == ("scored", 7.0, 7.0)
    assert (result.answer, result.reported_answer) == ("three", "two")
    assert result.text == "How many?\n\n- two\n- three"
    assert [(one.name, one.met, one.why) for one in result.expectations] == [
        ("answer", True, "`three` is right")
    ]
    assert result.findings == ["The report's answer `two` is wrong, right is `three`."]
    assert Result.model_validate(result.plain()) == result


@pytest.mark.parametrize(
    ("answers", "earned", "answer", "why"),
    [
        ({"count": "Three "}, 7.0, "Three ", "`Three` is right"),
        ({"count": "two"}, 0.0, "two", "`two` is wrong, right is `three`"),
        ({"other": "three"}, 0.0, "", "nothing was answered"),
    ],
)
def test_what_is_handed_in_is_judged_instead(
    make_setting: Callable[..., Setting],
    answers: dict[str, str],
    earned: float,
    answer: str,
    why: str,
) -> None:
    setting = make_setting(QUESTIONS, answers=answers)
    lab = units(setting.lab_file.lab)
    result = score(lab["count"], setting, {})
    assert (result.status, result.earned, result.points) == ("scored", earned, 7.0)
    assert (result.answer, result.expectations[0].why) == (answer, why)
    assert score(lab["essay"], setting, {}).answer == ""


def test_an_answer_that_cannot_be_told_says_why(make_setting: Callable[..., Setting]) -> None:
    why = 'it said: "`count` is told only by running the code"'
    setting = make_setting(QUESTIONS, answers={}, untold={"count": why})
    result = score(units(setting.lab_file.lab)["count"], setting, {})
    assert (result.status, result.earned) == ("scored", 0.0)
    assert result.expectations[0].why == f"nothing was answered; {why}"


def test_smoke_judges_no_answer(grade: Callable[..., Result]) -> None:
    result = grade("count", how=smoke)
    assert (result.status, result.earned, result.expectations) == ("smoke", 0.0, [])


def test_smoke_grades_nothing(grade: Callable[..., Result], run_at: RunAt) -> None:
    result = grade("cnn", how=smoke, cnn=[run_at(9.0, train_loss=[2.3, 2.3])])
    assert (result.status, result.earned, result.expectations, result.findings) == (
        "smoke",
        0.0,
        [],
        [],
    )
    crashed = run_at(9.0, outcome="crashed", reason="NameError: x")
    failed = grade("cnn", how=smoke, cnn=[crashed])
    assert (failed.status, failed.earned, failed.points) == ("crashed", 0.0, 0.0)
    assert failed.expectations == []
    assert failed.runs == [crashed]


def test_what_the_machine_cannot_smoke_is_still_counted_as_not_graded(
    grade: Callable[..., Result], run_at: RunAt
) -> None:
    away = run_at(9.0).model_copy(update={"outcome": "not_gradable", "reason": "no data"})
    found = grade("cnn", how=smoke, cnn=[away])
    assert (found.status, found.earned) == ("not_gradable", 0.0)
    assert found.points == grade("cnn", how=smoke, cnn=[run_at(9.0)]).points > 0


def test_what_was_not_run(make_setting: Callable[..., Setting]) -> None:
    setting = make_setting(QUESTIONS)
    unit = units(setting.lab_file.lab)["big"]
    result = unscored(unit, setting, "skipped", "needs an accelerator")
    assert (result.status, result.reason, result.earned) == ("skipped", "needs an accelerator", 0)


def test_a_result_travels_as_built_in_types(grade: Callable[..., Result], run_at: RunAt) -> None:
    result = grade("cnn", cnn=[run_at(98.0, test_loss=[None, None])])
    assert Result.model_validate(result.plain()) == result
