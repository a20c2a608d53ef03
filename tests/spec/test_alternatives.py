# ruff: noqa: E501 - tables with one case a line
"""Names in `or_as`: expectations that one may be met as instead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.spec.reader import LabFile

LAB = """\
title: Lab
questions:
  one:
    kind: training
    title: One
    training: TRAINING
    expect:
      acc: {measure: test_accuracy, at_least: 80, points: 1, or_as: [NAME]}
      loss: {measure: test_loss, at_most: 1}
      shown: {measure: train_loss}
  two:
    kind: training
    title: Two
    training: TRAINING
    expect:
      acc: {measure: test_accuracy, at_least: 70}
      loss: {measure: test_loss, at_most: 2}
    variants:
      a: {}
      b: {}
  order:
    kind: comparison
    title: Order
    expect:
      acc: {measure: test_accuracy, descending: [one, "two[a]"]}
"""


@pytest.mark.parametrize("name", ["loss", '"two[a].acc"', '"two[a].acc", "two[b].acc", loss'])
def test_names_that_lead_somewhere(read: Callable[..., LabFile], name: str) -> None:
    assert "one" in read(LAB.replace("NAME", name)).lab.questions


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("acc", "acc is this expectation itself"),
        ("one.acc", "one.acc is this expectation itself"),
        ("los", "no expectation los, did you mean loss? (here: acc, loss, shown; elsewhere: two[a].acc, two[a].loss, two[b].acc, two[b].loss, order.acc)"),
        ("two.acc", "two has variants, name one of them: two[a].acc, ..."),
        ("shown", "one.shown only shows a value, it has no condition that could be met"),
        ('"two[a].loss"', "two[a].loss is about `test_loss`, this one about `test_accuracy`"),
        ("order.acc", "order.acc is an order, which the runs of one unit do not meet"),
    ],
)  # fmt: skip
def test_names_that_do_not(says: Callable[..., list[str]], name: str, message: str) -> None:
    assert says(LAB.replace("NAME", name)) == [f"8:70 questions.one.expect.acc.or_as[0]: {message}"]


def test_needs_a_condition_of_its_own(says: Callable[..., list[str]]) -> None:
    lab = LAB.replace("at_least: 80, points: 1, or_as: [NAME]", "or_as: [loss]")
    assert len(found := says(lab)) == 1
    assert found[0].endswith(
        "`or_as` needs a condition: one of band, modes, equals, at_least, at_most, trend"
    )


def test_a_question_says_it_for_every_variant_but_not_of_itself(
    read: Callable[..., LabFile], says: Callable[..., list[str]]
) -> None:
    shared = LAB.replace("or_as: [NAME]", "or_as: [loss]").replace(
        "at_least: 70", 'at_least: 70, or_as: ["two[b].acc"]'
    )
    assert says(shared) == [
        "16:59 questions.two.expect.acc.or_as[0]: two[b].acc is this expectation itself"
    ]
    assert read(LAB.replace("NAME", "loss")).lab.questions["two"]
