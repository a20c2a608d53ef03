"""What chance takes from correct work is said in the table, on the page and in results.json."""

from __future__ import annotations

import io

from _pytest._io import TerminalWriter

from assessment.report.html import class_summary_html
from assessment.report.table import write_table
from assessment.results.record import BandSource, Graded, Result
from tests.report.builders import graded, result
from tests.report.pages import Page, build, summary
from tests.report.students import answered, handed_in

WORDS = "1 band or order from 5 or more reference runs fail at most {} with reference runs as"
ONE = WORDS.format("0.5 of 100 correct hand-ins somewhere on average, 3")
OF_THREE = WORDS.format("0.015 of 3 correct hand-ins somewhere on average, 0.09")


def banded() -> Graded:
    source = BandSource(
        kind="calibrated", n=5, mean=98.2, sd=0.2, false_fails=0.005, false_fails_upper=0.03
    )
    return graded(source=source)


def terminal(results: list[Result]) -> str:
    writer = TerminalWriter(io.StringIO())
    write_table(writer, results)
    return " ".join(writer._file.getvalue().split())  # type: ignore[attr-defined]


def test_of_one_solution_it_is_told_for_a_hundred() -> None:
    results = [result(expectations=[banded()])]
    assert f"chance: {ONE}" in terminal(results)
    assert f"Chance: {ONE}" in summary(results).text
    told = build(results)["labs"][0]["promise"]
    assert told["text"].startswith(ONE)
    assert {key: told[key] for key in ("rate", "upper_rate", "hand_ins")} == {
        "rate": 0.005,
        "upper_rate": 0.03,
        "hand_ins": 100,
    }


def test_of_a_class_it_is_told_for_its_size() -> None:
    students = [handed_in(name) for name in ("ann", "bob", "cy")]
    results = [answered(by=one, expectations=[banded()]) for one in students]
    assert f"chance, for each student: {OF_THREE}" in terminal(results)
    document = build(results)
    page = Page(class_summary_html(results, document, {}))
    assert f"Chance, for each student: {OF_THREE}" in page.text
    assert [lab["promise"]["text"][: len(OF_THREE)] for lab in document["labs"]] == [OF_THREE] * 3


def test_where_no_band_says_it_nothing_is_told() -> None:
    results = [result(expectations=[graded()])]
    assert "hance: " not in terminal(results) + summary(results).text
    assert build(results)["labs"][0]["promise"] is None
