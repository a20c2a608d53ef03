"""The page that pytest-html writes: the graded report in its summary, and a row an item.

Registered by `publisher.Publisher` where labs are graded; it shows what the publisher has heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from assessment.publisher import Publisher
    from assessment.results.record import Result

NAME = "assessment-html-page"


class HtmlPage:
    """What pytest-html is told of graded items."""

    def __init__(self, config: pytest.Config, publisher: Publisher, folder: Path) -> None:
        """Let pytest-html write into the folder of reports where nobody names another place."""
        self._config = config
        self._publisher = publisher
        self._own: Path | None = None
        option, plugins = config.option, config.pluginmanager
        if plugins.has_plugin("html") and not plugins.has_plugin("metadata"):  # `-p no:metadata`
            from pytest_metadata.plugin import metadata_key

            config.stash[metadata_key] = {}  # which pytest-html reads without asking
        if getattr(option, "htmlpath", "") is None:
            self._own = folder / "report.html"
            option.htmlpath = str(self._own)
            option.self_contained_html = True

    def detail(self, report: pytest.TestReport, result: Result) -> None:
        """Give the row of an item what it shows when it is opened."""
        if not getattr(self._config.option, "htmlpath", None):
            return
        from pytest_html import extras

        from assessment.report.html import row_extra_html

        own = extras.html(row_extra_html(result))
        report.extras = [*getattr(report, "extras", []), own]  # type: ignore[attr-defined]

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Leave the page, or its absence, as it was before the block, and let nobody name it."""
        page = self._own
        earlier = page.read_bytes() if page is not None and page.is_file() else None
        yield
        if page is None:
            return
        if earlier is not None:
            page.write_bytes(earlier)
        else:
            page.unlink(missing_ok=True)
            with suppress(OSError):  # other things may lie there
                page.parent.rmdir()
        self._silence()

    def _silence(self) -> None:
        """Keep pytest-html from naming a page that it did not write."""
        from pytest_html.basereport import BaseReport

        for plugin in self._config.pluginmanager.get_plugins():
            if isinstance(plugin, BaseReport):
                self._config.pluginmanager.unregister(plugin)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the report after what it shows."""
        report.title = "Assessment report"

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the columns of graded items."""
        from assessment.report.html import class_header_cells, header_cells

        if self._publisher.classbook is not None:
            cells[:] = class_header_cells(cells)
        else:
            cells[2:2] = header_cells()

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Fill the columns of graded items, empty ones for other tests; escape the test's id."""
        from assessment.report.html import row_cells

        result = self._publisher.results.get(report.nodeid)
        if self._publisher.classbook is not None:
            cells[:] = self._publisher.classbook.row(cells, result, report.nodeid)
            return
        graded = result is not None and report.when == "setup"  # the only row of its item
        plain = report.when == "call" or graded
        shown = report.nodeid if plain else f"{report.nodeid}::{report.when}"
        cells[1] = f'<td class="col-testId">{escape(shown)}</td>'
        cells[2:2] = row_cells(result)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        """Say why an item was skipped in words, without the tuple that pytest keeps it in."""
        result = self._publisher.results.get(report.nodeid)
        if result is None:
            return
        if self._publisher.classbook is not None:
            data[:] = self._publisher.classbook.row_log(result)
        elif isinstance(report.longrepr, tuple):
            data[:1] = [f"{escape(str(report.longrepr[2]))}\n"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the graded report above pytest-html's table."""
        publisher = self._publisher
        if not publisher.heard:
            return
        from assessment.report.html import summary_html

        lines = "".join(
            f'<p class="as-banner">{escape(line)}</p>' for line in publisher.missing_specs()
        )
        if lines:
            prefix.append(f'<div class="as-report">{lines}</div>')
        results, document = publisher.in_order(), publisher.document
        if publisher.classbook is not None:
            prefix.append(publisher.classbook.summary(results, document))
        else:
            prefix.append(summary_html(results, document, publisher.draw_further))
