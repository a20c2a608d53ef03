"""What one pytest process knows of its labs: options, engine, plan, grades.

The controller and the workers of pytest-xdist share this interface. Every
process that runs items has an engine; results travel on the test reports as
plain data to `publisher.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assessment import watching
from assessment.archive import Archive
from assessment.classroom import Classroom, Entry
from assessment.collection import (
    BrokenSpecItem,
    NotGradable,
    QuestionItem,
    asks_for_labs,
    data_directory_option,
    runs_tests,
)
from assessment.errors import AssessmentError, DeviceError
from assessment.execution.devices import choose_devices, visible_gpus
from assessment.execution.news import Wire, news_of
from assessment.execution.options import Forecast, Options
from assessment.execution.progress import Progress
from assessment.execution.requests import RunRequest
from assessment.execution.seeds import read_secret
from assessment.publisher import publisher_of
from assessment.results.record import Result, Run, Status
from assessment.roll import open_classroom, take_classroom

if TYPE_CHECKING:
    from assessment.execution.engine import Engine
    from assessment.execution.referee import Referee

NAME = "assessment-session"


def session_of(config: pytest.Config) -> AssessmentSession:
    """Return the session object of a pytest run."""
    session = config.pluginmanager.get_plugin(NAME)
    assert isinstance(session, AssessmentSession)
    return session


class AssessmentSession:
    """One pytest process."""

    def __init__(self, config: pytest.Config) -> None:
        """Take pytest's configuration.

        Raises:
            pytest.UsageError: an option names what is not there.
        """
        self.config = config
        self.forecast: Forecast | None = None
        self._doubts: list[str] = []
        worker: dict[str, Any] = getattr(config, "workerinput", {})
        self._worker: dict[str, Any] | None = worker.get("assessment")
        self._is_worker = bool(worker)
        self.classroom = self._read_classroom()
        self.archive = Archive(config, self._worker["store"] if self._worker else None)
        self.options = self._read_options()
        self._engine: Engine | None = None
        self._progress = None if self._is_worker else open_progress(config)
        address = self._worker["news"] if self._worker else None
        self._wire = Wire(address) if address else None

    def _read_options(self) -> Options:
        get = self.config.getoption
        folder = data_directory_option(self.config)
        device: str = self._worker["device"] if self._worker else get("assess_device")
        if asks_for_labs(self.config):  # other runs may share the options in an ini file
            if folder is not None and not folder.is_dir():
                raise pytest.UsageError(
                    f"--assess-data {get('assess_data')}: there is no such directory"
                )
            if device not in ("auto", "cpu"):
                _check_device(device)
        return Options(
            data_dir=folder,
            device=device,
            threads=get("assess_threads"),
            trainers=get("assess_trainers"),
            workers=self._worker["workers"] if self._worker else len(get("tx", None) or [0]),
            secret=self._read_secret(),
            strict=get("assess_strict"),
            anyway=get("assess_anyway"),
            classroom=self.classroom,
            private=(*self.archive.private, *self._secret_files()),
            control=get("assess_control"),
            most_epochs=get("assess_epochs"),
            smoke=get("assess_smoke"),
        )

    def _read_classroom(self) -> Classroom:
        if self._worker is not None:
            return take_classroom(self._worker["classroom"])
        if not asks_for_labs(self.config):
            return Classroom()
        try:
            return open_classroom(self.config)
        except AssessmentError as error:
            raise pytest.UsageError(str(error)) from None

    def _secret_files(self) -> list[Path]:
        """Return the file of the course's secret, if one is named."""
        given = self.config.getoption("assess_secret")
        folder = self.config.invocation_params.dir
        return [Path(folder, Path(given).expanduser())] if given else []

    def _read_secret(self) -> bytes | None:
        if not asks_for_labs(self.config):
            return None
        try:
            return next(map(read_secret, self._secret_files()), None)
        except AssessmentError as error:
            raise pytest.UsageError(f"--assess-secret {error}") from None

    @property
    def engine(self) -> Engine:
        """The engine, made when first asked for.

        Raises:
            AssessmentError: the store of finished runs cannot be used.
        """
        if self._engine is None:
            # Only here, so that a pytest run without labs does not pay for NumPy and the like.
            from assessment.execution.engine import Engine
            from assessment.execution.finished import FinishedRuns

            store = self.archive.open()
            finished = FinishedRuns(store, since=self.archive.since, complain=self.archive.complain)
            self._engine = Engine(self.options, finished, self._listen)
        return self._engine

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Plan the runs of the items that were chosen, and start them ahead."""
        items = [item for item in session.items if isinstance(item, QuestionItem)]
        if not items or not runs_tests(self.config):
            return
        self.archive.check()
        chosen = {item.nodeid: item.entry for item in items}
        self.plan(chosen)
        self.engine.start(ahead=not self._is_worker)

    def plan(self, chosen: dict[str, Entry]) -> Forecast:
        """Take the items of this run by node id, and forecast their runs."""
        publisher = publisher_of(self.config)
        if publisher is not None:
            publisher.expect(chosen)
        self.forecast = self.engine.plan(list(chosen.values()))
        if not self._is_worker:
            from assessment.datasets.balance import all_warnings

            trained = [entry.unit.training for entry in chosen.values()]
            names = [training.dataset.name for training in trained if training is not None]
            self._doubts = all_warnings(names, self.options.data_dir)
        if self._progress is not None:
            expected = 0.0 if self.forecast.smoke else self.forecast.seconds
            self._progress.begin(self.forecast.runs, expected, self.forecast.costs)
        return self.forecast

    def watch(self) -> str | None:
        """Show what workers train; returns where they send their news, None where nobody looks."""
        if self._progress is None:
            return None
        known = self.config.pluginmanager.get_plugin(watching.NAME)
        if known is None:
            try:
                known = watching.Watching(self._progress)
            except OSError:
                return None
            self.config.pluginmanager.register(known, watching.NAME)
        address: str = known.address
        return address

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say how many runs are planned and about how long they take here."""
        return self.describe().splitlines() if self.forecast is not None else []

    def describe(self) -> str:
        """Return the line that says what is ahead, and a line for each oddity of the data."""
        assert self.forecast is not None
        doubts = [f"assessment: {doubt}" for doubt in self._doubts]
        return "\n".join([describe(self.forecast, self.archive.shown), *doubts])

    def grade(self, item: QuestionItem) -> Result:
        """Wait for an item's runs and grade it."""
        with self._showing_progress():
            item.fingerprint = self.engine.fingerprint(item.entry)
            result = self.engine.grade(item.entry)
        hook = self.config.hook
        result = hook.pytest_assessment_grade(config=self.config, result=result) or result
        item.user_properties += [
            ("status", result.status),
            ("points", f"{result.earned:g}/{result.points:g}"),
        ]
        return result

    def train(self, requests: Sequence[RunRequest]) -> list[Run]:
        """Wait for the runs that a hand-written test asks for."""
        with self._showing_progress():
            return self.engine.runs_of(requests)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Warm up the jail of the student who comes next, where one item is graded at a time."""
        if not (self._is_worker and runs_tests(self.config)):
            return
        if isinstance(item, QuestionItem) and isinstance(nextitem, QuestionItem):
            mine, following = item.entry.submission, nextitem.entry.submission
            if following is not None and following is not mine:
                self.engine.warm(nextitem.entry)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the result to the report that tells the item's outcome."""
        report = yield
        if isinstance(item, BrokenSpecItem) and report.when == "call":
            report.assessment_broken = str(item.error)  # type: ignore[attr-defined]
        if not isinstance(item, QuestionItem):
            return report
        if report.skipped and item.result is not None:  # by the item, not by this code's line
            path, line, _ = item.reportinfo()
            report.longrepr = (str(path), line + 1, item.result.reason)
        elif report.when == "setup" and call.excinfo is not None:
            if call.excinfo.errisinstance((NotGradable, AssessmentError)):
                report.longrepr = item.repr_failure(call.excinfo)
            if item.result is None:
                item.result = _not_reached(item, report, call.excinfo)
        if report.when == "setup" and item.fingerprint:
            student = item.entry.key[-1]
            report.assessment_fingerprint = [student, sorted(item.fingerprint)]  # type: ignore[attr-defined]
        tells = report.when == "call" or (report.when == "setup" and not report.passed)
        if item.result is not None and tells:
            self.archive.keep(item.result)
            report.assessment = item.result.plain()  # type: ignore[attr-defined]
        if report.when == "teardown":
            item.result = None  # pytest keeps all items, and results of a class are large
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """End what an interrupted session still trains; reports are written at leisure."""
        self.close()
        if self._is_worker:
            told = {"complaints": list(self.archive.complaints)}
            self.config.workeroutput["assessment"] = told  # type: ignore[attr-defined]

    def close(self) -> None:
        """End what still runs."""
        if self._progress is not None:
            self._progress.pause()
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        if self._progress is not None:
            self._progress.close()
        if self._wire is not None:
            self._wire.close()

    @contextmanager
    def _showing_progress(self) -> Iterator[None]:
        if self._progress is None:
            yield
            return
        self._progress.resume()
        try:
            yield
        finally:
            self._progress.pause()

    def _listen(self, request: RunRequest, referee: Referee | None, run: Run | None) -> None:
        if self._progress is not None:
            self._progress.update(news_of(request, referee, run))
        elif self._wire is not None:
            self._wire.send(news_of(request, referee, run))


