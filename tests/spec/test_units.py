from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.spec.reader import LabFile
from assessment.spec.recipe import Adam, Sgd
from assessment.spec.units import points, units, waiting

LAB = """
title: Lab
defaults:
  training:
    dataset: {name: digits}
    optimizer: {name: sgd, learning_rate: 0.1, momentum: 0.9}
    epochs: 3
    batch_size: 32
  expect:
    accuracy: {measure: test_accuracy, at_least: 80, points: 2}
  seeds: 2
questions:
  rates:
    kind: training
    title: Learning rates
    training: {model: {name: m}}
    expect:
      loss: {measure: test_loss, at_most: 1, points: 1}
    reported: {test_accuracy: 90, test_loss: 0.5}
    variants:
      lr-0.1: {}
      adam:
        title: with Adam
        set: {optimizer: {name: adam}, epochs: 5}
        expect:
          loss: {measure: test_loss, at_most: 2, points: 3}
          best: {measure: test_accuracy, at: best}
        reported: {test_loss: 0.25}
  plain:
    kind: training
    title: Plain
    training: {model: {name: m}, optimizer: {momentum: 0.5}}
    seeds: 1
  order:
    kind: comparison
    title: Order
    expect:
      o: {measure: test_accuracy, descending: [plain, "rates[adam]"], points: 4}
  why:
    kind: written
    title: Why
    rubric: [{points: 1.5, text: a}, {points: 2, text: b}]
  number:
    kind: answer
    title: Number
    answer: {value: 3}
    points: 7
"""


@pytest.fixture
def lab_file(read: Callable[..., LabFile]) -> LabFile:
    return read(LAB)


def test_units_stand_in_file_order(lab_file: LabFile) -> None:
    found = units(lab_file.lab)
    assert list(found) == ["rates[lr-0.1]", "rates[adam]", "plain", "order", "why", "number"]
    assert all(unit.id == name for name, unit in found.items())


def test_a_variant_is_laid_on_its_question(lab_file: LabFile) -> None:
    unit = units(lab_file.lab)["rates[adam]"]
    assert unit.title == "Learning rates: with Adam"
    assert unit.training is not None
    assert unit.training.optimizer == Adam(name="adam")
    assert (unit.training.epochs, unit.training.batch_size) == (5, 32)
    assert list(unit.expect) == ["accuracy", "loss", "best"]
    assert unit.expect["loss"].points == 3
    assert unit.reported == {"test_accuracy": 90, "test_loss": 0.25}
    assert unit.question is lab_file.lab.questions["rates"]


def test_a_variant_without_title_is_called_by_its_key(lab_file: LabFile) -> None:
    unit = units(lab_file.lab)["rates[lr-0.1]"]
    assert unit.title == "Learning rates: lr-0.1"
    assert unit.training is not None
    assert unit.training.optimizer == Sgd(name="sgd", learning_rate=0.1, momentum=0.9)


def test_a_question_without_variants_is_one_unit(lab_file: LabFile) -> None:
    unit = units(lab_file.lab)["plain"]
    assert (unit.variant, unit.title) == (None, "Plain")
    assert unit.training is not None
    assert unit.training.optimizer == Sgd(name="sgd", learning_rate=0.1, momentum=0.5)
    assert unit.question.seeds == 1  # type: ignore[union-attr]


def test_other_kinds_have_no_recipe_and_no_reported_values(lab_file: LabFile) -> None:
    for name in ("order", "why", "number"):
        unit = units(lab_file.lab)[name]
        assert (unit.training, unit.reported) == (None, {})


def test_points_and_waiting(lab_file: LabFile) -> None:
    found = units(lab_file.lab)
    assert {name: points(unit) for name, unit in found.items()} == {
        "rates[lr-0.1]": 3, "rates[adam]": 5, "plain": 2, "order": 4, "why": 0, "number": 7,
    }  # fmt: skip
    assert {name: waiting(unit) for name, unit in found.items() if waiting(unit)} == {"why": 3.5}


def test_lines_name_questions_and_units(lab_file: LabFile) -> None:
    assert lab_file.lines == {
        "rates": 13, "rates[lr-0.1]": 21, "rates[adam]": 22, "plain": 29, "order": 34, "why": 39,
        "number": 43,
    }  # fmt: skip
