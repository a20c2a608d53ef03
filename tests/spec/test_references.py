# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.spec.reader import LabFile

LAB = """\
title: Lab
questions:
  q1.1:
    kind: training
    title: Q
    training: TRAINING
    expect:
      acc: {measure: test_accuracy, at_least: 80}
      loss: {measure: test_loss, at_most: 1, requires: [acc]}
      shown: {measure: train_loss}
  rates:
    kind: training
    title: R
    training: TRAINING
    expect:
      acc: {measure: test_accuracy, at_least: 80}
    variants:
      lr-0.1: {}
      lr-0.01: {expect: {slow: {measure: test_loss, at_least: 1, requires: ["rates[lr-0.1].acc"]}}}
  essay: {kind: written, title: W, rubric: [{points: 1, text: t}]}
"""
SIDES = """\
  c:
    kind: comparison
    title: C
    expect:
      order: {measure: test_accuracy, descending: [SIDES]}
"""
REQUIRES = """\
  c:
    kind: comparison
    title: C
    expect:
      order: {measure: test_accuracy, descending: [q1.1, "rates[lr-0.1]"], requires: [NAME]}
      other: {measure: test_loss, ascending: [q1.1, "rates[lr-0.1]"]}
"""


def test_names_that_lead_somewhere(read: Callable[..., LabFile]) -> None:
    for name in ("other", "q1.1.acc", '"rates[lr-0.01].slow"', "c.other"):
        assert "c" in read(LAB + REQUIRES.replace("NAME", name)).lab.questions


@pytest.mark.parametrize(
    ("side", "message"),
    [
        ("rates", "rates has variants, name one of them: rates[lr-0.1], rates[lr-0.01]"),
        ('"rates[lr-0.02]"', "no such variant, did you mean rates[lr-0.01]? (rates has rates[lr-0.1], rates[lr-0.01])"),
        ('"q1.1[x]"', "q1.1 has no variants, name it without brackets"),
        ("essay", "essay is a written question and trains nothing"),
        ("c", "c is a comparison question and trains nothing"),
        ("q1.2", "no training question q1.2, did you mean q1.1? (there are: q1.1, rates[lr-0.1], rates[lr-0.01])"),
        ('"rates[lr 0.1]"', "must be `question` or `question[variant]`, found the text \"rates[lr 0.1]\""),
    ],
)  # fmt: skip
def test_sides_name_trained_units(says: Callable[..., list[str]], side: str, message: str) -> None:
    lines = says(LAB + SIDES.replace("SIDES", f"q1.1, {side}"))
    assert lines[0] == f"25:58 questions.c.expect.order.descending[1]: {message}"


@pytest.mark.parametrize("condition", ["best: nope, among: [q1.1, q1.1]", "show: [q1.1, nope]", "ascending: [nope, q1.1]", "best: q1.1, among: [q1.1, nope]"])  # fmt: skip
def test_all_conditions_of_a_comparison_are_looked_at(
    says: Callable[..., list[str]], condition: str
) -> None:
    text = LAB + SIDES.replace("descending: [SIDES]", condition)
    assert any("no training question nope" in line for line in says(text))


def test_a_side_stands_once_in_an_order(says: Callable[..., list[str]]) -> None:
    assert says(LAB + SIDES.replace("SIDES", "q1.1, q1.1")) == [
        "25:58 questions.c.expect.order.descending[1]: q1.1 is named twice"
    ]


def test_a_checkpoint_is_of_a_trained_unit(says: Callable[..., list[str]]) -> None:
    assert says(
        LAB + "  saved: {kind: checkpoint, title: S, file: x.pt, of: essay, points: 1}\n"
    ) == ["21:55 questions.saved.of: essay is a written question and trains nothing"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("othr", "no expectation othr, did you mean other? (here: order, other; elsewhere: q1.1.acc, q1.1.loss, q1.1.shown, rates[lr-0.1].acc, rates[lr-0.01].acc, rates[lr-0.01].slow)"),
        ("q1.1.ac", "no expectation q1.1.ac, did you mean q1.1.acc?"),
        ("rates.acc", "rates has variants, name one of them: rates[lr-0.1].acc, ..."),
        ("q1.1.shown", "q1.1.shown only shows a value, it has no condition that could be met"),
    ],
)  # fmt: skip
def test_requires_names_expectations(
    says: Callable[..., list[str]], name: str, message: str
) -> None:
    [line] = says(LAB + REQUIRES.replace("NAME", name))
    assert line.startswith(f"25:87 questions.c.expect.order.requires[0]: {message}")


def test_a_variant_may_require_what_only_it_has(says: Callable[..., list[str]]) -> None:
    text = LAB.replace('["rates[lr-0.1].acc"]', "[acc]").replace(
        "requires: [acc]}\n", "requires: [slow]}\n", 1
    )
    [line] = says(text)
    assert line.startswith("9:57 questions.q1.1.expect.loss.requires[0]: no expectation slow")


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ({"a": "a"}, "8:54 questions.q.expect.a.requires[0]: requires itself in a circle: a -> a"),
        ({"a": "b", "b": "a"}, "8:54 questions.q.expect.a.requires[0]: requires itself in a circle: a -> b -> a"),
        ({"a": "b", "b": "c", "c": "b"}, "9:54 questions.q.expect.b.requires[0]: requires itself in a circle: b -> c -> b"),
        ({"a": "o.x", "b": "", "o": "q.a"}, "8:54 questions.q.expect.a.requires[0]: requires itself in a circle: q.a -> o.x -> q.a"),
        ({"o": "p.y", "p": "o.x"}, "15:66 questions.o.expect.x.requires[0]: requires itself in a circle: o.x -> p.y -> o.x"),
    ],
)  # fmt: skip
def test_circles(says: Callable[..., list[str]], requires: dict[str, str], message: str) -> None:
    def put(name: str) -> str:
        return f"[{requires.get(name, '')}]"

    text = f"""\
title: Lab
questions:
  q:
    kind: training
    title: Q
    training: TRAINING
    expect:
      a: {{measure: test_loss, at_most: 1, requires: {put("a")}}}
      b: {{measure: test_loss, at_most: 1, requires: {put("b")}}}
      c: {{measure: test_loss, at_most: 1, requires: {put("c")}}}
  o:
    kind: comparison
    title: O
    expect:
      x: {{measure: test_loss, best: q, among: [q, q], requires: {put("o")}}}
  p:
    kind: comparison
    title: P
    expect:
      y: {{measure: test_loss, best: q, among: [q, q], requires: {put("p")}}}
"""
    text = (
        text.replace("[q, q]", "[r, q]") + "  r: {kind: training, title: R, training: TRAINING}\n"
    )
    assert says(text) == [message]


def test_a_circle_in_all_variants_is_told_once(says: Callable[..., list[str]]) -> None:
    text = LAB.replace(
        "      acc: {measure: test_accuracy, at_least: 80}\n    variants",
        "      acc: {measure: test_accuracy, at_least: 80, requires: [acc]}\n    variants",
    )
    assert says(text) == [
        "16:62 questions.rates.expect.acc.requires[0]: requires itself in a circle: acc -> acc"
    ]


def test_ids_differ_in_more_than_letter_case(says: Callable[..., list[str]]) -> None:
    text = LAB.replace("essay:", "RATES:").replace("lr-0.01:", "LR-0.1:")
    assert says(text) == [
        "19:7 questions.rates.variants.LR-0.1: differs from lr-0.1 in letter case only, which -k ignores",
        "20:3 questions.RATES: differs from rates in letter case only, which -k ignores",
    ]
