"""What the reference runs make of a lab, and what somebody should do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from assessment.grading.accounts import Entry, account
from assessment.grading.score import Setting
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Run
from tests.grading.conftest import HERE

GOOD = [97.6, 97.8, 98.0, 98.2, 98.4]
LINEAR = [91.8, 91.9, 92.0, 92.1, 92.2]
BAND = {"measure": "test_accuracy", "band": "calibrated", "points": 2}

Accounts = Callable[..., dict[str, Entry]]


@pytest.fixture
def entries(make_setting: Callable[..., Setting], run_at: Callable[..., Run]) -> Accounts:
    """Return what accounts for questions by the reference's accuracies, by their places."""

    def make(questions: dict[str, Any], **accuracies: Sequence[float]) -> dict[str, Entry]:
        lines = [
            CalibrationRun(unit=key, run=run_at(accuracy, 100 + seed, key=key))
            for key, column in accuracies.items()
            for seed, accuracy in enumerate(column)
        ]
        keys = {name: name for name, one in questions.items() if one["kind"] == "training"}
        weaker = {f"{name}~linear": "linear" for name in keys}
        weaker |= {f"{name}~narrow": f"narrow {name}" for name in keys}
        setting = make_setting(questions, calibrations=lines, keys=keys)
        return {entry.place: entry for entry in account(setting, weaker)}

    return make


def question(expect: Any = BAND, **fields: Any) -> dict[str, Any]:
    return {"kind": "training", "expect": {"accuracy": expect}, **fields}


def test_a_band_is_told_with_what_it_rests_on(entries: Accounts) -> None:
    found = entries({"a": question(seeds=3)}, a=GOOD)
    assert list(found) == ["a.accuracy"]
    entry = found["a.accuracy"]
    assert entry.complaint == ""
    assert entry.text.startswith("at least 97.08 % (n 5, mean 98, s 0.32, M 3, alpha 1 %, ")
    assert "false fails 0.76 % on average, " in entry.text
    assert entry.text.endswith(" as an upper rate)")


def test_the_bands_are_those_of_the_environment_at_hand(
    make_setting: Callable[..., Setting], run_at: Callable[..., Run]
) -> None:
    lines = [
        CalibrationRun(unit="a", run=run_at(accuracy, seed, key="a", environment=place))
        for place, level in ((HERE, 0.0), (HERE.model_copy(update={"device": "H100"}), -50.0))
        for seed, accuracy in enumerate([level + good for good in GOOD])
    ]
    lines += [CalibrationRun(unit="a", run=run_at(98.0, 9, key="a"))]  # HERE has most
    setting = make_setting({"a": question(seeds=3)}, calibrations=lines, keys={"a": "a"})
    [most] = account(setting, {})
    [there] = account(setting, {}, HERE.model_copy(update={"device": "H100"}))
    assert "(n 6, mean 98," in most.text
    assert "(n 5, mean 48," in there.text


def test_what_is_no_matter_of_chance_has_no_entry(entries: Accounts) -> None:
    shown = {"measure": "test_accuracy"}
    size = {"measure": "parameters", "equals": 5, "points": 1, "accept_reported": True}
    assert entries({"a": question(shown), "b": question(size)}, a=GOOD, b=GOOD) == {}


def test_too_few_runs_are_a_complaint(entries: Accounts) -> None:
    found = entries({"a": question()}, a=GOOD[:3])
    assert found["a.accuracy"].complaint.startswith("uncalibrated: 3 of at least 5 reference runs")


def order(**expect: Any) -> dict[str, Any]:
    asked = {"measure": "test_accuracy", "descending": ["a", "b"], "points": 1} | expect
    return {"a": question(), "b": question(), "o": {"kind": "comparison", "expect": {"x": asked}}}


def test_an_order_that_the_reference_itself_breaks_is_refused(entries: Accounts) -> None:
    near = [97.5, 97.9, 97.9, 98.3, 98.2]
    found = entries(order(), a=GOOD, b=near)["o.x"]
    assert found.complaint.startswith("the reference itself breaks this order in ")
    assert found.complaint.endswith("ask for less, for more `seeds`, or `show` it only")


