"""Parts of which results are built in tests: curves, pictures, runs; the same every time."""

from __future__ import annotations

import base64
import math
import random
from collections.abc import Sequence
from typing import Any

from assessment.results.record import (
    Environment,
    Graded,
    Mistake,
    Result,
    Run,
    Series,
)

DIGITS = [str(digit) for digit in range(10)]
FASHION = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]
ENVIRONMENT = Environment(
    torch="2.10.0",
    device="cpu",
    capability="AVX512",
    threads=1,
    python="3.11.9",
    platform="Linux-x86_64",
)
HOSTILE = "<script>alert('x')</script>\"'&$\\frac{\x1b[2J\u202e|\n# `\udcff"


def approach(
    start: float, end: float, count: int, *, noise: float = 0.0, seed: int = 0
) -> list[float]:
    """Values that go from `start` towards `end` as a training does: fast, then slowly."""
    draw = random.Random(seed)
    rate = 4.0 / max(count - 1, 1)
    values = [end + (start - end) * math.exp(-rate * index) for index in range(count)]
    return [round(value + draw.gauss(0, noise), 5) for value in values]


def epochs(
    count: int,
    *,
    loss: tuple[float, float] = (0.25, 0.011),
    accuracy: tuple[float, float] = (92.75, 99.64),
    test_loss: tuple[float, float] = (0.09, 0.05),
    test_accuracy: tuple[float, float] = (97.2, 98.6),
    validation: bool = False,
    noise: float = 1.0,
    seed: int = 0,
) -> Series:
    """Columns of an epoch table."""
    columns: Series = {
        "train_loss": [*approach(*loss, count, noise=0.004 * noise, seed=seed)],
        "train_accuracy": [*approach(*accuracy, count, noise=0.05 * noise, seed=seed + 1)],
        "test_loss": [*approach(*test_loss, count, noise=0.004 * noise, seed=seed + 2)],
        "test_accuracy": [*approach(*test_accuracy, count, noise=0.12 * noise, seed=seed + 3)],
        "learning_rate": [0.001] * count,
        "seconds": [4.1] * count,
    }
    if validation:
        columns["validation_loss"] = [
            *approach(test_loss[0], test_loss[1], count, noise=0.006 * noise, seed=seed + 4)
        ]
        columns["validation_accuracy"] = [
            *approach(*test_accuracy, count, noise=0.2 * noise, seed=seed + 5)
        ]
    return columns


def batch_losses(count: int, every: int, *, end: float = 0.05, seed: int = 0) -> Series:
    draw = random.Random(seed)
    trend = approach(2.3, end, count)
    return {
        "step": [float(index * every) for index in range(count)],
        "batch_loss": [round(value * math.exp(draw.gauss(0, 0.35)), 5) for value in trend],
    }


def gradient_norms(count: int, start: float, end: float, *, seed: int = 0) -> Series:
    draw = random.Random(seed)
    return {
        "step": [float(index) for index in range(count)],
        "norm": [round(v * math.exp(draw.gauss(0, 0.1)), 6) for v in approach(start, end, count)],
        "mean": [round(draw.gauss(-1e-5, 4e-5), 9) for _ in range(count)],
    }


def confusion(
    classes: int = 10, *, images: int = 1000, right: float = 0.98, seed: int = 0
) -> list[list[int]]:
    draw = random.Random(seed)
    rows = []
    for label in range(classes):
        row = [0] * classes
        row[label] = round(images * right)
        for _ in range(images - row[label]):
            row[draw.choice([c for c in range(classes) if c != label])] += 1
        rows.append(row)
    return rows


def collapsed_confusion(classes: int = 10, predicted: int = 7) -> list[list[int]]:
    return [[1000 if c == predicted else 0 for c in range(classes)] for _ in range(classes)]


def picture(
    label: int, predicted: int, *, side: int = 28, channels: int = 1, seed: int = 0
) -> Mistake:
    """A blurred ring or stroke, so that a picture has something to see."""
    draw = random.Random(seed)
    x0, y0 = draw.uniform(0.4, 0.6), draw.uniform(0.4, 0.6)
    radius, slant = draw.uniform(0.15, 0.35), draw.uniform(-0.5, 0.5)
    pixels = bytearray()
    for row in range(side):
        for column in range(side):
            x, y = (column + 0.5) / side - x0, (row + 0.5) / side - y0
            distance = abs(math.hypot(x + slant * y, y) - radius)
            level = 255 * math.exp(-((distance / 0.05) ** 2))
            pixels.extend(int(level * (1 - 0.3 * c)) for c in range(channels))
    return Mistake(
        index=seed,
        label=label,
        predicted=predicted,
        pixels=base64.b64encode(bytes(pixels)).decode(),
        shape=[side, side, channels],
    )


def mistakes(count: int, classes: int = 10, **options: Any) -> list[Mistake]:
    draw = random.Random(5)
    found = []
    for index in range(count):
        label = draw.randrange(classes)
        predicted = draw.choice([c for c in range(classes) if c != label])
        found.append(picture(label, predicted, seed=index, **options))
    return found


def run(seed: int = 1, **values: Any) -> Run:
    settings: dict[str, Any] = {
        "key": "a" * 64,
        "outcome": "scored",
        "started": "2025-03-01T09:00:00+00:00",
        "seconds": 42.1,
        "peak_megabytes": 812.0,
        "parameters": 101_146,
        "environment": ENVIRONMENT,
        "dataset": "mnist",
        "dataset_sha256": "d" * 64,
        **values,
    }
    return Run(seed=seed, **settings)


def graded(name: str = "accuracy", value: float | None = 98.31, **values: Any) -> Graded:
    settings: dict[str, Any] = {
        "measure": "test_accuracy",
        "label": "test accuracy, last epoch",
        "unit": "%",
        "verified": True,
        "condition": "97.61 to 98.83 %",
        "low": 97.61,
        "high": 98.83,
        "met": True,
        "earned": 3.0,
        "points": 3.0,
        "why": "98.31 % lies within 97.61 to 98.83 %",
        **values,
    }
    return Graded(name=name, value=value, **settings)


def result(question: str = "task2-1-model-a", **values: Any) -> Result:
    settings: dict[str, Any] = {
        "spec": "specs/co543_lab7.yaml",
        "line": 40,
        "lab": "CO543 Image Processing, Lab 7",
        "lab_sha256": "5" * 64,
        "kind": "training",
        "title": "Task 2.1, Model A",
        "status": "scored",
        "earned": 3.0,
        "points": 3.0,
        "classes": DIGITS,
        **values,
    }
    return Result(question=question, **settings)


def nested(shape: Sequence[int], draw: random.Random) -> list[Any]:
    if len(shape) == 1:
        return [round(draw.gauss(0, 0.05), 4) for _ in range(shape[0])]
    return [nested(shape[1:], draw) for _ in range(shape[0])]
