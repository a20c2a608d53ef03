"""Grades of what would have to be run again, calls and saved weights, from what is stored."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assessment.grading.checkpoints import compare_checkpoint
from assessment.grading.functions import asked_of
from assessment.grading.score import unscored
from assessment.grading.setting import Setting
from assessment.results.record import Graded, Result, Run
from assessment.spec.lab import CheckpointQuestion, FunctionQuestion
from assessment.spec.units import Unit


class Unknown(Exception):
    """What is stored does not tell; the text says why, as a clause."""


def grade_calls(unit: Unit, setting: Setting, before: Result) -> Result:
    """Return the stored verdict on each call with the points of today.

    Raises:
        Unknown: other calls, or other tolerances, are asked for now.
    """
    question = unit.question
    assert isinstance(question, FunctionQuestion)
    if before.status != "scored":
        return _as_before(unit, setting, before, [])
    known = {graded.name: graded for graded in before.expectations}
    if list(known) != list(question.cases):
        raise Unknown("other calls are asked for than were made")
    if any(graded.condition != asked_of(question) for graded in known.values()):
        raise Unknown("its tolerances are others than when it was called")
    share = question.points / len(question.cases)
    return _as_before(
        unit,
        setting,
        before,
        [
            graded.model_copy(update={"points": share, "earned": share if graded.met else 0.0})
            for graded in known.values()
        ],
    )


def grade_weights(unit: Unit, setting: Setting, before: Result, trained: Sequence[Run]) -> Result:
    """Compare again what saved weights scored with the run that they come from.

    Args:
        unit: a checkpoint question.
        setting: of its lab.
        before: its stored result.
        trained: stored runs of the training; the first is the one compared with.

    Raises:
        Unknown: that run is not stored, or is another one than before.
    """
    question = unit.question
    assert isinstance(question, CheckpointQuestion)
    if before.status != "scored":
        return _as_before(unit, setting, before, [])
    (was,) = before.expectations
    if not trained:
        raise Unknown(f"no run of {question.of} is stored")
    column = trained[0].epochs.get("test_accuracy") or [None]
    if was.value is None or was.low is None or was.high is None or column[-1] is None:
        raise Unknown("what its weights scored is not stored")
    if not math.isclose((was.low + was.high) / 2, column[-1], abs_tol=1e-9):
        raise Unknown(f"its weights are those of another run of {question.of}")
    return _as_before(unit, setting, before, [compare_checkpoint(question, trained[0], was.value)])


def _as_before(
    unit: Unit, setting: Setting, before: Result, expectations: Sequence[Graded]
) -> Result:
    """Return a result with what was stored beside its grade."""
    found = unscored(unit, setting, before.status, before.reason, before.runs)
    update: dict[str, object] = {
        "expectations": list(expectations),
        "cases": before.cases,
        "seconds": before.seconds,
    }
    if expectations:
        update["earned"] = round(math.fsum(graded.earned for graded in expectations), 6)
        update["points"] = round(math.fsum(graded.points for graded in expectations), 6)
    return found.model_copy(update=update)
