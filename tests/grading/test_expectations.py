from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from assessment.grading.conditions import credit
from assessment.grading.expectations import grade
from assessment.grading.limits import make_rule
from assessment.grading.outcomes import Cause, Decided
from assessment.grading.score import Setting
from assessment.grading.yardsticks import Yardstick
from assessment.results.calibration import Calibration
from assessment.results.record import Graded, Run
from assessment.spec.units import units

MakeRun = Callable[..., Run]
Judge = Callable[..., Graded]


@pytest.fixture
def decide(make_setting: Callable[..., Setting]) -> Callable[..., Decided]:
    """Return what grades runs by one expectation, `expect`, worth 2 points unless it says so."""

    def one(
        expect: dict[str, Any],
        runs: Sequence[Run],
        reference: Sequence[Run] = (),
        **question: Any,
    ) -> Decided:
        reported = not expect["measure"].startswith(("test_", "epochs"))
        filled = {"points": 2} | ({"accept_reported": True} if reported else {}) | expect
        setting = make_setting({"q": {"kind": "training", "expect": {"x": filled}, **question}})
        yardstick = Yardstick(
            Calibration(key="recipe", runs=list(reference), text="5 reference runs"),
            alpha=0.01,
            test_images=10_000,
            command="assessment calibrate specs/lab.yaml",
        )
        return grade(units(setting.lab_file.lab)["q"], "x", runs, yardstick)

    return one


ACCURACY = {"measure": "test_accuracy"}


class TestSpreadOfTheReference:
    """What is only shown, or judged by hand, still stands beside the reference's own runs."""

    def test_a_value_that_is_only_shown(self, judge: Judge, run_at: MakeRun) -> None:
        reference = [run_at(value) for value in (98.0, 98.2, 98.4)]
        graded = judge(ACCURACY | {"points": 0}, [run_at(98.3)], reference)
        assert (graded.met, graded.condition) == (None, "")
        source = graded.source
        assert source is not None
        assert (source.n, source.smallest, source.largest) == (3, 98.0, 98.4)
        assert source.mean == pytest.approx(98.2)
        assert source.sd == pytest.approx(0.2)
        assert source.alpha is None

    def test_a_band_by_hand_keeps_its_own_words(self, judge: Judge, run_at: MakeRun) -> None:
        band = {"band": {"low": 90, "source": "two reports"}}
        graded = judge(ACCURACY | band, [run_at(98.3)], [run_at(98.0), run_at(98.2)])
        assert graded.source is not None
        assert (graded.source.kind, graded.source.n) == ("given", 2)
        assert graded.source.text == "two reports; 5 reference runs"

    @pytest.mark.parametrize(
        "reference", [[], [98.0], [98.0, None]], ids=["none", "one", "one without the number"]
    )
    def test_too_few_runs_tell_nothing(
        self, judge: Judge, make_run: MakeRun, run_at: MakeRun, reference: list[float | None]
    ) -> None:
        runs = [make_run(test_accuracy=[] if v is None else [v]) for v in reference]
        assert judge(ACCURACY | {"points": 0}, [run_at(98.3)], runs).source is None

    def test_parameters_are_no_matter_of_chance(self, judge: Judge, make_run: MakeRun) -> None:
        runs = [make_run(parameters=5) for _ in range(3)]
        graded = judge({"measure": "parameters", "equals": 5}, runs[:1], runs)
        assert graded.source is None


class TestBandByHand:
    BAND = ACCURACY | {"band": {"low": 89.0, "high": 95.0, "source": "two reports"}}

    @pytest.mark.parametrize("value", [89.0, 92.0, 95.0, 100 * 0.89 - 1e-14])
    def test_ends_belong_to_it(self, judge: Judge, run_at: MakeRun, value: float) -> None:
        graded = judge(self.BAND, [run_at(value)])
        assert (graded.met, graded.earned, graded.flagged) == (True, 2.0, False)
        assert graded.condition == "89.0 to 95.0 %"
        assert graded.source is not None
        assert (graded.source.kind, graded.source.text) == ("given", "two reports")

    def test_below(self, judge: Judge, run_at: MakeRun) -> None:
        graded = judge(self.BAND, [run_at(87.1)])
        assert (graded.met, graded.earned) == (False, 0.0)
        assert graded.why == "test accuracy 87.1 % is below 89.0 %"
        assert (graded.low, graded.high) == (89.0, 95.0)

    def test_above_costs_too(self, judge: Judge, run_at: MakeRun) -> None:
        graded = judge(self.BAND, [run_at(95.001)])
        assert graded.met is False
        assert graded.why == "test accuracy 95.001 % is above 95.0 %"

    def test_an_open_end(self, judge: Judge, run_at: MakeRun) -> None:
        expect = ACCURACY | {"at": "best", "band": {"high": 84.99}}
        assert judge(expect, [run_at(10.0)]).met is True
        assert judge(expect, [run_at(85.0)]).why == (
            "test accuracy of the best epoch 85.0 % is above 84.99 %"
        )


