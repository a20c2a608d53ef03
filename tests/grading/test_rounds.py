"""How many runs a grade takes, and that it does not depend on how many were made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from assessment.grading.limits import make_rule
from assessment.grading.rates import average_rate
from assessment.grading.score import Setting, score, wanted
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Run
from assessment.spec.units import Unit, units

MakeRun = Callable[..., Run]
REFERENCE = [97.0, 97.5, 98.0, 98.5, 99.0]  # mean 98.0, standard deviation 0.79
MEAN, SD = 98.0, 0.7905694150420949
GOOD, DULL, BAD = 97.7, 97.3, 90.0  # above mean - 0.5 s; below it; hopeless


def distance(runs: int) -> float:
    """Return the distance of a lower end, in s, where five reference runs make it at 1 %."""
    found = make_rule(5, 4, runs, 0.01).below
    assert found is not None
    return found


@pytest.fixture
def graded(make_setting: Callable[..., Setting], run_at: MakeRun) -> Callable[..., Any]:
    """Return what grades a question of three seeds on runs of the given accuracies."""
    lines = [
        CalibrationRun(unit="q", run=run_at(accuracy, 100 + seed))
        for seed, accuracy in enumerate(REFERENCE)
    ]

    def grade(accuracies: Sequence[float], **expect: Any) -> tuple[list[str], Any]:
        asked = {"measure": "test_accuracy", "band": "calibrated", "points": 2} | expect
        question = {"kind": "training", "seeds": 3, "expect": {"accuracy": asked}}
        setting = make_setting({"q": question}, calibrations=lines)
        unit = units(setting.lab_file.lab)["q"]
        runs = {"q": [run_at(accuracy, seed) for seed, accuracy in enumerate(accuracies)]}
        return wanted(unit, setting, runs), score(unit, setting, runs)

    return grade


def test_a_first_run_near_the_mean_is_enough(graded: Callable[..., Any]) -> None:
    more, result = graded([GOOD])
    assert more == []
    assert result.earned == 2
    source = result.expectations[0].source
    assert source.at_once == (pytest.approx(MEAN - 0.5 * SD), None)


@pytest.mark.parametrize("first", [DULL, BAD])
def test_any_other_first_run_asks_for_all(graded: Callable[..., Any], first: float) -> None:
    more, _ = graded([first])
    assert more == ["q"]
    more, _ = graded([first, GOOD])
    assert more == ["q"], "two of three are not all"
    more, result = graded([first, GOOD, GOOD])
    assert more == []
    assert result.expectations[0].value == pytest.approx((first + 2 * GOOD) / 3)


def test_the_bound_is_that_of_all_runs_however_many_were_made(graded: Callable[..., Any]) -> None:
    found = {graded(runs)[1].expectations[0].low for runs in ([GOOD], [DULL, BAD, BAD])}
    assert len(found) == 1
    assert found.pop() == pytest.approx(MEAN - distance(3) * SD)


def test_later_runs_change_nothing_where_the_first_has_passed(graded: Callable[..., Any]) -> None:
    _, alone = graded([GOOD])
    more, beside = graded([GOOD, BAD, BAD])
    assert more == []
    assert beside.earned == alone.earned == 2
    assert beside.expectations == alone.expectations


def test_never_the_best_of_them(graded: Callable[..., Any]) -> None:
    more, result = graded([80.0, 99.0, 99.0])
    assert more == []
    assert result.earned == 0


def test_two_sided_bands_pass_at_once_on_both_sides_of_the_mean(
    graded: Callable[..., Any],
) -> None:
    assert graded([MEAN + 0.4 * SD], sides="both")[0] == []
    assert graded([MEAN - 0.4 * SD], sides="both")[0] == []
    assert graded([MEAN + 0.6 * SD], sides="both")[0] == ["q"]
    assert graded([MEAN - 0.6 * SD], sides="both")[0] == ["q"]


@pytest.mark.parametrize(
    ("condition", "met", "unmet"),
    [
        ({"at_least": 97}, 97.5, 96.5),
        ({"band": {"low": 96, "high": 97}}, 96.5, 97.5),
        ({"modes": {"learnt": {"low": 97, "high": 100}}}, 98.0, 50.0),
    ],
)
def test_bounds_given_by_hand_pass_at_once_where_they_are_met(
    graded: Callable[..., Any], condition: dict[str, Any], met: float, unmet: float
) -> None:
    condition = {"band": None, **condition}
    assert graded([met], **condition)[0] == []
    assert graded([unmet], **condition)[0] == ["q"]


@pytest.mark.parametrize(
    "expect",
    [
        {"points": 0},
        {"points": 0, "band": None},
        {"measure": "parameters", "band": None, "equals": 5, "accept_reported": True},
    ],
)
def test_what_earns_nothing_or_is_no_chance_asks_for_no_more(
    graded: Callable[..., Any], expect: dict[str, Any]
) -> None:
    assert graded([BAD], **expect)[0] == []


def test_a_failed_run_asks_for_no_more(
    make_setting: Callable[..., Setting], run_at: MakeRun
) -> None:
    question = {
        "kind": "training",
        "seeds": 3,
        "expect": {"accuracy": {"measure": "test_accuracy", "at_least": 99, "points": 1}},
    }
    setting = make_setting({"q": question})
    unit: Unit = units(setting.lab_file.lab)["q"]
    runs = {"q": [run_at(50.0, outcome="timeout", reason="took too long")]}
    assert wanted(unit, setting, runs) == []


def test_where_all_runs_are_made_no_first_one_is_enough(
    make_setting: Callable[..., Setting], run_at: MakeRun
) -> None:
    lines = [
        CalibrationRun(unit="q", run=run_at(accuracy, 100 + seed))
        for seed, accuracy in enumerate(REFERENCE)
    ]
    asked = {"measure": "test_accuracy", "band": "calibrated", "points": 2}
    question = {"kind": "training", "seeds": 3, "all_seeds": True, "expect": {"accuracy": asked}}
    setting = make_setting({"q": question}, calibrations=lines)
    unit = units(setting.lab_file.lab)["q"]
    result = score(unit, setting, {"q": [run_at(x, seed) for seed, x in enumerate((99, 90, 90))]})
    source = result.expectations[0].source
    assert source is not None
    assert source.at_once is None
    assert source.false_fails == average_rate(make_rule(5, 4, 3, 0.01, at_once=False))
    assert result.earned == 0, "the mean decides, however good the first one was"


class TestOrders:
    @pytest.fixture
    def order(self, make_setting: Callable[..., Setting], run_at: MakeRun) -> Callable[..., Any]:
        """Return what grades `a > b` on runs of the given accuracies; the reference leads by 2."""
        lines = []
        for seed, lead in enumerate([1.8, 1.9, 2.0, 2.1, 2.2]):  # mean 2.0, s 0.158
            lines += [
                CalibrationRun(unit=name, run=run_at(accuracy, 100 + seed, key=name))
                for name, accuracy in (("a", 95 + lead + seed), ("b", 95.0 + seed))
            ]

        def grade(a: Sequence[float], b: Sequence[float], **expect: Any) -> tuple[list[str], Any]:
            asked = {"measure": "test_accuracy", "descending": ["a", "b"], "points": 2} | expect
            questions = {
                "a": {"kind": "training", "seeds": 3},
                "b": {"kind": "training", "seeds": 3},
                "order": {"kind": "comparison", "expect": {"x": asked}},
            }
            setting = make_setting(questions, calibrations=lines, keys={"a": "a", "b": "b"})
            unit = units(setting.lab_file.lab)["order"]
            runs = {
                name: [run_at(accuracy, seed, key=name) for seed, accuracy in enumerate(column)]
                for name, column in (("a", a), ("b", b))
            }
            return wanted(unit, setting, runs), score(unit, setting, runs)

        return grade

    def test_first_runs_far_enough_apart_are_enough(self, order: Callable[..., Any]) -> None:
        more, result = order([98.0], [96.0])
        assert (more, result.earned) == ([], 2)

    @pytest.mark.parametrize("lead", [1.8, 0.1, -1.0])
    def test_others_ask_for_all_runs_of_both_sides(
        self, order: Callable[..., Any], lead: float
    ) -> None:
        more, _ = order([96.0 + lead], [96.0])
        assert more == ["a", "b"]
        more, result = order([96.0 + lead] * 3, [96.0] * 3)
        assert more == []
        assert result.earned == (2 if lead > 0 else 0)

    def test_a_calibrated_lead_is_the_prediction_limit_of_differences_by_seed(
        self, order: Callable[..., Any]
    ) -> None:
        # s of the differences is 0.158114, whatever the sides themselves do
        bound = 2.0 - distance(3) * 0.158114
        near = order([96 + bound - 0.01] * 3, [96.0] * 3, by_at_least="calibrated")[1]
        far = order([96 + bound + 0.01] * 3, [96.0] * 3, by_at_least="calibrated")[1]
        assert (near.earned, far.earned) == (0, 2)
        assert "at least 1.54 is asked" in near.expectations[0].why
        assert near.expectations[0].source.n == 5
        assert near.expectations[0].condition == "a > b, by at least 1.54 percentage points"

    def test_a_calibrated_lead_without_reference_runs_is_not_decided(
        self, make_setting: Callable[..., Setting], run_at: MakeRun
    ) -> None:
        asked = {"measure": "test_accuracy", "descending": ["a", "b"], "by_at_least": "calibrated"}
        questions = {
            "a": {"kind": "training"},
            "b": {"kind": "training"},
            "order": {"kind": "comparison", "expect": {"x": asked | {"points": 1}}},
        }
        setting = make_setting(questions)
        unit = units(setting.lab_file.lab)["order"]
        result = score(unit, setting, {"a": [run_at(98.0)], "b": [run_at(96.0)]})
        assert result.status == "not_gradable"
        assert "a and b: uncalibrated: 0 of at least 5 pairs of reference runs" in result.reason
