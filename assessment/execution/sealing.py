"""What a run of a submission is given in place of files: no label that it does not train on.

The jailed side sees labels of the images that it trains on, and the test images in an order that
follows from a secret; the grader undoes the order when predictions arrive.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import numpy as np

from assessment.datasets.images import ImageSet

Array = np.ndarray[Any, Any]
Order = Array | None
"""Position in file order of each test image in the order in which they are sent."""


def seal(
    indices: Mapping[str, Array],
    images: ImageSet,
    generator: np.random.Generator,
    *,
    shuffle: bool = True,
    control: bool = False,
) -> tuple[dict[str, Array], Order]:
    """Return the arrays that a run gets, and the order of the test images among them.

    Args:
        indices: `train` and `validation`, positions of the images of either part; empty where all
            are trained on.
        images: the data set.
        generator: draws the order of the test images.
        shuffle: bring the test images into a drawn order.
        control: permute the labels, so that nothing can be learnt from the images.
    """
    labels = images.train_labels
    if "train" in indices:
        labels = labels[indices["train"]]
    labels = labels.astype(np.int64)
    if control:
        labels = generator.permutation(labels)
    tests = images.test_images
    order = generator.permutation(len(tests)) if shuffle else None
    if order is not None:
        tests = tests[order]
    return {**indices, "labels": labels, "test_images": np.ascontiguousarray(tests)}, order


def generator_for(secret: bytes, run: str) -> np.random.Generator:
    """Return the generator of one run: the same for the same secret, else not to be foreseen."""
    digest = hmac.digest(secret, f"order {run}".encode(), hashlib.sha256)
    return np.random.default_rng(int.from_bytes(digest))