class TestCalibratedBand:
    # mean 98.2, sd 0.316228; at 1 % L(1) is about 96.81 and L(3) 97.28; upper flag beyond 100
    BAND = ACCURACY | {"band": "calibrated"}
    FIVE = (97.8, 98.0, 98.2, 98.4, 98.6)

    def reference(self, run_at: MakeRun, values: Sequence[float] = FIVE) -> list[Run]:
        return [run_at(value, seed) for seed, value in enumerate(values)]

    def test_within(self, judge: Judge, run_at: MakeRun) -> None:
        below = make_rule(5, 4, 1, 0.01).below
        assert below is not None
        graded = judge(self.BAND, [run_at(96.91)], self.reference(run_at))
        assert (graded.met, graded.earned) == (True, 2.0)
        assert graded.condition == "at least 96.81 %"
        assert graded.low == pytest.approx(98.2 - below * 0.1**0.5)
        assert graded.why == "test accuracy 96.91 % is at least 96.81 %"
        assert graded.source is not None
        assert graded.source.n == 5

    def test_below_fails_with_digits_that_tell(self, judge: Judge, run_at: MakeRun) -> None:
        graded = judge(self.BAND, [run_at(96.81)], self.reference(run_at))
        assert graded.met is False
        assert graded.why == "test accuracy 96.81 % is below 96.813 %"

    def test_exactly_on_the_bound(self, judge: Judge, run_at: MakeRun) -> None:
        reference = self.reference(run_at)
        low = judge(self.BAND, [run_at(98.0)], reference).low
        assert low is not None
        assert judge(self.BAND, [run_at(low)], reference).met is True
        assert judge(self.BAND, [run_at(low - 1e-6)], reference).met is False

    def test_the_other_end_flags_and_costs_nothing(self, judge: Judge, run_at: MakeRun) -> None:
        reference = self.reference(run_at, (50.0, 50.1, 50.2, 50.3, 50.4))
        graded = judge(self.BAND, [run_at(60.0)], reference)
        assert (graded.met, graded.earned, graded.flagged) == (True, 2.0, True)
        assert graded.why == (
            "test accuracy 60.0 % is above 52.16 %: better than expected, "
            "which costs nothing but is worth a look"
        )

    def test_several_runs_are_held_to_their_own_bound(self, judge: Judge, run_at: MakeRun) -> None:
        below = make_rule(5, 4, 3, 0.01).below
        assert below is not None
        runs = [run_at(value, seed) for seed, value in enumerate((96.9, 97.2, 97.5))]
        graded = judge(self.BAND, runs, self.reference(run_at))
        assert graded.low == pytest.approx(98.2 - below * 0.1**0.5)
        assert graded.why == "mean test accuracy 97.2 % is below 97.28 %"

    def test_without_five_runs_it_is_not_decided(
        self, decide: Callable[..., Decided], run_at: MakeRun
    ) -> None:
        decided = decide(self.BAND, [run_at(98.0)], self.reference(run_at, (98.0, 98.1, 98.2)))
        assert decided.cause is Cause.MACHINE
        assert (decided.graded.met, decided.graded.earned) == (None, 0.0)
        assert decided.graded.value == 98.0
        assert decided.graded.why == (
            "uncalibrated: 3 of at least 5 reference runs; "
            "to make more: assessment calibrate specs/lab.yaml"
        )

    def test_more_reference_runs_are_not_asked_for_where_they_do_not_help(
        self, decide: Callable[..., Decided], run_at: MakeRun
    ) -> None:
        expect = {"measure": "epochs_to_accuracy", "target": 85, "band": "calibrated"}
        late = [run_at(98.0 if seed else 20.0, seed) for seed in range(5)]
        decided = decide(expect, [run_at(98.0)], late)
        assert decided.cause is Cause.MACHINE
        assert decided.graded.why == (
            "uncalibrated: the target was never reached in 1 of 5 reference runs, "
            "which no rank can tell from failing: the band has to be given by hand"
        )

    def test_partial_credit_begins_at_the_bound(self, judge: Judge, run_at: MakeRun) -> None:
        graded = judge(self.BAND | {"zero_at": 92}, [run_at(95.0)], self.reference(run_at))
        low = judge(self.BAND, [run_at(98.0)], self.reference(run_at)).low
        assert low is not None
        share = math.log(8 / 5) / math.log(8 / (100 - low))
        assert graded.earned == pytest.approx(2 * share, abs=1e-5)
        assert graded.met is False


