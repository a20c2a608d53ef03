from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from assessment.spec.document import parse_document
from assessment.spec.reader import LabFile
from assessment.spec.rendering import render_question, render_unit
from assessment.spec.units import units

LAB = """\
title: T
defaults:
  training:
    model: {name: m, arguments: {sizes: [3, 4], act: "no"}}
    dataset: {name: d}
    epochs: 3
    batch_size: 32
  expect: {acc: {measure: test_accuracy, at_least: 5}}
questions:
  rates:
    kind: training
    title: "1e-3"
    text: |
      Two
      lines.
    training: {optimizer: {name: sgd, learning_rate: 1e-5}}
    expect: {loss: {measure: test_loss, at_most: 1}}
    variants:
      big:
        set: {optimizer: {learning_rate: 10}}
        expect: {loss: {measure: test_loss, at_least: 1}}
      small: {}
  "2.5": {kind: written, title: "true", rubric: [{points: 1, text: größer}]}
"""


def test_a_question_is_itself_again(read: Callable[..., LabFile]) -> None:
    lab = read(LAB).lab
    text = "".join(render_question(name, question) for name, question in lab.questions.items())
    again = read(
        "title: T\nquestions:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    ).lab
    assert again.questions == lab.questions


def test_a_variant_is_a_question_without_variants(read: Callable[..., LabFile]) -> None:
    unit = units(read(LAB).lab)["rates[big]"]
    text = render_unit(unit)
    data = parse_document(text).data
    again = read(
        "title: T\nquestions:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    ).lab
    [(name, question)] = again.questions.items()
    assert name == "rates.big"
    assert question.training == unit.training  # type: ignore[union-attr]
    assert question.expect == unit.expect  # type: ignore[union-attr]
    assert question.title == "1e-3: big"
    assert "variants" not in data["rates.big"]


TEXTS = ["no", "1e-3", "0o17", "1.1", "true", "", "~", "2024-01-01", "a: b", "- x", "#", "größer"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_stay_texts(text: str) -> None:
    parsed = parse_document(render_question("q", {"value": text, text: 1}))
    assert parsed.data == {"q": {"value": text, text: 1}}
    assert parsed.findings == []


def test_no_aliases_are_written() -> None:
    shared = {"x": [1, 2]}
    text = render_question("q", {"a": shared, "b": shared})
    assert "&" not in text
    assert yaml.safe_load(text) == {"q": {"a": shared, "b": shared}}
