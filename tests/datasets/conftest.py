"""A tiny image set in MNIST's format, known under the name `tiny`."""

from __future__ import annotations

import dataclasses
import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assessment.datasets.registry import KNOWN, DatasetInfo

WriteIdx = Callable[[Path, NDArray[np.generic]], None]
WriteSet = Callable[..., dict[str, NDArray[np.generic]]]


@pytest.fixture
def write_idx() -> WriteIdx:
    """Write an array as the format's description says, packed if the name ends in .gz."""

    def write(path: Path, array: NDArray[np.generic]) -> None:
        code = {1: 0x08, 4: 0x0C}[array.dtype.itemsize]
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
        content = header + array.astype(array.dtype.newbyteorder(">")).tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)

    return write


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> DatasetInfo:
    """MNIST with 20 training and 10 test images."""
    info = dataclasses.replace(KNOWN["mnist"], name="tiny", title="Tiny", train=20, test=10)
    monkeypatch.setitem(KNOWN, "tiny", info)
    return info


@pytest.fixture
def write_set(write_idx: WriteIdx) -> WriteSet:
    """Write random files of a set below a folder; give what is in them, labels as published."""

    def write(info: DatasetInfo, folder: Path, seed: int = 0, suffix: str = "") -> dict:
        generator = np.random.default_rng(seed)
        content: dict[str, NDArray[np.generic]] = {}
        for file in info.files:
            count = info.train if file.part.startswith("train") else info.test
            if file.part.endswith("images"):
                shape: tuple[int, ...] = (count, *info.shape[:2])
                array = generator.integers(0, 256, shape, dtype=np.uint8)
            else:
                array = np.arange(count) % len(info.classes) + info.first_label
                array = array.astype(np.uint8)
                if file.path.endswith("idx2-int"):
                    columns = generator.integers(0, 9, (count, 8), dtype=np.int32)
                    columns[:, 0] = array
                    array = columns
            content[file.part] = array
            write_idx(folder / f"{file.path}{suffix}", array)
        return content

    return write
