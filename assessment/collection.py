"""Spec files become pytest items: one for each question, or each variant of one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from assessment.catalogue import load_lab
from assessment.classroom import Entry
from assessment.errors import AssessmentError, SpecError
from assessment.results.record import Result, Run
from assessment.spec.lab import TrainingQuestion

SPEC_SUFFIXES = (".yaml", ".yml")

FRAME = re.compile(r'  File "(?P<file>[^"]*)", line \d+')
"""First line of a frame in a traceback."""
TRACEBACK = "Traceback (most recent call last):"
HARNESS = tuple(
    str(Path(__file__).parent / room) + os.sep for room in ("boundary", "sandbox", "training")
)
"""Folders whose frames tell nothing about a solution."""
OUTPUT_LINES = 12
"""Lines of a failed run's output that are shown."""

LOOKING = (
    "collectonly",
    "setuponly",
    "help",
    "version",
    "markers",
    "showfixtures",
    "show_fixtures_per_test",
    "cacheshow",
)
"""Options under which pytest runs no test."""


class PointsLost(Exception):
    """Some automatic points were not earned."""


class NotGradable(Exception):
    """The harness or the machine could not grade the item: never a zero; the text says why."""


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


def runs_tests(config: pytest.Config) -> bool:
    """Tell whether pytest will run what it collects."""
    return not any(getattr(config.option, name, False) for name in LOOKING)


def data_directory_option(config: pytest.Config) -> Path | None:
    """Return what `--assess-data` names, seen from where pytest was started."""
    given = config.getoption("assess_data")
    return Path(config.invocation_params.dir, Path(given).expanduser()) if given else None


def asks_for_labs(config: pytest.Config) -> bool:
    """Tell from the command line's paths whether spec files will be collected."""
    return any(True for _ in spec_files(config))


def spec_files(config: pytest.Config) -> Iterator[Path]:
    """Yield the spec files that the command line's paths ask for."""
    patterns = config.getini("assess_files")
    for argument in config.args:
        path = Path(config.invocation_params.dir, str(argument).partition("::")[0])
        if path.is_dir():
            for file in _yaml_below(path, config.getini("norecursedirs")):
                if is_spec(file, patterns, config.rootpath, named=False):
                    yield file
        elif is_spec(path, patterns, config.rootpath, named=True):
            yield path


def _yaml_below(folder: Path, skipped: Iterable[str]) -> Iterator[Path]:
    """Yield the YAML files that pytest will come across."""
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not any(fnmatch(name, pattern) for pattern in (*skipped, "__pycache__"))
            and not os.path.exists(f"{place}/{name}/pyvenv.cfg")  # noqa: PTH110 - many of them
        ]
        yield from (Path(place, name) for name in names if name.endswith(SPEC_SUFFIXES))


class SpecFile(pytest.File):
    """One spec file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item a unit; one failing item where the file is broken."""
        try:
            lab_file = load_lab(self.path, data_directory_option(self.config))
        except SpecError as error:
            yield BrokenSpecItem.from_parent(self, name="spec", error=error)
            return
        from assessment.session import session_of

        classroom = session_of(self.config).classroom
        for name, entry in classroom.entries(lab_file).items():
            yield QuestionItem.from_parent(self, name=name, callobj=_assess, entry=entry)


