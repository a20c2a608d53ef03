"""What the two labs on image processing have in common."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import nn

from assessment.grading.answers import judge
from assessment.models.transfer import network
from assessment.results.record import Graded
from assessment.spec.lab import AnswerQuestion
from assessment.spec.units import Unit
from tests.execution.test_finished import a_run

ALEXNET = {"co543_lab7": 57_029_322, "co543_lab7_2025": 57_044_810}
"""Parameters asked for, by lab."""


@pytest.fixture(params=ALEXNET)
def stem(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def lab(stem: str, units_of: Callable[[str], dict[str, Unit]]) -> dict[str, Unit]:
    return units_of(stem)


def test_equal_recipes_stay_equal_so_that_they_are_trained_once(lab: dict[str, Unit]) -> None:
    assert lab["task2-1-model-a"].training == lab["task2-4-activations[relu]"].training
    assert lab["task2-1-model-b"].training == lab["task2-5-learning-rate[lr-0.001]"].training


@pytest.mark.parametrize(
    ("right", "accuracy", "earned"),
    [
        (True, 98.80, 10),
        (True, 11.35, 10),  # correct work that collapsed
        (True, 60.0, 1),  # in neither mode
        (False, 10.09, 0),  # a constant answer
        (False, 98.80, 0),
    ],
)
def test_alexnet_earns_in_either_mode_but_nothing_else_does(
    stem: str,
    grade_unit: Callable[..., dict[str, Graded]],
    right: bool,
    accuracy: float,
    earned: float,
) -> None:
    epochs = {"test_accuracy": [accuracy], "train_loss": [2.3]}
    run = a_run(parameters=ALEXNET[stem] if right else 10, epochs=epochs)
    graded = grade_unit(stem, "task1-alexnet", {"task1-alexnet": [run]})
    assert sum(one.earned for one in graded.values()) == earned
    if not right:
        assert graded["accuracy"].why == "needs parameters, which was not met"


def test_the_claim_of_local_response_normalisation_is_found_out(lab: dict[str, Unit]) -> None:
    question = lab["task1-normalisation"].question
    assert isinstance(question, AnswerQuestion)
    alexnet = network("alexnet")
    normalises = any(isinstance(layer, nn.LocalResponseNorm) for layer in alexnet.modules())
    assert question.answer == ("yes" if normalises else "no")
    assert not judge(question, str(question.reported)).right
