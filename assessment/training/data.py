"""Images as uint8 tensors on the device, and the order in which they are trained on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor


def load_images(path: str | Path, device: torch.device) -> Tensor:
    """Return the images of a `.npy` file as uint8 (N, C, H, W) on the device.

    The file is mapped copy-on-write: on the CPU gray images are used where they
    lie, and nothing that a solution does to the tensor can reach the file.
    """
    return as_images(np.load(path, mmap_mode="c"), device)


def as_images(array: np.ndarray[Any, Any], device: torch.device) -> Tensor:
    """Return images, uint8 (N, H, W, C), as (N, C, H, W) on the device."""
    images = torch.from_numpy(array)
    count, height, width, channels = images.shape
    if channels == 1:
        # A permuted view would count as contiguous and as channels-last at once, convolutions
        # would go on in channels-last, and a solution's `.view(-1, n)` behind them would fail.
        return images.view(count, 1, height, width).to(device)
    return images.permute(0, 3, 1, 2).contiguous().to(device)


def load_labels(path: str | Path, device: torch.device) -> Tensor:
    """Return the labels of a `.npy` file as int64 (N,) on the device."""
    return torch.from_numpy(np.load(path).astype(np.int64)).to(device)


def take(rows: Tensor, indices: Tensor | slice) -> Tensor:
    """Return the rows at these indices, a copy unless they are a slice.

    `index_select` copies row by row; indexing copies number by number and takes ten times as long.
    """
    return rows[indices] if isinstance(indices, slice) else rows.index_select(0, indices)


class Order:
    """The order of the training images, epoch after epoch.

    Shuffled, it is the order of a stock `DataLoader(shuffle=True, generator=
    torch.Generator().manual_seed(seed))`, so that a plain loop written with one
    sees the same batches. The loader draws three times an epoch: a base seed,
    the order, and an order of which it uses nothing.
    """

    def __init__(self, size: int, batch_size: int, *, shuffle: bool, seed: int) -> None:
        self._size = size
        self._batch_size = batch_size
        self._generator = torch.Generator().manual_seed(seed) if shuffle else None

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return -(-self._size // self._batch_size)

    def batches(self, device: torch.device) -> Iterator[Tensor | slice]:
        """Yield the indices of one epoch's batches; the last one may be shorter."""
        starts = range(0, self._size, self._batch_size)
        if self._generator is None:
            for start in starts:
                yield slice(start, start + self._batch_size)
            return
        torch.empty((), dtype=torch.int64).random_(generator=self._generator)
        order = torch.randperm(self._size, generator=self._generator)
        torch.randperm(self._size, generator=self._generator)
        yield from order.to(device).split(self._batch_size)
