"""Laws of what repeated honest runs reach, in standard deviations from their mean."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Law = Callable[[np.random.Generator, tuple[int, ...]], Array]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw from the law that the limits are made for."""
    return rng.standard_normal(shape)


def left_skewed(skewness: float) -> Law:
    """Return a mirrored gamma law: a long tail of bad runs, few that are much better."""
    form = 4 / skewness**2

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return (form - rng.standard_gamma(form, shape)) / math.sqrt(form)

    return draw


LAWS: dict[str, Law] = {
    "normal": normal,
    "left-skewed (-0.5)": left_skewed(-0.5),
    "left-skewed (-0.8)": left_skewed(-0.8),
}

MODES = {"good": (98.0, 0.2, 0.7), "stuck": (90.0, 0.5, 0.3)}
"""A law of two modes: of each its mean and standard deviation, in percent, and its share."""

BORDER = 94.0
"""Which runs belong to the good mode, as a spec's regions would say."""


def two_modes(rng: np.random.Generator, shape: tuple[int, ...], drop: float = 0.0) -> Array:
    """Draw accuracies, percent, lower by `drop` standard deviations of their own mode."""
    mean, sd, share = (np.array(column) for column in zip(*MODES.values(), strict=True))
    mode = rng.choice(len(MODES), size=shape, p=share)
    accuracies: Array = mean[mode] + sd[mode] * (rng.standard_normal(shape) - drop)
    return accuracies


def epochs_to_target(rng: np.random.Generator, shape: tuple[int, ...], delay: float) -> Array:
    """Draw whole epochs to a target, later by a factor; infinite where 20 do not suffice."""
    epochs = np.ceil(np.exp(rng.normal(math.log(8), 0.5, shape)) * (1 + delay))
    return np.where(epochs > 20, np.inf, epochs)