def describe(forecast: Forecast, store: str) -> str:
    """Return the line that says what is ahead, and what was taken from the store."""
    taken = f", {forecast.taken} taken from {store}" if forecast.taken else ""
    further = ""
    if forecast.most > forecast.runs:
        further = f", up to {forecast.most} where a first one leaves a grade open"
    if not forecast.runs:
        return f"assessment: no runs to make{taken}{further}"
    text = f"assessment: {forecast.runs} run{'s' if forecast.runs > 1 else ''} to make{taken}"
    known = forecast.runs - forecast.unknown
    if forecast.smoke:
        text += ", one step each"
    elif known:
        text += f", about {_duration(forecast.seconds)}"
        if forecast.unknown:
            text += f" for {known} of them"
    threads = f"{forecast.threads} thread{'s' if forecast.threads > 1 else ''} each"
    return f"{text}{further} ({forecast.slots} at once on {forecast.device}, {threads})"


def _check_device(device: str) -> None:
    try:
        choose_devices(device, visible_gpus())
    except DeviceError as error:
        raise pytest.UsageError(str(error)) from None


def _not_reached(
    item: QuestionItem, report: pytest.TestReport, excinfo: pytest.ExceptionInfo[BaseException]
) -> Result:
    """Return the result of an item whose set-up ended before it was graded."""
    classroom = session_of(item.config).classroom
    words = str(excinfo.value).strip().splitlines() or [""]
    if report.skipped:
        return ungraded(item.entry, classroom, "skipped", words[0])
    reason = f"set-up failed: {excinfo.typename}: {words[0]}"
    return ungraded(item.entry, classroom, "not_gradable", reason)


def ungraded(entry: Entry, classroom: Classroom, status: Status, reason: str) -> Result:
    """Return the result of an item that never came to be graded."""
    from assessment.execution.handed_in import attributed
    from assessment.grading.score import Setting, unscored

    result = unscored(entry.unit, Setting(entry.lab_file), status, reason)
    if entry.submission is None:
        return result
    return attributed(result, entry.submission, classroom)


def open_progress(config: pytest.Config) -> Progress | None:
    """Return the live line where standard output is a terminal that nobody asked to be quiet."""
    if not config.pluginmanager.has_plugin("terminal") or config.get_verbosity() < 0:
        return None
    if not sys.stdout.isatty():
        return None
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding)

    def column() -> int:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        return reporter._tw.width_of_current_line if reporter is not None else 0

    return Progress(stream, column)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
