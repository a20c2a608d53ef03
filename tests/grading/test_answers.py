# ruff: noqa: E501 - tables with one case a line
"""Answers judged: right, wrong with a reason, or not to be read."""

from __future__ import annotations

from typing import Any

import pytest

from assessment.grading.answers import (
    asked,
    grade_answer,
    judge,
    offered,
    own_answer,
    report_findings,
    report_is_right,
    reported_text,
)
from assessment.spec.kinds.answer import AnswerQuestion


def question(answer: Any, **values: Any) -> AnswerQuestion:
    fields = {"kind": "answer", "title": "Q", "points": 3, "answer": answer, **values}
    return AnswerQuestion.model_validate(fields)


LOSS = question({"value": 0.163, "tolerance": 0.001, "unit": "nats"}, reported=0.82)
COUNT = question({"value": 33_130}, reported="33,130")
SHARE = question({"value": 87.5, "unit": "%"})
CHOICE = question(
    "after every batch", choices=["after every image", "after every batch", "once an epoch"],
    reported="once an epoch",
)  # fmt: skip
BATCHES = question(
    {
        "expression": "N / B",
        "also": ["ceil(N / B)"],
        "variables": {"N": {"kind": "scalar", "high": 1000, "text": "images"}, "B": "scalar"},
    },
    reported="N // B",
)
WEIGHTS = question(
    {
        "expression": "D * H[0] + sum(H[k] * H[k + 1] for k in range(len(H) - 1))",
        "variables": {"D": "scalar", "H": "vector"},
        "examples": [{"D": 1024, "H": [32, 10]}],
    }
)


@pytest.mark.parametrize(
    ("asked_for", "text", "why"),
    [
        (LOSS, "0.163", "is right"),
        (LOSS, "0.1625 nats", "is right within the tolerance"),
        (LOSS, "0,164", "is right within the tolerance"),
        (COUNT, "33130", "is right"),
        (COUNT, " 33,130 ", "is right"),
        (COUNT, "3.313e4", "is right"),
        (SHARE, "87.5 %", "is right"),
        (SHARE, "87.5", "is right"),
        (CHOICE, "after every batch", "is right"),
        (CHOICE, "  After  EVERY\nbatch ", "is right"),
        (BATCHES, "N / B", "is right at all points tried"),
        (BATCHES, "N * B ** -1", "is right at all points tried"),
        (BATCHES, "-(-N // B)", "is right at all points tried"),  # as a whole equal to the other
        (WEIGHTS, "D*H[0] + sum(a * b for a, b in zip(H, H[1:]))", "is right at all points tried"),
    ],
)
def test_right(asked_for: AnswerQuestion, text: str, why: str) -> None:
    verdict = judge(asked_for, text)
    assert (verdict.right, verdict.readable, verdict.why, verdict.right_value) == (
        True,
        True,
        why,
        "",
    )


@pytest.mark.parametrize(
    ("asked_for", "text", "why", "right_value"),
    [
        (LOSS, "0.82", "is wrong", "0.163 ± 0.001 nats"),
        (LOSS, "0.1641", "is wrong", "0.163 ± 0.001 nats"),
        (COUNT, "33,131", "is wrong (read as 33131)", "33130"),
        (COUNT, "33,13", "is wrong (read as 33.13)", "33130"),
        (SHARE, "0.875", "is wrong", "87.5 %"),
        (CHOICE, "Once an epoch", "is wrong", "`after every batch`"),
        (BATCHES, "N // B", "is wrong: for N = 1, B = 2 it gives 0", "0.5"),
        (BATCHES, "N / B if B > 1 else ceil(N / B) + 1", "is wrong: for N = 1, B = 1 it gives 2", "1"),
        (BATCHES, "1 / (N - N)", "is wrong: for N = 1, B = 1 it has no value: `1 / (N - N)` divides by zero", "1"),
        (WEIGHTS, "D * sum(H)", "is wrong: for D = 1024, H = [32, 10] it gives 43,008", "33,088"),
        (WEIGHTS, "D * H[0] + H[0] * H[1] + 0.25", "is wrong: for D = 1024, H = [32, 10] it gives 33,088.2", "33,088"),
        (WEIGHTS, "(D * H[0] + H[0] * H[1]) * 1.00000001", "is wrong: for D = 1024, H = [32, 10] it gives 33,088.0003", "33,088"),
        (WEIGHTS, "(D * H[0] + H[0] * H[1]) / 3", "is wrong: for D = 1024, H = [32, 10] it gives 11,029.3", "33,088"),
        (WEIGHTS, "1e20", "is wrong: for D = 1024, H = [32, 10] it gives 1e+20", "33,088"),
        (WEIGHTS, "H[2]", "is wrong: for D = 1024, H = [32, 10] it has no value: `H[2]` has the index 2, and the vector's are 0 to 1", "33,088"),
    ],
)  # fmt: skip
def test_wrong_and_what_shows_it(
    asked_for: AnswerQuestion, text: str, why: str, right_value: str
) -> None:
    verdict = judge(asked_for, text)
    assert (verdict.right, verdict.readable) == (False, True)
    assert (verdict.why, verdict.right_value) == (why, right_value)
    assert verdict.explanation == f"{why}, right is {right_value}"


