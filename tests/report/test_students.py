"""The page of one student."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from assessment.report.html import page_name, student_page
from assessment.report.html.found import evidence_words
from assessment.results.record import Result
from assessment.results.solution import Evidence
from tests.report.builders import HOSTILE, graded
from tests.report.pages import Page
from tests.report.students import SOLUTION, answered, handed_in, trained

DOCUMENT = {"machine": {"cpu": "Test CPU"}, "versions": {"torch": "2.10.0"}, "status": "complete"}


def page(results: list[Result], **document: Any) -> str:
    return student_page(results, DOCUMENT | document, written="2025-03-01T10:00:00+00:00")


def read(text: str) -> Page:
    return Page(text.removeprefix("<!doctype html>"))


def test_a_page_stands_by_itself() -> None:
    text = page([trained("q1", handed_in()), answered("q2")])
    shown = read(text)
    assert text.startswith("<!doctype html>")
    assert shown.tags["script"] == 0
    assert shown.tags["article"] == 2
    assert not [link for link in shown.values("href") if not link.startswith(("#", "data:image/"))]
    assert not shown.values("src")
    assert "Student e19310: CO543 Image Processing, Lab 7" in shown.text
    assert "2025-03-01 10:00 UTC" in shown.text
    assert "Test CPU" in shown.text


def test_cards_say_what_was_found_and_how_it_was_taken() -> None:
    shown = read(page([answered("q1", flags=["Look at this one."])])).text
    for words in (
        "ModelA(activation=nn.ReLU)",
        "in lab7.ipynb, cell 3, line 12",
        "ModelA was taken because its layers are the reference's.",
        "Your model ends in a softmax, and CrossEntropyLoss applies one",
        "in a jail of bubblewrap; memory and processes limited by cgroup v2",
        "Before training 9.8 % of the test images were right, the trained weights are right for "
        "98.3 % in the reference's network.",
    ):
        assert words in " ".join(shown.split())
    assert shown.count("Look at this one.") == 2  # where to look first, and on its card
    assert "For a person to look at, before the points count" in shown


def test_variants_that_were_found_alike_stand_together() -> None:
    other = SOLUTION.model_copy(update={"call": "ModelB()", "guesses": []})
    made = answered("q1", variant="z", title="Q: gamma")
    text = page(
        [
            answered("q1", variant="x", title="Q: alpha"),
            answered("q1", variant="y", title="Q: beta"),
            made.model_copy(update={"runs": [made.runs[0].model_copy(update={"solution": other})]}),
        ]
    )
    assert text.count("ModelA(activation=nn.ReLU)") == 1
    assert "<b>alpha, beta</b>" in text
    assert "<b>gamma</b>" in text


def test_a_question_in_which_nothing_ran_has_no_such_block() -> None:
    shown = read(page([answered("q1", runs=[])])).text
    assert "Found in the submission" not in shown
    assert "Handed in by" in shown


def test_flags_do_not_hide_that_all_points_were_earned() -> None:
    text = read(page([answered("q1", flags=["Look."])])).text
    assert "Every point that could be graded was earned" in text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("interrupted", "The run was interrupted"),
        ("shortened", "trained for fewer epochs than asked"),
        ("complete", ""),
    ],
)
def test_what_the_run_came_to_is_said(status: str, words: str) -> None:
    shown = read(page([answered("q1")], status=status))
    assert words in shown.text
    assert ("as-banner" in shown.values("class")) == bool(words)


def test_nothing_of_the_run_that_may_name_others_is_on_a_page() -> None:
    text = page([answered("q1")], options={"assess_student": ["eve"]}, started="1999-01-01")
    assert "eve" not in re.findall(r"\w+", text)
    assert "1999" not in text


def test_everything_of_a_student_is_escaped() -> None:
    by = handed_in(name=HOSTILE, notes=[HOSTILE])
    solution = SOLUTION.model_copy(
        update={"place": HOSTILE, "call": HOSTILE, "guesses": [HOSTILE], "notes": [HOSTILE]}
    )
    plain = trained(HOSTILE, by)
    hostile = plain.model_copy(
        update={
            "runs": [plain.runs[0].model_copy(update={"solution": solution, "output": HOSTILE,
                                                     "outcome": "crashed", "reason": HOSTILE})],
            "flags": [HOSTILE], "findings": [HOSTILE], "reason": HOSTILE, "status": "crashed",
            "expectations": [graded(label=HOSTILE, why=HOSTILE, condition=HOSTILE)],
            "classes": [HOSTILE] * 10,
        }
    )  # fmt: skip
    text = page([hostile])
    shown = read(text)
    assert "alert('x')" in shown.text
    assert shown.tags["script"] == 0
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not [name for _, name, _ in shown.attributes if name.startswith("on")]
    text.encode("utf-8")


IDS = ("e19310", "E19310", "ab.c", ".", "..", "...", "a:b", "a-b", "A-B", "a+b", "con", "nul.txt",
       "x" * 40, "X" * 40, "-", "_", "e19310~0", "../../etc/passwd", "a/b", "", "\u00e9", "a b",
       "\x00", "com1", "a" * 300, "a" * 299 + "b")  # fmt: skip


def test_names_of_pages_are_safe_and_all_different() -> None:
    names = [page_name(student) for student in IDS]
    assert len({name.casefold() for name in names}) == len(IDS)
    for name in names:
        assert re.fullmatch(r"[a-z0-9_.+~-]{1,64}\.html", name)
        assert not name.startswith(".")
        assert name.partition(".")[0] not in ("con", "nul", "com1")
    assert page_name("e19310") == "e19310.html"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ([], ""),
        ([Evidence()], ""),
        ([Evidence(before=9.0), Evidence(before=11.04)],
         "Before training 9.0 to 11.0 % of the test images were right."),
        ([Evidence(control=10.0)],
         "After training on permuted labels 10.0 % were right."),
    ],
)  # fmt: skip
def test_what_the_grader_saw_is_said_in_a_sentence(seen: list[Evidence], words: str) -> None:
    assert evidence_words(seen) == words


def test_a_page_of_thirty_questions_takes_a_moment() -> None:
    """Drawn by matplotlib they take twenty times as long, and there are hundreds of pages."""
    results = [trained(f"q{number}", handed_in(), number) for number in range(30)]
    page(results[:1])  # imports
    start = time.process_time()
    text = page(results)
    assert time.process_time() - start < 2
    assert len(text) < 1_500_000
    assert text.count("<svg class=") == 150
    assert "No figure:" not in text
