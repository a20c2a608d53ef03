"""Accuracy and loss from logits and the labels that only the grader holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from assessment.boundary.messages import ProtocolError
from assessment.spec.recipe import Training

Array = np.ndarray[Any, Any]


def checked(name: str, logits: Array | None, count: int, classes: int) -> Array:
    """Return logits that have the form agreed on: float32 (count, classes).

    Raises:
        ProtocolError: they have not.
    """
    if logits is None:
        raise ProtocolError(f"no {name} predictions came")
    if logits.dtype != np.float32 or logits.shape != (count, classes):
        raise ProtocolError(
            f"{name} predictions are {logits.dtype} {logits.shape}, "
            f"float32 ({count}, {classes}) is wanted"
        )
    return logits


def accuracy(logits: Array, labels: Array) -> float:
    """Return the percentage of right predictions; one with a non-finite logit is wrong."""
    right = (logits.argmax(axis=1) == labels) & np.isfinite(logits).all(axis=1)
    return 100 * float(right.sum()) / len(labels)


def mean_loss(
    training: Training, logits: Array, labels: Array, *, normalize: bool = False
) -> float:
    """Return the mean negative log-likelihood, nats, over images or as the mean of batch means.

    With `normalize` also what claims to be logarithms of probabilities is made to add up to one,
    which changes nothing where it does.
    """
    values = logits.astype(np.float64)
    with np.errstate(all="ignore"):
        if training.loss == "cross_entropy" or normalize:
            values = values - values.max(axis=1, keepdims=True)
            values = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
        losses = -values[np.arange(len(labels)), labels]
        if training.loss_mean == "images":
            return float(losses.mean())
        size = training.evaluation_batch_size
        batches = [losses[start : start + size].mean() for start in range(0, len(losses), size)]
        return float(np.mean(batches))


def finite(value: object) -> float | None:
    """Return a finite number as float, and None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) else None
