"""Loaded weights must score what the trained model scored."""

from __future__ import annotations

import pytest

from assessment.grading.checkpoints import compare_checkpoint
from assessment.spec.lab import CheckpointQuestion
from tests.execution.test_finished import a_run

QUESTION = CheckpointQuestion(
    kind="checkpoint", title="Saved", of="cnn", file="cnn.pth", tolerance=0.05, points=2
)
TRAINED = a_run().model_copy(update={"epochs": {"test_accuracy": [90.0, 97.43]}})


@pytest.mark.parametrize("accuracy", [97.43, 97.48, 97.38])
def test_the_same_score(accuracy: float) -> None:
    graded = compare_checkpoint(QUESTION, TRAINED, accuracy)
    assert (graded.met, graded.earned, graded.verified) == (True, 2.0, True)
    assert graded.condition == "97.43 as trained, within 0.05"


@pytest.mark.parametrize("accuracy", [97.49, 97.37, 9.8])
def test_another_score(accuracy: float) -> None:
    graded = compare_checkpoint(QUESTION, TRAINED, accuracy, "cnn.pth")
    assert (graded.met, graded.earned) == (False, 0.0)
    assert graded.why == (
        f"cnn.pth scores {accuracy:.2f} %, the trained model 97.43 %: "
        f"{abs(accuracy - 97.43):.2f} percentage points apart"
    )


def test_a_file_that_nobody_handed_in_is_not_named() -> None:
    assert compare_checkpoint(QUESTION, TRAINED, 97.43).why == (
        "the weights as trained, saved and loaded again, score 97.43 %, the trained model 97.43 %"
    )
