"""A decoded image set and the hash of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.registry import PARTS
from assessment.errors import DataError


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Four memory-mapped arrays, each in a file of its own, none of them writable.

    `torch.from_numpy` warns about arrays that cannot be written: copy what becomes a tensor.
    """

    name: str
    """What a spec writes."""
    classes: tuple[str, ...]
    """Class names; a label is a position in here."""
    train_images: NDArray[np.uint8]
    """Shape (N, height, width, channels)."""
    train_labels: NDArray[np.int64]
    """Shape (N,), 0 to len(classes) - 1."""
    test_images: NDArray[np.uint8]
    """Shape (M, height, width, channels)."""
    test_labels: NDArray[np.int64]
    """Shape (M,), 0 to len(classes) - 1."""
    sha256: str
    """Hash over types, shapes and values of the four arrays, the same on every machine."""
    digests: Mapping[str, str]
    """The same of each array, by its name."""
    paths: Mapping[str, Path]
    """The .npy file of each array, by its name."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels of every image."""
        _, height, width, channels = self.train_images.shape
        return height, width, channels

    @property
    def train_size(self) -> int:
        """Training images."""
        return len(self.train_labels)

    @property
    def test_size(self) -> int:
        """Test images."""
        return len(self.test_labels)


def hash_array(array: NDArray[np.generic]) -> str:
    """Hash type, shape and values of one array."""
    content = np.ascontiguousarray(array)
    digest = begin_hash(content.dtype.str, content.shape)
    digest.update(content.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def begin_hash(kind: str, shape: tuple[int, ...]) -> hashlib._Hash:
    """Begin the hash of an array whose values follow."""
    return hashlib.sha256(f"{kind} {shape}\n".encode())


def hash_set(digests: Mapping[str, str]) -> str:
    """Make the hash of a set from those of its arrays."""
    lines = "".join(f"{part} {digests[part]}\n" for part in PARTS)
    return hashlib.sha256(lines.encode()).hexdigest()


def verify(images: ImageSet) -> None:
    """Hash every value again: 0.1 s for MNIST.

    Raises:
        DataError: An array is not what was decoded; the message names its file.
    """
    for part in PARTS:
        found = hash_array(getattr(images, part))
        if found != images.digests[part]:
            raise DataError(
                f"{images.paths[part]}: damaged: its values hash to {found[:12]}, "
                f"{images.digests[part][:12]} were stored"
            )
