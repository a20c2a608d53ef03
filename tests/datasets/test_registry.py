from __future__ import annotations

import pytest

from assessment.datasets.registry import KNOWN, PARTS, find, suggest
from assessment.errors import DataError


def test_every_set_is_described_completely() -> None:
    for name, info in KNOWN.items():
        assert info.name == name
        assert len(set(info.classes)) == len(info.classes) >= 10
        assert info.train > 0
        assert info.test > 0
        if info.format == "idx":
            assert tuple(file.part for file in info.files) == PARTS
            assert info.downloader


def test_no_two_sets_share_a_file() -> None:
    paths = [file.path for info in KNOWN.values() for file in info.files]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Fashion-MNIST", "fashion_mnist"),
        ("FashionMNIST", "fashion_mnist"),
        ("MNIST", "mnist"),
        ("digit", "digits"),
        ("emnist-leters", "emnist_letters"),
        ("imagenet", None),
    ],
)
def test_suggests_what_was_meant(written: str, meant: str | None) -> None:
    assert suggest(written) == meant


def test_unknown_name_lists_all() -> None:
    with pytest.raises(DataError) as caught:
        find("fashon_mnist")
    text = str(caught.value)
    assert "unknown data set 'fashon_mnist', did you mean fashion_mnist?" in text
    assert all(name in text for name in KNOWN)
