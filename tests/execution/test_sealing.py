"""What a jailed run is given: labels of what it trains on, test images in a secret order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessment.datasets import cache
from assessment.datasets.images import ImageSet
from assessment.datasets.split import validation_split
from assessment.execution.sealing import generator_for, seal


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> ImageSet:
    return cache.load("digits", Path(tmp_path_factory.mktemp("data")))


def test_the_order_of_test_images_follows_from_the_secret_and_the_run(digits: ImageSet) -> None:
    def order(secret: bytes, run: str) -> list[int]:
        _, found = seal({}, digits, generator_for(secret, run))
        assert found is not None
        return list(found)

    first = order(b"course", "key 1")
    assert first == order(b"course", "key 1")
    assert sorted(first) == list(range(digits.test_size))
    assert first != order(b"course", "key 2")
    assert first != order(b"another", "key 1")


def test_test_images_go_out_in_that_order(digits: ImageSet) -> None:
    arrays, order = seal({}, digits, generator_for(b"course", "key"))
    assert order is not None
    assert np.array_equal(arrays["test_images"], digits.test_images[order])
    assert set(arrays) == {"labels", "test_images"}
    assert np.array_equal(arrays["labels"], digits.train_labels)


def test_labels_of_validation_images_stay_here(digits: ImageSet) -> None:
    train, held = validation_split(digits.train_labels, 0.2, stratified=True)
    arrays, _ = seal({"train": train, "validation": held}, digits, generator_for(b"course", "key"))
    assert np.array_equal(arrays["labels"], digits.train_labels[train])
    assert len(arrays["labels"]) + len(held) == digits.train_size


def test_control_labels_are_the_same_ones_in_another_order(digits: ImageSet) -> None:
    arrays, _ = seal({}, digits, generator_for(b"course", "key"), control=True)
    assert np.array_equal(np.bincount(arrays["labels"]), np.bincount(digits.train_labels))
    same = np.mean(arrays["labels"] == digits.train_labels)
    assert same < 0.2, "about a tenth by chance"


def test_a_smoke_run_sees_them_as_they_lie(digits: ImageSet) -> None:
    arrays, order = seal({}, digits, generator_for(b"course", "key"), shuffle=False)
    assert order is None
    assert np.array_equal(arrays["test_images"], digits.test_images)