class TestPartialCredit:
    def test_linear_in_the_logarithm_of_the_error_rate(self) -> None:
        # errors 8, 4, 2: half way in the logarithm
        assert credit(96.0, 98.0, 92.0, 10_000) == pytest.approx(0.5)
        assert credit(92.0, 98.0, 92.0, 10_000) == 0.0
        assert credit(91.0, 98.0, 92.0, 10_000) == 0.0
        assert credit(98.0, 98.0, 92.0, 10_000) == pytest.approx(1.0)

    @pytest.mark.parametrize("full_at", [98.0, 99.999, 100.0])
    def test_it_never_falls_as_accuracy_rises(self, full_at: float) -> None:
        shares = [credit(90 + step / 100, full_at, 92.0, 10_000) for step in range(1001)]
        assert all(later >= earlier for earlier, later in pairwise(shares))
        assert (shares[0], shares[200]) == (0.0, 0.0)
        assert 0 < shares[201] < 0.01
        assert shares[-1] == 1.0

    def test_nothing_left_to_compare(self) -> None:
        assert credit(95.0, 90.0, 92.0, 10_000) == 0.0
        assert 0 < credit(99.0, 100.0, 92.0, 10_000) < 1
        assert 0 < credit(99.0, 100.0, 92.0, None) < 1

    def test_with_at_least(self, judge: Judge, run_at: MakeRun) -> None:
        expect = ACCURACY | {"at_least": 98, "zero_at": 92}
        assert judge(expect, [run_at(96.0)]).earned == pytest.approx(1.0)
        assert judge(expect, [run_at(96.0)]).why == (
            "test accuracy 96.0 % is below 98.0 %, with partial credit down to 92.0 %"
        )
        assert judge(expect, [run_at(98.0)]).earned == 2.0
        assert judge(expect, [run_at(92.0)]).earned == 0.0
        assert judge(expect, [run_at(91.0)]).why == (
            "test accuracy 91.0 % is below 98.0 % and earns nothing, "
            "as partial credit ends at 92.0 %"
        )

    def test_above_a_band_there_is_none(self, judge: Judge, run_at: MakeRun) -> None:
        expect = ACCURACY | {"band": {"low": 95, "high": 98}, "zero_at": 92}
        assert judge(expect, [run_at(99.0)]).earned == 0.0


class TestModes:
    MODES = ACCURACY | {
        "modes": {
            "learned": {"low": 97, "high": 100},
            "collapsed": {"low": 8.92, "high": 11.35, "share": 0.5},
        }
    }

    def test_run_by_run(self, judge: Judge, run_at: MakeRun) -> None:
        runs = [run_at(value, seed) for seed, value in enumerate((98.8, 98.9, 11.35, 50.0))]
        graded = judge(self.MODES, runs)
        assert graded.earned == pytest.approx(2 * (1 + 1 + 0.5 + 0) / 4)
        assert graded.met is False
        assert graded.condition == "learned (97.0 to 100.0 %) or collapsed (8.92 to 11.35 %)"
        assert graded.why == (
            '2 of 4 runs are in the mode "learned", 1 in "collapsed" and 1 in none'
        )

    def test_one_run(self, judge: Judge, run_at: MakeRun) -> None:
        assert judge(self.MODES, [run_at(97.0)]).met is True
        assert judge(self.MODES, [run_at(97.0)]).why == (
            'test accuracy 97.0 % is in the mode "learned"'
        )
        half = judge(self.MODES, [run_at(8.92)])
        assert (half.met, half.earned) == (False, 1.0)

    def test_a_run_without_the_number_leaves_it_open(
        self, decide: Callable[..., Decided], run_at: MakeRun, make_run: MakeRun
    ) -> None:
        decided = decide(self.MODES | {"over_seeds": "max"}, [run_at(98.0), make_run(2)])
        assert (decided.graded.met, decided.cause) == (None, Cause.MACHINE)


