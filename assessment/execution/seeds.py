"""Three disjoint families of seeds, so that no run is both yardstick and measured."""

from __future__ import annotations

FAMILY_SIZE = 1_000_000


def calibration_seed(index: int) -> int:
    """Return the seed of the reference's `index`-th repeat, from 0, for its bands."""
    return _member(1, index)


def practice_seed(index: int) -> int:
    """Return the seed of the `index`-th repeat, from 0, of an ordinary run."""
    return _member(2, index)


def _member(family: int, index: int) -> int:
    if not 0 <= index < FAMILY_SIZE:
        raise ValueError(f"seed index {index} is outside 0 to {FAMILY_SIZE - 1}")
    return family * FAMILY_SIZE + index
