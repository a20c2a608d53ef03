"""Images stay what they are, and are trained on in a DataLoader's order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from assessment.training.data import Order, load_images, load_labels

CPU = torch.device("cpu")


@pytest.mark.parametrize(("size", "batch_size"), [(23, 5), (24, 8), (7, 64), (1, 1)])
def test_shuffled_order_is_that_of_a_stock_loader_epoch_after_epoch(
    size: int, batch_size: int
) -> None:
    loader = DataLoader(
        TensorDataset(torch.arange(size)),
        batch_size=batch_size,
        shuffle=True,
        generator=torch.Generator().manual_seed(11),
    )
    order = Order(size, batch_size, shuffle=True, seed=11)
    epochs = []
    for _ in range(3):
        batches = [batch.tolist() for batch in order.batches(CPU)]  # type: ignore[union-attr]
        assert batches == [batch.tolist() for (batch,) in loader]
        assert sorted(index for batch in batches for index in batch) == list(range(size))
        epochs.append(batches)
    assert size == 1 or epochs[0] != epochs[1]


def test_order_depends_on_the_seed_and_on_nothing_else() -> None:
    def first_epoch(seed: int) -> list[int]:
        torch.rand(3)  # the global generator has no say
        batches = Order(50, 16, shuffle=True, seed=seed).batches(CPU)
        return torch.cat(list(batches)).tolist()  # type: ignore[arg-type]

    assert first_epoch(1) == first_epoch(1)
    assert first_epoch(1) != first_epoch(2)


def test_drawing_an_order_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(4)
    torch.manual_seed(5)
    list(Order(50, 16, shuffle=True, seed=1).batches(CPU))
    assert torch.equal(torch.rand(4), expected)


def test_unshuffled_order_is_file_order() -> None:
    order = Order(10, 4, shuffle=False, seed=1)
    for _ in range(2):
        batches = [list(range(10))[batch] for batch in order.batches(CPU)]  # type: ignore[index]
        assert batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


@pytest.mark.parametrize("channels", [1, 3])
def test_writing_into_loaded_images_never_reaches_the_file(tmp_path: Path, channels: int) -> None:
    stored = np.arange(2 * 4 * 5 * channels, dtype=np.uint8).reshape(2, 4, 5, channels)
    np.save(tmp_path / "images.npy", stored)
    images = load_images(tmp_path / "images.npy", CPU)
    assert images.shape == (2, channels, 4, 5)
    assert torch.equal(images, torch.from_numpy(stored.transpose(0, 3, 1, 2).copy()))
    images.zero_()
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), stored)


def test_labels_become_int64(tmp_path: Path) -> None:
    np.save(tmp_path / "labels.npy", np.array([3, 0, 9], dtype=np.uint8))
    labels = load_labels(tmp_path / "labels.npy", CPU)
    assert labels.dtype == torch.int64
    assert labels.tolist() == [3, 0, 9]
