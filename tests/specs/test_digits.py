"""The digits lab shows every feature of a spec file, and its failing rate fails."""

from __future__ import annotations

from typing import Any

import pytest

from assessment.spec.lab import KINDS
from assessment.spec.units import Unit


@pytest.fixture
def lab(units_of: Any) -> dict[str, Unit]:
    found: dict[str, Unit] = units_of("digits")
    return found


def test_units(lab: dict[str, Unit]) -> None:
    assert list(lab) == [
        "q1-mlp",
        "q2-cnn",
        "q3-learning-rate[lr-0.001]",
        "q3-learning-rate[lr-0.05]",
        "q3-learning-rate[lr-3]",
        "q4-comparison",
        "q5-explain",
        "q6-softmax",
        "q7-parameters",
        "q8-checkpoint",
    ]
    assert {unit.question.kind for unit in lab.values()} == set(KINDS)


def test_shows_what_a_recipe_can_say(lab: dict[str, Unit]) -> None:
    recipes = [unit.training for unit in lab.values() if unit.training is not None]
    assert all(training.dataset.transforms for training in recipes)
    assert any(training.dataset.split for training in recipes)
    assert any(training.schedule.name == "milestones" for training in recipes)
    assert any(training.record.every for training in recipes)
    assert any(training.record.gradients for training in recipes)
    assert any(training.record.first_layer_weights for training in recipes)
    assert {training.optimizer.name for training in recipes} == {"sgd", "adam"}


def test_shows_what_a_question_can_ask(lab: dict[str, Unit]) -> None:
    questions = [unit.question for unit in lab.values()]
    assert any(getattr(question, "seeds", 1) > 1 for question in questions)
    assert any(getattr(question, "sample_images", 0) for question in questions)
    expectations = [e for unit in lab.values() for e in unit.expect.values()]
    for field in ("band", "modes", "equals", "zero_at", "requires"):
        assert any(getattr(e, field, None) for e in expectations), field
    for field in ("descending", "best", "show"):
        assert any(getattr(e, field, None) for e in expectations), field
    assert any(unit.question.may_diverge for unit in lab.values() if unit.variant)  # type: ignore[union-attr]


def test_another_optimizer_keeps_nothing_of_the_default(lab: dict[str, Unit]) -> None:
    training = lab["q2-cnn"].training
    assert training is not None
    assert training.optimizer.model_dump(exclude_unset=True) == {
        "name": "adam",
        "learning_rate": 0.01,
    }
