"""Reading IDX files, the format of MNIST and its relatives.

Two zero bytes, a type code, the number of dimensions, the dimensions as big-endian
32-bit numbers, the values row by row, big-endian.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assessment.errors import DataError

_TYPES = {0x08: np.dtype("u1"), 0x0C: np.dtype(">i4")}
_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path, dtype: str, dimensions: int) -> NDArray[Any]:
    """Read one file, plain (then memory-mapped, read-only) or ending in `.gz`.

    Args:
        path: The file.
        dtype: What it must hold: `u1` (unsigned bytes) or `>i4`.
        dimensions: How many dimensions it must have.

    Raises:
        DataError: Unreadable, wrong magic number, truncated or overlong; the message names the
            file and the bytes found and expected.
    """
    try:
        return _read(path, np.dtype(dtype), dimensions)
    except OSError as error:  # gzip.BadGzipFile is one too
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except zlib.error as error:
        raise DataError(f"{path}: damaged gzip file: {error}") from error


def _read(path: Path, dtype: np.dtype[Any], dimensions: int) -> NDArray[Any]:
    header_bytes = 4 + 4 * dimensions
    packed = path.suffix == ".gz"
    with gzip.open(path) if packed else path.open("rb") as file:
        header = _read_up_to(file, header_bytes)
        shape = _parse_header(path, header, dtype, dimensions)
        expected = header_bytes + math.prod(shape) * dtype.itemsize
        if packed:
            content = header + _read_up_to(file, expected - header_bytes + 1)
            found = len(content)
        else:
            found = path.stat().st_size
    if found != expected:
        wrong = "truncated" if found < expected else "longer than its header says"
        count = f"more than {expected:,}" if packed and found > expected else f"{found:,}"
        sizes = " x ".join(str(size) for size in shape)
        raise DataError(
            f"{path}: {wrong}: {count} bytes found{' after unpacking' if packed else ''}, "
            f"{expected:,} expected ({sizes} values behind a header of {header_bytes} bytes)"
        )
    if packed:
        return np.frombuffer(content, dtype, offset=header_bytes).reshape(shape)
    return np.memmap(path, dtype, "r", offset=header_bytes, shape=shape)


def _parse_header(
    path: Path, header: bytes, dtype: np.dtype[Any], dimensions: int
) -> tuple[int, ...]:
    code = next(code for code, known in _TYPES.items() if known == dtype)
    magic = bytes([0, 0, code, dimensions])
    if header[:4] != magic[: len(header)]:
        hint = ""
        if header.startswith(_GZIP_MAGIC):
            hint = "; it is compressed: append .gz to its name"
        raise DataError(
            f"{path}: wrong magic number: found {header[:4].hex(' ')}, "
            f"expected {magic.hex(' ')}{hint}"
        )
    needed = 4 + 4 * dimensions
    if len(header) < needed:
        raise DataError(
            f"{path}: truncated: {len(header)} bytes found, a header of {needed} bytes expected"
        )
    shape: tuple[int, ...] = struct.unpack(f">{dimensions}I", header[4:])
    if 0 in shape:
        raise DataError(f"{path}: empty: its header says {' x '.join(map(str, shape))} values")
    return shape


def _read_up_to(file: Any, count: int) -> bytes:
    """Read `count` bytes, or fewer where a packed or plain file ends early."""
    chunks: list[bytes] = []
    while count > 0:
        try:
            chunk = file.read(min(count, 1 << 20))
        except EOFError:  # a gzip file without its end
            break
        if not chunk:
            break
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)