def test_an_order_with_room_is_not(entries: Accounts) -> None:
    far = [accuracy - 5 - seed / 50 for seed, accuracy in enumerate(GOOD)]
    found = entries(order(), a=GOOD, b=far)["o.x"]
    assert found.complaint == ""
    assert "n 5, mean 5.04" in found.text
    too_much = entries(order(by_at_least=5.2), a=GOOD, b=far)["o.x"]
    assert "breaks this order" in too_much.complaint or "miss it" in too_much.complaint
    thrice = {name: {"seeds": 3} for name in "ab"}
    questions = order(by_at_least="calibrated")
    questions = {name: one | thrice.get(name, {}) for name, one in questions.items()}
    calibrated = entries(questions, a=GOOD, b=far)["o.x"]
    assert calibrated.complaint == ""
    assert "alpha 0.33 %" in calibrated.text


def test_a_band_by_hand_that_the_reference_misses_is_a_complaint(entries: Accounts) -> None:
    modes = {
        "measure": "test_accuracy",
        "modes": {"learnt": {"low": 99, "high": 100}, "lost": {"low": 97.5, "high": 97.7}},
        "points": 1,
    }
    calibrated = modes | {"modes": {"learnt": {"low": 99, "high": 100, "calibrated": True}}}
    assert entries({"a": question(modes)}, a=GOOD) == {}, "nothing is promised for it"
    found = entries({"a": question(calibrated)}, a=GOOD)["a.accuracy"]
    assert found.complaint.startswith(
        "uncalibrated: 0 of 5 reference runs ended in the mode learnt"
    )


class TestWeaker:
    WEAKER = {"weaker": {"linear": {"name": "linear"}}}

    def test_what_it_reaches_proposes_zero_at(self, entries: Accounts) -> None:
        found = entries({"a": question(**self.WEAKER)}, a=GOOD, linear=LINEAR)["a~linear"]
        assert found.complaint == ""
        assert found.text == (
            "linear reaches 92.0 % (5 runs) and earns 0 %; "
            "`zero_at: 92.0` would give nothing for it"
        )

    def test_a_choice_of_the_instructors_stands_beside_it(self, entries: Accounts) -> None:
        asked = BAND | {"zero_at": 93}
        found = entries({"a": question(asked, **self.WEAKER)}, a=GOOD, linear=LINEAR)["a~linear"]
        assert found.text.endswith("`zero_at` is 93, its own would be 92.0")

    def test_those_that_nobody_has_trained_are_told_of_in_one_complaint(
        self, entries: Accounts
    ) -> None:
        solutions = {"weaker": {"linear": {"name": "linear"}, "narrow": {"name": "linear"}}}
        size = {"measure": "parameters", "equals": 5, "points": 1, "accept_reported": True}
        asked = {name: question(**solutions) for name in ("a", "b")}
        questions = asked | {"c": question(size, **solutions)}  # earns nothing for an accuracy
        found = entries(questions, a=GOOD, b=GOOD)["weaker"]
        assert (found.unit, found.refused) == ("a", False)
        assert found.complaint == (
            "no runs of ~linear for a and 1 other, ~narrow for a and 1 other: "
            "assessment calibrate specs/lab.yaml"
        )
        some = entries(questions, a=GOOD, b=GOOD, linear=LINEAR, **{"narrow a": LINEAR})["weaker"]
        assert some.complaint == "no runs of ~narrow for b: assessment calibrate specs/lab.yaml"
        every = {"linear": LINEAR, "narrow a": LINEAR, "narrow b": LINEAR}
        assert "weaker" not in entries(questions, a=GOOD, b=GOOD, **every)

    def test_earning_more_than_half_is_a_complaint(self, entries: Accounts) -> None:
        asked = {"measure": "test_accuracy", "at_least": 90, "points": 1}
        found = entries({"a": question(asked, **self.WEAKER)}, a=GOOD, linear=LINEAR)["a~linear"]
        assert found.complaint == "linear earns 100 % of the points of a"
