# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.spec.reader import LabFile

LAB = """\
title: Lab
questions:
  q:
    kind: training
    title: Q
    training:
      model: {{name: m}}
      dataset: {{name: d{split}}}
      optimizer: {{name: sgd, learning_rate: 0.1}}
      epochs: {epochs}
      batch_size: 32
      record: {{{record}}}
    expect:
      e: {{{expect}}}
"""


def _lab(expect: str, *, epochs: int = 3, record: str = "", split: bool = False) -> str:
    part = ", split: {validation: 0.1}" if split else ""
    return LAB.format(expect=expect, epochs=epochs, record=record, split=part)


@pytest.mark.parametrize(
    ("expect", "settings", "field", "message"),
    [
        ("measure: validation_accuracy", {}, "measure", "`validation_accuracy` needs `training.dataset.split`"),
        ("measure: validation_loss", {}, "measure", "`validation_loss` needs `training.dataset.split`"),
        ("measure: gradient_norm", {}, "measure", "`gradient_norm` needs `training.record.gradients`"),
        ("measure: gradient_mean", {}, "measure", "`gradient_mean` needs `training.record.gradients`"),
        ("measure: last_gradient_norm", {}, "measure", "`last_gradient_norm` needs `training.record.gradients`"),
        ("measure: first_batch_loss", {}, "measure", "`first_batch_loss` needs `training.record.every`"),
        ("measure: last_batch_loss", {}, "measure", "`last_batch_loss` needs `training.record.every`"),
        ("measure: test_accuracy, at: 5", {}, "at", "epoch 5 is beyond `training.epochs: 3`"),
        ("measure: test_loss, at: best", {"record": "evaluate: end"}, "at", "`at: best` needs `training.record.evaluate: epoch`"),
        ("measure: test_loss, at: 2", {"record": "evaluate: end"}, "at", "`at: 2` needs `training.record.evaluate: epoch`"),
        ("measure: test_loss, trend: falling", {"record": "evaluate: end"}, "trend", "`trend` needs `training.record.evaluate: epoch`"),
        ("measure: train_loss, trend: falling", {"epochs": 1}, "trend", "`trend` needs more than `training.epochs: 1`"),
        ("measure: epochs_to_accuracy, target: 90", {"record": "evaluate: end"}, "measure", "`epochs_to_accuracy` needs `training.record.evaluate: epoch`"),
        ("measure: epochs_to_accuracy, target: 101", {}, "target", "an accuracy is between 0 and 100 percent, found 101"),
        ("measure: epochs_to_train_loss, target: 0", {}, "target", "a loss to reach is above 0, found 0"),
        ("measure: test_accuracy, tolerance: 1", {}, "tolerance", "`tolerance` goes with `equals`"),
        ("measure: test_accuracy, equals: []", {}, "equals", "an empty list accepts nothing"),
        ("measure: test_accuracy, at_least: 90, zero_at: 90", {}, "zero_at", "90 is not below 90, where all points are earned"),
        ("measure: test_accuracy, band: {low: 90}, zero_at: 95", {}, "zero_at", "95 is not below 90, where all points are earned"),
        ("measure: test_accuracy, band: {high: 90}, zero_at: 50", {}, "zero_at", "`zero_at` needs a band with `low`"),
        ("measure: test_accuracy, at_least: 100, zero_at: 50", {}, "zero_at", "no partial credit below 100 %: there is no error rate left to compare"),
        ("measure: test_accuracy, modes: {}", {}, "modes", "needs at least one mode"),
        ("measure: test_accuracy, modes: {a: {low: 1, high: 3}, b: {low: 3, high: 9}}", {}, "modes.b.low", "modes a and b overlap: 3 is not above 3"),
        ("measure: test_accuracy, modes: {b: {low: 3, high: 9, share: 0.5}}", {}, "modes", "no mode earns all of the points: the largest `share` is 0.5"),
    ],
)  # fmt: skip
def test_an_expectation_that_no_run_can_answer(
    says: Callable[..., list[str]],
    expect: str,
    settings: dict[str, object],
    field: str,
    message: str,
) -> None:
    [line] = says(_lab(expect, **settings))  # type: ignore[arg-type]
    place, _, text = line.partition(" ")
    assert text == f"questions.q.expect.e.{field}: {message}"
    assert place.startswith("14:")


