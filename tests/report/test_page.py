"""The standing report: what it says of sessions and times, and that it needs no script."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from assessment.report.html import summary_html
from assessment.report.page import Standing, standing_page
from assessment.results.record import Result
from assessment.results.totals import group
from tests.report.builders import HOSTILE, result, run
from tests.report.examples import learning_rates, model_a, whole_lab
from tests.report.extremes import hostile, to_target
from tests.report.pages import Page, build

MACHINE = {"cpu": "Test CPU", "cores": 2}


def standings(results: Sequence[Result]) -> list[Standing]:
    """Results of three sessions in turn, a minute after each other."""
    names = ("", "nightly", "")
    return [
        Standing(each, 3 + index % 3, names[index % 3], f"2025-03-01T09:{index:02}:30Z")
        for index, each in enumerate(results)
    ]


def html_of(taken: Sequence[Standing]) -> str:
    return standing_page(
        taken, MACHINE, store="reports/assessment.sqlite", written="2025-03-02T08:00:00+00:00"
    )


def words(text: str) -> str:
    return " ".join(Page(text).text.split())


@pytest.fixture(scope="module")
def everything() -> str:
    return html_of(standings([*whole_lab(), *to_target(), hostile()]))


def test_the_head_says_what_it_is_when_and_from_where(everything: str) -> None:
    text = words(everything)
    assert text.startswith("Standing report Standing report Written 2025-03-02 08:00 UTC from ")
    assert (
        "from reports/assessment.sqlite: 14 results of 3 sessions, "
        "graded 2025-03-01 09:00 to 2025-03-01 09:13 UTC."
    ) in text
    assert "Session Results Graded #3 5 2025-03-01 09:00 to 2025-03-01 09:12 #4 nightly 5" in text


def test_cards_are_those_of_a_run_with_their_time(everything: str) -> None:
    results = [*whole_lab(), *to_target(), hostile()]
    own, ran = Page(everything), Page(summary_html(results, build(results)))
    for tag in ("article", "figure", "img"):
        assert own.tags[tag] == ran.tags[tag] > 0
    assert set(ran.values("alt")) == set(own.values("alt"))
    text = words(everything)
    assert "task2-1-model-a training \u00b7 graded 2025-03-01 09:02 UTC in session #5" in text
    assert (
        "graded 2025-03-01 09:04 to 2025-03-01 09:06 UTC in session #3, #4 nightly, #5" in text
    )  # the variants of one question


def test_every_item_has_its_row_with_details(everything: str) -> None:
    page = Page(everything)
    items = [*whole_lab(), *to_target(), hostile()]
    keys = page.values("data-sort")
    assert len(page.values("data-state")) == len(items)
    for item in items[:-1]:
        assert f"{item.spec}::{item.unit}" in keys
    text = words(everything)
    row = (
        "specs/co543_lab7.yaml::task2-1-model-a \u2713 all points 4/4 98.31 % 97.61 to 98.83 % #5 "
    )
    assert f"{row} 2025-03-01 09:02 3 min 30 s Details What Measured".replace("  ", " ") in text
    assert "waits for a person (1)" in text


def test_links_lead_to_cards(everything: str) -> None:
    page = Page(everything)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {value.removeprefix("#") for value in page.values("href")} <= set(ids)


def test_nothing_of_others_becomes_markup(everything: str) -> None:
    taken = [Standing(hostile(), 1, HOSTILE, HOSTILE)]
    text = standing_page(taken, {HOSTILE: HOSTILE}, store=HOSTILE, written=HOSTILE)
    page, clean = Page(text), Page(html_of([Standing(hostile(), 1, "", "2025-03-01T09:00:00Z")]))
    assert page.tags["script"] == clean.tags["script"] == 1
    assert {name for _, name, _ in page.attributes} == {name for _, name, _ in clean.attributes}
    assert "<script>alert" not in text
    assert "\u202e" not in text
    text.encode("utf-8")
    everything.encode("utf-8")


def test_one_page_asks_for_nothing_else(everything: str) -> None:
    page = Page(everything)
    sources = [value for _, name, value in page.attributes if name in ("src", "srcset", "action")]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert page.tags["link"] == 0
    assert not re.search(r"url\(|@import", everything.split("</style>")[0])


def test_an_empty_store_is_said_to_be_empty() -> None:
    text = words(html_of([]))
    assert "The store holds no graded result" in text
    assert "No question was graded" in text
    assert "All items" not in text


def test_one_session_is_one() -> None:
    text = words(html_of([Standing(model_a(), 1, "", "2025-03-01T10:30:00+02:00")]))
    assert "1 result of 1 session, graded 2025-03-01 08:30 UTC." in text


def test_a_spec_that_changed_between_sessions_is_named() -> None:
    earlier = result("q0", lab_sha256="4" * 64)
    text = words(html_of(standings([model_a(), earlier])))
    assert "specs/co543_lab7.yaml changed between these sessions" in text
    assert f"{'5' * 64}, {'4' * 64}" in text
    assert "changed between" not in words(html_of(standings(learning_rates())))


def test_provenance_counts_the_environments_of_the_runs() -> None:
    item = result(runs=[run(1), run(2), run(3, environment=None)])
    text = words(html_of(standings([item])))
    environment = "torch 2.10.0, cpu AVX512, 1 thread, Python 3.11.9, Linux-x86_64"
    assert f"Environments of the runs {environment} 2 runs" in text
    assert "Machine that wrote this page cpu Test CPU" in text
    assert f"mnist {'d' * 64}" in text
    assert f"specs/co543_lab7.yaml {'5' * 64}" in text


def test_points_are_those_of_the_same_results_in_a_run() -> None:
    results = [*whole_lab(), *to_target()]
    (earned,) = {sum(lab.totals.earned for lab in group(results))}
    assert f"{earned:g} of 19 points" in words(html_of(standings(results)))
