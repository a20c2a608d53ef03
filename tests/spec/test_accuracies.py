# ruff: noqa: E501 - tables with one case a line
"""Accuracies in percent: what is refused, what is asked back, what passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.spec.doubts import lab_doubts
from assessment.spec.reader import LabFile

LAB = """\
title: Lab
questions:
  q:
    kind: training
    title: Q
    training:
      model: {name: m}
      dataset: {name: d}
      optimizer: {name: sgd, learning_rate: 0.1}
      epochs: 3
      batch_size: 32
      RECIPE
    expect:
      e: {EXPECT}
  c:
    kind: comparison
    title: C
    expect:
      o: {measure: test_accuracy, ORDER}
"""


def lab(expect: str = "measure: test_loss", recipe: str = "", order: str = "show: [q, q2]") -> str:
    second = "  q2: {kind: training, title: Q2, training: TRAINING}\n"
    text = LAB.replace("EXPECT", expect).replace("RECIPE", recipe).replace("ORDER", order)
    return text.replace("  c:\n", second + "  c:\n")


@pytest.mark.parametrize(
    ("expect", "found"),
    [
        ("at_least: 0.97", ["at_least: percent: 0.97 means 0.97 %, write 97"]),
        ("at_least: 150", ["at_least: an accuracy is between 0 and 100 percent, found 150"]),
        ("at_least: -1", ["at_least: an accuracy is between 0 and 100 percent, found -1"]),
        ("at_most: 100.5", ["at_most: an accuracy is between 0 and 100 percent, found 100.5"]),
        ("band: {low: 0.9, high: 0.99}", ["band.low: percent: 0.9 means 0.9 %, write 90", "band.high: percent: 0.99 means 0.99 %, write 99"]),
        ("band: {low: 0.9, high: 1}", ["band.low: percent: 0.9 means 0.9 %, write 90", "band.high: percent: 1 means 1 %, write 100"]),
        ("band: {low: 0.985}", ["band.low: percent: 0.985 means 0.985 %, write 98.5"]),
        ("band: {low: 90, high: 190}", ["band.high: an accuracy is between 0 and 100 percent, found 190"]),
        ("modes: {a: {low: 0.1, high: 0.2}}", ["modes.a.low: percent: 0.1 means 0.1 %, write 10", "modes.a.high: percent: 0.2 means 0.2 %, write 20"]),
        ("equals: 0.5", ["equals: percent: 0.5 means 0.5 %, write 50"]),
        ("equals: [90, 101]", ["equals[1]: an accuracy is between 0 and 100 percent, found 101"]),
        ("at_least: 90, zero_at: 0.5", ["zero_at: percent: 0.5 means 0.5 %, write 50"]),
        ("at_least: 90, reported: 970", ["reported: an accuracy is between 0 and 100 percent, found 970"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("measure", ["test_accuracy", "validation_accuracy"])
def test_what_no_run_can_have_is_refused(
    says: Callable[..., list[str]], measure: str, expect: str, found: list[str]
) -> None:
    split = "\n      dataset: {name: d, split: {validation: 0.1}}"
    text = lab(f"measure: {measure}, {expect}").replace("\n      dataset: {name: d}", split, 1)
    lines = [line.partition(" ")[2] for line in says(text)]
    assert lines == [f"questions.q.expect.e.{line}" for line in found]


def test_every_other_mistake_is_told_beside_it(says: Callable[..., list[str]]) -> None:
    text = lab("measure: test_accuracy, band: {low: 0.9, high: 0.99}", recipe="epoch: 3")
    assert [line.split(" ")[0] for line in says(text)] == ["12:7", "14:47", "14:58"]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("early_stopping: {test_accuracy: 0.85}", "test_accuracy: percent: 0.85 means 0.85 %, write 85"),
        ("early_stopping: {test_accuracy: 120}", "test_accuracy: must be a number from 0 to 100, found the number 120"),
    ],
)  # fmt: skip
def test_early_stopping(says: Callable[..., list[str]], recipe: str, message: str) -> None:
    [line] = says(lab(recipe=recipe))
    assert line.endswith(f"questions.q.training.early_stopping.{message}")


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("target: 0.9, show: [q, q2]", "target: percent: 0.9 means 0.9 %, write 90"),
        ("target: 900, show: [q, q2]", "target: an accuracy is between 0 and 100 percent, found 900"),
    ],
)  # fmt: skip
def test_targets_of_orders(says: Callable[..., list[str]], order: str, message: str) -> None:
    text = lab(order=order).replace("o: {measure: test_accuracy", "o: {measure: epochs_to_accuracy")
    [line] = says(text)
    assert line.endswith(f"questions.c.expect.o.{message}")
    text = lab(f"measure: epochs_to_accuracy, {order.partition(',')[0]}")
    [line] = says(text)
    assert line.endswith(f"questions.q.expect.e.{message}")


def test_a_lead_of_more_than_everything(says: Callable[..., list[str]]) -> None:
    [line] = says(lab(order="descending: [q, q2], by_at_least: 101"))
    assert line.endswith("accuracies are at most 100 percentage points apart, found 101")


@pytest.mark.parametrize(
    "expect",
    [
        "measure: test_accuracy, at_least: 0",
        "measure: test_accuracy, at_least: 97.5",
        "measure: test_accuracy, at_most: 100",
        "measure: test_accuracy, band: {low: 0, high: 1}",
        "measure: test_accuracy, band: {low: 0.5, high: 1.5}",
        "measure: test_accuracy, at_most: 1",
        "measure: test_accuracy, modes: {not-finite: {low: 0, high: 0}, guessing: {low: 0.5, high: 2}}",
        "measure: test_accuracy, at_least: 90, zero_at: 1",
        "measure: test_loss, at_most: 0.5",
        "measure: epochs_to_train_loss, target: 0.5, at_most: 150",
        "measure: seconds, at_most: 900",
        "measure: parameters, equals: 1000",
    ],
)  # fmt: skip
def test_honest_values_pass_without_a_word(read: Callable[..., LabFile], expect: str) -> None:
    assert (
        list(lab_doubts(read(lab(expect, order="descending: [q, q2], by_at_least: 0.5")).lab)) == []
    )


@pytest.mark.parametrize(
    ("expect", "recipe", "text"),
    [
        ("measure: test_accuracy, at_least: 1", "", "e: 1 is 1 %, which guessing reaches; if all images are meant, write 100"),
        ("measure: test_accuracy, at_most: 0.97", "", "e: percent: 0.97 means 0.97 %, write 97, unless a run that must fail is meant"),
        ("measure: test_accuracy, band: {low: 0, high: 0.9}", "", "e: percent: 0.9 means 0.9 %, write 90, unless a run that must fail is meant"),
        ("measure: test_accuracy, at_least: 90, reported: 0.91", "", "e: `reported` percent: 0.91 means 0.91 %, write 91"),
        ("measure: test_loss", "schedule: {name: milestones, epochs: [2, 5]}", "schedule: the learning rate would change after epoch 5, and epoch 3 is the last"),
        ("measure: test_loss", "schedule: {name: milestones, epochs: [3]}", "schedule: the learning rate would change after epoch 3, and epoch 3 is the last"),
        ("measure: test_loss", "schedule: {name: step, every: 9}", "schedule: the learning rate would change after epoch 9, and epoch 3 is the last"),
    ],
)  # fmt: skip
def test_what_may_be_meant_is_asked_back(
    read: Callable[..., LabFile], expect: str, recipe: str, text: str
) -> None:
    assert list(lab_doubts(read(lab(expect, recipe)).lab)) == [("q", f"q.{text}")]


def test_reports_that_give_shares(read: Callable[..., LabFile]) -> None:
    text = lab().replace(
        "    expect:\n      e",
        "    reported: {test_accuracy: [0.5, 0.93], train_loss: 0.2}\n    expect:\n      e",
        1,
    )
    assert list(lab_doubts(read(text).lab)) == [
        ("q", "q.reported.test_accuracy: percent: 0.93 means 0.93 %, write 93")
    ]


def test_what_variants_share_is_said_once(read: Callable[..., LabFile]) -> None:
    variants = "    variants: {a: {}, b: {set: {epochs: 9}}, c: {}}\n    expect:\n      e"
    text = lab("measure: test_accuracy, at_least: 1", "schedule: {name: milestones, epochs: [5]}")
    found = list(
        lab_doubts(
            read(
                text.replace("    expect:\n      e", variants, 1).replace("[q, q2]", '["q[a]", q2]')
            ).lab
        )
    )
    assert [unit for unit, _ in found] == ["q[a]", "q[a]"]
