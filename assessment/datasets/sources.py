"""Published files: finding them below the data directory and decoding them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.digits import find_digits, read_digits
from assessment.datasets.idx import read_idx
from assessment.datasets.registry import PARTS, DatasetInfo, SourceFile
from assessment.errors import DataError

Arrays = Mapping[str, NDArray[np.generic]]
"""Part to array: uint8 images (N, H, W, C), int64 labels (N,)."""


def locate(info: DatasetInfo, data_dir: Path) -> dict[str, Path]:
    """Find the files of a set; what is missing is left out."""
    if info.format == "digits":
        return {"all": find_digits()}
    found = {}
    for file in info.files:
        plain = data_dir / file.path
        for path in (plain, plain.with_name(f"{plain.name}.gz")):
            if _exists(path):
                found[file.part] = path
                break
    return found


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except OSError:  # also a folder that must not be entered
        return False
    return True


def list_missing(info: DatasetInfo, data_dir: Path) -> list[SourceFile]:
    """List the files of a set that are not below the data directory, packed or not."""
    found = locate(info, data_dir)
    return [file for file in info.files if file.part not in found]


def describe_missing(info: DatasetInfo, data_dir: Path, reason: str) -> str:
    """Say which files belong where, and how to name another folder."""
    missing = list_missing(info, data_dir)
    some = len(missing) < len(info.files)
    files = [
        f"  {file.path}{'  (missing)' if some and file in missing else ''}" for file in info.files
    ]
    return "\n".join(
        [
            f"{info.title} is not complete in {data_dir}{reason}"
            if some
            else f"{info.title} is not in {data_dir}{reason}",
            f"These files belong below {data_dir}, as they are or with .gz appended:",
            *files,
            "Name another directory with --assess-data DIR or ASSESSMENT_DATA.",
        ]
    )


def decode(info: DatasetInfo, sources: Mapping[str, Path]) -> Arrays:
    """Decode a set whose files are all there.

    Raises:
        DataError: A file is damaged or is not of this set; the message names it.
    """
    if info.format == "digits":
        return read_digits(sources["all"], info)
    return {part: _read_part(info, part, sources[part]) for part in PARTS}


def _read_part(info: DatasetInfo, part: str, path: Path) -> NDArray[np.generic]:
    count = info.train if part.startswith("train") else info.test
    if part.endswith("images"):
        images = read_idx(path, "u1", 3)
        _expect_shape(info, path, images.shape, (count, *info.shape[:2]))
        return images.reshape(count, *info.shape)
    if "idx2" in path.name:  # QMNIST: eight numbers an image, the first is the class
        table = read_idx(path, ">i4", 2)
        _expect_shape(info, path, table.shape, (count, 8))
        labels = table[:, 0]
    else:
        labels = read_idx(path, "u1", 1)
        _expect_shape(info, path, labels.shape, (count,))
    classes = labels.astype(np.int64) - info.first_label
    if classes.min() < 0 or classes.max() >= len(info.classes):
        last = info.first_label + len(info.classes) - 1
        raise DataError(
            f"{path}: found labels {labels.min()} to {labels.max()}, "
            f"{info.title} has {info.first_label} to {last}"
        )
    return classes


def _expect_shape(
    info: DatasetInfo, path: Path, found: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    if found != expected:
        sizes = [" x ".join(str(size) for size in shape) for shape in (found, expected)]
        raise DataError(f"{path}: found {sizes[0]} values, {info.title} has {sizes[1]}")