class TestEquals:
    def test_a_number(self, judge: Judge, make_run: MakeRun) -> None:
        expect = {"measure": "parameters", "equals": 101146}
        graded = judge(expect, [make_run(parameters=101146)])
        assert (graded.met, graded.why) == (True, "101,146 trainable parameters, as asked")
        assert graded.verified is False
        graded = judge(expect, [make_run(parameters=101145)])
        assert (graded.met, graded.why) == (False, "101,145 trainable parameters, not 101,146")

    def test_a_list_and_a_tolerance(self, judge: Judge, run_at: MakeRun) -> None:
        expect = ACCURACY | {"equals": [11.35, 10.28], "tolerance": 0.01}
        assert judge(expect, [run_at(10.29)]).met is True
        graded = judge(expect, [run_at(10.3)])
        assert graded.why == "test accuracy 10.3 % is not 11.35 % or 10.28 % \u00b1 0.01 %"
        assert graded.condition == "11.35 % or 10.28 % \u00b1 0.01 %"

    def test_last_bits_do_not_matter(self, judge: Judge, run_at: MakeRun) -> None:
        assert judge(ACCURACY | {"equals": 11.35}, [run_at(100 * (1135 / 10000))]).met is True


class TestBounds:
    def test_at_least_and_at_most(self, judge: Judge, make_run: MakeRun) -> None:
        loss = {"measure": "test_loss", "at_most": 0.08}
        run = make_run(test_loss=[0.08864], test_accuracy=[97.0])
        assert judge(loss, [run]).why == "test loss 0.08864 is above 0.08"
        assert judge(loss | {"at_most": 0.0887}, [run]).why == (
            "test loss 0.08864 is at most 0.0887"
        )
        assert judge(ACCURACY | {"at_least": 98.0}, [run]).met is False

    def test_a_loss_that_is_not_finite_fails(
        self, decide: Callable[..., Decided], make_run: MakeRun
    ) -> None:
        run = make_run(test_loss=[None], test_accuracy=[9.8])
        decided = decide({"measure": "test_loss", "at_most": 3}, [run])
        assert (decided.graded.met, decided.cause) == (False, None)
        assert decided.graded.why == "test loss was not finite, at most 3 is asked"
        least = decide({"measure": "test_loss", "at_least": 2.3}, [run]).graded
        assert (least.met, least.why) == (
            True,
            "test loss was not finite, which counts as at least 2.3",
        )

    def test_a_target_never_reached_is_later_than_asked(
        self, judge: Judge, make_run: MakeRun
    ) -> None:
        run = make_run(test_accuracy=[10.0] * 4)
        expect = {"measure": "epochs_to_accuracy", "target": 85}
        graded = judge(expect | {"at_most": 20}, [run])
        assert graded.met is False
        assert graded.why == (
            "test accuracy 85.0 % was not reached within 4 epochs, at most 20 is asked"
        )
        assert judge(expect | {"at_least": 2}, [run]).met is True
        assert judge(expect | {"equals": 4}, [run]).met is False

    def test_a_sentence_about_a_target(self, judge: Judge, make_run: MakeRun) -> None:
        run = make_run(test_accuracy=[80.0, 80.0, 86.0])
        expect = {"measure": "epochs_to_accuracy", "target": 85, "at_most": 2}
        assert judge(expect, [run]).why == ("test accuracy 85.0 % took 3 epochs, more than 2")


