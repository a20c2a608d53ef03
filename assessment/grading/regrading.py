"""Stored results graded again with the spec and the calibration of today; nothing is trained.

What cannot be graded from what is stored keeps its grade, and it is said why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assessment.grading.kept import Unknown, grade_calls, grade_weights
from assessment.grading.ledger import Ledger
from assessment.grading.outcomes import failure
from assessment.grading.requirements import requirements
from assessment.grading.score import score
from assessment.grading.setting import Setting
from assessment.grading.yardsticks import Yardsticks
from assessment.results.record import Environment, Graded, Result, Run
from assessment.results.totals import UNDECIDED
from assessment.spec.expectations import ComparisonExpectation, Expectation
from assessment.spec.lab import (
    AnswerQuestion,
    CheckpointQuestion,
    FunctionQuestion,
    WrittenQuestion,
)
from assessment.spec.units import Unit, units

Fate = Literal["graded", "kept", "recipe", "borderline"]
"""What became of a stored result: graded again; kept, since what is stored does not suffice; of
another recipe; or kept because more runs would be wanted now."""

Repeats = Callable[[str, Sequence[Run]], Sequence[Run]]
"""All runs of a unit that are stored, those at hand first, given its id and those."""


@dataclass(frozen=True)
class Regraded:
    """One stored result and what it is now."""

    before: Result
    after: Result
    """The same as before unless it was graded again."""
    fate: Fate
    why: str = ""
    """Why it was not graded again, as a clause."""

    @property
    def changed(self) -> bool:
        """Tell whether points, status or the verdict on an expectation are others."""
        return self.fate == "graded" and _outline(self.before) != _outline(self.after)


class Regrader:
    """Grades what many have run; what does not depend on whose runs they are is worked out once."""

    def __init__(
        self,
        setting: Setting,
        repeats: Repeats,
        *,
        shown: bool = True,
    ) -> None:
        """Take what is graded with.

        Args:
            setting: with the keys of all training units that are known.
            repeats: finds more runs of a unit where a first one leaves its grade open.
            shown: measure also what is only shown; else results lack it.
        """
        self._setting = setting
        self._repeats = repeats
        self._units = units(setting.lab_file.lab)
        self._needed: dict[str, list[str]] = {}
        for unit in self._units.values():
            needed = requirements(unit)
            self._needed[unit.id] = [unit.id, *(name for name in self._units if name in needed)]
        self._chosen = {
            unit.id: [name for name, one in unit.expect.items() if shown or is_asked(one)]
            for unit in self._units.values()
        }
        self._yardsticks = Yardsticks(setting)
        self._judged: dict[tuple[str, str | None], Result] = {}

    def regrade(
        self, stored: Mapping[str, Result], stale: Collection[str] = (), *, own: bool = True
    ) -> Iterator[Regraded]:
        """Yield the results of one submission, graded again, in the order of the spec.

        Args:
            stored: its results with their runs, by unit id.
            stale: units whose runs are of another recipe.
            own: the answers are the instructor's own, and those of the spec are graded.
        """
        setting = self._setting
        if not own:
            answers = {result.question: result.answer for result in stored.values()}
            setting = replace(setting, answers=answers)
        runs = {
            name: result.runs
            for name, result in stored.items()
            if result.runs and name in self._units and name not in stale
        }
        shared = self._ledger(runs) if len(_environments(runs)) == 1 else None
        for unit in self._units.values():
            before = stored.get(unit.id)
            if before is None:
                continue
            if before.kind != unit.question.kind:
                why = f"it was a question of kind {before.kind}"
                yield Regraded(before, before, "recipe", why)
            elif unit.id in stale:
                why = "its stored runs are of another recipe, model or data set"
                yield Regraded(before, before, "recipe", why)
            else:
                own_setting = replace(setting, classes=before.classes, samples=before.samples)
                yield self._again(unit, own_setting, before, runs, stale, shared)

    def _again(
        self,
        unit: Unit,
        setting: Setting,
        before: Result,
        runs: Mapping[str, Sequence[Run]],
        stale: Collection[str],
        shared: Ledger | None,
    ) -> Regraded:
        needed = self._needed[unit.id]
        others = [name for name in needed if name in stale]
        if others:
            why = f"it stands on {', '.join(others)}, of which the runs are of another recipe"
            return Regraded(before, before, "kept", why)
        match unit.question:
            case AnswerQuestion() | WrittenQuestion():
                return Regraded(before, self._judge(unit, setting), "graded")
            case FunctionQuestion() | CheckpointQuestion() as question:
                try:
                    after = (
                        grade_calls(unit, setting, before)
                        if isinstance(question, FunctionQuestion)
                        else grade_weights(unit, setting, before, runs.get(question.of, ()))
                    )
                except Unknown as unknown:
                    return Regraded(before, before, "kept", str(unknown))
                return Regraded(before, after, "graded")
        at_hand = {name: runs[name] for name in needed if name in runs}
        ledger = shared or self._ledger(at_hand)
        own = list(runs.get(unit.id, ()))
        if failure(own) is None:
            while wanted := ledger.wanted(unit.id):
                more = {name: self._repeats(name, at_hand.get(name, ())) for name in wanted}
                if all(len(found) <= len(at_hand.get(name, ())) for name, found in more.items()):
                    why = f"more runs of {', '.join(sorted(wanted))} would decide"
                    return Regraded(before, before, "borderline", why)
                at_hand |= more
                ledger = self._ledger(at_hand)
        after = score(unit, setting, at_hand, ledger)
        if after.status in UNDECIDED:
            return Regraded(before, before, "kept", f"it cannot be decided: {after.reason}")
        return Regraded(before, after, "graded")

    def _judge(self, unit: Unit, setting: Setting) -> Result:
        """Judge an answer; one that several have given is judged once."""
        given = None if setting.answers is None else setting.answers.get(unit.question_id, "")
        if (unit.id, given) not in self._judged:
            self._judged[unit.id, given] = score(unit, setting, {})
        return self._judged[unit.id, given]

    def _ledger(self, runs: Mapping[str, Sequence[Run]]) -> Ledger:
        return Ledger(self._setting, runs, yardsticks=self._yardsticks, chosen=self._chosen)


def is_asked(expectation: Expectation | ComparisonExpectation) -> bool:
    """Tell whether an expectation asks something; else its number is only shown."""
    if isinstance(expectation, ComparisonExpectation):
        return expectation.show is None
    conditions = ("band", "equals", "at_least", "at_most", "trend", "modes")
    return any(getattr(expectation, name) is not None for name in conditions)


def tell_change(before: Result, after: Result) -> str:
    """Say in one line why a grade is another one."""
    parts = []
    if before.status != after.status:
        words = after.status.replace("_", " ")
        parts.append(f"{words}: {after.reason}" if after.reason else words)
    old = {graded.name: graded for graded in before.expectations}
    new = {graded.name: graded for graded in after.expectations}
    for name, graded in new.items():
        if name not in old:
            if graded.condition:
                parts.append(f"{name} is asked now: {graded.why}")
        elif _verdict(old[name]) != _verdict(graded):
            parts.append(f"{name}: {_why(old[name], graded)}")
    parts += [
        f"{name} is not asked any more"
        for name, graded in old.items()
        if graded.condition and name not in new
    ]
    if before.waiting != after.waiting:
        parts.append(f"waits for {after.waiting:g} points, {before.waiting:g} before")
    return "; ".join(parts)


def _why(old: Graded, new: Graded) -> str:
    worth = "" if old.points == new.points else f"worth {new.points:g}, {old.points:g} before"
    same = (old.met, old.flagged) == (new.met, new.flagged)
    same_share = old.earned * new.points == new.earned * old.points
    return ", ".join(filter(None, (worth, "" if worth and same and same_share else new.why)))


def _outline(result: Result) -> tuple[object, ...]:
    verdicts = {graded.name: _verdict(graded) for graded in result.expectations if graded.condition}
    return result.status, result.earned, result.points, result.waiting, verdicts


def _verdict(graded: Graded) -> tuple[object, ...]:
    return graded.met, graded.flagged, round(graded.earned, 6), round(graded.points, 6)


def _environments(runs: Mapping[str, Sequence[Run]]) -> set[Environment | None]:
    return {run.environment and run.environment.law() for own in runs.values() for run in own}
