from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from assessment.grading.comparisons import compare
from assessment.grading.ledger import Ledger
from assessment.grading.outcomes import Cause, Decided
from assessment.grading.score import Setting
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Run
from assessment.spec.units import units
from tests.grading.conftest import HERE
from tests.grading.uncalibrated import uncalibrated

MakeRun = Callable[..., Run]
Order = Callable[..., Decided]


@pytest.fixture
def order(make_setting: Callable[..., Setting]) -> Order:
    """Return what grades an order of a, b and c, worth 2 points unless it says so."""

    def one(expect: dict[str, Any], runs: Mapping[str, Sequence[Run]], **a: Any) -> Decided:
        points = {} if "show" in expect else {"points": 2}
        questions = {
            "a": {"kind": "training", **a},
            "b": {"kind": "training"},
            "c": {"kind": "training"},
            "order": {
                "kind": "comparison",
                "expect": {"x": {"measure": "test_accuracy"} | points | expect},
            },
        }
        lab = units(make_setting(questions).lab_file.lab)
        return compare(lab["order"], "x", lab, runs, uncalibrated)

    return one


@pytest.fixture
def sides(run_at: MakeRun) -> Callable[..., dict[str, list[Run]]]:
    """Return what makes one run a side, by its accuracy."""
    return lambda **accuracies: {name: [run_at(value)] for name, value in accuracies.items()}


class TestOrders:
    def test_descending(self, order: Order, sides: Callable[..., Any]) -> None:
        graded = order({"descending": ["a", "b", "c"]}, sides(a=98.6, b=98.4, c=97.5)).graded
        assert (graded.met, graded.earned, graded.value) == (True, 2.0, None)
        assert graded.values == {"a": 98.6, "b": 98.4, "c": 97.5}
        assert graded.condition == "a > b > c"
        assert graded.why == "a: 98.6 %; b: 98.4 %; c: 97.5 %"

    def test_the_first_pair_out_of_order_is_named(
        self, order: Order, sides: Callable[..., Any]
    ) -> None:
        graded = order({"ascending": ["a", "b", "c"]}, sides(a=90.0, b=98.4, c=97.5)).graded
        assert (graded.met, graded.earned) == (False, 0.0)
        assert graded.why == "b 98.4 % is above c 97.5 %"

    def test_a_tie_is_no_order(self, order: Order, sides: Callable[..., Any]) -> None:
        for lead in ({}, {"by_at_least": 0}):
            graded = order({"descending": ["a", "b"], **lead}, sides(a=98.0, b=98.0)).graded
            assert graded.met is False
            assert graded.why == "a and b tie, and an order needs a difference: 98.0 %"

    def test_the_last_bits_make_no_order(self, order: Order, sides: Callable[..., Any]) -> None:
        near = sides(a=100 * (9799 / 10_000) + 1e-14, b=97.99)
        assert near["a"][0].epochs["test_accuracy"] != near["b"][0].epochs["test_accuracy"]
        for expect in ({"descending": ["a", "b"]}, {"descending": ["b", "a"]}):
            graded = order(expect, near).graded
            assert graded.met is False
            assert graded.why.endswith(" tie, and an order needs a difference: 97.99 %")

    def test_by_at_least(self, order: Order, sides: Callable[..., Any]) -> None:
        expect = {"descending": ["a", "b"], "by_at_least": 0.1}
        assert order(expect, sides(a=98.5, b=98.4)).graded.met is True  # 0.0999... as floats
        graded = order(expect, sides(a=98.49, b=98.4)).graded
        assert graded.met is False
        assert graded.why == (
            "a 98.49 % is only 0.09 percentage points above b 98.4 %, at least 0.1 is asked"
        )
        assert graded.condition == "a > b, by at least 0.1 percentage points"

    def test_repeats_are_averaged(self, order: Order, run_at: MakeRun) -> None:
        runs = {"a": [run_at(90.0, 1), run_at(99.0, 2)], "b": [run_at(94.0, 1), run_at(94.0, 2)]}
        graded = order({"descending": ["a", "b"]}, runs).graded
        assert graded.met is True
        assert graded.values == {"a": 94.5, "b": 94.0}
        assert graded.label == "test accuracy, last epoch, mean of 2 runs"
        uneven = order({"descending": ["a", "b"]}, {"a": runs["a"], "b": runs["b"][:1]}).graded
        assert uneven.label == "test accuracy, last epoch"


