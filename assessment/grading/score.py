"""From runs to a Result: status, points, findings. Records in, a record out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assessment.grading.bands import alpha_per_expectation
from assessment.grading.comparisons import compare
from assessment.grading.expectations import Yardstick, judge, settle
from assessment.grading.findings import findings
from assessment.grading.requirements import resolve
from assessment.results.calibration import Calibration, CalibrationRun, for_key
from assessment.results.record import Graded, Mistake, Result, Run, Status
from assessment.spec.lab import TrainingQuestion, WrittenQuestion
from assessment.spec.problems import shown_path
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit, points, units, waiting


@dataclass(frozen=True)
class Setting:
    """What an item is graded with, besides its runs."""

    lab_file: LabFile
    calibrations: Sequence[CalibrationRun] = ()
    """Every line of the lab's calibration file."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Run key of each training unit concerned, by unit id."""
    classes: Sequence[str] = ()
    test_images: int | None = None
    samples: Sequence[Mistake] = ()


def score(unit: Unit, setting: Setting, runs: Mapping[str, Sequence[Run]]) -> Result:
    """Grade one item.

    Args:
        unit: the item.
        setting: calibrations, keys and names.
        runs: its own runs and those of every unit in `requirements.requirements`, by unit id.
    """
    if isinstance(unit.question, WrittenQuestion):
        return _written(unit, setting)
    own = list(runs.get(unit.id, ()))
    failed = next((run for run in own if run.outcome != "scored"), None)
    if failed is not None:
        return _result(unit, setting, failed.outcome, failed.reason, runs=own)
    if unit.question.kind not in ("training", "comparison"):
        reason = f"{unit.question.kind} questions are not run by this version"
        return _result(unit, setting, "skipped", reason)
    graded = _Grader(setting, runs).settled(unit.id)
    open_ones = [g for g in graded if g.met is None and g.points > 0]
    if open_ones:
        reason = f"{open_ones[0].name}: {open_ones[0].why}"
        if "uncalibrated" in reason:
            reason += f"; run: assessment calibrate {shown_path(setting.lab_file.path)}"
        return _result(unit, setting, "not_gradable", reason, runs=own, graded=graded)
    return _result(unit, setting, "scored", "", runs=own, graded=graded)


def smoke(unit: Unit, setting: Setting, runs: Mapping[str, Sequence[Run]]) -> Result:
    """Say whether one step of everything worked; nothing is graded."""
    if isinstance(unit.question, WrittenQuestion):
        return _written(unit, setting)
    own = list(runs.get(unit.id, ()))
    failed = next((run for run in own if run.outcome != "scored"), None)
    if failed is not None:
        return _result(unit, setting, failed.outcome, failed.reason, runs=own)
    return _result(unit, setting, "smoke", "one step worked; nothing is graded", runs=own)


def unscored(unit: Unit, setting: Setting, status: Status, reason: str) -> Result:
    """Return the result of an item that was not run."""
    return _result(unit, setting, status, reason)


class _Grader:
    """Grades units as others require them, each once."""

    def __init__(self, setting: Setting, runs: Mapping[str, Sequence[Run]]) -> None:
        self._setting = setting
        self._runs = runs
        self._units = units(setting.lab_file.lab)
        self._alpha = alpha_per_expectation(setting.lab_file.lab)
        self._judged: dict[str, list[Graded]] = {}

    def settled(self, unit_id: str) -> list[Graded]:
        """Return a unit's graded expectations, requirements included."""
        unit = self._units[unit_id]
        return [
            settle(
                graded, unit.expect[graded.name].requires, lambda name: self._required(unit, name)
            )
            for graded in self._judge(unit)
        ]

    def _required(self, unit: Unit, name: str) -> Graded:
        target = resolve(self._units, unit, name)
        return next(g for g in self.settled(target.unit) if g.name == target.name)

    def _judge(self, unit: Unit) -> list[Graded]:
        if unit.id not in self._judged:
            if unit.training is None:
                self._judged[unit.id] = compare(unit, self._runs)
            else:
                runs = self._runs.get(unit.id, ())
                self._judged[unit.id] = judge(unit, runs, self._yardstick(unit, runs))
        return self._judged[unit.id]

    def _yardstick(self, unit: Unit, runs: Sequence[Run]) -> Yardstick:
        key = self._setting.keys.get(unit.id, "")
        here = next((run.environment for run in runs if run.environment is not None), None)
        reference: Calibration = for_key(self._setting.calibrations, key, here)
        return Yardstick(reference, self._alpha, self._setting.test_images)


def _written(unit: Unit, setting: Setting) -> Result:
    question = unit.question
    assert isinstance(question, WrittenQuestion)
    result = _result(unit, setting, "waiting", f"waits for a person: {waiting(unit):g} points")
    rubric = [f"{line.points:g}: {line.text}" for line in question.rubric]
    return result.model_copy(update={"rubric": rubric, "waiting": waiting(unit)})


def _result(
    unit: Unit,
    setting: Setting,
    status: Status,
    reason: str,
    *,
    runs: Sequence[Run] = (),
    graded: Sequence[Graded] = (),
) -> Result:
    lab_file = setting.lab_file
    reported: dict[str, Any] = dict(unit.reported)
    return Result(
        spec=shown_path(lab_file.path),
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
        earned=round(sum(g.earned for g in graded), 4),
        points=points(unit),
        expectations=list(graded),
        runs=list(runs),
        findings=findings(runs, setting.classes)
        if isinstance(unit.question, TrainingQuestion)
        else [],
        classes=list(setting.classes),
        samples=list(setting.samples),
        reported=reported,
        seconds=round(sum(run.seconds for run in runs), 3),
    )
