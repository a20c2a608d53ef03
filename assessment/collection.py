"""Spec files become pytest items: one for each question, or each variant of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from assessment.catalogue import load_lab
from assessment.errors import AssessmentError
from assessment.results.record import Result
from assessment.spec.lab import TrainingQuestion
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit, units

SPEC_SUFFIXES = (".yaml", ".yml")


class PointsLost(Exception):  # noqa: N818 - not an error: the item's grade
    """Some automatic points were not earned; the text is one line for each expectation."""


class NotGradable(Exception):  # noqa: N818 - not the solution's error
    """The harness or the machine could not grade the item: never a zero."""


class BrokenSpec(Exception):  # noqa: N818 - the text is the whole report
    """The spec file has problems; the text lists all of them."""


def is_spec(path: Path, patterns: Iterable[str], root: Path, *, named: bool) -> bool:
    """Tell whether a file is a spec: named on the command line, or matched by `assess_files`."""
    if path.suffix not in SPEC_SUFFIXES:
        return False
    if named:
        return True
    relative = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return any(
        fnmatch(relative, pattern) or fnmatch(relative, f"*/{pattern}") for pattern in patterns
    )


class SpecFile(pytest.File):
    """One spec file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item a unit; one failing item where the file is broken."""
        try:
            lab_file = load_lab(self.path)
        except AssessmentError as error:
            yield BrokenSpecItem.from_parent(self, name="spec", problems=str(error))
            return
        for unit in units(lab_file.lab).values():
            yield QuestionItem.from_parent(
                self, name=unit.id, callobj=_assess, lab_file=lab_file, unit=unit
            )


class BrokenSpecItem(pytest.Item):
    """Stands for a spec file that cannot be used, so that the others still run."""

    def __init__(self, *, problems: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.problems = problems
        self.add_marker("assessment")

    def runtest(self) -> None:
        """Fail with all problems of the file."""
        raise BrokenSpec(self.problems)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Return the problems themselves."""
        return self.problems

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the item stands."""
        return self.path, 0, self.name


def _assess(request: pytest.FixtureRequest) -> None:
    """Compare what was trained during set-up with what is expected."""
    item = request.node
    assert isinstance(item, QuestionItem)
    assert item.result is not None
    item.judge(item.result)


class QuestionItem(pytest.Function):
    """One question, or one variant of it.

    Set-up obtains the runs, so that what prevents grading is an error and not a
    failure; the call grades.
    """

    def __init__(self, *, lab_file: LabFile, unit: Unit, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lab_file = lab_file
        self.unit = unit
        self.result: Result | None = None
        self.add_marker("assessment")
        self.extra_keyword_matches.update({self.path.stem, unit.question.kind})
        if isinstance(unit.question, TrainingQuestion) and unit.training is not None:
            self.extra_keyword_matches.add(unit.training.dataset.name)

    def setup(self) -> None:
        """Train what the item needs and is not trained yet."""
        super().setup()
        from assessment.session import session_of

        self.result = session_of(self.config).grade(self)
        if self.result.status == "not_gradable":
            raise NotGradable(self.result.reason)
        if self.result.status == "skipped":
            pytest.skip(self.result.reason)

    def judge(self, result: Result) -> None:
        """Pass when every automatic point was earned."""
        if result.status == "waiting":
            pytest.skip(result.reason)
        if result.status == "smoke":
            return
        if result.earned < result.points - 1e-9:
            raise PointsLost

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return lines of grading instead of a traceback."""
        place = f"{self._relative_path()}:{self._line() + 1}"
        if excinfo.errisinstance(PointsLost) and self.result is not None:
            return "\n".join(f"{place}: {line}" for line in losses(self.result))
        if excinfo.errisinstance((NotGradable, AssessmentError)):
            return f"{place}: not gradable: {excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the question's place in its spec file."""
        return self.path, self._line(), self.name

    def _line(self) -> int:
        return self.lab_file.lines.get(self.unit.id, 1) - 1

    def _relative_path(self) -> str:
        return self.nodeid.partition("::")[0]


def losses(result: Result) -> list[str]:
    """Return one line for every reason why points were lost."""
    if result.status != "scored":
        lines = [f"{result.status.replace('_', ' ')}: {result.reason}"]
        lines += [f"  {line}" for line in _output_tail(result)]
        return lines
    return [
        f"{graded.why} ({graded.earned:g} of {graded.points:g} points)"
        for graded in result.expectations
        if graded.earned < graded.points - 1e-9
    ]


def _output_tail(result: Result) -> list[str]:
    output = next((run.output for run in result.runs if run.outcome != "scored"), "")
    return [line for line in output.splitlines() if line.strip()][-12:]
