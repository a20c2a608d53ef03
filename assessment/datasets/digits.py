"""scikit-learn's handwritten digits, the set that needs no download.

1,797 images of 8 x 8 pixels with values 0 to 16. The first 898 train and the last 899 test:
the unshuffled halves of scikit-learn's own example "Recognizing hand-written digits", so
that numbers can be compared with it. The file goes on from writer to writer, hence the
second half is by other hands than the first and a little harder than a random draw; and 899
test images halve the noise of the 180 that another of its examples keeps.

A value v becomes the byte (255 v + 8) // 16, which is 255 v / 16 rounded, one half upwards:
0 becomes 0, 8 becomes 128, 16 becomes 255, and no two values fall together.
"""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.registry import DatasetInfo
from assessment.errors import DataError


def find_digits() -> Path:
    """Give the file inside scikit-learn, or the package's first file where it moved elsewhere.

    scikit-learn itself is not imported: that takes a second.

    Raises:
        DataError: scikit-learn is not installed.
    """
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise DataError("the data set digits needs scikit-learn: pip install scikit-learn")
    table = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    return table if table.is_file() else Path(package.origin)


def read_digits(source: Path, info: DatasetInfo) -> dict[str, NDArray[np.generic]]:
    """Decode the digits into uint8 images (N, 8, 8, 1) and int64 labels (N,).

    Raises:
        DataError: scikit-learn's file is damaged.
    """
    values = _read_table(source) if source.suffix == ".gz" else _ask_scikit_learn()
    count = info.train + info.test
    if values.shape != (count, 65):
        raise DataError(f"{source}: found a table of {values.shape}, expected ({count}, 65)")
    pixels, labels = values[:, :64], values[:, 64]
    if pixels.min() < 0 or pixels.max() > 16 or labels.min() < 0 or labels.max() > 9:
        raise DataError(f"{source}: found pixels outside 0 to 16 or labels outside 0 to 9")
    images = ((pixels * 255 + 8) // 16).astype(np.uint8).reshape(count, *info.shape)
    return {
        "train_images": images[: info.train],
        "train_labels": labels[: info.train],
        "test_images": images[info.train :],
        "test_labels": labels[info.train :],
    }


def _read_table(source: Path) -> NDArray[np.int64]:
    try:
        with gzip.open(source, "rt", encoding="ascii") as lines:
            return np.loadtxt(lines, delimiter=",", ndmin=2).astype(np.int64)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(f"{source}: cannot be read: {error}") from error


def _ask_scikit_learn() -> NDArray[np.int64]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    table: NDArray[np.int64] = np.column_stack([bunch.data, bunch.target]).astype(np.int64)
    return table
