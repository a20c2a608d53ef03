"""The report of a class: a summary without figures, and rows of few bytes."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from assessment.report.html import class_summary_html, page_name
from assessment.results import document
from assessment.results.classes import Absent, Pair
from assessment.results.record import Result
from tests.report.builders import HOSTILE
from tests.report.pages import Page, build
from tests.report.students import answered, handed_in, whole_class

pytest_plugins = ["pytester"]

MOST = 10_000_000
"""Bytes of the report of 300 students and 30 questions."""

CONFTEST = """
from pathlib import Path

from assessment.report import html
from assessment.results import document

RESULTS = document.load_results(document.read(Path(__file__).with_name("input.json")))

def found(report):
    number = dict(report.user_properties).get("number")
    return None if number is None else RESULTS[number]

def pytest_html_results_table_header(cells):
    cells[:] = html.class_header_cells(cells)

def pytest_html_results_table_row(report, cells):
    result = found(report)
    page = "" if result is None else f"students/{html.page_name(result.submission.id)}"
    cells[:] = html.class_row_cells(cells, result, page, report.nodeid)

def pytest_html_results_table_html(report, data):
    if found(report) is not None:
        data[:] = [html.class_row_log(found(report))]
"""
TESTS = """
import pytest
from conftest import RESULTS

@pytest.mark.parametrize("number", range(len(RESULTS)), ids=lambda n: f"{RESULTS[n].unit}-"
                         f"{RESULTS[n].submission.id}")
def test_item(number, record_property):
    record_property("number", number)
"""


def summary(results: list[Result], **options: object) -> str:
    pages = {
        result.submission.id: f"students/{page_name(result.submission.id)}"
        for result in results
        if result.submission is not None
    }
    return class_summary_html(results, build(results), pages, **options)  # type: ignore[arg-type]


def rows(pytester: pytest.Pytester, results: list[Result]) -> tuple[str, list[dict[str, str]]]:
    """Return a page that pytest-html writes, and its rows."""
    document.write(pytester.path / "input.json", build(results))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_items=TESTS)
    pytester.runpytest_inprocess(
        *("-p", "no:cacheprovider", "-p", "no:assessment", "-q"),
        *("--html=report.html", "--self-contained-html"),
    )
    page = Path(pytester.path, "report.html").read_text(encoding="utf-8")
    [blob] = re.findall(r'data-jsonblob="([^"]*)"', page)
    return page, [
        row for of_test in json.loads(unescape(blob))["tests"].values() for row in of_test
    ]


def test_a_report_of_three_hundred_students_is_of_a_bearable_size(
    pytester: pytest.Pytester,
) -> None:
    everything = whole_class(300, 30, curves=False)
    head = len(summary(everything).encode())
    some = everything[:: len(everything) // 180]
    page, made = rows(pytester, some)
    assert len(made) == len(some)
    [blob] = re.findall(r'data-jsonblob="([^"]*)"', page)
    around, row = len(page.encode()) - len(blob.encode()), len(blob.encode()) / len(some)
    assert row < 900
    assert head + around + 9000 * row < MOST


def test_rows_sort_by_points_and_link_to_pages(pytester: pytest.Pytester) -> None:
    points = (0.0, 10.0, 2.5, 9.0, 2.0, 0.25)
    results = [
        answered(f"q{n}", by=handed_in("Ann:1"), earned=earned, points=10.0)
        for n, earned in enumerate(points)
    ]
    results.append(answered("q9", status="not_gradable", reason="a < b & c", earned=0.0))
    _, made = rows(pytester, results)
    by_text = sorted(made, key=lambda row: row["points"])
    assert [row["points"].split()[0] for row in by_text] == ["0", "0.25", "2", "2.5", "9", "10",
                                                             "\u2013"]  # fmt: skip
    [link] = {row["who"] for row in made if "Ann" in row["who"]}
    assert link == f"<a href=students/{page_name('Ann:1')}>Ann:1</a>"
    assert {row["log"] for row in made} == {"", "a &lt; b &amp; c"}
    assert made[-1]["resultsTableRow"][-1] == "<td class=col-measured>not gradable</td>"


def test_nothing_of_a_student_is_markup(pytester: pytest.Pytester) -> None:
    by = handed_in("a'b<i>", name=HOSTILE, notes=[HOSTILE])
    hostile = answered("q1", by=by, variant="<b>&x", reason=HOSTILE, status="crashed", earned=0.0,
                       flags=[HOSTILE])  # fmt: skip
    page, [row] = rows(pytester, [hostile])
    made = "".join([*row["resultsTableRow"], row["log"], row["who"], row["unit"]])
    text = summary([hostile], absent=[Absent(HOSTILE, HOSTILE)], similar=[Pair("a'b<i>", "z", 1)])
    for shown in (made, text):
        assert "<i>" not in shown
        assert "<script" not in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "alert(" in text
    Page(text)
    assert "<script>alert" not in page


def test_the_summary_says_how_the_class_fared() -> None:
    results = whole_class(20, 8, curves=False)
    shown = Page(summary(results))
    text = " ".join(shown.text.split())
    assert "20 students" in text
    assert re.search(r"mean [\d.]+ of 24 points, median [\d.]+, standard deviation", text)
    assert len([link for link in shown.values("href") if link.startswith("students/")]) >= 20
    assert "students/e19000.html" in shown.values("href")
    assert shown.tags["svg"] == 2  # one figure: axes within a panel
    assert not [uri for uri in shown.values("src") if uri]
    assert "Points of the class" in text


def test_a_figure_that_fails_does_not_take_the_report_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Axis limits cannot be <NaN>")

    monkeypatch.setattr("assessment.report.figures.points.points_panel", fail)
    page = summary(whole_class(3, 2, curves=False))
    assert "No figure: ValueError: Axis limits cannot be &lt;NaN&gt;" in page
    assert "Students" in page


def test_what_to_look_at_comes_first() -> None:
    ann, bob = handed_in("ann", name="Ann"), handed_in("bob", name="Bob")
    results = [
        answered("q1", by=ann, flags=["Known before training."]),
        answered("q2", by=ann, flags=["Known before training."]),
        answered("q1", by=bob, status="not_gradable", reason="no disk", earned=0.0),
    ]
    text = summary(results, similar=[Pair("ann", "bob", 0.8)], absent=[Absent("z", "Zoe")])
    shown = " ".join(Page(text).text.split())
    look = shown[shown.index("Look here first") : shown.index("Questions")]
    assert look.count("Known before training.") == 1
    for words in ("Ann q1, q2 :", "1 item of Bob : not gradable: no disk", "Ann and Bob side by"):
        assert words in look
    assert "80 % of what only they wrote is the same" in look
    assert "No submission of 1 student: Zoe (z)." in shown
    assert "Nothing was flagged" not in shown


def test_a_class_without_oddities_says_so() -> None:
    assert "Nothing was flagged, and everything was graded" in summary([answered("q1")])


def test_lists_of_a_large_class_are_bounded() -> None:
    results = [
        answered(f"q{n}", by=handed_in(f"s{n:03}"), flags=[f"Flag {n}."]) for n in range(200)
    ]
    text = summary(results)
    assert "and 140 more like this" in text
    assert "Flag 59." in text
    assert "Flag 60." not in text


def test_a_session_that_reached_nobody_has_a_report() -> None:
    assert "No question was graded" in class_summary_html([], {"status": "interrupted"}, {})
