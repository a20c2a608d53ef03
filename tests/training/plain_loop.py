"""What a lab's notebook does, in plain PyTorch; imports nothing of this package.

Every loader has a generator of its own: without one, each pass over a `DataLoader` draws a
number from the global generator, and dropout masks come to depend on how often a loop evaluates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset


class Mlp(nn.Module):
    def __init__(self, hidden: int = 32, inputs: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class LogMlp(Mlp):
    def forward(self, x: Tensor) -> Tensor:
        return F.log_softmax(super().forward(x), dim=1)


class DropoutMlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(64, 48)
        self.dropout = nn.Dropout(0.3)
        self.second = nn.Linear(48, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.dropout(torch.relu(self.first(x.view(-1, 64)))))


class NormCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        )
        self.head = nn.Sequential(nn.Linear(8 * 4 * 4, 24), nn.BatchNorm1d(24), nn.ReLU())
        self.last = nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.head(self.features(x).flatten(1)))


class ImagesWithLabels(Dataset[tuple[Any, int]]):
    """PIL images and a transform for each of them, as torchvision's sets have it."""

    def __init__(self, pixels: np.ndarray[Any, Any], labels: Any, transform: Any) -> None:
        self.images = [Image.fromarray(image) for image in pixels]
        self.labels = [int(label) for label in labels]
        self.transform = transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        return self.transform(self.images[index]), self.labels[index]


def digits(transform: Any) -> tuple[ImagesWithLabels, ImagesWithLabels]:
    """Return the first 898 digits to train and the last 899 to test, pixels 0 to 255."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels = np.floor(bunch.images * 255 / 16 + 0.5).astype(np.uint8)
    train, test = (pixels[:898], bunch.target[:898]), (pixels[898:], bunch.target[898:])
    return ImagesWithLabels(*train, transform), ImagesWithLabels(*test, transform)


@dataclass
class History:
    epochs: dict[str, list[float]] = field(default_factory=dict)
    steps: dict[str, list[float]] = field(default_factory=dict)
    gradients: dict[str, list[float]] = field(default_factory=dict)
    logits: Tensor = field(default_factory=lambda: torch.empty(0))


def run(
    make_model: Callable[[], nn.Module],
    train_set: Dataset[Any],
    test_set: Dataset[Any],
    *,
    make_optimizer: Callable[[Any], torch.optim.Optimizer],
    make_schedule: Callable[[Any], Any] | None = None,
    monitor: str | None = None,
    loss_function: Any = F.cross_entropy,
    epochs: int = 2,
    batch_size: int = 64,
    shuffle: bool = True,
    drop_last: bool = False,
    seed: int = 1,
    held_out: tuple[Any, Any] | None = None,
    target: float | None = None,
    unchanged: int | None = None,
    max_steps: int | None = None,
    every: int | None = None,
    validate_every: int | None = None,
    running: bool = False,
    gradients: Callable[[nn.Module], list[nn.Parameter]] | None = None,
    batch_means: int | None = None,
) -> History:
    """Train, evaluate after every epoch, and keep what a notebook would keep.

    `held_out` names the training images that train and those that validate; `batch_means` is
    the batch size over whose mean losses a test loss is the mean.
    """
    torch.manual_seed(seed)
    model = make_model()
    optimizer = make_optimizer(model.parameters())
    schedule = make_schedule(optimizer) if make_schedule else None
    test_sets = {"test": test_set}
    if held_out is not None:
        test_sets["validation"] = Subset(train_set, held_out[1])
        train_set = Subset(train_set, held_out[0])
    loader = DataLoader(
        train_set,
        batch_size=batch_size,
        shuffle=shuffle,
        drop_last=drop_last,
        generator=torch.Generator().manual_seed(seed),
    )
    history, step = History(), 0
    for epoch in range(1, epochs + 1):
        model.train()
        running_loss, correct, seen, batches = 0.0, 0, 0, 0
        for images, labels in loader:
            if step == max_steps:
                break
            optimizer.zero_grad()
            outputs = model(images)
            loss = loss_function(outputs, labels)
            loss.backward()
            if gradients is not None:
                flat = torch.cat([p.grad.flatten() for p in gradients(model)])
                size = {"norm": flat.norm().item(), "mean": flat.mean().item()}
                note(history.gradients, step=step, epoch=epoch, **size)
            optimizer.step()
            right = (outputs.argmax(1) == labels).sum().item()
            running_loss += loss.item()
            correct += right
            seen += len(labels)
            if every is not None and batches % every == 0:
                means = running_loss / (batches + 1), 100 * correct / seen
                own = loss.item(), 100 * right / len(labels)
                shown = means if running else own
                record = {"step": step, "batch_loss": shown[0], "batch_accuracy": shown[1]}
                if validate_every is not None:
                    record |= {"validation_loss": math.nan, "validation_accuracy": math.nan}
                    if batches % validate_every == 0:
                        held = test_sets["validation"]
                        result = evaluate(model, held, loss_function, batch_means)
                        record |= {"validation_loss": result[0], "validation_accuracy": result[1]}
                        model.train()
                note(history.steps, **record)
            step += 1
            batches += 1
        row = {
            "train_loss": running_loss / batches,
            "train_accuracy": 100 * correct / seen,
            "learning_rate": optimizer.param_groups[0]["lr"],
        }
        for name, images_with_labels in test_sets.items():
            result = evaluate(model, images_with_labels, loss_function, batch_means)
            row[f"{name}_loss"], row[f"{name}_accuracy"], logits = result
            if name == "test":
                history.logits = logits
        note(history.epochs, **row)
        accuracies = history.epochs["test_accuracy"]
        if target is not None and accuracies[-1] >= target:
            break
        if unchanged is not None and accuracies[-unchanged - 1 :] == [accuracies[-1]] * (
            unchanged + 1
        ):
            break
        if step == max_steps:
            break
        if schedule is not None:
            schedule.step(*([row[monitor]] if monitor else []))
    return history


def evaluate(
    model: nn.Module, images_with_labels: Any, loss_function: Any, batch_means: int | None
) -> tuple[float, float, Tensor]:
    """Return loss, accuracy in percent and all outputs."""
    loader = DataLoader(
        images_with_labels, batch_size=batch_means or 256, generator=torch.Generator()
    )
    total, correct, outputs = 0.0, 0, []
    model.eval()
    with torch.no_grad():
        for images, labels in loader:
            logits = model(images)
            loss = loss_function(logits, labels).item()
            total += loss if batch_means else loss * len(labels)
            correct += (logits.argmax(1) == labels).sum().item()
            outputs.append(logits)
    count = len(images_with_labels)
    return (
        total / (len(loader) if batch_means else count),
        100 * correct / count,
        torch.cat(outputs),
    )


def note(columns: dict[str, list[float]], **row: float) -> None:
    """Append one row."""
    for name, value in row.items():
        columns.setdefault(name, []).append(value)
