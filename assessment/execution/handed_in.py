"""What is graded of a submission, and the results that it gets."""

from __future__ import annotations

import math

from assessment.classroom import Classroom, Entry
from assessment.execution.requests import Work
from assessment.grading.setting import Setting
from assessment.grading.suspicion import flags
from assessment.results.isolation import LimitsBy
from assessment.results.record import Result, Run
from assessment.results.solution import HandedIn
from assessment.spec.units import Unit
from assessment.submissions.listing import Submission

TIMES = 10.0
"""How many times as long as the reference a submission may take."""
LEAST_SECONDS = 60.0
"""What every run may take, so that a slow start fails nobody."""


def work_of(entry: Entry, unit: Unit, classroom: Classroom, seconds: float | None) -> Work:
    """Return what is run of a submission on a unit.

    Args:
        entry: the item, of a submission.
        unit: its own unit, or one that it is compared with.
        classroom: whose work is graded.
        seconds: what a run of the reference takes, where that is known.
    """
    assert entry.submission is not None
    assert classroom.isolation is not None
    wanted = unit.submitted
    return Work(
        entry.submission,
        classroom.isolation,
        seconds=None if seconds is None else _limit(seconds),
        names=() if wanted is None else tuple(wanted.names),
        chosen=classroom.chosen(entry.submission, unit),
        fixed=wanted is not None and wanted.architecture == "fixed",
        model=None if unit.training is None else unit.training.model,
    )


def controlled(result: Result, control: Run | None) -> Result:
    """Put what training on permuted labels gave beside the run of the same seed."""
    if control is None or not result.runs or result.runs[0].evidence is None:
        return result
    found: dict[str, object] = {}
    if control.outcome == "scored":
        found["control"] = (control.epochs.get("test_accuracy") or [None])[-1]
    elif control.outcome != "not_gradable":
        found["uncontrolled"] = control.reason or control.outcome
    first, *others = result.runs
    assert first.evidence is not None
    evidence = first.evidence.model_copy(update=found)
    runs = [first.model_copy(update={"evidence": evidence}), *others]
    return result.model_copy(update={"runs": runs})


def attributed(
    result: Result,
    submission: Submission,
    classroom: Classroom,
    setting: Setting | None = None,
    limits_by: LimitsBy | None = None,
) -> Result:
    """Say whose work a result is about, and what a person should look at.

    Args:
        result: of the submission.
        submission: what was handed in.
        classroom: whose work is graded.
        setting: what it was graded with; None where it was not graded.
        limits_by: who watched what was run of it; None where nothing was.
    """
    whose = HandedIn(
        id=submission.id,
        name=submission.name,
        sha256=submission.sha256,
        files=len(submission.files),
        practice=not classroom.is_class,
        isolation=classroom.isolation,
        limits_by=limits_by,
        notes=list(submission.notes),
    )
    return result.model_copy(update={"submission": whose, "flags": flags(result, setting)})


def _limit(seconds: float) -> float:
    """Return the time of a run; a power of two, so that it is the same from session to session."""
    return max(LEAST_SECONDS, 2.0 ** math.ceil(math.log2(TIMES * max(seconds, 1.0))))
