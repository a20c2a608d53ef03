"""What speaks against honest work is flagged for a person, and costs nothing by itself."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from scipy import stats

from assessment.execution.handed_in import controlled
from assessment.grading.score import score
from assessment.grading.setting import Setting
from assessment.grading.suspicion import flags, unseen
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Result, Run
from assessment.results.solution import Evidence
from assessment.spec.units import units

MakeRun = Callable[..., Run]
MakeSetting = Callable[..., Setting]

BALANCED = [[90 if row == column else 1 for column in range(10)] for row in range(10)]


def graded(accuracy: float = 92.0, **evidence: object) -> Result:
    run = Run(
        key="k",
        seed=1,
        outcome="scored",
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        dataset="digits",
        dataset_sha256="",
        confusion=BALANCED,
        epochs={"test_accuracy": [accuracy]},
        evidence=Evidence.model_validate(evidence),
    )
    return Result(
        spec="lab.yaml",
        lab="Lab",
        lab_sha256="",
        question="q",
        kind="training",
        title="Q",
        status="scored",
        earned=1,
        points=1,
        runs=[run],
    )


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"before": 10.0},
        {"before": 22.6},  # as often right are some that are untrained
        {"before": 16.0, "knew": True},  # so little is worth nothing
        {"control": 12.0},
        {"replayed": 92.0},
        {"replayed": 91.9},
    ],
)
def test_honest_work_is_not_flagged(evidence: dict[str, float]) -> None:
    assert flags(graded(**evidence)) == []


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (
            {"before": 92.0, "knew": True},
            "92.0 % of the test images were right before the first training step",
        ),
        (
            {"before": 22.6, "knew": True},
            "at most 0.001 % of untrained networks are right so often",
        ),
        ({"control": 92.0}, "after training on permuted labels"),
        ({"control": 35.0}, "they were not learnt"),
        ({"uncontrolled": "was killed"}, "and not on permuted ones: was killed"),
        ({"replayed": 60.0}, "right for 60.00 % of the test images in the reference's network"),
        ({"unplayed": "they came without their order"}, "cannot be tried in the reference's"),
    ],
)
def test_what_chance_does_not_explain_is_flagged(evidence: dict[str, object], words: str) -> None:
    [flag] = flags(graded(**evidence))
    assert words in flag


@pytest.mark.parametrize(
    ("evidence", "is_unseen"),
    [
        ({"before": 10.0}, True),
        ({"control": 10.0}, False),
        ({"uncontrolled": "was killed"}, False),
        ({"replayed": 92.0}, False),
        ({"unplayed": "of another network"}, False),
    ],
)
def test_where_a_table_of_labels_would_not_be_seen(
    evidence: dict[str, object], is_unseen: bool
) -> None:
    assert unseen(graded(**evidence)) is is_unseen


@pytest.mark.parametrize("other", [{"points": 0}, {"status": "invalid"}, {"kind": "comparison"}])
def test_where_nothing_is_earned_by_training_nothing_goes_unseen(other: dict[str, Any]) -> None:
    assert not unseen(graded(before=10.0).model_copy(update=other))


@pytest.mark.parametrize(
    ("outcome", "evidence"),
    [
        ("scored", {"control": 11.0}),
        ("crashed", {"uncontrolled": "was killed"}),
        ("not_gradable", {}),
    ],
)
def test_what_became_of_training_on_permuted_labels(
    outcome: str, evidence: dict[str, object]
) -> None:
    result = graded()
    reason = "" if outcome == "scored" else "was killed"
    epochs = {"test_accuracy": [30.0, 11.0]}
    run = result.runs[0].model_copy(update={"outcome": outcome, "reason": reason, "epochs": epochs})
    assert controlled(result, run).runs[0].evidence == Evidence.model_validate(evidence)


def test_a_reference_has_no_evidence() -> None:
    result = graded()
    run = result.runs[0].model_copy(update={"evidence": None})
    assert flags(result.model_copy(update={"runs": [run]})) == []


def test_each_flag_stands_once() -> None:
    result = graded(before=92.0, knew=True)
    assert len(flags(result.model_copy(update={"runs": [*result.runs, *result.runs]}))) == 1


# --- better than correct work is ----------------------------------------------------------------

BEGAN = [80.0, 81.0, 82.0, 83.0, 84.0]
ENDED = [95.8, 96.0, 96.2, 96.4, 96.6]
DISTANCE = float(stats.t.ppf(0.999, 4)) * math.sqrt(1 + 1 / 5)
"""Of the end beyond which 0.1 % of single runs lie, in standard deviations of five."""
MOST_AT_FIRST = statistics.fmean(BEGAN) + DISTANCE * statistics.stdev(BEGAN)
MOST_AT_LAST = statistics.fmean(ENDED) + DISTANCE * statistics.stdev(ENDED)


@pytest.fixture
def flagged(make_run: MakeRun, make_setting: MakeSetting) -> Callable[..., list[str]]:
    """Return what grades runs, each by its accuracies of two epochs, and returns their flags."""

    def grade(
        *runs: tuple[float, float],
        began: list[float] = BEGAN,
        ended: list[float] = ENDED,
        seeds: int = 1,
        **expectation: Any,
    ) -> list[str]:
        asked = {"measure": "test_accuracy", "band": "calibrated", "points": 1, **expectation}
        question = {"kind": "training", "seeds": seeds, "expect": {"accuracy": asked}}
        lines = [
            CalibrationRun(unit="q", run=make_run(10**6 + seed, test_accuracy=list(accuracies)))
            for seed, accuracies in enumerate(zip(began, ended, strict=True))
        ]
        setting = make_setting({"q": question}, calibrations=lines, keys={"q": "recipe"})
        unit = units(setting.lab_file.lab)["q"]
        made = [
            make_run(seed, key="of a submission", test_accuracy=list(accuracies))
            for seed, accuracies in enumerate(runs)
        ]
        result = score(unit, setting, {"q": made})
        assert result.status == "scored", result.reason
        return flags(result, setting)

    return grade


def test_nothing_is_said_of_work_like_the_reference(flagged: Callable[..., list[str]]) -> None:
    assert flagged((82.0, 96.2)) == []
    assert flagged((MOST_AT_FIRST - 0.01, MOST_AT_LAST - 0.01)) == []
    assert flagged((10.0, 10.0)) == [], "bad work is no suspicion"


def test_an_accuracy_beyond_the_band_is_flagged(flagged: Callable[..., list[str]]) -> None:
    [flag] = flagged((82.0, MOST_AT_LAST + 0.01))
    assert "is above 98.68 %" in flag
    assert flag.endswith("at most 0.1 % of correct work is so good by chance")


@pytest.mark.parametrize(
    "expectation",
    [
        {"sides": "upper"},  # what costs points is no flag
        {"sides": "both"},
        {"band": None, "at_most": 50.0},
        {"band": {"low": 90, "high": 95}},
        {"band": None, "points": 0},
    ],
)
def test_other_ends_than_the_one_that_costs_nothing_are_not_flagged(
    expectation: dict[str, Any], flagged: Callable[..., list[str]]
) -> None:
    assert flagged((82.0, 99.5), **expectation) == []
    assert flagged((82.0, 20.0), **expectation) == []


def test_a_network_that_begins_where_the_reference_ends_is_flagged(
    flagged: Callable[..., list[str]],
) -> None:
    [flag] = flagged((MOST_AT_FIRST + 0.01, 96.2))
    assert flag == (
        f"{MOST_AT_FIRST + 0.01:.2f} % of the test images were right after the first epoch, where "
        f"the reference has 82.00 % and at most 0.1 % of correct work more than "
        f"{MOST_AT_FIRST:.2f} %: has it been trained before?"
    )


def test_of_several_runs_the_highest_has_to_lie_farther_out(
    flagged: Callable[..., list[str]],
) -> None:
    """The rate is that of an item, however many runs it has: one of three is no more often out."""
    low, high = (82.0, 96.2), (MOST_AT_FIRST + 0.01, 96.2)
    assert flagged(low, low, high, seeds=3) == []
    assert len(flagged(low, low, (99.5, 96.2), seeds=3)) == 1


def test_near_reference_runs_leave_room_up_to_the_middle(
    flagged: Callable[..., list[str]],
) -> None:
    """Five runs may lie close together by luck: a head start is not yet suspicious."""
    close = [82.0, 82.1, 82.2, 82.3, 82.4]
    middle = (statistics.fmean(close) + statistics.fmean(ENDED)) / 2
    assert flagged((middle - 0.01, 96.2), began=close) == []
    assert len(flagged((middle + 0.01, 96.2), began=close)) == 1


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        ([95.0, 95.5, 96.0, 96.5, 97.0], ENDED),  # it learns all that it learns in one epoch
        ([10.0] * 4 + [20.0], [10.0] * 4 + [90.0]),  # most of its runs learn nothing
    ],
)
def test_of_a_reference_that_does_not_climb_nothing_can_be_told(
    began: list[float], ended: list[float], flagged: Callable[..., list[str]]
) -> None:
    assert flagged((100.0, 96.0), began=began, ended=ended, points=0, sides="lower") == []


def test_first_epochs_that_were_not_predicted_are_passed_over(
    make_run: MakeRun, make_setting: MakeSetting
) -> None:
    result = graded()
    bare = make_run(1, test_accuracy=[None, 96.0])
    setting = make_setting({"q": {"kind": "training"}}, keys={"q": "recipe"})
    assert flags(result.model_copy(update={"runs": [bare]}), setting) == []
    assert flags(result, setting) == [], "and there is no reference run"
