"""Transforms of whole batches on the device.

They do what torchvision's transforms do to one image, in the same order of
operations, so that a batch equals the stacked results of `ToTensor` and
`Normalize` bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from assessment.spec.recipe import GrayToRgb, Normalize, Resize, RgbToGray, Transform

Operation = Callable[[Tensor], Tensor]

LUMA = (0.2989, 0.587, 0.114)
"""Weights of red, green and blue in gray (ITU-R BT.601, as torchvision rounds them)."""


class Pipeline:
    """Turn uint8 (B, C, H, W) batches into float32 ones: to [0, 1], then the spec's transforms.

    The result never shares memory with the batch given.
    """

    def __init__(self, transforms: Sequence[Transform], device: torch.device) -> None:
        resize = transforms[0] if transforms and isinstance(transforms[0], Resize) else None
        self._size = resize.size if resize is not None else None
        self._operations = [
            _operation(transform, device)
            for transform in transforms
            if not isinstance(transform, Resize)
        ]

    def __call__(self, images: Tensor) -> Tensor:
        """Transform one batch."""
        batch = images.to(torch.float32)
        if self._size is not None and images.shape[-2:] != (self._size, self._size):
            batch = _resize(batch, self._size)
        batch = batch.div_(255)
        for operation in self._operations:
            batch = operation(batch)
        return batch


def _resize(batch: Tensor, size: int) -> Tensor:
    """Scale (B, C, H, W) with values 0 to 255 as Pillow, behind torchvision's Resize, does it.

    Pillow goes along the rows first, then along the columns, and rounds halves up after each.
    Enlarging like that gives its very pixels. Shrinking has many near-halves, which its fixed-point
    weights round either way, and two roundings would add up; one stays within a level.
    """
    height, width = batch.shape[-2:]
    enlarging = size >= height and size >= width
    for shape in ((height, size), (size, size)) if enlarging else ((size, size),):
        batch = F.interpolate(batch, size=shape, mode="bilinear", antialias=True)
        batch = batch.add_(0.5).floor_().clamp_(0, 255)
    return batch


def _operation(transform: Transform, device: torch.device) -> Operation:
    match transform:
        case Normalize(mean=mean, std=std):
            shift = torch.tensor(mean, device=device).view(-1, 1, 1)
            scale = torch.tensor(std, device=device).view(-1, 1, 1)
            return lambda batch: batch.sub_(shift).div_(scale)
        case GrayToRgb():
            return lambda batch: batch.repeat(1, 3, 1, 1)
        case RgbToGray():
            weights = torch.tensor(LUMA, device=device).view(3, 1, 1)
            return lambda batch: (batch * weights).sum(dim=1, keepdim=True)
        case _:
            raise AssertionError(f"no operation for {transform.kind}")
