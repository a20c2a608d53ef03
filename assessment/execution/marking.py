"""One item graded: what its kind of question takes, run by the trainers, judged by `grading`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from assessment.execution.checkpoints import grade_checkpoint
from assessment.execution.functions import grade_function
from assessment.execution.plan import Planned
from assessment.execution.reading import ReadingRequest
from assessment.execution.requests import RunRequest
from assessment.execution.trainers import Request
from assessment.grading.score import Setting, score, shortened, smoke, unscored, wanted
from assessment.results.isolation import LimitsBy
from assessment.results.record import Result, Run
from assessment.spec.lab import (
    AnswerQuestion,
    CheckpointQuestion,
    FunctionQuestion,
    WrittenQuestion,
)


class Source(Protocol):
    """Where runs come from."""

    @property
    def data_dir(self) -> Path:
        """Directory of the data sets."""
        ...

    def collect(self, requests: Mapping[str, Sequence[RunRequest]]) -> dict[str, list[Run]]:
        """Wait for the runs of some units, by unit id."""
        ...

    def submit(self, request: Request) -> Future[Any]:
        """Ask for something that somebody waits for."""
        ...

    def weights(self, request: RunRequest) -> Path | str:
        """Return the file of a run's final state, or why there is none."""
        ...


class _Watching:
    """A source that notes who watched the jails of what it gave."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._asked: list[Future[Any]] = []
        self._runs: list[Run] = []

    @property
    def data_dir(self) -> Path:
        return self._source.data_dir

    def collect(self, requests: Mapping[str, Sequence[RunRequest]]) -> dict[str, list[Run]]:
        found = self._source.collect(requests)
        self._runs += chain.from_iterable(found.values())
        return found

    def submit(self, request: Request) -> Future[Any]:
        self._asked.append(self._source.submit(request))
        return self._asked[-1]

    def weights(self, request: RunRequest) -> Path | str:
        return self._source.weights(request)

    @property
    def limits_by(self) -> LimitsBy | None:
        told = [run.evidence.limits_by for run in self._runs if run.evidence is not None]
        told += [asked.result().attempt.limits_by for asked in self._asked if asked.done()]
        return next(filter(None, told), None)


def mark(
    item: Planned, setting: Setting, source: Source, *, damage: str | None, one_step: bool
) -> tuple[Result, LimitsBy | None]:
    """Grade a planned item.

    Args:
        item: what is graded.
        setting: what it is graded with.
        source: has its runs.
        damage: why the lab's calibration file cannot be read, where it cannot.
        one_step: a smoke run.

    Returns:
        the result, and who watched the jails in which a submission was run for it.
    """
    watching = _Watching(source)
    result = _mark(item, setting, watching, damage=damage, one_step=one_step)
    return result, watching.limits_by


def _mark(
    item: Planned, setting: Setting, source: Source, *, damage: str | None, one_step: bool
) -> Result:
    unit, question = item.unit, item.unit.question
    if item.work is not None and isinstance(question, AnswerQuestion | WrittenQuestion):
        read = source.submit(ReadingRequest(item.work, item.lab_file.lab)).result()
        if read.attempt.outcome != "scored":
            return unscored(unit, setting, read.attempt.outcome, read.attempt.reason)
        return score(unit, replace(setting, answers=read.answers, untold=read.untold), {})
    if isinstance(question, FunctionQuestion):
        result = grade_function(unit, setting, source.data_dir, source.submit, item.work)
        if not one_step or result.status != "scored":
            return result
        if all(graded.value is None for graded in result.expectations):
            return unscored(unit, setting, "invalid", result.expectations[0].why)
        return unscored(unit, setting, "smoke", "called; nothing is graded")
    runs = source.collect({name: item.at_first(name) for name in item.runs})
    if isinstance(question, CheckpointQuestion):
        request = item.runs[question.of][0]
        weights = source.weights(request)
        result = grade_checkpoint(
            unit,
            setting,
            request,
            runs[question.of],
            weights,
            source.submit,
            request.work,
            smoke=one_step,
        )
        if result.status != "scored" or not (one_step or item.shortened):
            return result
        if item.shortened:
            return unscored(unit, setting, "shortened", item.shortened)
        return unscored(unit, setting, "smoke", "loaded; nothing is graded")
    if one_step:
        return smoke(unit, setting, runs)
    if item.shortened:
        return shortened(unit, setting, runs, item.shortened)
    if damage is not None and _uses_bands(item):
        return unscored(unit, setting, "not_gradable", damage, runs.get(unit.id, ()))
    while missing := [name for name in wanted(unit, setting, runs) if name in item.runs]:
        runs |= source.collect({name: item.runs[name] for name in missing})
    return score(unit, setting, runs)


def _uses_bands(item: Planned) -> bool:
    """Tell whether grading an item, or what it depends on, takes reference runs."""
    expectations = (graded for unit in item.needed for graded in unit.expect.values())
    return any(getattr(graded, "band", None) == "calibrated" for graded in expectations)