class BrokenSpecItem(pytest.Item):
    """Stands for a spec file that cannot be used, so that the others still run."""

    def __init__(self, *, error: SpecError, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error = error
        self.add_marker("assessment")

    def runtest(self) -> None:
        """Fail with all problems of the file."""
        raise self.error

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the problems themselves; how many, and the first, in the short summary."""
        first, *others = self.error.problems
        message = ": ".join(part for part in (first.field, first.message) if part)
        if others:
            message = f"{1 + len(others)} mistakes, the first: {message}"
        return shown(self.path, first.line or 1, message, str(self.error))

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

    def __init__(self, *, entry: Entry, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.entry = entry
        self.unit = unit = entry.unit
        self.result: Result | None = None
        self.fingerprint: frozenset[str] = frozenset()
        """What the code of a class's student is like, at the student's first item."""
        self.add_marker("assessment")
        self.extra_keyword_matches.update({self.path.stem, unit.question.kind})
        if isinstance(unit.question, TrainingQuestion) and unit.training is not None:
            self.extra_keyword_matches.add(unit.training.dataset.name)

    def setup(self) -> None:
        """Train what the item needs and is not trained yet."""
        super().setup()
        if self.config.option.setuponly:
            return
        from assessment.session import session_of

        self.result = session_of(self.config).grade(self)
        if self.result.status == "not_gradable":
            raise NotGradable(self.result.reason)
        if self.result.status == "skipped":
            pytest.skip(self.result.reason)

    def judge(self, result: Result) -> None:
        """Pass when every automatic point was earned; of a class, when it could be graded."""
        if result.status in ("waiting", "shortened"):
            pytest.skip(result.reason)
        if result.status == "smoke":
            return
        if result.submission is not None and not result.submission.practice:
            self._judge_grade(result)
            return
        if result.status != "scored" or result.earned < result.points - 1e-9:
            raise PointsLost

    def _judge_grade(self, result: Result) -> None:
        """Pass whatever the points, unless somebody asked for a least share of them."""
        least = self.config.getoption("assess_fail_under")
        if least is not None and 100 * result.earned < least * result.points - 1e-9:
            raise PointsLost

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return lines of grading instead of a traceback."""
        if excinfo.errisinstance(PointsLost) and self.result is not None:
            lines, details = losses(self.result), output_tail(self.result.runs)
        elif excinfo.errisinstance((NotGradable, AssessmentError)):
            lines, details = [f"not gradable: {excinfo.value}"], []
        else:
            return super().repr_failure(excinfo)
        place = self.nodeid.partition("::")[0]
        text = [f"{place}:{self._line() + 1}: {line}" for line in lines]
        text += [f"    {line}" for line in details]
        return shown(Path(place), self._line() + 1, "; ".join(lines), "\n".join(text))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the question's place in its spec file."""
        return self.path, self._line(), self.name

    def _line(self) -> int:
        return self.entry.lab_file.lines.get(self.unit.id, 1) - 1


def losses(result: Result) -> list[str]:
    """Return one line for every reason why points were lost."""
    if result.status != "scored":
        from assessment.report.text import STATUS_WORDS

        word = STATUS_WORDS[result.status]
        return [f"{word}: {result.reason} (0 of {result.points:g} points)"]
    return [
        f"{graded.why} ({graded.earned:g} of {graded.points:g} points)"
        for graded in result.expectations
        if graded.earned < graded.points - 1e-9
    ]


def output_tail(runs: Sequence[Run]) -> list[str]:
    """Return the last lines that the first failed run printed, without frames of the harness."""
    failed = next((run for run in runs if run.outcome != "scored"), None)
    if failed is None:
        return []
    kept: list[str] = []
    ours = False
    for line in failed.output.splitlines():
        if frame := FRAME.match(line):
            ours = frame["file"].startswith(HARNESS) or "/torch/nn/modules/module.py" in line
        elif not line.startswith("    "):
            ours = False
        if line.strip() and not ours:
            kept.append(line)
    if not any(FRAME.match(line) for line in kept):  # then the reason says all there is to say
        kept = [line for line in kept if failed.reason not in line and line != TRACEBACK]
    return kept[-OUTPUT_LINES:]


def shown(path: Path, line: int, message: str, text: str) -> Any:
    """Return what pytest prints for a failure: `text`, and `message` in its short summary.

    Made of pytest's own classes, since pytest-xdist carries no others.
    """
    from _pytest._code.code import (
        ReprEntryNative,
        ReprExceptionInfo,
        ReprFileLocation,
        ReprTraceback,
    )

    entries = [ReprEntryNative([f"{text}\n"])]
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback(entries, None, style="native"),
        reprcrash=ReprFileLocation(str(path), line, message),
    )
