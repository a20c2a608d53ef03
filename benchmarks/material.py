"""What the contestants of `epoch_speed` train with: model, optimiser and images of a case."""

from __future__ import annotations

from typing import Any

import cases
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from assessment import GrayToRgb, Normalize, Resize, RgbToGray, Training
from assessment.datasets import cache
from assessment.datasets.images import ImageSet
from assessment.datasets.places import data_directory
from assessment.models.registry import resolve
from assessment.sandbox.references import build_model

Seconds = list[float]
"""Seconds of each epoch's training."""


def prepare(case: str, threads: int, device: str = "cpu") -> tuple[Training, torch.nn.Module]:
    """Return the recipe and a fresh model of a case."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    training = cases.CASES[case].training
    model = build_model(resolve(training.model.name), training.model.arguments, None)
    return training, model.to(device)


def build_optimizer(training: Training, model: torch.nn.Module, **how: Any) -> Any:
    """Return the recipe's optimiser as users build it; `how` may say `fused=True`."""
    asked = training.optimizer
    if asked.name == "adam":
        return torch.optim.Adam(model.parameters(), lr=asked.learning_rate, **how)
    rate, share = asked.learning_rate, momentum(training)
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=share, **how)


def momentum(training: Training) -> float:
    """Return the momentum of a recipe that trains with SGD."""
    assert training.optimizer.name == "sgd", f"no contestant knows {training.optimizer.name}"
    return training.optimizer.momentum


def image_set(case: str) -> ImageSet:
    """Return the decoded images of a case."""
    return cache.load(cases.CASES[case].training.dataset.name)


def normalize(case: str) -> Any:
    """Return the recipe's torchvision transform; None where it has none."""
    from torchvision import transforms

    for transform in cases.CASES[case].training.dataset.transforms:
        if isinstance(transform, Normalize):
            return transforms.Normalize(transform.mean, transform.std)
    return None


def steps(case: str) -> list[Any]:
    """Return torchvision's transforms of one picture that do what the recipe asks."""
    from torchvision import transforms

    before, after = [], []
    for transform in cases.CASES[case].training.dataset.transforms:
        match transform:
            case Resize(size=size):
                before.append(transforms.Resize((size, size)))
            case GrayToRgb():
                before.append(transforms.Grayscale(3))
            case Normalize(mean=mean, std=std):
                after.append(transforms.Normalize(mean, std))
            case RgbToGray():
                after.append(transforms.Grayscale())
    return [*before, transforms.ToTensor(), *after]


def first_batch(case: str, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first training images, transformed one by one, and their labels."""
    from torchvision import transforms

    data = pictures(case, transforms.Compose(steps(case)))
    images, labels = zip(*(data[index] for index in range(size)), strict=True)
    return torch.stack(images), torch.tensor(labels)


def tensors(case: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return all training images, transformed, float32 (N, C, H, W), and their labels, int64."""
    images = image_set(case)
    pixels = torch.tensor(images.train_images).permute(0, 3, 1, 2).contiguous().float().div_(255)
    transform = normalize(case)
    return pixels if transform is None else transform(pixels), torch.tensor(images.train_labels)


def tensor_loader(case: str, training: Training) -> DataLoader[Any]:
    """Return a stock loader over `tensors`."""
    data = TensorDataset(*tensors(case))
    return DataLoader(data, batch_size=training.batch_size, shuffle=training.shuffle)


def pictures(case: str, transform: Any) -> Any:
    """Return torchvision's data set of a case, whose images are PIL pictures."""
    from torchvision import datasets

    known = {"mnist": datasets.MNIST, "fashion": datasets.FashionMNIST}
    if case in known:
        return known[case](data_directory(), train=True, transform=transform)
    return Pictures(image_set(case), transform)


class Pictures(Dataset[Any]):
    """The same for a set that torchvision does not have."""

    def __init__(self, images: ImageSet, transform: Any) -> None:
        self._images = images
        self._transform = transform

    def __len__(self) -> int:
        return self._images.train_size

    def __getitem__(self, index: int) -> tuple[Any, int]:
        from PIL import Image

        picture = Image.fromarray(self._images.train_images[index].squeeze())
        return self._transform(picture), int(self._images.train_labels[index])
