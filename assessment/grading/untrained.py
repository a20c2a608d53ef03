"""Whether a network that should be untrained is more often right than its own chance explains.

How often untrained networks are right depends on how they are built, and scatters widely. But
nothing tells the outputs of one apart: their first weights are drawn alike, so that with the names
of its outputs exchanged it is as likely as the one that came. The true names are then one draw of
all ways to give them, and seldom better than many others.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from assessment.grading.suspicion import UNTRAINED

Array = np.ndarray[Any, Any]

WAYS = 200_000
"""Other ways to name the outputs, drawn with repetition: of nine classes 150,000 different ones."""
AT_ONCE = 1000


def knows_names(predicted: Array, labels: Array, classes: int, ways: int = WAYS) -> bool:
    """Tell whether predictions are more often right than with any other names of the outputs.

    Fewer than nine classes have fewer ways to be named than it takes: nothing can be told.

    Args:
        predicted: classes, (N,).
        labels: true classes, (N,).
        classes: how many there are.
        ways: how many other names are tried; one of so many untrained networks is told wrongly.
    """
    if math.factorial(classes) * UNTRAINED < 1:
        return False
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (predicted, labels), 1)
    outputs = np.arange(classes)
    right = counts.trace()
    generator = np.random.Generator(np.random.PCG64(0))
    for begun in range(0, ways, AT_ONCE):
        rows = np.tile(outputs, (min(AT_ONCE, ways - begun), 1))
        names = generator.permuted(rows, axis=1)
        others = (names != outputs).any(axis=1)
        if (counts[outputs, names].sum(axis=1)[others] >= right).any():
            return False
    return True
