"""What people read of a run: the table, report.html and results.json.

Registered in the process that hears the reports of all tests: the only one, or
the controller of pytest-xdist. `reports/` shows the run just made; a run that
came to nothing - a wrong option, no test chosen - leaves the earlier one.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assessment import interrupts, remarks
from assessment.archive import Archive, chosen_options, machine_of
from assessment.classbook import Classbook
from assessment.collection import asks_for_labs, runs_tests
from assessment.comparing import Comparing
from assessment.home import home_of
from assessment.interrupts import Interrupts
from assessment.remarks import Remarks
from assessment.results.record import Result

if TYPE_CHECKING:
    from assessment.report.figures import Picture
    from assessment.results.document import SessionStatus

NAME = "assessment-publisher"


def publisher_of(config: pytest.Config) -> Publisher | None:
    """Return the publisher of a pytest run; None in a worker of pytest-xdist."""
    found = config.pluginmanager.get_plugin(NAME)
    return found if isinstance(found, Publisher) else None


class Publisher:
    """Collects results and writes them down."""

    def __init__(self, config: pytest.Config) -> None:
        """Take pytest's configuration.

        Raises:
            pytest.UsageError: the directory for reports cannot be used.
        """
        self.config = config
        self.results: dict[str, Result] = {}
        self._order: dict[str, int] = {}
        self._broken: dict[str, str] = {}
        self._heard = False
        self._started = _now()
        self._complaints: list[str] = []
        self._document: dict[str, Any] = {}
        self._folder = Path(home_of(config), Path(config.getoption("assess_reports")).expanduser())
        self._wanted = runs_tests(config) and asks_for_labs(config)
        self._own_page: Path | None = None
        self._comparing = Comparing(config, self._archive)
        self.classbook = self._open_classbook()
        if self._wanted:
            self._open_folder()
            self._ask_for_html()
            config.pluginmanager.register(Interrupts(), interrupts.NAME)
        config.pluginmanager.register(Remarks(config), remarks.NAME)

    def pytest_sessionstart(self) -> None:
        """Look up what this run is to be compared with, before anything is trained."""
        if self._wanted:
            self._comparing.begin()

    def expect(self, nodeids: Sequence[str]) -> None:
        """Take the ids of all graded items that were chosen, in the order of collection."""
        self._order = {nodeid: place for place, nodeid in enumerate(nodeids)}
        if self.classbook is not None:
            self.classbook.expect(nodeids)

    def _open_classbook(self) -> Classbook | None:
        """Return what keeps the pages of a class; None where no class is graded."""
        from assessment.session import session_of

        if not (self._wanted and session_of(self.config).classroom.is_class):
            return None
        return Classbook(self.config, self._folder, self._draw_further)

    def _open_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            reason = "is a file, a directory is wanted"
        except OSError as error:
            reason = f"cannot be made: {error.strerror}"
        else:
            if os.access(self._folder, os.W_OK):
                return
            reason = "cannot be written"
        raise pytest.UsageError(f"--assess-reports {self._folder}: {reason}")

    def _ask_for_html(self) -> None:
        """Let pytest-html write the report where the command line names no other place."""
        option, plugins = self.config.option, self.config.pluginmanager
        if plugins.has_plugin("html") and not plugins.has_plugin("metadata"):  # `-p no:metadata`
            from pytest_metadata.plugin import metadata_key

            self.config.stash[metadata_key] = {}  # which pytest-html reads without asking
        if getattr(option, "htmlpath", "") is None:
            self._own_page = self._folder / "report.html"
            option.htmlpath = str(self._own_page)
            option.self_contained_html = True

    # --- hearing ---------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a graded item, and give pytest-html the details of its row."""
        self._heard = True
        broken = getattr(report, "assessment_broken", None)
        if broken is not None:
            self._broken[report.nodeid.partition("::")[0]] = broken
        fingerprint = getattr(report, "assessment_fingerprint", None)
        if fingerprint is not None and self.classbook is not None:
            self.classbook.fingerprint(*fingerprint)
        plain = getattr(report, "assessment", None)
        if plain is None:
            return
        result = Result.model_validate(plain)
        self.results[report.nodeid] = result
        if self.classbook is not None:  # details are on the students' own pages
            self.results.update(self.classbook.take(report.nodeid, result))
        elif getattr(self.config.option, "htmlpath", None):
            from pytest_html import extras

            from assessment.report.html import row_extra_html

            own = extras.html(row_extra_html(result))
            report.extras = [*getattr(report, "extras", []), own]  # type: ignore[attr-defined]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that there is something to tell."""
        self._heard = self._heard or report.failed

    # --- writing ---------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self) -> None:
        """Say what happens now, which takes a moment."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if self._wanted and self._heard and reporter is not None:
            if reporter._tw.width_of_current_line:
                reporter._tw.line()
            reporter.write_line("writing reports of what is finished", yellow=True)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write results.json, then let pytest-html write its page."""
        if not self._wanted:
            return (yield)
        if not self._heard:
            with _kept(self._own_page):
                outcome = yield
            self._silence_html()
            return outcome
        if self.classbook is not None:
            interrupted = self._status == "interrupted"
            self.results.update(self.classbook.finish(interrupted=interrupted))
        self._write_document()
        if self.results:
            self._archive.end(self._status)
            self._comparing.end(self._in_order())
            if self._comparing.broken and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        try:
            return (yield)
        except OSError as error:  # pytest-html's page
            self._complaints.append(f"{error.filename}: cannot be written: {error.strerror}")
            return None

    def _silence_html(self) -> None:
        """Keep pytest-html from naming a page that it did not write."""
        if self._own_page is None:
            return
        from pytest_html.basereport import BaseReport

        for plugin in self.config.pluginmanager.get_plugins():
            if isinstance(plugin, BaseReport):
                self.config.pluginmanager.unregister(plugin)

    def _write_document(self) -> None:
        from assessment.results.document import write

        path = self._folder / "results.json"
        self._document = self._build_document()
        try:
            write(path, self._document)
        except OSError as error:
            self._complaints.append(f"{path}: cannot be written: {error.strerror}")

    def _build_document(self) -> dict[str, Any]:
        from assessment.results.document import build

        return build(
            self._in_order(),
            machine_of(self.config),
            started=self._started,
            finished=_now(),
            status=self._status,
            options=chosen_options(self.config),
            broken=self._broken,
            **self._about_class,
        )

    @property
    def _about_class(self) -> dict[str, Any]:
        """Who of a class is absent, and whose work is much alike; nothing where there is none."""
        book = self.classbook
        return {} if book is None else {"absent": book.absent, "similar": book.similar}

    @property
    def _status(self) -> SessionStatus:
        if self.config.getoption("assess_smoke"):
            return "smoke"
        if len(self.results) < len(self._order):
            return "interrupted"
        short = any(result.status == "shortened" for result in self.results.values())
        return "shortened" if short else "complete"

    @property
    def _archive(self) -> Archive:
        from assessment.session import session_of

        return session_of(self.config).archive

    def _in_order(self) -> list[Result]:
        """Return the results in the order of collection, whichever worker was first."""
        last = len(self._order)
        ids = sorted(self.results, key=lambda nodeid: self._order.get(nodeid, last))
        return [self.results[nodeid] for nodeid in ids]

    def _grouped(self) -> list[Result]:
        """Return the results under the headings that hooks give them, for the table alone."""
        hook = self.config.hook
        found = []
        for result in self._in_order():
            heading = hook.pytest_assessment_group(config=self.config, result=result)
            found.append(result.model_copy(update={"lab": heading}) if heading else result)
        return found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the table of results."""
        if self.results:
            from assessment.report.table import WIDTH, write_table

            terminalreporter.section("assessment")
            writer = terminalreporter._tw
            width = writer.fullwidth if terminalreporter.isatty else WIDTH
            write_table(writer, self._grouped(), width=width, **self._about_class)
            for line in self._missing_specs():
                terminalreporter.write_line(line, red=True)
            self._comparing.tell(terminalreporter, width)
        missing = len(self._order) - len(self.results)
        if self._heard and missing > 0:
            reached = f"{len(self.results)} of {len(self._order)} items were reached"
            terminalreporter.write_line(f"interrupted: {reached}", yellow=True)
        told = [] if self.classbook is None else self.classbook.complaints
        for complaint in (*self._archive.complaints, *self._complaints, *told):
            terminalreporter.write_line(complaint, red=True)

    # --- pytest-html -----------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the report after what it shows."""
        if self._wanted:
            report.title = "Assessment report"

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the columns of graded items."""
        if self._wanted:
            from assessment.report.html import class_header_cells, header_cells

            if self.classbook is not None:
                cells[:] = class_header_cells(cells)
            else:
                cells[2:2] = header_cells()

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Fill the columns of graded items, empty ones for other tests; escape the test's id."""
        if self._wanted:
            from assessment.report.html import row_cells

            result = self.results.get(report.nodeid)
            if self.classbook is not None:
                cells[:] = self.classbook.row(cells, result, report.nodeid)
                return
            graded = result is not None and report.when == "setup"  # the only row of its item
            plain = report.when == "call" or graded
            shown = report.nodeid if plain else f"{report.nodeid}::{report.when}"
            cells[1] = f'<td class="col-testId">{escape(shown)}</td>'
            cells[2:2] = row_cells(result)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        """Say why an item was skipped in words, without the tuple that pytest keeps it in."""
        if report.nodeid in self.results and self.classbook is not None:
            data[:] = self.classbook.row_log(self.results[report.nodeid])
        elif report.nodeid in self.results and isinstance(report.longrepr, tuple):
            data[:1] = [f"{escape(str(report.longrepr[2]))}\n"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the graded report above pytest-html's table."""
        if not (self._wanted and self._heard):
            return
        from assessment.report.html import summary_html

        lines = "".join(
            f'<p class="as-banner">{escape(line)}</p>' for line in self._missing_specs()
        )
        if lines:
            prefix.append(f'<div class="as-report">{lines}</div>')
        results, document = self._in_order(), self._document
        if self.classbook is not None:
            prefix.append(self.classbook.summary(results, document))
        else:
            prefix.append(summary_html(results, document, self._draw_further))

    def _draw_further(self, results: Sequence[Result]) -> list[Picture]:
        """Return the figures that hooks have for one question."""
        hook = self.config.hook
        drawn = hook.pytest_assessment_figures(config=self.config, results=results)
        return [picture for pictures in drawn for picture in pictures or ()]

    def _missing_specs(self) -> list[str]:
        """Say which spec files are not in the totals."""
        return [f"{spec} has mistakes: none of its questions is counted" for spec in self._broken]


@contextmanager
def _kept(page: Path | None) -> Iterator[None]:
    """Leave a page, or its absence, as it was before the block."""
    earlier = page.read_bytes() if page is not None and page.is_file() else None
    yield
    if page is None:
        return
    if earlier is not None:
        page.write_bytes(earlier)
        return
    page.unlink(missing_ok=True)
    with suppress(OSError):  # other things may lie there
        page.parent.rmdir()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
