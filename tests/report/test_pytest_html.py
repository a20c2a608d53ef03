"""The pieces inside a page that pytest-html itself writes."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from assessment.results import document
from tests.report.examples import learning_rates, model_a, not_gradable, written
from tests.report.extremes import hostile

pytest_plugins = ["pytester"]

CONFTEST = """
from pathlib import Path
from assessment.report import html
from assessment.results import document
import pytest, pytest_html

DOCUMENT = document.read(Path(__file__).with_name("input.json"))
RESULTS = document.load_results(DOCUMENT)

def found(report):
    number = dict(getattr(report, "user_properties", [])).get("number")
    return None if number is None else RESULTS[number]

def pytest_html_results_summary(prefix):
    prefix.append(html.summary_html(RESULTS, DOCUMENT))

def pytest_html_results_table_header(cells):
    cells[2:2] = html.header_cells()

def pytest_html_results_table_row(report, cells):
    cells[2:2] = html.row_cells(found(report))

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" and found(report) is not None:
        report.extras = [pytest_html.extras.html(html.row_extra_html(found(report)))]
    return report
"""

TESTS = """
import pytest
from conftest import RESULTS

@pytest.mark.parametrize("number", range(len(RESULTS)))
def test_item(number, record_property):
    record_property("number", number)

def test_something_else():
    pass
"""


@pytest.fixture
def page(pytester: pytest.Pytester) -> str:
    results = [model_a(), *learning_rates(), not_gradable(), written(), hostile()]
    built = document.build(
        results, {}, started="2025-03-01T09:00:00+00:00", finished="2025-03-01T09:00:01+00:00"
    )
    document.write(pytester.path / "input.json", built)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_items=TESTS)
    pytester.makepyfile(test_broken="import nothing_of_this_name")
    run = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--html=report.html", "--self-contained-html",
        "--continue-on-collection-errors",
    )  # fmt: skip
    run.assert_outcomes(passed=8, errors=1)
    return Path(pytester.path, "report.html").read_text(encoding="utf-8")


def test_summary_columns_and_details_arrive(page: str) -> None:
    assert '<div class="as-report"><section class="as-top">' in page
    for column in ("points", "measured", "asked"):
        assert f'<th class="sortable" data-column-type="{column}">' in page

    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', page)
    tests = json.loads(unescape(blob))["tests"]
    rows = [row for rows in tests.values() for row in rows]
    assert len(rows) == 9
    assert {len(row["resultsTableRow"]) for row in rows} == {7}
    model = next(row for name, rows in tests.items() if "[0]" in name for row in rows)
    assert model["points"] == "<span hidden>0000000000004.000000</span>4/4"
    assert model["measured"] == "<span hidden>0000000000098.310000</span>98.31 %"
    assert "as-table" in model["extras"][0]["content"]


def test_no_script_but_that_of_pytest_html(page: str) -> None:
    assert len(re.findall(r"<script", page)) == 1
    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', page)
    assert "<script" not in unescape(blob)
