"""From runs to a Result: status, points, findings. Records in, a record out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from assessment.grading.advice import advise
from assessment.grading.answers import (
    grade_answer,
    offered,
    own_answer,
    report_findings,
    report_is_right,
    reported_text,
)
from assessment.grading.ledger import Ledger
from assessment.grading.outcomes import Cause, Decided, failure
from assessment.grading.requirements import requirements
from assessment.grading.setting import Setting
from assessment.results.record import Result, Run, Status
from assessment.results.totals import UNDECIDED
from assessment.spec.lab import AnswerQuestion, WrittenQuestion
from assessment.spec.merge import plain
from assessment.spec.units import Unit, points, waiting

__all__ = [
    "Setting",
    "requirements",
    "score",
    "shortened",
    "smoke",
    "unscored",
    "wanted",
    "worthless",
]


def score(
    unit: Unit,
    setting: Setting,
    runs: Mapping[str, Sequence[Run]],
    ledger: Ledger | None = None,
) -> Result:
    """Grade one item.

    A failed run gives its outcome to the item, the machine's fault before the
    solution's own. Points that cannot be decided because a run, a number or a
    band is missing make the item `not_gradable`; because of hardware that is not
    here, `skipped`. Points of an order, one side of which failed by its own
    fault, are left out of `points`, so that they are no second zero; where
    nothing else is left to grade, the item is `skipped`. Only a `scored` item
    earns points; what the others would have earned stands in their expectations.

    Args:
        unit: the item.
        setting: calibrations, keys and names.
        runs: its own runs and those of every unit in `requirements(unit)`, by unit id.
        ledger: over the same runs, where there is one.
    """
    if isinstance(unit.question, WrittenQuestion):
        return _written(unit, setting, unit.question)
    if isinstance(unit.question, AnswerQuestion):
        return _answered(unit, setting, unit.question)
    own = list(runs.get(unit.id, ()))
    failed = failure(own)
    ledger = ledger or Ledger(setting, runs)
    decided = ledger.of(unit.id)
    if failed is not None:
        return _result(unit, setting, failed.outcome, failed.reason, runs=own, decided=decided)
    if unit.training is not None and not own:
        return _result(unit, setting, "not_gradable", "no run was made", decided=decided)
    status, reason = _status(decided)
    reference = () if unit.training is None else ledger.yardstick(unit.id).reference.runs
    return _result(unit, setting, status, reason, runs=own, decided=decided, reference=reference)


def wanted(unit: Unit, setting: Setting, runs: Mapping[str, Sequence[Run]]) -> list[str]:
    """Return the ids of the units of which more runs have to be made before an item is graded.

    Its own runs having failed, none has to.
    """
    if failure(list(runs.get(unit.id, ()))) is not None:
        return []
    return sorted(Ledger(setting, runs).wanted(unit.id))


def smoke(unit: Unit, setting: Setting, runs: Mapping[str, Sequence[Run]]) -> Result:
    """Say whether one step of everything worked; nothing is graded, and no points are lost."""
    if isinstance(unit.question, WrittenQuestion):
        return _written(unit, setting, unit.question)
    own = list(runs.get(unit.id, ()))
    failed = failure(own)
    if failed is not None:
        return worthless(_result(unit, setting, failed.outcome, failed.reason, runs=own))
    return _result(unit, setting, "smoke", "one step worked; nothing is graded", runs=own)


def worthless(result: Result) -> Result:
    """Return a result of a smoke run without the points that what failed in it would be worth."""
    if result.status in (*UNDECIDED, "waiting"):
        return result
    return result.model_copy(update={"earned": 0.0, "points": 0.0, "expectations": []})


def shortened(
    unit: Unit, setting: Setting, runs: Mapping[str, Sequence[Run]], reason: str
) -> Result:
    """Show what runs of fewer epochs measured beside what is asked of whole ones, ungraded."""
    own = list(runs.get(unit.id, ()))
    failed = failure(own)
    if failed is not None:
        return _result(unit, setting, failed.outcome, failed.reason, runs=own)
    nothing = {"met": None, "earned": 0.0, "low": None, "high": None, "flagged": False, "why": ""}
    measured = [
        Decided(one.graded.model_copy(update=nothing)) for one in Ledger(setting, runs).of(unit.id)
    ]
    return _result(unit, setting, "shortened", reason, runs=own, decided=measured)


def unscored(
    unit: Unit, setting: Setting, status: Status, reason: str, runs: Sequence[Run] = ()
) -> Result:
    """Return the result of an item that is not graded, for a reason known outside."""
    return _result(unit, setting, status, reason, runs=runs)


def _status(decided: Sequence[Decided]) -> tuple[Status, str]:
    open_ones = [one for one in decided if one.cause is not None and one.graded.points > 0]
    if not open_ones:
        return "scored", ""
    worst = max(open_ones, key=lambda one: one.cause or 0)
    reason = f"{worst.graded.name}: {worst.graded.why}"
    if worst.cause is Cause.MACHINE:
        return "not_gradable", reason
    others = any(one.graded.met is not None and one.graded.points > 0 for one in decided)
    if worst.cause is Cause.SUBMISSION and others:
        return "scored", f"not decided, and left out of the points: {reason}"
    return "skipped", reason


def _answered(unit: Unit, setting: Setting, question: AnswerQuestion) -> Result:
    """Judge what was handed in, or else the instructor's own answer, which has to be right."""
    answer = _handed_in(unit, setting, own_answer(question))
    graded = grade_answer(question, answer, setting.untold.get(unit.question_id, ""))
    result = _result(unit, setting, "scored", "", decided=[Decided(graded)])
    return result.model_copy(
        update={
            "text": "\n\n".join(filter(None, (result.text, offered(question)))),
            "answer": answer,
            "reported_answer": reported_text(question),
            "reported_right": report_is_right(question),
            "findings": report_findings(question),
        }
    )