@pytest.mark.parametrize(
    ("asked_for", "text", "why"),
    [
        (LOSS, " ", "nothing was answered"),
        (LOSS, "small", "cannot be read: this is no number; write digits, such as 12, 1,000, 0.5 or 1e-3, with or without the unit `nats`"),
        (CHOICE, "every batch", "is none of the choices, did you mean after every batch? (allowed: `after every image`, `after every batch` or `once an epoch`)"),
        (CHOICE, "7", "is none of the choices (allowed: `after every image`, `after every batch` or `once an epoch`)"),
        (BATCHES, "N : B", "cannot be read: column 3: this is not arithmetic; allowed are numbers, names, + - * / // % **, parentheses, indices, and sum(... for k in range(...)) and the like"),
        (BATCHES, "N / C", "cannot be read: column 5: `C` is an unknown name (allowed: the names N, B and the functions sum, len, min, max, abs, ceil, floor, round, sqrt, log, exp)"),
        (BATCHES, "x" * 2001, "cannot be read: an answer has at most 2,000 characters, not 2,001"),
        (BATCHES, "(" * 2000, "cannot be read: column 1001: a formula has at most 1,000 characters, this one has 2,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(asked_for: AnswerQuestion, text: str, why: str) -> None:
    verdict = judge(asked_for, text)
    assert (verdict.right, verdict.readable, verdict.why, verdict.right_value) == (
        False,
        False,
        why,
        "",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("H", "cannot be computed: column 1: the formula gives a vector of 2; a number is asked, such as its sum"),
        ("D[0]", "cannot be computed: column 1: `D` is a number where a vector is due"),
        ("sum(a * b for a, b in zip([D] + H, H))", "cannot be computed: column 27: `[D] + H` adds vectors element by element; join them with [*a, *b]"),
        ("sum(range(10 ** 9))", "cannot be computed: column 5: the evaluation takes more than 50,000 steps"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed(text: str, why: str) -> None:
    verdict = judge(WEIGHTS, text)
    assert (verdict.right, verdict.why, verdict.right_value) == (False, why, "")


@pytest.mark.parametrize("asked_for", [LOSS, COUNT, SHARE, CHOICE, BATCHES, WEIGHTS])
@pytest.mark.parametrize("value", [1e-7, 1e20, -2.5, 1 / 3, 0])
def test_the_own_answer_is_right(asked_for: AnswerQuestion, value: float) -> None:
    assert judge(asked_for, own_answer(asked_for)).right
    exact = question({"value": value, "unit": "%"})
    assert judge(exact, own_answer(exact)).right


def test_one_expectation() -> None:
    graded = grade_answer(LOSS, "0.82 nats")
    assert (graded.name, graded.label, graded.met) == ("answer", "answer", False)
    assert (graded.earned, graded.points, graded.value, graded.unit) == (0, 3, 0.82, "nats")
    assert graded.condition == "0.163 ± 0.001 nats"
    assert graded.why == "`0.82 nats` is wrong, right is 0.163 ± 0.001 nats"
    assert graded.verified
    right = grade_answer(BATCHES, "N/B")
    assert (right.met, right.earned, right.value) == (True, 3, None)
    assert right.why == "`N/B` is right at all points tried"
    assert grade_answer(CHOICE, "").why == "nothing was answered"


def test_what_is_asked() -> None:
    assert asked(CHOICE) == "after every batch"
    assert asked(COUNT) == "33130"
    assert asked(BATCHES) == "equal to `N / B` or `ceil(N / B)`"


def test_what_an_answer_may_hold() -> None:
    assert offered(COUNT) == ""
    assert offered(CHOICE) == "- after every image\n- after every batch\n- once an epoch"
    assert offered(BATCHES) == "N: images, a number\nB: a number"


@pytest.mark.parametrize(
    ("asked_for", "text", "findings"),
    [
        (LOSS, "0.82", ["The report's answer `0.82` is wrong, right is 0.163 ± 0.001 nats."]),
        (COUNT, "33,130", []),
        (SHARE, "", []),
        (CHOICE, "once an epoch", ["The report's answer `once an epoch` is wrong, right is `after every batch`."]),
        (BATCHES, "N // B", ["The report's answer `N // B` is wrong: for N = 1, B = 2 it gives 0, right is 0.5."]),
    ],
)  # fmt: skip
def test_a_reports_answer_is_judged_too(
    asked_for: AnswerQuestion, text: str, findings: list[str]
) -> None:
    assert reported_text(asked_for) == text
    assert report_findings(asked_for) == findings
    assert report_is_right(asked_for) is (None if not text else not findings)


def test_a_reports_answer_that_cannot_be_read_is_a_finding() -> None:
    odd = question({"value": 3}, reported="three")
    (finding,) = report_findings(odd)
    assert finding.startswith("The report's answer `three` cannot be read: this is no number;")
    assert reported_text(question({"value": 3}, reported=3)) == "3"
