from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assessment.datasets.idx import read_idx
from assessment.errors import DataError

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_reads_plain_and_packed(tmp_path: Path, write_idx: Callable, name: str) -> None:
    write_idx(tmp_path / name, IMAGES)
    found = read_idx(tmp_path / name, "u1", 3)
    assert found.dtype == np.uint8
    assert not found.flags.writeable
    np.testing.assert_array_equal(found, IMAGES)


def test_reads_big_endian_integers(tmp_path: Path, write_idx: Callable) -> None:
    numbers = np.array([[1, -2], [70_000, 4]], dtype=np.int32)
    write_idx(tmp_path / "numbers", numbers)
    np.testing.assert_array_equal(read_idx(tmp_path / "numbers", ">i4", 2), numbers)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[:-1], "truncated: 75 bytes found, 76 expected (3 x 4 x 5 values"),
        (lambda content: content[:16], "truncated: 16 bytes found, 76 expected"),
        (lambda content: content[:9], "truncated: 9 bytes found, a header of 16 bytes expected"),
        (lambda content: content[:2], "truncated: 2 bytes found, a header of 16 bytes expected"),
        (lambda content: b"", "truncated: 0 bytes found, a header of 16 bytes expected"),
        (lambda content: content + b"!!", "longer than its header says: 78 bytes found, 76"),
        (lambda content: b"<htm" + content[4:], "found 3c 68 74 6d, expected 00 00 08 03"),
        (lambda content: b"\0\0\x08\x01" + content[4:], "found 00 00 08 01, expected 00 00 08 03"),
        (lambda content: b"\0\0\x0d\x03" + content[4:], "found 00 00 0d 03, expected 00 00 08 03"),
        (gzip.compress, "it is compressed: append .gz to its name"),
        (lambda content: content[:4] + b"\0\0\0\0" + content[8:], "empty: its header says 0 x 4"),
        (lambda content: content[:4] + b"\xff" * 12 + content[16:], "76 bytes found, 79,228,162"),
    ],
)
def test_damaged_plain_file(
    tmp_path: Path, write_idx: Callable, change: Callable[[bytes], bytes], said: str
) -> None:
    path = tmp_path / "images"
    write_idx(path, IMAGES)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        read_idx(path, "u1", 3)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda packed: packed[: len(packed) // 2], "bytes found after unpacking, 7,856 expected"),
        (lambda packed: packed[:5], "truncated: 0 bytes found, a header of 16"),
        (lambda packed: b"plain text, not gzip", "cannot be read: Not a gzipped file"),
        (lambda packed: packed[:30] + b"\xff" * 60 + packed[90:], "images.gz: "),
        (lambda packed: gzip.compress(gzip.decompress(packed)[:-5]), "7,851 bytes found after"),
        (lambda packed: gzip.compress(gzip.decompress(packed) * 2), "more than 7,856 bytes found"),
    ],
)
def test_damaged_packed_file(
    tmp_path: Path, write_idx: Callable, change: Callable[[bytes], bytes], said: str
) -> None:
    path = tmp_path / "images.gz"
    noise = np.random.default_rng(0).integers(0, 256, (10, 28, 28), dtype=np.uint8)
    write_idx(path, noise)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        read_idx(path, "u1", 3)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_absent_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="images: cannot be read: No such file"):
        read_idx(tmp_path / "images", "u1", 3)
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_idx(tmp_path, "u1", 3)