@pytest.mark.parametrize(
    ("expect", "settings"),
    [
        ("measure: validation_accuracy, at: 3", {"split": True}),
        ("measure: gradient_norm", {"record": "gradients: {}"}),
        ("measure: last_batch_loss", {"record": "every: 10"}),
        ("measure: test_accuracy, at: 3", {"record": "evaluate: end"}),
        ("measure: train_loss, trend: falling", {"record": "evaluate: end"}),
        # gradients are compared from step to step
        ("measure: gradient_norm, trend: falling", {"epochs": 1, "record": "gradients: {of: all}"}),
        ("measure: test_accuracy, band: calibrated, zero_at: 50", {}),
        (
            "measure: test_accuracy, modes: {a: {low: 1, high: 2}, b: {low: 3, high: 9, share: 0}}",
            {},
        ),
        ("measure: epochs_to_accuracy, target: 85", {}),
    ],
)
def test_an_expectation_that_can_be_answered(
    read: Callable[..., LabFile], expect: str, settings: dict[str, object]
) -> None:
    assert list(read(_lab(expect, **settings)).lab.questions["q"].expect) == ["e"]  # type: ignore[arg-type, union-attr]


VARIANTS = """\
title: Lab
questions:
  q:
    kind: training
    title: Q
    training: TRAINING
    expect:
      late: {measure: test_accuracy, at: 3}
      norm: {measure: gradient_norm}
    variants:
      a: {set: {record: {gradients: {}}}}
      b:
        set: {epochs: 2, record: {gradients: {of: first_layer}}}
        expect: {val: {measure: validation_loss}}
"""


def test_variants_are_checked_one_by_one(says: Callable[..., list[str]]) -> None:
    assert says(VARIANTS) == [
        "8:42 questions.q.expect.late.at: epoch 3 is beyond `training.epochs: 2` (variant b)",
        "14:33 questions.q.variants.b.expect.val.measure: "
        "`validation_loss` needs `training.dataset.split` (variant b)",
    ]


def test_what_a_variant_replaces_is_not_asked_of_it(read: Callable[..., LabFile]) -> None:
    text = VARIANTS.replace("{val: {measure: validation_loss}}", "{late: {measure: test_accuracy}}")
    assert read(text).lab.title == "Lab"


def test_each_side_of_a_comparison_is_asked(says: Callable[..., list[str]]) -> None:
    text = """\
    title: Lab
    questions:
      a: {kind: training, title: A, training: TRAINING}
      b: {kind: training, title: B, training: TRAINING, variants: {x: {set: {dataset: {split: {validation: 0.1}}}}}}
      c:
        kind: comparison
        title: C
        expect:
          val: {measure: validation_accuracy, descending: [a, "b[x]"]}
          late: {measure: test_accuracy, at: 9, best: a, among: ["b[x]", a]}
    """
    assert says(text) == [
        "9:22 questions.c.expect.val.measure: `validation_accuracy` needs `training.dataset.split` (a)",
        "10:42 questions.c.expect.late.at: epoch 9 is beyond `training.epochs: 3` (a)",
    ]


@pytest.mark.parametrize("among", ["[a]", "[a, a]"])
def test_what_is_best_of_itself_alone_is_no_order(
    says: Callable[..., list[str]], among: str
) -> None:
    text = f"""\
    title: Lab
    questions:
      a: {{kind: training, title: A, training: TRAINING}}
      c:
        kind: comparison
        title: C
        expect:
          best: {{measure: test_accuracy, best: a, among: {among}, points: 1}}
    """
    lines = [line.partition(" ")[2] for line in says(text)]
    assert "questions.c.expect.best.among: a is compared with nothing but itself" in lines
