"""The validation set: which training images are held back."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from assessment.errors import DataError

SPLIT_SEED = 20_240_229
"""Of every validation split: it belongs to data set and recipe, so that all runs share it."""


def validation_split(
    labels: NDArray[np.integer],
    share: float,
    stratified: bool = False,
    seed: int = SPLIT_SEED,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose images for validation; the same ones on every machine and NumPy version.

    Args:
        labels: Labels of the training images, shape (N,).
        share: Part that validates, above 0 and below 1; counts are rounded, one half upwards.
        stratified: Hold back this share of each class, rather than of all images.
        seed: Decides which images.

    Returns:
        Sorted positions of the images that train and of those that validate, int64.

    Raises:
        DataError: One of the two would be empty.
    """
    order = _shuffle(len(labels), seed)
    if stratified:
        shuffled = np.asarray(labels)[order]
        held = [_first_share(order[shuffled == label], share) for label in np.unique(shuffled)]
        validation = np.sort(np.concatenate(held)) if held else order
    else:
        validation = np.sort(_first_share(order, share))
    train = np.setdiff1d(order, validation, assume_unique=True)
    train.sort()
    if len(train) == 0 or len(validation) == 0:
        raise DataError(
            f"a validation share of {share:g} of {len(labels)} images leaves {len(train)} to "
            f"train and {len(validation)} to validate"
        )
    return train, validation


def _shuffle(count: int, seed: int) -> NDArray[np.int64]:
    # NumPy promises the raw stream of a bit generator for ever, but not `Generator.permutation`.
    keys = np.random.PCG64(seed).random_raw(count)
    return np.argsort(keys, kind="stable").astype(np.int64)


def _first_share(order: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    return order[: math.floor(share * len(order) + 0.5)]
