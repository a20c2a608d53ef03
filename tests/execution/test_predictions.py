"""What is kept of predictions: classes, counts, and the first mistakes with their pixels."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from assessment.execution.predictions import Predictions, picture

LABELS = np.array([0, 1, 2, 2, 1, 0], np.uint8)
IMAGES = np.arange(6 * 2 * 2, dtype=np.uint8).reshape(6, 2, 2, 1)


def logits_for(predicted: list[int]) -> np.ndarray[Any, Any]:
    """Return logits whose largest value is that of the predicted class."""
    return (np.eye(3)[predicted] * 2).astype(np.float32)


def test_images_are_counted_by_class_and_predicted_class() -> None:
    found = Predictions(logits_for([0, 1, 1, 2, 0, 0]), LABELS, IMAGES)
    assert found.classes.tolist() == [0, 1, 1, 2, 0, 0]
    assert found.confusion() == [[2, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert [(m.index, m.label, m.predicted) for m in found.mistakes()] == [(2, 2, 1), (4, 1, 0)]
    assert found.non_finite == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_images_with_non_finite_logits_are_in_no_class(value: float) -> None:
    logits = logits_for([0, 1, 2, 2, 1, 0])
    logits[1, 2] = value
    found = Predictions(logits, LABELS, IMAGES)
    assert found.classes.tolist() == [0, -1, 2, 2, 1, 0]
    assert found.non_finite == 1
    assert found.confusion() == [[2, 0, 0], [0, 1, 0], [0, 0, 2]]
    assert found.mistakes() == [], "it was put into no class, not into a wrong one"


def test_a_tie_goes_to_the_first_class() -> None:
    found = Predictions(np.zeros((6, 3), np.float32), LABELS, IMAGES)
    assert found.confusion() == [[2, 0, 0], [2, 0, 0], [2, 0, 0]]


def test_predictions_of_the_first_images_only() -> None:
    found = Predictions(logits_for([0, 1, 1]), LABELS, IMAGES)
    assert sum(map(sum, found.confusion())) == 3
    assert [mistake.index for mistake in found.mistakes()] == [2]


def test_only_the_first_mistakes_are_kept() -> None:
    wrong = Predictions(logits_for([1] * 40), np.zeros(40), np.zeros((40, 2, 2, 1), np.uint8))
    assert [mistake.index for mistake in wrong.mistakes()] == list(range(8))


def test_the_hash_tells_logits_apart() -> None:
    first, second = logits_for([0, 1, 2]), logits_for([0, 1, 2])
    second[0, 0] += 1e-6
    one, same, other = (Predictions(x, LABELS, IMAGES).sha256 for x in (first, first * 1, second))
    assert one == same
    assert one != other


def test_a_picture_keeps_every_pixel() -> None:
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(1, 2, 3, 3)
    found = picture(image, 0, label=1, predicted=2)
    assert found.shape == [2, 3, 3]
    decoded = np.frombuffer(base64.b64decode(found.pixels), np.uint8)
    np.testing.assert_array_equal(decoded.reshape(2, 3, 3), image[0])
