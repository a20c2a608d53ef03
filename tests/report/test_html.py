from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from assessment.report import html
from assessment.report.figures import MOST_BYTES, Key
from assessment.report.figures.style import COLORS, MARKERS
from assessment.report.html.keys import key_html
from assessment.results.record import Case
from tests.report.builders import HOSTILE, graded, mistakes, result, run
from tests.report.examples import (
    comparison,
    crashed,
    learning_rates,
    model_a,
    not_gradable,
    skipped,
    whole_lab,
    written,
)
from tests.report.extremes import hostile, to_target
from tests.report.homework import picture_of
from tests.report.pages import Page, build, summary


@pytest.fixture(scope="module")
def lab_page() -> Page:
    return summary([*whole_lab(), *to_target()])


def test_says_first_how_it_went(lab_page: Page) -> None:
    start = " ".join(lab_page.text.split())[:400]
    assert start.startswith("14.5 of 19 points \u00b7 6 waiting for a person \u00b7 8 not graded")
    assert "13 items in 2 labs, 42 min 3 s of training." in start
    (label,) = [value for value in lab_page.values("aria-label") if value.startswith("Points")]
    assert label == "Points: 14.5 earned, 4.5 lost, 6 waiting for a person, 8 not graded"


def test_says_where_to_look_first_gravest_first(lab_page: Page) -> None:
    text = " ".join(lab_page.text.split())
    hints = text[
        text.index("Where to look first") : text.index("CO543 Image Processing, Lab 7 11.5")
    ]
    order = [
        "Task 1, ResNet-18 not gradable, no zero : ImageNet weights",
        "Task 2.1, Model B crashed : RuntimeError",
        "Task 2.5, Model B and the learning rate: lr-0.01 lost 1.5 of 2 : 97.21 %",
        "Task 2.5, Model B and the learning rate: lr-0.1 noted : The loss stayed at ln 10",
        "Waiting for a person, with points: Task 1, discussion (6)",
        "Not run here: 3.1 Five architectures .",
    ]
    places = [hints.index(entry) for entry in order]
    assert places == sorted(places)


def test_links_lead_to_cards(lab_page: Page) -> None:
    ids = lab_page.values("id")
    assert len(ids) == len(set(ids))
    targets = {value.removeprefix("#") for value in lab_page.values("href")}
    assert targets <= set(ids)
    assert lab_page.tags["article"] == 8


def test_hints_that_say_the_same_are_one_entry() -> None:
    same = [result(f"q{n}", status="not_gradable", reason="no weights") for n in range(12)]
    page = summary(same)
    assert page.tags["ol"] == 1
    text = " ".join(page.text.split())
    assert text.count("not gradable, no zero : no weights") == 1
    assert "and 6 more not gradable" in text


def test_each_lab_gets_a_sentence(lab_page: Page) -> None:
    text = " ".join(lab_page.text.split())
    assert (
        "Of 7 questions, 2 earned all points, 2 lost points, 2 could not be graded, "
        "1 waits for a person."
    ) in text
    assert "The only question earned all its points." in text
    two = [result(f"q{number}", title=f"Q{number}") for number in (1, 2)]
    assert "All 2 questions earned all their points." in summary(two).text


def test_all_points_earned_needs_no_hints() -> None:
    assert "Every point that could be graded was earned" in summary([model_a()]).text


@pytest.mark.parametrize("status", ["interrupted", "smoke"])
def test_a_run_that_was_not_whole_says_so_on_top(status: str) -> None:
    text = summary([model_a()], status=status).text
    assert status in text[:80].lower()


def test_no_results_are_said_to_be_none() -> None:
    assert "No question was graded" in summary([]).text


def test_a_card_shows_measured_beside_asked_and_reported(lab_page: Page) -> None:
    text = " ".join(lab_page.text.split())
    assert "test accuracy, last epoch 98.31 % 97.61 to 98.83 %" in text
    assert "20 runs of the reference, mean 98.22, sd 0.21" in text
    assert "98.01 % 3 of 3 \u2713 met 98.31 % lies within 97.61 to 98.83 %" in text
    assert "101,146 told by the run" in text


def test_a_card_of_a_person_shows_the_rubric_and_the_question() -> None:
    text = " ".join(summary([written()]).text.split())
    assert "6 points waiting for a person" in text
    assert "What the person looks for 2 points: names residual blocks" in text
    assert "Compare depth and complexity" in text


def test_a_card_says_why_a_run_failed() -> None:
    text = summary([crashed()]).text
    assert "The solution ended with an error. RuntimeError: mat1 and mat2" in text
    assert "Traceback ..." in text
    assert "So it is not a zero" not in text
    assert "so it is not a zero" in summary([not_gradable()]).text
    assert "so it is not a zero" in summary([skipped()]).text


