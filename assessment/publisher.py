"""What people read of a run: the table, report.html and results.json.

Registered in the process that hears the reports of all tests: the only one, or
the controller of pytest-xdist. `reports/` shows the run just made; a run that
came to nothing - a wrong option, no test chosen - leaves the earlier one.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assessment import html_page, interrupts, remarks
from assessment.archive import Archive, chosen_options, machine_of
from assessment.classbook import Classbook
from assessment.collection import asks_for_labs, runs_tests
from assessment.comparing import Comparing
from assessment.home import home_of
from assessment.html_page import HtmlPage
from assessment.interrupts import Interrupts
from assessment.remarks import Remarks
from assessment.results.record import Result

if TYPE_CHECKING:
    from assessment.classroom import Entry
    from assessment.report.figures import Picture
    from assessment.results.document import SessionStatus

NAME = "assessment-publisher"

UNREACHED = "the run ended before this item was reached"


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
        """Of the items that were heard of, by node id."""
        self.heard = False
        """Whether there is anything to report."""
        self.document: dict[str, Any] = {}
        """What results.json holds, once it is written."""
        self._chosen: Mapping[str, Entry] = {}
        self._unreached: dict[str, Result] = {}
        self._broken: dict[str, str] = {}
        self._started = _now()
        self._complaints: list[str] = []
        self._page: HtmlPage | None = None
        self._folder = Path(home_of(config), Path(config.getoption("assess_reports")).expanduser())
        self._wanted = runs_tests(config) and asks_for_labs(config)
        self._comparing = Comparing(config, self._archive)
        self.classbook = self._open_classbook()
        if self._wanted:
            self._open_folder()
            self._page = HtmlPage(config, self, self._folder)
            config.pluginmanager.register(self._page, html_page.NAME)
            config.pluginmanager.register(Interrupts(), interrupts.NAME)
        config.pluginmanager.register(Remarks(config), remarks.NAME)

    def pytest_sessionstart(self) -> None:
        """Look up what this run is to be compared with, before anything is trained."""
        if self._wanted:
            self._comparing.begin()

    def expect(self, chosen: Mapping[str, Entry]) -> None:
        """Take all graded items that were chosen, by id, in the order of collection."""
        self._chosen = chosen
        if self.classbook is not None:
            self.classbook.expect(chosen)

    def _open_classbook(self) -> Classbook | None:
        """Return what keeps the pages of a class; None where no class is graded."""
        from assessment.session import session_of

        if not (self._wanted and session_of(self.config).classroom.is_class):
            return None
        return Classbook(self.config, self._folder, self.draw_further)

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

    # --- hearing ---------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a graded item, and give pytest-html the details of its row."""
        self.heard = True
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
            del report.assessment  # pytest keeps all reports
        elif self._page is not None:
            self._page.detail(report, result)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that there is something to tell."""
        self.heard = self.heard or report.failed

    # --- writing ---------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self) -> None:
        """Say what happens now, which takes a moment."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if self._wanted and self.heard and reporter is not None:
            if reporter._tw.width_of_current_line:
                reporter._tw.line()
            reporter.write_line("writing reports of what is finished", yellow=True)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write results.json, then let pytest-html write its page."""
        if self._page is None:
            return (yield)
        if not self.heard:
            with self._page.kept():
                return (yield)
        if self.classbook is not None:
            if self._status == "interrupted":
                self._unreached = self._name_unreached()
            self.results.update(self.classbook.finish(self._unreached))
        self._write_document()
        if self.results:
            self._archive.end(self._status)
            self._comparing.end(self._ordered(self.results))
            if self._comparing.broken and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        try:
            return (yield)
        except OSError as error:  # pytest-html's page
            self._complaints.append(f"{error.filename}: cannot be written: {error.strerror}")
            return None

    def _write_document(self) -> None:
        from assessment.results.document import write

        path = self._folder / "results.json"
        self.document = self._build_document()
        try:
            write(path, self.document)
        except OSError as error:
            self._complaints.append(f"{path}: cannot be written: {error.strerror}")

    def _build_document(self) -> dict[str, Any]:
        from assessment.results.document import build

        return build(
            self.in_order(),
            machine_of(self.config),
            started=self._started,
            finished=_now(),
            status=self._status,
            options=chosen_options(self.config),
            broken=self._broken,
            **self._about_class,
        )

    def _name_unreached(self) -> dict[str, Result]:
        """Return a result for each item that nobody came to, so that no student is missing."""
        from assessment.session import session_of, ungraded

        classroom = replace(session_of(self.config).classroom, isolation=None)  # nothing was opened
        return {
            nodeid: ungraded(entry, classroom, "not_gradable", UNREACHED)
            for nodeid, entry in self._chosen.items()
            if nodeid not in self.results
        }

    @property
    def _about_class(self) -> dict[str, Any]:
        """Who of a class is absent, and whose work is much alike; nothing where there is none."""
        book = self.classbook
        return {} if book is None else {"absent": book.absent, "similar": book.similar}

    @property
    def _status(self) -> SessionStatus:
        if self.config.getoption("assess_smoke"):
            return "smoke"
        if len(self.results) < len(self._chosen):
            return "interrupted"
        short = any(result.status == "shortened" for result in self.results.values())
        return "shortened" if short else "complete"

    @property
    def _archive(self) -> Archive:
        from assessment.session import session_of

        return session_of(self.config).archive

    def in_order(self) -> list[Result]:
        """Return the results in the order of collection, whichever worker was first."""
        return self._ordered(self._unreached | self.results)

    def _ordered(self, found: Mapping[str, Result]) -> list[Result]:
        order = {nodeid: place for place, nodeid in enumerate(self._chosen)}
        ids = sorted(found, key=lambda nodeid: order.get(nodeid, len(order)))
        return [found[nodeid] for nodeid in ids]

    def _grouped(self) -> list[Result]:
        """Return the results under the headings that hooks give them, for the table alone."""
        hook = self.config.hook
        found = []
        for result in self.in_order():
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
            for line in self.missing_specs():
                terminalreporter.write_line(line, red=True)
            self._comparing.tell(terminalreporter, width)
        missing = len(self._chosen) - len(self.results)
        if self.heard and missing > 0:
            reached = f"{len(self.results)} of {len(self._chosen)} items were reached"
            terminalreporter.write_line(f"interrupted: {reached}", yellow=True)
        told = [] if self.classbook is None else self.classbook.complaints
        for complaint in (*self._archive.complaints, *self._complaints, *told):
            terminalreporter.write_line(complaint, red=True)

    def draw_further(self, results: Sequence[Result]) -> list[Picture]:
        """Return the figures that hooks have for one question."""
        hook = self.config.hook
        drawn = hook.pytest_assessment_figures(config=self.config, results=results)
        return [picture for pictures in drawn for picture in pictures or ()]

    def missing_specs(self) -> list[str]:
        """Say which spec files are not in the totals."""
        return [f"{spec} has mistakes: none of its questions is counted" for spec in self._broken]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
