"""Reading CIFAR-10 and CIFAR-100 as published: Python pickles, in a folder or packed in one file.

A pickle may call anything when it is read. Here it may build numbers, texts, lists and
dictionaries, and name the few things that make up a NumPy array; stand-ins answer to these
names, so that not even NumPy runs before type, shape and length have been looked at.
"""

from __future__ import annotations

import io
import math
import pickle
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.registry import DatasetInfo
from assessment.errors import DataError


def read_cifar(
    sources: Mapping[str, Path], info: DatasetInfo
) -> dict[str, NDArray[np.uint8] | NDArray[np.int64]]:
    """Decode a set into uint8 images (N, 32, 32, 3) and int64 labels (N,).

    Args:
        sources: Part to file, or the one packed file as `archive`.
        info: The set that is expected.

    Raises:
        DataError: A file is damaged, is not of this set, or asks for more than data.
    """
    arrays: dict[str, NDArray[np.uint8] | NDArray[np.int64]] = {}
    parts = [file.part for file in info.files]
    for kind, count in (("train", info.train), ("test", info.test)):
        arrays[f"{kind}_images"] = np.empty((count, *info.shape), np.uint8)
        arrays[f"{kind}_labels"] = np.empty(count, np.int64)
    for part, where, content in _contents(sources, info):
        kind = part.partition("_")[0]
        alike = [other for other in parts if other.startswith(kind)]
        labels = arrays[f"{kind}_labels"]
        count = len(labels) // len(alike)
        rows = slice(alike.index(part) * count, (alike.index(part) + 1) * count)
        images, labels[rows] = _parse(where, content, info, count)
        arrays[f"{kind}_images"][rows] = images
    return arrays


def _contents(sources: Mapping[str, Path], info: DatasetInfo) -> Iterator[tuple[str, str, bytes]]:
    """Give part, name and content of each file, in any order."""
    if "archive" in sources:
        yield from _unpack(sources["archive"], info)
        return
    for part, path in sources.items():
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
        yield part, str(path), content


def _unpack(archive: Path, info: DatasetInfo) -> Iterator[tuple[str, str, bytes]]:
    wanted = {file.path: file.part for file in info.files}
    try:
        with tarfile.open(archive, "r|gz") as members:
            for member in members:
                part = wanted.get(member.name.removeprefix("./"))
                file = members.extractfile(member) if part and member.isfile() else None
                if part and file is not None:
                    yield part, f"{archive}: {member.name}", file.read()
                    del wanted[member.name.removeprefix("./")]
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{archive}: truncated or damaged: {error}") from error
    if wanted:
        raise DataError(f"{archive}: {', '.join(wanted)} not found in it")


def _parse(
    where: str, content: bytes, info: DatasetInfo, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give images (count, 32, 32, 3) and labels (count,) of one file."""
    try:
        table = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # of a damaged pickle: whatever its opcodes stumble over
        raise DataError(
            f"{where}: truncated, damaged or no file of {info.title}: {error or 'it ends early'}"
        ) from error
    if not isinstance(table, dict):
        raise DataError(f"{where}: found no dictionary, {info.title} has one in each file")
    named = {key.decode("latin1") if isinstance(key, bytes) else key: table[key] for key in table}
    data, labels = named.get("data"), named.get("labels", named.get("fine_labels"))
    height, width, channels = info.shape
    size = height * width * channels
    if not isinstance(data, _Array) or not data.holds_bytes((count, size)):
        found = data if isinstance(data, _Array) else type(data).__name__
        raise DataError(f"{where}: `data` is {found}, expected an array of {count} x {size} bytes")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise DataError(f"{where}: found no list of numbers in `labels` or `fine_labels`")
    if len(labels) != count:
        raise DataError(f"{where}: found {len(labels):,} labels, {count:,} expected")
    if min(labels) < 0 or max(labels) >= len(info.classes):
        raise DataError(
            f"{where}: found labels {min(labels)} to {max(labels)}, "
            f"{info.title} has 0 to {len(info.classes) - 1}"
        )
    images = np.frombuffer(data.content, np.uint8).reshape(
        (count, size), order="F" if data.fortran else "C"
    )
    planes = images.reshape(count, channels, height, width)
    return planes.transpose(0, 2, 3, 1), np.array(labels, np.int64)


class _Dtype:
    """Stands for `numpy.dtype`."""

    def __init__(self, name: object = None, *_: object) -> None:
        self.name = name.decode("latin1") if isinstance(name, bytes) else name

    def __setstate__(self, state: object) -> None:
        """Byte order and the like: of no account for bytes."""


class _Array:
    """Stands for a NumPy array and for the function that begins one."""

    def __init__(self, *_: object) -> None:
        self.shape: object = None
        self.dtype: object = None
        self.fortran, self.content = False, b""

    def __setstate__(self, state: tuple[object, object, object, object, object]) -> None:
        _, self.shape, self.dtype, fortran, content = state
        self.fortran = bool(fortran)
        self.content = content if isinstance(content, bytes) else b""

    def holds_bytes(self, shape: tuple[int, int]) -> bool:
        kind = self.dtype.name if isinstance(self.dtype, _Dtype) else None
        return kind == "u1" and self.shape == shape and len(self.content) == math.prod(shape)

    def __str__(self) -> str:
        kind = self.dtype.name if isinstance(self.dtype, _Dtype) else "?"
        return f"an array {self.shape} of {kind} with {len(self.content):,} bytes"


class _Bytes(bytes):
    """Stands for `_codecs.encode`, with which Python 3 writes bytes for Python 2."""

    def __new__(cls, text: str = "", encoding: str = "latin1") -> _Bytes:
        return super().__new__(cls, text, "latin1")

    def __setstate__(self, state: object) -> NoReturn:
        raise pickle.UnpicklingError("bytes have no state")


# All of them are classes with `__setstate__`: a pickle cannot put attributes on such a class.
_STAND_INS: Mapping[tuple[str, str], type] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("_codecs", "encode"): _Bytes,
}


class _Unpickler(pickle.Unpickler):
    """Build nothing but data."""

    def find_class(self, module: str, name: str) -> Any:
        """Give the stand-in for what a file of CIFAR names; refuse everything else."""
        try:
            return _STAND_INS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which no such file needs: it is not opened"
            ) from None
