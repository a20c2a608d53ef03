"""What speaks against honest work is flagged for a person, and costs nothing by itself."""

from __future__ import annotations

import pytest

from assessment.grading.suspicion import flags
from assessment.results.record import Result, Run
from assessment.results.solution import Evidence

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
        {"before": 16.0},
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
        ({"before": 92.0}, "92.0 % of the test images were right before the first training step"),
        ({"before": 40.0}, "guessing gives at most"),
        ({"control": 92.0}, "after training on permuted labels"),
        ({"control": 35.0}, "they were not learnt"),
        ({"replayed": 60.0}, "right for 60.00 % of the test images in the reference's network"),
        ({"unplayed": "they came without their order"}, "cannot be tried in the reference's"),
    ],
)
def test_what_chance_does_not_explain_is_flagged(evidence: dict[str, object], words: str) -> None:
    [flag] = flags(graded(**evidence))
    assert words in flag


def test_a_reference_has_no_evidence() -> None:
    result = graded()
    run = result.runs[0].model_copy(update={"evidence": None})
    assert flags(result.model_copy(update={"runs": [run]})) == []


def test_each_flag_stands_once() -> None:
    result = graded(before=92.0)
    assert len(flags(result.model_copy(update={"runs": [*result.runs, *result.runs]}))) == 1
