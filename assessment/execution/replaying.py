"""Trained weights of a submission, tried in the reference's network by a trusted trainer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from safetensors.numpy import save_file

from assessment.execution.evaluations import EvaluationRequest
from assessment.execution.finished import Made
from assessment.execution.isolation.staging import Staging
from assessment.execution.requests import RunRequest

NAME = "trained weights"


def replay(made: Made, request: RunRequest, evaluate: Callable[[EvaluationRequest], Any]) -> Made:
    """Return a run with what its weights score in the reference's network; they are not kept.

    Args:
        made: a run of a submission, with its final state.
        request: what was asked for.
        evaluate: lets a trusted trainer evaluate saved weights.
    """
    run, evidence = made.run, made.run.evidence
    if run.outcome != "scored" or evidence is None:
        return replace(made, weights=None)
    if made.weights is None:
        found = evidence.model_copy(update={"unplayed": made.unkept or "they did not come"})
    else:
        with Staging.made() as staging:
            path = staging.folder / "weights.safetensors"
            save_file(made.weights, path)
            evaluated = evaluate(
                EvaluationRequest(
                    request.training,
                    path,
                    NAME,
                    request.limits,
                    request.import_path,
                    by_shape=True,
                )
            )
        accuracy, reason = evaluated.test_accuracy, evaluated.attempt.reason
        found = evidence.model_copy(update={"replayed": accuracy, "unplayed": reason})
    return replace(made, run=run.model_copy(update={"evidence": found}), weights=None)
