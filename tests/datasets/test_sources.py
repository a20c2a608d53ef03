from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.datasets.registry import DatasetInfo
from assessment.datasets.sources import (
    Source,
    decode,
    describe_missing,
    find_source,
    list_missing,
    locate,
)
from assessment.errors import DataError


def decode_all(info: DatasetInfo, files: Mapping[str, Path]) -> Mapping[str, Any]:
    with decode(Source(files), info) as decoded:
        return decoded.arrays


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_decodes_what_was_written(
    tmp_path: Path, tiny: DatasetInfo, write_set: Callable, suffix: str
) -> None:
    written = write_set(tiny, tmp_path, suffix=suffix)
    arrays = decode_all(tiny, locate(tiny, tmp_path))
    assert arrays["train_images"].shape == (20, 28, 28, 1)
    assert arrays["test_labels"].dtype == np.int64
    for part, array in arrays.items():
        np.testing.assert_array_equal(array.reshape(written[part].shape), written[part])


def test_plain_file_goes_before_packed_one(
    tmp_path: Path, tiny: DatasetInfo, write_set: Callable
) -> None:
    write_set(tiny, tmp_path)
    write_set(tiny, tmp_path, seed=1, suffix=".gz")
    assert not any(path.suffix for path in locate(tiny, tmp_path).values())


def test_files_of_another_set(tmp_path: Path, tiny: DatasetInfo, write_idx: Callable) -> None:
    path = tmp_path / "file"
    sources = dict.fromkeys(("train_images", "train_labels", "test_images", "test_labels"), path)
    for shape, said in [
        ((10, 28, 28), "found 10 x 28 x 28 values, Tiny has 20 x 28 x 28"),
        ((20, 32, 32), "found 20 x 32 x 32 values, Tiny has 20 x 28 x 28"),
    ]:
        write_idx(path, np.zeros(shape, np.uint8))
        with pytest.raises(DataError, match=f"file: {said}"):
            decode_all(tiny, sources)


def test_labels_outside_the_classes(
    tmp_path: Path, tiny: DatasetInfo, write_set: Callable, write_idx: Callable
) -> None:
    write_set(tiny, tmp_path)
    write_idx(tmp_path / tiny.files[3].path, np.arange(1, 11, dtype=np.uint8))
    with pytest.raises(DataError, match="found labels 1 to 10, Tiny has 0 to 9") as caught:
        decode_all(tiny, locate(tiny, tmp_path))
    assert "t10k-labels" in str(caught.value)


def test_says_which_files_belong_where(
    tmp_path: Path, tiny: DatasetInfo, write_set: Callable
) -> None:
    error = describe_missing(tiny, tmp_path, ", and that is all")
    assert str(error) == (
        f"Tiny is not in {tmp_path}, and that is all; "
        "its files: MNIST/raw/train-images-idx3-ubyte and 3 more"
    )
    assert "(missing)" not in error.files
    assert "--assess-data=DIR or ASSESSMENT_DATA" in error.files
    also = "also found as tiny.npz, tiny.zip or tiny/train/<class>/ with test/ beside it"
    assert also in error.files

    write_set(tiny, tmp_path)
    (tmp_path / tiny.files[2].path).unlink()
    assert [file.part for file in list_missing(tiny, tmp_path)] == ["test_images"]
    error = describe_missing(tiny, tmp_path, "")
    assert str(error) == (
        f"Tiny is not complete in {tmp_path}; missing: MNIST/raw/t10k-images-idx3-ubyte"
    )
    assert [line for line in error.files.splitlines() if line.endswith("(missing)")] == [
        "  MNIST/raw/t10k-images-idx3-ubyte  (missing)"
    ]


def test_files_as_published_go_before_ones_own(
    tmp_path: Path, tiny: DatasetInfo, write_set: Callable
) -> None:
    """Taking away what is found shows what comes next."""
    write_set(tiny, tmp_path)
    (tmp_path / "tiny" / "train").mkdir(parents=True)
    (tmp_path / "tiny.zip").touch()
    (tmp_path / "tiny.npz").touch()
    order = []
    for found in (tiny.files[0].path, "tiny.npz", "tiny.zip"):
        source = find_source("tiny", tmp_path)
        assert source is not None
        order.append(source.own.form if source.own else "published")
        assert list_missing(tiny, tmp_path) == []
        (tmp_path / found).unlink()
    source = find_source("tiny", tmp_path)
    assert source is not None
    assert source.own is not None
    assert [*order, source.own.form] == ["published", "npz", "zip", "folder"]
    (tmp_path / "tiny" / "train").rmdir()
    assert find_source("tiny", tmp_path) is None
    assert [file.part for file in list_missing(tiny, tmp_path)] == ["train_images"]