def test_figures_are_pictures_with_words(lab_page: Page) -> None:
    sources = [value for tag, name, value in lab_page.attributes if (tag, name) == ("img", "src")]
    texts = lab_page.values("alt")
    assert len(sources) == len(texts) == lab_page.tags["figure"] == lab_page.tags["figcaption"]
    assert len(sources) > 12
    for source in sources:
        head, _, data = source.partition(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG")
        assert len(data) <= MOST_BYTES * 4 / 3 + 4
    assert any(text.startswith("Training and test loss over 10 epochs: tra") for text in texts)


def test_a_legend_names_what_the_panels_share() -> None:
    page = summary([comparison()])
    assert page.tags["svg"] == 5
    assert page.values("aria-hidden") == ["true"] * 5
    assert set(page.values("stroke")) == set(COLORS[:5])
    assert "cnn_4" in page.text


@pytest.mark.parametrize("marker", MARKERS)
def test_every_marker_has_its_sign_in_the_legend(marker: str) -> None:
    key = Key("a", COLORS[0], marker, "white", "--")
    assert Page(key_html(key)).tags == {"svg": 1, "path": 2}


def test_a_smoke_run_shows_no_curves() -> None:
    page = summary([model_a().model_copy(update={"status": "smoke"})], status="smoke")
    assert page.tags["img"] == 0


def test_machine_versions_and_hashes_are_there(lab_page: Page) -> None:
    text = lab_page.text
    for expected in ("Test CPU", pytest.__version__, "5" * 64, "d" * 64, "2025-03-01T09:00"):
        assert expected in text


@pytest.mark.parametrize("kind", ["card", "row", "cells"])
def test_nothing_a_student_or_a_spec_wrote_is_markup(kind: str) -> None:
    bad = hostile().model_copy(update={"runs": [bad_run(), bad_run("crashed")]})
    if kind == "card":
        built = build([bad], options={HOSTILE: HOSTILE})
        built["machine"] = {HOSTILE: HOSTILE}
        built["versions"] = {HOSTILE: HOSTILE}
        text = html.summary_html([bad], built)
    elif kind == "row":
        text = html.row_extra_html(bad)
    else:
        text = "".join(html.row_cells(bad))

    page = Page(text)
    allowed = {
        *("meta", "style", "div", "section", "p", "b", "span", "ul", "ol", "li", "a", "h3", "h4"),
        *("article", "header", "code", "table", "thead", "tbody", "tr", "th", "td", "small"),
        *("figure", "figcaption", "img", "svg", "path", "rect"),
        *("details", "summary", "pre", "dl", "dt", "dd"),
    }
    assert set(page.tags) <= allowed
    assert not [name for name in page.tags if name == "script"]
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert all(value.startswith("#as-") for value in page.values("href"))
    assert "<script" not in text
    assert "alert('x')" in page.text + "".join(page.values("alt"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    text.encode("utf-8")


LONG = HOSTILE * 300


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("training", LONG),
        ("comparison", "\u202e\u05d0\u05d1"),
        ("function", LONG),
        ("written", HOSTILE),
        ("answer", ""),
    ],
    ids=["training", "comparison", "function", "written", "answer"],
)
def test_any_text_in_any_field_leaves_the_page_whole(kind: str, text: str) -> None:
    picture = picture_of("found", 2, 2, 1).model_copy(update={"title": text, "dtype": text})
    item = hostile().model_copy(
        update={
            "kind": kind,
            "title": text,
            "variant": text or None,
            "question": text,
            "reason": text,
            "text": text,
            "findings": [text],
            "classes": [text] * 10,
            "answer": text,
            "reported_answer": text,
            "rubric": [text],
            "cases": [Case(name=text, pictures=[picture])],
            "runs": [bad_run("crashed")],
        }
    )
    page = summary([item], status=text)
    assert page.tags["script"] == 0
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert "\u202e" not in page.text
    assert max(map(len, page.values("alt")), default=0) < 2000


def bad_run(outcome: str = "scored") -> Any:
    return run(
        1, outcome=outcome, reason=HOSTILE, output=HOSTILE, dataset=HOSTILE, mistakes=mistakes(2)
    )


def test_what_a_run_printed_is_told_apart_from_its_reason() -> None:
    item, mute = (
        result(status="crashed", runs=[run(1, outcome="crashed", reason="was killed", output=text)])
        for text in ("the grader failed", "")
    )
    for made in (html.row_extra_html, lambda one: html.summary_html([one], build([one]))):
        assert "was killed</p><p>It printed:</p><pre>the grader failed</pre>" in made(item)
        assert "It printed" not in made(mute)


def test_the_style_is_scoped() -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", html.summary_html([], build([])), re.DOTALL)
    rules = re.sub(r"/\*.*?\*/|@media[^{]*\{", "", style, flags=re.DOTALL)
    selectors = [
        part.strip()
        for rule in re.findall(r"([^{}]+)\{", rules)
        for part in re.sub(r":is\([^)]*\)", "", rule).split(",")
    ]
    assert len(selectors) > 50
    for selector in selectors:
        assert selector.startswith((".as-", "body:has(.as-report)")), selector
    assert "url(" not in style


def test_every_row_has_as_many_cells_as_the_header() -> None:
    names = re.findall(r'data-column-type="(\w+)"', "".join(html.header_cells()))
    for item in (None, model_a(), written(), crashed(), comparison(), hostile()):
        cells = html.row_cells(item)
        assert [re.findall(r'^<td class="col-(\w+)">.*</td>$', cell) for cell in cells] == [
            [name] for name in names
        ]


def test_cells_sort_as_text_like_their_numbers() -> None:
    values = [-50.0, -0.001, 0.0, 0.0204, 9.5, 10.28, 98.71, 101_146.0, 1e13]
    items = [result(expectations=[graded(value=value, unit="")]) for value in values]
    cells = [html.row_cells(item)[1] for item in items]
    assert cells == sorted(cells)
    assert "<span hidden>0000000000010.280000</span>10.28" in cells[5]


def test_cells_say_what_was_not_graded() -> None:
    assert "\u2013/3" in html.row_cells(not_gradable())[0]
    assert "not gradable" in html.row_cells(not_gradable())[1]
    assert "waiting/6" in html.row_cells(written())[0]
    assert "0.5/2" in html.row_cells(learning_rates()[1])[0]


def test_a_figure_that_fails_does_not_take_the_report_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("Axis limits cannot be <NaN>")

    monkeypatch.setattr("assessment.report.figures.draw", fail)
    page = html.summary_html([result(expectations=[graded()])], {})
    assert "No figure: ValueError: Axis limits cannot be &lt;NaN&gt;" in page
    assert "est accuracy" in page
