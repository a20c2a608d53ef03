"""Expectations that may be met as another one: by its band, on the runs of their own unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from assessment.grading.accounts import account
from assessment.grading.ledger import Ledger
from assessment.grading.outcomes import Decided
from assessment.grading.recipes import recipe_keys
from assessment.grading.score import Setting
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Graded, Run
from assessment.spec.units import units

HIGH = [97.6, 97.8, 98.0, 98.2, 98.4]
LOW = [95.6, 95.8, 96.0, 96.2, 96.4]
BAND = {"measure": "test_accuracy", "band": "calibrated"}
MakeRun = Callable[..., Run]
Decide = Callable[..., Decided]


def either(**fields: Any) -> dict[str, Any]:
    """Give two units, of which the first may be met as the second, which is worth nothing."""
    return {
        "one": {
            "kind": "training",
            "seeds": 3,
            "expect": {"accuracy": BAND | {"points": 2, "or_as": ["other.accuracy"]} | fields},
        },
        "other": {"kind": "training", "seeds": 3, "expect": {"accuracy": BAND}},
    }


@pytest.fixture
def setting(make_setting: Callable[..., Setting], run_at: MakeRun) -> Callable[..., Setting]:
    def make(
        questions: dict[str, Any], one: Sequence[float] = HIGH, other: Sequence[float] = LOW
    ) -> Setting:
        lines = [
            CalibrationRun(unit=key, run=run_at(accuracy, 100 + seed, key=key))
            for key, column in {"one": one, "other": other}.items()
            for seed, accuracy in enumerate(column)
        ]
        keys = {name: name for name in questions}
        return make_setting(questions, calibrations=lines, keys=keys)

    return make


@pytest.fixture
def decide(setting: Callable[..., Setting], run_at: MakeRun) -> Decide:
    """Return what grades the first unit by the accuracies of its runs."""

    def one(accuracies: Sequence[float], *given: Any, **values: Any) -> Decided:
        runs = [run_at(accuracy, seed) for seed, accuracy in enumerate(accuracies)]
        return Ledger(setting(*given, **values), {"one": runs}).of("one")[0]

    return one


@pytest.mark.parametrize(
    ("accuracies", "met", "place"),
    [
        ([98.1], True, ""),  # near its own mean
        ([96.0], True, "as other.accuracy "),  # near the other's
        ([95.7, 95.6, 95.8], True, "as other.accuracy "),  # all runs were made
        ([94.0, 94.0, 94.0], False, ""),
    ],
)
def test_a_run_in_either_band_earns_the_points(
    judge: Callable[..., Graded], accuracies: list[float], met: bool, place: str
) -> None:
    graded = judge(accuracies, either())
    assert (graded.met, graded.earned) == (met, 2.0 * met)
    assert graded.why.startswith(f"{place}{'mean ' * (len(accuracies) > 1)}test accuracy")
    assert graded.condition == "at least 97.08 %, or as other.accuracy at least 95.08 %"


def test_without_the_other_band_it_is_failed(judge: Callable[..., Graded]) -> None:
    alone = either(or_as=[])
    assert not judge([96.0, 96.0, 96.0], alone).met
    assert judge([96.0, 96.0, 96.0], either()).met


def test_what_lies_in_neither_band_is_told_of_both(judge: Callable[..., Graded]) -> None:
    graded = judge([94.0, 94.0, 94.0], either())
    assert graded.why == (
        "mean test accuracy 94.0 % is below 97.08 %; "
        "as other.accuracy mean test accuracy 94.0 % is below 95.08 %"
    )
    assert (graded.low, graded.earned) == (pytest.approx(97.08, abs=0.01), 0)


def test_the_ends_and_their_source_are_those_of_the_band_it_lies_in(
    judge: Callable[..., Graded],
) -> None:
    graded = judge([96.0], either())
    assert graded.low == pytest.approx(95.08, abs=0.01)
    assert graded.source is not None
    assert graded.source.mean == pytest.approx(96.0)


def test_the_other_band_is_as_wide_as_if_it_had_the_points(
    judge: Callable[..., Graded],
) -> None:
    """It is made for as many runs and with the share of alpha of what has the points."""
    source = judge([96.0], either() | {f"q{n}": promised() for n in range(4)}).source
    assert source is not None
    assert (source.runs, source.alpha) == (3, pytest.approx(0.01 / 5))


def promised() -> dict[str, Any]:
    return {"kind": "training", "expect": {"accuracy": BAND | {"points": 1}}}


def test_near_either_mean_one_run_is_enough(decide: Decide) -> None:
    assert not decide([98.0], either()).wants
    assert not decide([96.0], either()).wants
    assert decide([95.5], either()).wants == {"one"}


def test_better_than_the_other_band_is_no_flag_within_ones_own(
    judge: Callable[..., Graded],
) -> None:
    graded = judge([98.0], either())
    assert (graded.met, graded.flagged) == (True, False)
    swapped = judge([98.0], either(), one=LOW, other=HIGH)
    assert (swapped.met, swapped.flagged) == (True, False)


@pytest.mark.parametrize(
    ("accuracies", "one", "other", "met"),
    [
        ([98.0], HIGH, [], True),
        ([96.0], [], LOW, True),
        ([94.0, 94.0, 94.0], HIGH, [], None),
        ([94.0, 94.0, 94.0], [], LOW, None),
    ],
)
def test_a_band_that_is_missing_leaves_open_what_no_other_one_settles(
    judge: Callable[..., Graded],
    accuracies: list[float],
    one: list[float],
    other: list[float],
    met: bool | None,
) -> None:
    graded = judge(accuracies, either(), one=one, other=other)
    assert graded.met is met
    if met is None:
        assert "uncalibrated: 0 of at least 5 reference runs" in graded.why


def test_partial_credit_is_that_of_the_better_one(judge: Callable[..., Graded]) -> None:
    low = [94.9, 94.9, 94.9]
    own = judge(low, either(zero_at=90, or_as=[]))
    both = either(zero_at=90)
    assert judge(low, both).earned == own.earned > 0
    both["other"]["expect"]["accuracy"] = BAND | {"zero_at": 90}
    assert own.earned < judge(low, both).earned < 2


def test_another_measurement_of_the_same_runs(
    make_setting: Callable[..., Setting], make_run: MakeRun
) -> None:
    """Norm or mean of the gradient: either is enough, and the norm's ends stay the norm's."""
    norm = {"measure": "gradient_norm", "band": {"low": 1, "high": 2}, "points": 1}
    mean = {"measure": "gradient_mean", "band": {"low": -0.1, "high": 0.1}}
    expect = {"norm": norm | {"or_as": ["mean"], "accept_reported": True}, "mean": mean}
    setting = make_setting({"q": {"kind": "training", "expect": expect}})

    def judge(norm: float, mean: float | None) -> Graded:
        column = {} if mean is None else {"mean": [mean]}
        run = make_run(gradients={"norm": [norm], **column})
        return Ledger(setting, {"q": [run]}).of("q")[0].graded

    assert judge(1.5, 0.9).met
    by_mean = judge(9.0, 0.0)
    assert (by_mean.met, by_mean.low, by_mean.high, by_mean.value) == (True, 1, 2, 9.0)
    assert by_mean.condition == "1 to 2, or as mean -0.1 to 0.1"
    assert by_mean.why == "as mean gradient mean 0 is within -0.1 to 0.1"
    assert not judge(9.0, 0.9).met
    assert not judge(9.0, None).met, "what was not recorded is no way to meet it"


def test_requirements_stay_those_of_the_expectation_itself(
    make_setting: Callable[..., Setting], run_at: MakeRun
) -> None:
    questions = either(band={"low": 97}, requires=["size"])
    size = {"measure": "parameters", "equals": [10, 20]}
    questions["one"]["expect"]["size"] = size
    questions["other"]["expect"]["accuracy"] = {"measure": "test_accuracy", "at_least": 95}
    setting = make_setting(questions)
    for parameters, met in ((10, True), (20, True), (15, False)):
        runs = [run_at(96.0, seed, parameters=parameters) for seed in range(3)]
        decided = Ledger(setting, {"one": runs}).of("one")[0].graded
        assert decided.met is met
    assert decided.why == "needs size, which was not met"


def test_every_result_that_its_own_band_passes_still_passes(judge: Callable[..., Graded]) -> None:
    """A union of bands only lowers the rate of false fails."""
    values = [94.5 + step / 4 for step in range(20)]
    own = [judge([x] * 3, either(or_as=[])).met for x in values]
    both = [judge([x] * 3, either()).met for x in values]
    other = [judge([x] * 3, either(or_as=[]), one=LOW).met for x in values]
    assert both == [a or b for a, b in zip(own, other, strict=True)]
    assert True in own
    assert own != both
    assert False in both


def test_the_keys_of_the_other_unit_are_wanted(make_setting: Callable[..., Setting]) -> None:
    lab = units(make_setting(either()).lab_file.lab)
    assert list(recipe_keys([lab["one"]], lambda _: "key")) == ["one", "other"]
    assert list(recipe_keys([lab["other"]], lambda _: "key")) == ["other"]


@pytest.mark.parametrize(
    ("one", "other", "missing"),
    [
        (HIGH, LOW, set()),
        # its own runs lie in the other band, so that the grade alone would not tell
        ([96.0], LOW, {"as accuracy, the calibrated band"}),
        (HIGH, [96.0], {"as other.accuracy, the calibrated band"}),
    ],
)
def test_the_account_misses_each_band(
    setting: Callable[..., Setting], one: list[float], other: list[float], missing: set[str]
) -> None:
    entries = account(setting(either(), one=one, other=other), {})
    found = {e.text: e.complaint for e in entries if e.place == "one.accuracy" and e.complaint}
    assert set(found) == missing
    for complaint in found.values():
        assert complaint == "uncalibrated: 1 of at least 5 reference runs"


def test_the_account_tells_both_bands(setting: Callable[..., Setting]) -> None:
    entry = account(setting(either()), {})[0]
    assert entry.text.startswith("at least 97.08 %, or as other.accuracy at least 95.08 % (n 5, ")


def test_a_value_of_the_report_stands_beside_exactly_what_it_is_about(
    make_setting: Callable[..., Setting], make_run: MakeRun
) -> None:
    expect = {
        "last": {"measure": "train_loss"},
        "best": {"measure": "train_loss", "at": "best", "reported": 0.2},
        "first": {"measure": "train_loss", "at": "first", "reported": 0.9},
        "second": {"measure": "train_loss", "at": 2},
    }
    lab = {"q": {"kind": "training", "expect": expect, "reported": {"train_loss": 0.3}}}
    run = make_run(train_loss=[0.8, 0.4, 0.5])
    graded = Ledger(make_setting(lab), {"q": [run]}).of("q")
    assert [one.graded.reported for one in graded] == [0.3, 0.2, 0.9, None]
