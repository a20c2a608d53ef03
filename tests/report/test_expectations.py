from __future__ import annotations

from typing import Any

import pytest

from assessment.report import html
from assessment.results.record import BandSource
from tests.report.builders import graded, result
from tests.report.pages import Page


def test_a_long_reason_is_told_once() -> None:
    missing = "; ".join(f"q3-rate[lr-{n}]: no run was made" for n in range(4))
    rows = [graded(f"order-{n}", value=None, met=None, why=missing) for n in range(3)]
    item = result(kind="comparison", status="not_gradable", reason=missing, expectations=rows)
    text = Page(html.row_extra_html(item)).text
    assert text.count(missing) == 1
    assert text.count("for the reason given above") == 3
    alone = Page(html.row_extra_html(result(expectations=rows))).text
    assert alone.count(missing) == 1
    assert alone.count("for the reason given above") == 2
    short = [graded(f"row-{n}", why="not measured") for n in range(3)]
    assert Page(html.row_extra_html(result(expectations=short))).text.count("not measured") == 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"met": True}, "\u2713 met"),
        ({"met": False, "earned": 0.0}, "\u2717 not met"),
        ({"met": False, "earned": 1.5}, "\u25d0 partly met"),
        ({"met": None, "earned": 0.0}, "\u2013 not decided"),
        ({"met": None, "earned": 0.0, "points": 0.0}, "\u2013 shown only"),
        ({"met": True, "flagged": True}, "\u2191 unusual"),
    ],
)
def test_verdicts_are_words_and_signs(values: dict[str, Any], words: str) -> None:
    text = html.row_extra_html(result(expectations=[graded(**values)]))
    assert words in Page(text).text


def told(**source: Any) -> str:
    """Return what a page says of a band's source."""
    made = BandSource(kind="calibrated", n=20, mean=98.216, sd=0.213, **source)
    page = Page(html.row_extra_html(result(expectations=[graded(source=made)])))
    return " ".join(page.text.split())


def test_where_a_band_comes_from_is_said_even_without_a_text() -> None:
    assert "20 reference runs: mean 98.22, sd 0.21 " in told()


def test_what_a_band_promises() -> None:
    rates = {"alpha": 0.0017, "false_fails": 0.0012, "false_fails_upper": 0.0041}
    assert (
        "fails 0.12 % of correct work by chance on average, 0.41 % as an upper rate (alpha 0.17 %)"
    ) in told(**rates)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((98.1, None), "a first run of 98.1 or more is enough, else the mean of 3"),
        ((None, 0.31), "a first run of 0.31 or less is enough, else the mean of 3"),
        ((5.5, 6.5), "a first run from 5.5 to 6.5 is enough, else the mean of 3"),
    ],
)
def test_when_one_run_is_enough(ends: tuple[float | None, float | None], words: str) -> None:
    assert words in told(at_once=ends, runs=3)


def test_a_shared_spread_is_told() -> None:
    assert "sd 0.21, with like questions 0.3" in told(pooled_sd=0.3043, df=20)


def test_how_repeats_scatter_stands_beside_their_mean() -> None:
    page = Page(html.row_extra_html(result(expectations=[graded(runs=3, sd=0.123)])))
    assert "sd 0.12 over 3 runs" in page.text


@pytest.mark.parametrize(("reported", "there"), [(98.0, True), (None, False)])
def test_nothing_reported_needs_no_column(reported: float | None, there: bool) -> None:
    page = Page(html.row_extra_html(result(expectations=[graded(reported=reported), graded()])))
    assert ("Reported" in page.text) == there
    assert page.tags["th"] == page.tags["td"] / 2 == (6 if there else 5)


def test_a_comparison_that_holds_tells_its_values_once() -> None:
    values = {"q3[lr-1]": 98.8, "q3[lr-2]": 9.82}
    why = "q3[lr-1]: 98.8 %; q3[lr-2]: 9.82 %"
    held = graded(value=None, values=values, why=why, condition="q3[lr-1] is best")
    text = " ".join(Page(html.row_extra_html(result(expectations=[held]))).text.split())
    assert why not in text
    assert "lr-1: 98.8 % lr-2: 9.82 %" in text
    lost = held.model_copy(update={"met": False, "earned": 0.0, "why": "lr-1 is below lr-2"})
    assert "lr-1 is below lr-2" in html.row_extra_html(result(expectations=[lost]))