class TestBest:
    def test_highest_accuracy(self, order: Order, sides: Callable[..., Any]) -> None:
        expect = {"best": "a", "among": ["b", "c"]}
        assert order(expect, sides(a=98.6, b=98.4, c=97.0)).graded.met is True
        graded = order(expect, sides(a=98.6, b=98.4, c=99.0)).graded
        assert (graded.met, graded.why) == (False, "a 98.6 % is below c 99.0 %")
        assert graded.condition == "a is best"

    def test_lowest_loss(self, order: Order, make_run: MakeRun) -> None:
        runs = {
            name: [make_run(test_loss=[loss], test_accuracy=[90.0])]
            for name, loss in {"a": 0.2, "b": 0.3}.items()
        }
        expect = {"measure": "test_loss", "among": ["a", "b"]}
        assert order(expect | {"best": "a"}, runs).graded.met is True
        assert order(expect | {"best": "b"}, runs).graded.why == "b 0.3 is above a 0.2"

    def test_a_tie_is_enough_unless_a_lead_is_asked(
        self, order: Order, sides: Callable[..., Any]
    ) -> None:
        expect = {"best": "a", "among": ["a", "b"]}
        tie = sides(a=98.0, b=98.0)
        graded = order(expect, tie).graded
        assert (graded.met, graded.earned) == (True, 2.0)
        assert graded.why == (
            "a: 98.0 %; b: 98.0 % (a tie with b: nothing is better, which is enough)"
        )
        graded = order(expect | {"by_at_least": 0.5}, tie).graded
        assert (graded.met, graded.why) == (False, "a and b tie, and a lead is asked: 98.0 %")
        assert order(expect | {"by_at_least": 0.5}, sides(a=98.5, b=98.0)).graded.met is True


class TestNever:
    EXPECT = {"measure": "epochs_to_accuracy", "target": 85}

    def test_comes_after_every_epoch(self, order: Order, make_run: MakeRun) -> None:
        runs = {"a": [make_run(test_accuracy=[86.0])], "b": [make_run(test_accuracy=[10.0])]}
        decided = order(self.EXPECT | {"ascending": ["a", "b"], "by_at_least": 3}, runs)
        assert decided.graded.met is True
        assert decided.graded.values == {"a": 1.0, "b": None}
        graded = order(self.EXPECT | {"ascending": ["b", "a"]}, runs).graded
        assert graded.met is False
        assert "b: test accuracy 85.0 % was not reached within 1 epoch" in graded.why

    def test_two_that_never_arrive_have_no_order(self, order: Order, make_run: MakeRun) -> None:
        runs = {name: [make_run(test_accuracy=[10.0])] for name in "ab"}
        assert order(self.EXPECT | {"ascending": ["a", "b"]}, runs).graded.met is False
        best = self.EXPECT | {"best": "a", "among": ["a", "b"]}
        assert order(best, runs).graded.met is False
        assert order(best | {"by_at_least": 1}, runs).graded.met is False

    def test_a_loss_that_is_not_finite_is_the_largest(
        self, order: Order, make_run: MakeRun
    ) -> None:
        runs = {
            "a": [make_run(train_loss=[None])],
            "b": [make_run(train_loss=[2.31])],
        }
        expect = {"measure": "train_loss", "descending": ["a", "b"]}
        assert order(expect, runs).graded.met is True


