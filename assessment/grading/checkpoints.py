"""Saved weights: they must score what the trained model scored."""

from __future__ import annotations

from assessment.results.record import Graded, Run
from assessment.spec.kinds.checkpoint import CheckpointQuestion

KEPT = "the weights as trained, saved and loaded again,"
"""What is evaluated of the reference, which hands in no file."""


def compare_checkpoint(
    question: CheckpointQuestion, trained: Run, accuracy: float, file: str = ""
) -> Graded:
    """Grade what saved weights score against the run whose weights they are.

    Args:
        question: its tolerance and points.
        trained: the run, scored, with its test accuracy after the last epoch.
        accuracy: of the loaded weights, percent.
        file: that was handed in; empty where the run's own weights were evaluated.
    """
    before = trained.epochs["test_accuracy"][-1]
    assert before is not None
    apart = abs(accuracy - before)
    met = apart <= question.tolerance + 1e-9
    return Graded(
        name="accuracy",
        measure="test_accuracy",
        label="test accuracy, loaded weights",
        unit="%",
        value=accuracy,
        verified=True,
        condition=f"{before:.2f} as trained, within {question.tolerance:g}",
        low=before - question.tolerance,
        high=before + question.tolerance,
        met=met,
        earned=question.points if met else 0.0,
        points=question.points,
        why=(
            f"{f'{file} scores' if file else f'{KEPT} score'} {accuracy:.2f} %, "
            f"the trained model {before:.2f} %"
            + ("" if met else f": {apart:.2f} percentage points apart")
        ),
    )
