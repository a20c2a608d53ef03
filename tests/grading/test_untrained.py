"""Untrained networks are told from others at the rate that is stated, however they scatter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from assessment.execution.preparation import Preparation
from assessment.grading.untrained import knows_names
from assessment.models.digits import Cnn, Mlp
from assessment.spec.recipe import Dataset

Array = np.ndarray[Any, Any]


def digits(count: int) -> tuple[torch.Tensor, Array]:
    """Return test images of the digits lab, (N, 1, 8, 8), and their labels."""
    found = Preparation(None).images(Dataset(name="digits"))
    images = torch.from_numpy(np.array(found.test_images[:count])).permute(0, 3, 1, 2)
    return images / 255, np.array(found.test_labels[:count])


@pytest.mark.parametrize(
    ("make", "networks", "count", "expected"),
    [(lambda: Mlp(8), 400, 899, (8, 33)), (Cnn, 40, 200, (0, 6))],
)
def test_of_untrained_networks_as_many_are_told_as_is_said(
    make: Callable[[], nn.Module], networks: int, count: int, expected: tuple[int, int]
) -> None:
    """With 19 other ways to name their outputs one in 20, give or take 3 standard deviations."""
    images, labels = digits(count)
    accuracies, told = [], 0
    for seed in range(networks):
        torch.manual_seed(seed)
        with torch.no_grad():
            predicted = make().eval()(images).argmax(dim=1).numpy()
        accuracies.append(100 * float((predicted == labels).mean()))
        told += knows_names(predicted, labels, 10, ways=19)
        assert not knows_names(predicted, labels, 10)
    binomial = 100 * (0.1 * 0.9 / count) ** 0.5
    assert np.std(accuracies) > 1.3 * binomial, "which is why no share of right ones is the rule"
    assert expected[0] <= told <= expected[1]


@pytest.mark.parametrize("classes", [9, 10, 25])
def test_who_knows_the_labels_is_told(classes: int) -> None:
    labels = np.arange(900) % classes
    assert knows_names(labels, labels, classes)
    guessed = np.random.default_rng(1).integers(0, classes, 900)
    assert knows_names(np.where(np.arange(900) % 7 < 2, labels, guessed), labels, classes)
    assert not knows_names(guessed, labels, classes)


def test_of_few_classes_nothing_can_be_told() -> None:
    """One of 40,320 untrained networks of eight classes has each name right by chance."""
    labels = np.arange(800) % 8
    assert not knows_names(labels, labels, 8)


def test_one_answer_for_all_images_is_none_that_is_known() -> None:
    labels = np.where(np.arange(1000) % 10 < 8, 0, np.arange(1000) % 10)
    assert not knows_names(np.zeros(1000, int), labels, 10), "80 % of the images are of that class"
    assert not knows_names(np.zeros(0, int), np.zeros(0, int), 10), "no prediction was finite"