class TestMissingSides:
    EXPECT = {"descending": ["a", "b"]}

    def test_no_run(self, order: Order, sides: Callable[..., Any]) -> None:
        decided = order(self.EXPECT, sides(b=98.0))
        assert (decided.graded.met, decided.graded.earned) == (None, 0.0)
        assert decided.cause is Cause.MACHINE
        assert decided.graded.why == "a: no run was made"
        assert decided.graded.values == {"a": None, "b": 98.0}

    def test_no_run_for_want_of_hardware(self, order: Order, sides: Callable[..., Any]) -> None:
        decided = order(self.EXPECT, sides(b=98.0), hardware={"accelerator": True})
        assert decided.cause is Cause.HARDWARE

    def test_its_own_fault(self, order: Order, run_at: MakeRun) -> None:
        runs = {
            "a": [run_at(98.0, outcome="crashed", reason="NameError: x")],
            "b": [run_at(97.0)],
        }
        decided = order(self.EXPECT, runs)
        assert (decided.graded.met, decided.cause) == (None, Cause.SUBMISSION)
        assert decided.graded.why == "a: crashed: NameError: x"

    def test_the_machines_fault_weighs_more(self, order: Order, run_at: MakeRun) -> None:
        runs = {
            "a": [run_at(98.0, outcome="crashed")],
            "b": [run_at(97.0, outcome="not_gradable", reason="interrupted")],
        }
        assert order(self.EXPECT, runs).cause is Cause.MACHINE

    def test_one_reason_of_several_sides_is_said_once(self, order: Order, run_at: MakeRun) -> None:
        away = run_at(0.0, outcome="not_gradable", reason="MNIST is not in /data")
        runs = {"a": [away], "b": [run_at(97.0)], "c": [away]}
        decided = order({"best": "a", "among": ["b", "c"]}, runs)
        assert decided.graded.why == "a and c: not gradable: MNIST is not in /data"
        assert decided.cause is Cause.MACHINE

    def test_a_number_that_was_not_recorded(self, order: Order, make_run: MakeRun) -> None:
        runs = {"a": [make_run(test_accuracy=[98.0])], "b": [make_run()]}
        decided = order(self.EXPECT, runs)
        assert decided.cause is Cause.MACHINE
        assert decided.graded.why == "b: the run recorded no test accuracy"


def test_what_is_only_shown_is_never_decided(order: Order, sides: Callable[..., Any]) -> None:
    decided = order({"show": ["a", "b"]}, sides(a=98.0))
    assert (decided.graded.met, decided.cause, decided.graded.condition) == (None, None, "")
    assert decided.graded.values == {"a": 98.0, "b": None}


@pytest.mark.parametrize("elsewhere", ["a", "b"])
def test_pairs_of_another_environment_say_so(
    make_setting: Callable[..., Setting], run_at: MakeRun, elsewhere: str
) -> None:
    asked = {"measure": "test_accuracy", "descending": ["a", "b"], "points": 1}
    questions = {name: {"kind": "training"} for name in "ab"}
    questions |= {"o": {"kind": "comparison", "expect": {"x": asked}}}
    places = dict.fromkeys("ab", HERE) | {elsewhere: HERE.model_copy(update={"threads": 2})}
    lines = [
        CalibrationRun(unit=name, run=run_at(level + seed / 9, seed, key=name, environment=place))
        for (name, place), level in zip(places.items(), (98.0, 90.0), strict=True)
        for seed in range(5)
    ]
    setting = make_setting(questions, calibrations=lines, keys={"a": "a", "b": "b"})
    runs = {"a": [run_at(98.2, key="a")], "b": [run_at(90.2, key="b")]}
    [decided] = Ledger(setting, runs).of("o")
    assert decided.graded.source is not None
    place = "in another environment (threads 2 instead of 1)"
    assert decided.graded.source.elsewhere == place
    assert decided.graded.source.text == f"5 pairs of reference runs {place}"
