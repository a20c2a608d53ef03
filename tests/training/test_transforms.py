"""Batched transforms equal torchvision's on single PIL images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms as T  # noqa: N812
from torchvision.transforms import InterpolationMode

from assessment.spec.recipe import Dataset
from assessment.training.transforms import Pipeline

CPU = torch.device("cpu")


def pixels(count: int, side: int, channels: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Noise, and a picture with smooth parts and edges: uint8 (N, H, W, C)."""
    generator = np.random.default_rng(seed)
    noise = generator.integers(0, 256, (count, side, side, channels), dtype=np.uint8)
    row, column = np.mgrid[0:side, 0:side]
    smooth = 255 * np.exp(-((row - side / 2) ** 2 + (column - side / 3) ** 2) / side**2 * 8)
    noise[0] = np.where(row > column, smooth, 255 - smooth)[..., None].astype(np.uint8)
    return noise


def digits() -> np.ndarray[Any, Any]:
    from assessment.datasets import cache

    return np.array(cache.load("digits").test_images[:64])


def ours(images: np.ndarray[Any, Any], *plain: dict[str, Any]) -> Tensor:
    recipe = Dataset.model_validate({"name": "digits", "transforms": list(plain)})
    batch = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    return Pipeline(recipe.transforms, CPU)(batch)


def theirs(images: np.ndarray[Any, Any], *steps: Any) -> Tensor:
    compose = T.Compose(steps)
    pictures = [Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
                for image in images]  # fmt: skip
    return torch.stack([compose(picture) for picture in pictures])


def normalize(mean: list[float], std: list[float]) -> dict[str, Any]:
    return {"kind": "normalize", "mean": mean, "std": std}


@pytest.mark.parametrize(("side", "channels"), [(28, 1), (32, 3), (8, 1)])
def test_without_transforms_a_batch_equals_to_tensor(side: int, channels: int) -> None:
    images = pixels(5, side, channels)
    assert torch.equal(ours(images), theirs(images, T.ToTensor()))


@pytest.mark.parametrize(
    ("channels", "mean", "std"),
    [
        (1, [0.1307], [0.3081]),
        (1, [0.5], [0.5]),
        (3, [0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261]),
        (3, [0.5], [0.5]),
    ],
)
def test_normalize_is_equal_bit_for_bit(channels: int, mean: list[float], std: list[float]) -> None:
    images = pixels(5, 32, channels)
    wanted = theirs(images, T.ToTensor(), T.Normalize(mean, std))
    assert torch.equal(ours(images, normalize(mean, std)), wanted)


@pytest.mark.parametrize(
    ("side", "size", "channels"),
    [
        pytest.param(28, 224, 1, id="labs-1-and-2"),
        pytest.param(8, 32, 1, id="digits-up"),
        pytest.param(28, 32, 3, id="slightly-up"),
        pytest.param(32, 28, 3, id="slightly-down"),
        pytest.param(32, 8, 1, id="down-by-four"),
        pytest.param(96, 20, 3, id="down-unevenly"),
    ],
)
def test_resize_is_within_one_level_of_torchvision_on_pil_images(
    side: int, size: int, channels: int
) -> None:
    images = pixels(3, side, channels)
    found = ours(images, {"kind": "resize", "size": size})
    wanted = theirs(images, T.Resize((size, size)), T.ToTensor())
    assert found.shape == wanted.shape
    levels = (found - wanted) * 255
    assert levels.abs().max() < 1.001
    if size > side:  # the same two passes as Pillow, with its rounding
        assert levels.abs().max() < 0.001
    else:
        assert (levels.abs() > 0.5).float().mean() < 0.25


def test_resize_of_real_digits_is_within_one_level() -> None:
    images = digits()
    found = ours(images, {"kind": "resize", "size": 32}, normalize([0.5], [0.5]))
    wanted = theirs(images, T.Resize((32, 32)), T.ToTensor(), T.Normalize(0.5, 0.5))
    assert (found - wanted).abs().max() < 1.001 * 2 / 255
    nearest = theirs(images, T.Resize((32, 32), InterpolationMode.NEAREST), T.ToTensor())
    assert (found * 0.5 + 0.5 - nearest).abs().max() > 0.2, "the bound would notice another kernel"


def test_resize_to_the_same_side_changes_nothing() -> None:
    images = pixels(4, 28, 1)
    assert torch.equal(ours(images, {"kind": "resize", "size": 28}), ours(images))


def test_resized_pixels_are_whole_levels() -> None:
    levels = ours(pixels(2, 28, 1), {"kind": "resize", "size": 56}) * 255
    assert torch.allclose(levels, levels.round(), atol=1e-4)
    assert levels.min() >= 0
    assert levels.max() <= 255


def test_color_to_gray_equals_torchvision_on_tensors() -> None:
    images = pixels(4, 32, 3)
    found = ours(images, {"kind": "rgb_to_gray"})
    wanted = theirs(images, T.ToTensor(), T.Grayscale())
    assert found.shape == (4, 1, 32, 32)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-6)


def test_the_order_of_the_recipe_is_kept() -> None:
    """Lab 5 normalises the colours first and turns them to gray then."""
    images = pixels(4, 32, 3)
    mean, std = [0.2, 0.5, 0.8], [0.5, 0.25, 0.125]
    first_normal = ours(images, normalize(mean, std), {"kind": "rgb_to_gray"})
    wanted = theirs(images, T.ToTensor(), T.Normalize(mean, std), T.Grayscale())
    torch.testing.assert_close(first_normal, wanted, rtol=0, atol=1e-5)
    first_gray = ours(images, {"kind": "rgb_to_gray"}, normalize([0.5], [0.25]))
    assert (first_gray - first_normal).abs().max() > 0.1


def test_gray_to_rgb_copies_the_channel() -> None:
    images = pixels(4, 28, 1)
    found = ours(images, {"kind": "gray_to_rgb"}, normalize([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]))
    steps = T.ToTensor(), T.Lambda(lambda t: t.repeat(3, 1, 1))
    wanted = theirs(images, *steps, T.Normalize([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]))
    assert torch.equal(found, wanted)


@pytest.mark.parametrize(
    "plain",
    [
        [],
        [{"kind": "resize", "size": 8}],
        [{"kind": "gray_to_rgb"}],
        [normalize([0.5], [0.5])],
    ],
)
def test_a_batch_never_shares_memory_with_the_images(plain: list[dict[str, Any]]) -> None:
    stored = torch.from_numpy(digits()).permute(0, 3, 1, 2).contiguous()
    before = stored.clone()
    recipe = Dataset.model_validate({"name": "digits", "transforms": plain})
    Pipeline(recipe.transforms, CPU)(stored[0:16]).zero_()
    assert torch.equal(stored, before)
