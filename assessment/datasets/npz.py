"""Reading `<name>.npz` with `x_train`, `y_train`, `x_test`, `y_test`, as Keras publishes MNIST."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.decoded import Decoded
from assessment.errors import DataError

_KEYS = {
    "train_images": "x_train",
    "train_labels": "y_train",
    "test_images": "x_test",
    "test_labels": "y_test",
}
_CHANNELS = (1, 3)


def read_npz(path: Path) -> Decoded:
    """Decode a file; its classes are called `0`, `1`, and so on.

    Images are uint8, (N, height, width) or (N, height, width, channels) with 1 or 3 channels;
    labels are integers from 0, (N,) or (N, 1), and every one of them occurs in training.

    Raises:
        DataError: Anything else; the message names file and key.
    """
    arrays = {part: _check(path, key, array) for (part, key), array in _read(path, _KEYS)}
    for kind in ("train", "test"):
        images, labels = arrays[f"{kind}_images"], arrays[f"{kind}_labels"]
        if len(images) != len(labels):
            raise DataError(
                f"{path}: x_{kind} has {len(images):,} images, y_{kind} {len(labels):,} labels"
            )
    shapes = [arrays[f"{kind}_images"].shape[1:] for kind in ("train", "test")]
    if shapes[0] != shapes[1]:
        sizes = [" x ".join(str(size) for size in shape) for shape in shapes]
        raise DataError(f"{path}: images of x_train are {sizes[0]}, of x_test {sizes[1]}")
    count = _count_classes(path, arrays["train_labels"], arrays["test_labels"])
    for part in ("train_labels", "test_labels"):
        arrays[part] = arrays[part].astype(np.int64)
    return Decoded(arrays, tuple(str(number) for number in range(count)))


def read_labels(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the labels of the training and of the test images alone.

    Raises:
        DataError: as `read_npz` does, for what is wrong with the labels.
    """
    wanted = {part: key for part, key in _KEYS.items() if part.endswith("labels")}
    train, test = (_check(path, key, array) for (_, key), array in _read(path, wanted))
    _count_classes(path, train, test)
    return train, test


def _read(path: Path, wanted: Mapping[str, str]) -> list[tuple[tuple[str, str], NDArray[Any]]]:
    try:
        with path.open("rb") as file:  # NumPy leaves a damaged file open
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                raise DataError(f"{path}: holds one array, expected {', '.join(_KEYS.values())}")
            names = list(loaded.files)
            if missing := [key for key in _KEYS.values() if key not in names]:
                found = ", ".join(names) or "nothing"
                raise DataError(f"{path}: has no {', '.join(missing)}; found: {found}")
            return [((part, key), _take(path, loaded, key)) for part, key in wanted.items()]
    except DataError:
        raise
    except Exception as error:  # of a damaged file: whatever zipfile, zlib and NumPy raise
        raise DataError(
            f"{path}: cannot be read as .npz ({error}); is it truncated or something else?"
        ) from error


def _take(path: Path, file: Any, key: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = file[key]
    except Exception as error:
        raise DataError(f"{path}: {key}: truncated, damaged or no plain array: {error}") from error
    return array


def _check(path: Path, key: str, array: NDArray[Any]) -> NDArray[Any]:
    """Give images with four dimensions, or labels with one."""
    found = f"{path}: {key}: found {array.dtype} {array.shape}, expected"
    if key.startswith("y"):
        if array.dtype.kind not in "iu" or array.ndim == 0 or array.shape[1:] not in [(), (1,)]:
            raise DataError(f"{found} integer labels (N,) or (N, 1)")
        array = array.reshape(-1)
    else:
        if array.dtype != np.uint8:
            raise DataError(f"{found} uint8 pixels from 0 to 255")
        if array.ndim == 3:
            array = array[..., np.newaxis]
        if array.ndim != 4 or array.shape[3] not in _CHANNELS:
            raise DataError(
                f"{found} (N, height, width) or (N, height, width, channels) "
                "with 1 or 3 channels, last"
            )
    if array.size == 0:
        raise DataError(f"{path}: {key}: empty, its shape is {array.shape}")
    return array


def _count_classes(path: Path, train: NDArray[Any], test: NDArray[Any]) -> int:
    lowest, highest = int(train.min()), int(train.max())
    if lowest != 0:
        raise DataError(
            f"{path}: y_train: labels run from {lowest} to {highest}; count the classes from 0"
        )
    present = np.unique(train)
    if len(present) <= highest:
        absent = next(number for number, label in enumerate(present) if number != label)
        raise DataError(
            f"{path}: y_train: labels run from 0 to {highest}, but none is {absent}; "
            "number the classes without gaps"
        )
    if int(test.min()) < 0 or int(test.max()) > highest:
        raise DataError(
            f"{path}: y_test: found labels {test.min()} to {test.max()}, y_train has 0 to {highest}"
        )
    return highest + 1
