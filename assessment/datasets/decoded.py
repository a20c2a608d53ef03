"""What a decoder hands to the cache: arrays, or images in batches where they are too many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.registry import PARTS, DatasetInfo
from assessment.errors import DataError

Array = NDArray[np.generic]


@dataclass(frozen=True)
class Stream:
    """Images that are decoded while they are written; can be gone through once."""

    shape: tuple[int, int, int, int]
    """Images, height, width, channels."""
    batches: Iterator[NDArray[np.uint8]]
    """All of them in order, some at a time."""


@dataclass(frozen=True)
class Decoded:
    """One whole set."""

    arrays: Mapping[str, Array | Stream]
    """Part to content: uint8 images (N, H, W, C), int64 labels (N,)."""
    classes: tuple[str, ...]
    """Class names; a label is a position in here."""
    resized: bool = False
    """Whether images of differing sizes were scaled to the size asked for."""


def check_known(info: DatasetInfo, where: str, decoded: Decoded) -> None:
    """Compare a known set that comes in files of one's own with what it must be.

    Raises:
        DataError: Other counts, sizes, channels or classes; the message names `where`.
    """
    for part in PARTS:
        count = info.train if part.startswith("train") else info.test
        expected = (count, *info.shape) if part.endswith("images") else (count,)
        found = decoded.arrays[part].shape
        if found != expected:
            sizes = [" x ".join(str(size) for size in shape) for shape in (found, expected)]
            raise DataError(
                f"{where}: {part}: found {sizes[0]} values, {info.title} has {sizes[1]}"
            )
    if len(decoded.classes) != len(info.classes):
        raise DataError(
            f"{where}: found {len(decoded.classes)} classes, {info.title} has {len(info.classes)}"
        )
