from __future__ import annotations

import pytest

from assessment.datasets.registry import KNOWN, PARTS, suggest


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


def test_names_of_ones_own_are_suggested_too() -> None:
    assert suggest("pest", ["pets"]) == "pets"
    assert suggest("pest") is None


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_classes_of_cifar_are_in_alphabetical_order(name: str) -> None:
    classes = KNOWN[name].classes
    assert list(classes) == sorted(classes)
    assert len(classes) == int(name.removeprefix("cifar"))
