"""What one pytest process knows of its labs: engine, results, report.

The controller and the workers of pytest-xdist share this interface. Every
process that runs items has an engine; results travel on the test reports as
plain data; the process that hears all reports writes them down.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assessment.collection import NotGradable, QuestionItem, is_spec
from assessment.errors import AssessmentError
from assessment.execution.devices import visible_gpus
from assessment.execution.engine import Engine, Forecast, Options
from assessment.execution.progress import Progress
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest
from assessment.results.record import Result, Run
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit

NAME = "assessment-session"


def session_of(config: pytest.Config) -> AssessmentSession:
    """Return the session object of a pytest run."""
    session = config.pluginmanager.get_plugin(NAME)
    assert isinstance(session, AssessmentSession)
    return session


def asks_for_labs(config: pytest.Config) -> bool:
    """Tell from the command line's paths whether spec files will be collected."""
    patterns = config.getini("assess_files")
    for argument in config.args:
        path = Path(config.invocation_params.dir, str(argument).partition("::")[0])
        if path.is_dir():
            found = [*path.glob("*.y*ml"), *path.glob("*/*.y*ml")]
            if any(is_spec(file, patterns, config.rootpath, named=False) for file in found):
                return True
        elif is_spec(path, patterns, config.rootpath, named=True):
            return True
    return False


