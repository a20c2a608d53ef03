"""A checkpoint question: the weights of a run, loaded into a new model and evaluated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.execution.evaluations import Evaluated, EvaluationRequest
from assessment.execution.requests import RunRequest, Work
from assessment.grading.checkpoints import compare_checkpoint
from assessment.grading.outcomes import failure
from assessment.grading.score import Setting, unscored
from assessment.results.record import Result, Run, Status
from assessment.spec.kinds.checkpoint import CheckpointQuestion
from assessment.spec.units import Unit

Submit = Callable[[EvaluationRequest], "Future[Evaluated]"]


def grade_checkpoint(
    unit: Unit,
    setting: Setting,
    request: RunRequest,
    runs: Sequence[Run],
    weights: Path | str,
    submit: Submit,
    work: Work | None = None,
    *,
    smoke: bool = False,
) -> Result:
    """Evaluate saved weights and compare with the run that they come from.

    Args:
        unit: a checkpoint question.
        setting: of its lab.
        request: the training whose model was saved, its first seed.
        runs: of that training; the first is the one compared with.
        weights: what is handed in, or what the run itself kept; a text says why it kept nothing.
        submit: hands a request to the trainers.
        work: what was handed in, the file and the network that it is loaded into.
        smoke: predict one batch only.
    """
    question = unit.question
    assert isinstance(question, CheckpointQuestion)
    failed = failure(runs)
    if failed is not None:
        status: Status = "not_gradable" if failed.outcome == "not_gradable" else "skipped"
        outcome = failed.outcome.replace("_", " ")
        reason = f"{question.of} is {outcome}: {failed.reason}"
        return unscored(unit, setting, status, reason)
    file = ""
    if work is not None:
        weights, file = Path(question.file), question.file
    if isinstance(weights, str):
        reason = f"the weights of {question.of} could not be kept: {weights}"
        return unscored(unit, setting, "not_gradable", reason)
    try:
        evaluated = submit(
            EvaluationRequest(
                request.training,
                weights,
                file or f"the file of {question.of}'s weights",
                request.limits,
                request.import_path,
                smoke,
                question.of,
                work,
            )
        ).result()
    except AssessmentError as error:
        return unscored(unit, setting, "not_gradable", str(error))
    attempt = evaluated.attempt
    if attempt.outcome != "scored" or evaluated.test_accuracy is None:
        return unscored(unit, setting, attempt.outcome, attempt.reason)
    graded = compare_checkpoint(question, runs[0], evaluated.test_accuracy, file)
    return unscored(unit, setting, "scored", "").model_copy(
        update={
            "expectations": [graded],
            "earned": graded.earned,
            "points": graded.points,
            "seconds": attempt.seconds,
        }
    )
