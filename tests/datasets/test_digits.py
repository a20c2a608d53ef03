from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from assessment.datasets.cache import load
from assessment.datasets.digits import find_digits, read_digits
from assessment.datasets.registry import KNOWN
from assessment.errors import DataError

INFO = KNOWN["digits"]


def test_equals_scikit_learn() -> None:
    bunch = load_digits()
    digits = load("digits")
    images = np.concatenate([digits.train_images, digits.test_images])
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    assert (digits.train_size, digits.test_size, digits.shape) == (898, 899, (8, 8, 1))
    np.testing.assert_array_equal(labels, bunch.target)
    np.testing.assert_array_equal(np.round(images[..., 0] / 255 * 16), bunch.images)
    assert images[bunch.images == 16].min() == 255
    assert set(images[..., 0][bunch.images == 8]) == {128}


def test_split_is_that_of_the_known_example() -> None:
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    _, test = train_test_split(bunch.target, test_size=0.5, shuffle=False)
    np.testing.assert_array_equal(load("digits").test_labels, test)


def test_reads_through_scikit_learn_where_the_file_moved() -> None:
    assert find_digits().name == "digits.csv.gz"
    direct = read_digits(find_digits(), INFO)
    asked = read_digits(Path("sklearn/__init__.py"), INFO)
    for part, array in direct.items():
        assert asked[part].dtype == array.dtype
        np.testing.assert_array_equal(asked[part], array)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"1,2,3\n"), r"found a table of \(1, 3\), expected \(1797, 65\)"),
        (gzip.compress(b"a,b\n"), "cannot be read"),
        (gzip.compress(b"1,2,3\n" * 500)[:-12], "cannot be read"),
        (b"nothing", "cannot be read: Not a gzipped file"),
        (gzip.compress((b"17," * 64 + b"1\n") * 1797), "pixels outside 0 to 16"),
    ],
)
def test_damaged_file(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "digits.csv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        read_digits(path, INFO)
    assert str(path) in str(caught.value)