class TestTrend:
    EXPECT = {"measure": "train_loss", "trend": "falling"}

    @pytest.mark.parametrize(
        ("losses", "met"),
        [
            ([0.9, 0.5, 0.6, 0.3], True),  # rho = -0.8
            ([0.5, 0.9, 0.3, 0.6], False),  # rho = -0.2 on ranks 1, 3, 0, 2
            ([0.3, 0.5, 0.9], False),
            ([2.3, 2.3, 2.3], False),
            ([0.9, 0.5, None, None], False),
        ],
    )
    def test_falling(
        self, judge: Judge, make_run: MakeRun, losses: list[float | None], met: bool
    ) -> None:
        assert judge(self.EXPECT, [make_run(train_loss=losses)]).met is met

    def test_runs_are_averaged(self, judge: Judge, make_run: MakeRun) -> None:
        runs = [make_run(1, train_loss=[3.0, 2.0, 1.0]), make_run(2, train_loss=[2.0, 2.0, 2.0])]
        graded = judge(self.EXPECT, runs)
        assert graded.met is True  # mean of -1 and 0 is -0.5, the bound
        assert graded.why == (
            "train loss falls from epoch to epoch (rank correlation -0.5, mean of 2 runs)"
        )

    def test_two_epochs_are_no_trend(
        self, decide: Callable[..., Decided], make_run: MakeRun
    ) -> None:
        decided = decide(self.EXPECT, [make_run(train_loss=[2.0, 1.0])])
        assert (decided.graded.met, decided.cause) == (None, Cause.MACHINE)
        assert decided.graded.why == ("not measured: a trend needs at least 3 values, there are 2")

    def test_what_was_not_recorded_has_no_trend(self, judge: Judge, make_run: MakeRun) -> None:
        graded = judge({"measure": "test_loss", "trend": "falling"}, [make_run(train_loss=[1.0])])
        assert (graded.met, graded.why) == (
            None,
            "not measured: the run recorded no test loss",
        )

    def test_gradients_by_step(self, judge: Judge, make_run: MakeRun) -> None:
        run = make_run(gradients={"norm": [14.0, 12.0, 9.0, 10.0, 4.0]}, train_loss=[1.0])
        expect = {"measure": "gradient_norm", "trend": "falling"}
        assert judge(expect, [run]).met is True
        rising = judge(expect | {"trend": "rising"}, [run])
        assert (rising.met, rising.condition) == (False, "rising from step to step")
        assert rising.why == (
            "gradient norm does not rise from step to step "
            "(rank correlation -0.9; at least 0.5 is asked)"
        )


class TestNothingAsked:
    def test_the_value_is_shown(self, decide: Callable[..., Decided], run_at: MakeRun) -> None:
        decided = decide(ACCURACY | {"points": 0}, [run_at(98.0)])
        graded = decided.graded
        assert (graded.value, graded.met, graded.condition, graded.earned) == (98.0, None, "", 0.0)
        assert decided.cause is None

    def test_beside_what_was_reported(self, judge: Judge, run_at: MakeRun) -> None:
        graded = judge(
            ACCURACY | {"points": 0, "note": "One run."},
            [run_at(98.0)],
            reported={"test_accuracy": 98.01},
        )
        assert (graded.reported, graded.note) == (98.01, "One run.")


class TestFailedRuns:
    EXPECT = ACCURACY | {"at_least": 90}

    def test_its_own_fault_is_a_failure(
        self, decide: Callable[..., Decided], run_at: MakeRun
    ) -> None:
        runs = [run_at(98.0), run_at(98.0, 2, outcome="timeout", reason="took longer than its 5 s")]
        decided = decide(self.EXPECT, runs)
        assert (decided.graded.met, decided.graded.earned, decided.cause) == (False, 0.0, None)
        assert decided.graded.why == "timeout: took longer than its 5 s"
        assert decided.graded.condition == "at least 90.0 %"

    def test_the_machines_fault_is_not(
        self, decide: Callable[..., Decided], run_at: MakeRun
    ) -> None:
        runs = [
            run_at(98.0, 1, outcome="crashed", reason="killed"),
            run_at(98.0, 2, outcome="not_gradable", reason="interrupted"),
        ]
        decided = decide(self.EXPECT, runs)
        assert (decided.graded.met, decided.cause) == (None, Cause.MACHINE)
        assert decided.graded.why == "not gradable: interrupted"

    def test_no_run_is_not(self, decide: Callable[..., Decided]) -> None:
        decided = decide(self.EXPECT, [])
        assert (decided.graded.met, decided.cause) == (None, Cause.MACHINE)
        decided = decide(self.EXPECT, [], hardware={"accelerator": True})
        assert decided.cause is Cause.HARDWARE
