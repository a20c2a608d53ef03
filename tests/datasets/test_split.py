from __future__ import annotations

import numpy as np
import pytest

from assessment.datasets.split import validation_split
from assessment.errors import DataError

CIFAR_LIKE = np.random.default_rng(7).permutation(np.repeat(np.arange(10), 5000))


@pytest.mark.parametrize("stratified", [True, False])
def test_every_image_is_on_one_side(stratified: bool) -> None:
    train, validation = validation_split(CIFAR_LIKE, 0.1, stratified)
    assert (len(train), len(validation)) == (45_000, 5_000)
    assert train.dtype == validation.dtype == np.int64
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert len(np.union1d(train, validation)) == 50_000


def test_stratified_holds_back_the_same_of_each_class() -> None:
    _, validation = validation_split(CIFAR_LIKE, 0.1, stratified=True)
    assert np.bincount(CIFAR_LIKE[validation]).tolist() == [500] * 10
    _, validation = validation_split(CIFAR_LIKE, 0.1)
    assert np.bincount(CIFAR_LIKE[validation]).tolist() != [500] * 10


def test_unequal_classes_are_rounded_one_by_one() -> None:
    labels = np.repeat([0, 1, 2], [100, 15, 4])
    _, validation = validation_split(labels, 0.1, stratified=True)
    assert np.bincount(labels[validation], minlength=3).tolist() == [10, 2, 0]


def test_seed_decides() -> None:
    labels = np.arange(1000) % 10
    first, again = validation_split(labels, 0.2, seed=3), validation_split(labels, 0.2, seed=3)
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[1] != validation_split(labels, 0.2, seed=4)[1]).any()


def test_stays_what_it_was_in_the_first_release() -> None:
    """A changed split would silently change every stored result."""
    _, validation = validation_split(np.arange(40) % 4, 0.2, stratified=True)
    assert validation.tolist() == [3, 9, 18, 20, 24, 25, 26, 39]
    _, validation = validation_split(np.arange(40) % 4, 0.2)
    assert validation.tolist() == [3, 9, 18, 24, 26, 30, 38, 39]


@pytest.mark.parametrize(("count", "share"), [(10, 0.04), (2, 0.9), (0, 0.5)])
@pytest.mark.parametrize("stratified", [True, False])
def test_neither_side_may_be_empty(count: int, share: float, stratified: bool) -> None:
    labels = np.zeros(count, np.uint8)
    with pytest.raises(DataError, match=f"share of {share} of {count} images leaves"):
        validation_split(labels, share, stratified)