def _written(unit: Unit, setting: Setting, question: WrittenQuestion) -> Result:
    result = _result(unit, setting, "waiting", f"waits for a person: {waiting(unit):g} points")
    return result.model_copy(
        update={
            "rubric": [
                f"{line.points:g} point{'s' * (line.points != 1)}: {line.text.strip()}"
                for line in question.rubric
            ],
            "waiting": waiting(unit),
            "answer": _handed_in(unit, setting, question.model_answer or "").strip(),
            "reported_answer": (question.reported or "").strip(),
        }
    )


def _handed_in(unit: Unit, setting: Setting, own: str) -> str:
    """Return the answer of a hand-in, empty where it has none; without hand-ins one's own."""
    return own if setting.answers is None else setting.answers.get(unit.question_id, "")


def _result(
    unit: Unit,
    setting: Setting,
    status: Status,
    reason: str,
    *,
    runs: Sequence[Run] = (),
    decided: Sequence[Decided] = (),
    reference: Sequence[Run] = (),
) -> Result:
    lab_file = setting.lab_file
    graded = [one.graded for one in decided]
    earned, worth = 0.0, points(unit)
    if status == "scored":
        earned = math.fsum(one.earned for one in graded)
        worth = math.fsum(one.graded.points for one in decided if one.cause is None)
    told = []
    if status != "smoke":
        told = advise(unit, runs, graded=graded, reference=reference, classes=setting.classes)
    return Result(
        spec=lab_file.shown,
        line=lab_file.lines.get(unit.id),
        lab=lab_file.lab.title,
        lab_sha256=lab_file.sha256,
        question=unit.question_id,
        variant=unit.variant,
        kind=unit.question.kind,
        title=unit.title,
        text=unit.question.text.strip(),
        status=status,
        reason=reason,
        earned=round(earned, 6),
        points=round(worth, 6),
        expectations=graded,
        runs=list(runs),
        findings=told,
        classes=list(setting.classes),
        samples=list(setting.samples),
        reported=plain(unit.reported),
        seconds=round(math.fsum(run.seconds for run in runs), 3),
    )
