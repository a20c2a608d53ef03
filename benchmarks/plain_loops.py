"""Contestants of `epoch_speed` that need nothing but PyTorch: one loop, fed in different ways."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import material
import torch
from material import Seconds
from torch.utils.data import DataLoader
from torchvision import transforms

Batch = tuple[torch.Tensor, torch.Tensor]


def loop(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Callable[[], Iterable[Batch]],
    epochs: int,
) -> Seconds:
    """Train as every tutorial does."""
    criterion = torch.nn.CrossEntropyLoss()
    device = next(model.parameters()).device
    seconds = []
    for _ in range(epochs):
        began = time.perf_counter()
        model.train()
        running_loss = 0.0
        for images, labels in batches():
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        seconds.append(time.perf_counter() - began)
    return seconds


def labs(case: str, epochs: int, threads: int, device: str) -> Seconds:
    """Resize, convert and normalise every picture on its own, also where the recipe does not."""
    steps = material.steps(case)
    if not any(isinstance(step, transforms.Resize | transforms.Grayscale) for step in steps):
        steps.insert(0, transforms.Resize(material.image_set(case).shape[:2]))
    if not any(isinstance(step, transforms.Normalize) for step in steps):
        steps.append(transforms.Normalize((0.0,), (1.0,)))
    return _over_pictures(case, epochs, threads, device, steps)


def labs_lean(case: str, epochs: int, threads: int, device: str) -> Seconds:
    """Do only what the spec asks for."""
    return _over_pictures(case, epochs, threads, device, material.steps(case))


def _over_pictures(case: str, epochs: int, threads: int, device: str, steps: list[Any]) -> Seconds:
    training, model = material.prepare(case, threads, device)
    data = material.pictures(case, transforms.Compose(steps))
    loader = DataLoader(data, batch_size=training.batch_size, shuffle=training.shuffle)
    return loop(model, material.build_optimizer(training, model), lambda: loader, epochs)


def dataloader(case: str, epochs: int, threads: int, device: str) -> Seconds:
    """Use a DataLoader over tensors in memory."""
    training, model = material.prepare(case, threads, device)
    loader = material.tensor_loader(case, training)
    return loop(model, material.build_optimizer(training, model), lambda: loader, epochs)


def indexing(case: str, epochs: int, threads: int, device: str) -> Seconds:
    """Index a tensor in memory; the optimiser is fused."""
    training, model = material.prepare(case, threads, device)
    images, labels = (tensor.to(device) for tensor in material.tensors(case))

    def batches() -> Iterator[Batch]:
        order = torch.randperm(len(images)) if training.shuffle else torch.arange(len(images))
        for indices in order.split(training.batch_size):
            yield images[indices], labels[indices]

    optimizer = material.build_optimizer(training, model, fused=True)
    return loop(model, optimizer, batches, epochs)


def limit(case: str, epochs: int, threads: int, device: str) -> Seconds:
    """Step on one batch again and again, as often as an epoch has steps: no data handling."""
    training, model = material.prepare(case, threads, device)
    images, labels = material.first_batch(case, training.batch_size)
    batch = images.to(device), labels.to(device)
    steps = math.ceil(material.image_set(case).train_size / training.batch_size)
    optimizer = material.build_optimizer(training, model, fused=True)
    return loop(model, optimizer, lambda: itertools.repeat(batch, steps), epochs)
