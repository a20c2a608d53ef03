"""Training images to show to a reader."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def first_of_different_classes(labels: NDArray[np.integer], count: int) -> list[int]:
    """Give positions of the first images, in file order, that all differ in class.

    Fewer than `count` where there are fewer classes.
    """
    _, first = np.unique(labels, return_index=True)
    return [int(index) for index in np.sort(first)[:count]]