class AssessmentSession:
    """One pytest process."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.results: dict[str, Result] = {}
        self.forecast: Forecast | None = None
        self.planned_items = 0
        self._engine: Engine | None = None
        self._started = _now()
        worker: dict[str, Any] = getattr(config, "workerinput", {})
        self._worker: dict[str, Any] | None = worker.get("assessment")
        self._is_worker = bool(worker)
        self._reports = Path(config.rootpath, config.getoption("assess_reports"))
        self._progress = None if self._is_worker else _open_progress(config)
        self._wants_report = (
            not self._is_worker and not config.option.collectonly and asks_for_labs(config)
        )
        if self._wants_report:
            self._ask_for_html()

    # --- options ---------------------------------------------------------------------------------

    @property
    def options(self) -> Options:
        """What the command line, or the controller, says about execution."""
        get = self.config.getoption
        data = get("assess_data")
        return Options(
            data_dir=Path(self.config.invocation_params.dir, data) if data else None,
            device=self._worker["device"] if self._worker else get("assess_device"),
            threads=get("assess_threads"),
            trainers=get("assess_trainers"),
            workers=self._worker["workers"] if self._worker else len(get("tx", None) or [0]),
            anyway=get("assess_anyway"),
            smoke=get("assess_smoke"),
        )

    @property
    def engine(self) -> Engine:
        """The engine, made when first asked for."""
        if self._engine is None:
            share = Path(self._worker["share"]) if self._worker else None
            self._engine = Engine(self.options, share, self._listen)
        return self._engine

    def _ask_for_html(self) -> None:
        """Let pytest-html write the report where the command line names no other place."""
        option = self.config.option
        try:
            self._reports.mkdir(parents=True, exist_ok=True)
            writable = os.access(self._reports, os.W_OK)
        except OSError as error:
            raise pytest.UsageError(
                f"--assess-reports {self._reports}: cannot be made: {error.strerror}"
            ) from None
        if not writable:
            raise pytest.UsageError(f"--assess-reports {self._reports}: cannot be written")
        if getattr(option, "htmlpath", "") is None:
            option.htmlpath = str(self._reports / "report.html")
            option.self_contained_html = True

    # --- the run ---------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Plan the runs of the items that were chosen, and start them ahead."""
        items = [item for item in session.items if isinstance(item, QuestionItem)]
        self.planned_items = len(items)
        if not items or self.config.option.collectonly:
            return
        try:
            self.plan([(item.lab_file, item.unit) for item in items])
        except AssessmentError as error:
            raise pytest.UsageError(str(error)) from None
        self.engine.start(ahead=not self._is_worker)

    def plan(self, items: list[tuple[LabFile, Unit]]) -> Forecast:
        """Take the items of this run and forecast their runs."""
        self.forecast = self.engine.plan(items)
        if self._progress is not None:
            self._progress.begin(self.forecast.runs, self.forecast.seconds)
        return self.forecast

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say how many runs are planned and about how long they take here."""
        return [describe(self.forecast)] if self.forecast is not None else []

    def grade(self, item: QuestionItem) -> Result:
        """Wait for an item's runs and grade it."""
        if self._progress is not None:
            self._progress.resume()
        try:
            result = self.engine.grade(item.lab_file, item.unit)
        finally:
            if self._progress is not None:
                self._progress.pause()
        item.user_properties += [
            ("status", result.status),
            ("points", f"{result.earned:g}/{result.points:g}"),
        ]
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the result to the report that tells the item's outcome."""
        report = yield
        if call.excinfo is not None and isinstance(item, QuestionItem) and report.when == "setup":
            if call.excinfo.errisinstance((NotGradable, AssessmentError)):
                report.longrepr = item.repr_failure(call.excinfo)
        result = getattr(item, "result", None)
        tells = report.when == "call" or (report.when == "setup" and not report.passed)
        if result is not None and tells:
            report.assessment = result.plain()  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep results, and give pytest-html the details of the row."""
        plain = getattr(report, "assessment", None)
        if plain is None or self._is_worker:
            return
        result = Result.model_validate(plain)
        self.results[report.nodeid] = result
        if getattr(self.config.option, "htmlpath", None):
            from pytest_html import extras

            from assessment.report.html import row_extra_html

            own = extras.html(row_extra_html(result))
            report.extras = [*getattr(report, "extras", []), own]  # type: ignore[attr-defined]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Write results.json before pytest-html writes its page."""
        if self._progress is not None:
            self._progress.pause()
        if self.results and not self._is_worker:
            self._write_document()

    def close(self) -> None:
        """End what still runs."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    # --- what people read ------------------------------------------------------------------------

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the table of results."""
        if not self.results:
            return
        from assessment.report.table import write_table

        terminalreporter.section("assessment")
        write_table(terminalreporter._tw, list(self.results.values()))

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the columns of graded items."""
        if self._wants_report:
            from assessment.report.html import header_cells

            cells[2:2] = header_cells()

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Fill the columns of graded items; other tests get empty cells."""
        if self._wants_report:
            from assessment.report.html import row_cells

            cells[2:2] = row_cells(self.results.get(report.nodeid))

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the graded report above pytest-html's table."""
        if self.results:
            from assessment.report.html import summary_html

            prefix.append(summary_html(list(self.results.values()), self._document()))

    def _document(self) -> dict[str, Any]:
        from assessment.results.document import build
        from assessment.results.machine import describe_machine

        smoke = self.config.getoption("assess_smoke")
        whole = len(self.results) >= self.planned_items
        return build(
            list(self.results.values()),
            describe_machine([gpu.name for gpu in visible_gpus()]),
            started=self._started,
            finished=_now(),
            status="smoke" if smoke else "complete" if whole else "interrupted",
            options={
                name: value
                for name, value in sorted(vars(self.config.option).items())
                if name.startswith("assess_") and value not in (None, False)
            },
        )

    def _write_document(self) -> None:
        from assessment.results.document import write

        path = self._reports / "results.json"
        try:
            self._reports.mkdir(parents=True, exist_ok=True)
            write(path, self._document())
        except OSError as error:
            self.config.issue_config_time_warning(
                pytest.PytestWarning(f"{path}: cannot be written: {error.strerror}"), stacklevel=2
            )

    def _listen(self, request: RunRequest, referee: Referee | None, run: Run | None) -> None:
        if self._progress is not None:
            self._progress.update(request, referee, run)


def describe(forecast: Forecast) -> str:
    """Return the line that says what is ahead."""
    if not forecast.runs:
        return "assessment: no runs to make"
    text = f"assessment: {forecast.runs} runs to make"
    known = forecast.runs - forecast.unknown
    if forecast.smoke:
        text += ", one step each"
    elif known:
        text += f", about {_duration(forecast.seconds)}"
        if forecast.unknown:
            text += f" for {known} of them"
    threads = f"{forecast.threads} thread{'s' if forecast.threads > 1 else ''} each"
    return f"{text} ({forecast.slots} at once on {forecast.device}, {threads})"


def _open_progress(config: pytest.Config) -> Progress | None:
    """Return the live line where standard output is a terminal that nobody asked to be quiet."""
    if config.option.verbose < 0 or not sys.stdout.isatty():
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
