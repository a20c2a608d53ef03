"""A run's predictions of the test images beside their labels: what is kept and shown of them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from assessment.results.record import Mistake

Array = np.ndarray[Any, Any]

MISTAKES_KEPT = 8


@dataclass(frozen=True)
class Predictions:
    """Logits of the first M test images, all of them but in a smoke run."""

    logits: Array
    """float32 (M, C) for C classes."""
    test_labels: Array
    """Of all test images."""
    test_images: Array
    """uint8 (N, H, W, C), to show mistakes."""

    @cached_property
    def classes(self) -> Array:
        """Classes predicted, (M,) int64, -1 where a logit was not finite."""
        return np.where(self._finite, self.logits.argmax(axis=1), -1)

    @property
    def non_finite(self) -> int:
        """Images with a logit that was not finite."""
        return int((~self._finite).sum())

    @property
    def sha256(self) -> str:
        """Hash over the logits."""
        return hashlib.sha256(np.ascontiguousarray(self.logits, dtype="<f4").tobytes()).hexdigest()

    def confusion(self) -> list[list[int]]:
        """Count images by class and predicted class; those in no class are left out."""
        count = self.logits.shape[1]
        counts = np.zeros((count, count), dtype=np.int64)
        seen = self.classes >= 0
        np.add.at(counts, (self._labels[seen], self.classes[seen]), 1)
        table: list[list[int]] = counts.tolist()
        return table

    def mistakes(self) -> list[Mistake]:
        """Return the first images that were put into a wrong class, with their pixels."""
        labels, predicted = self._labels, self.classes
        wrong = np.flatnonzero((predicted != labels) & (predicted >= 0))[:MISTAKES_KEPT]
        return [picture(self.test_images, int(i), int(labels[i]), int(predicted[i])) for i in wrong]

    @cached_property
    def _finite(self) -> Array:
        return np.asarray(np.isfinite(self.logits).all(axis=1))

    @property
    def _labels(self) -> Array:
        return self.test_labels[: len(self.logits)].astype(np.int64)


def picture(images: Array, index: int, label: int, predicted: int) -> Mistake:
    """Return one image of (N, H, W, C) uint8 with its names' numbers."""
    image = np.ascontiguousarray(images[index])
    return Mistake(
        index=index,
        label=label,
        predicted=predicted,
        pixels=base64.b64encode(image.tobytes()).decode(),
        shape=list(image.shape),
    )
