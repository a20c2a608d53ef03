"""Runs on larger and on coloured images equal those of the labs' loops, picture by picture.

One side reads PIL pictures and transforms each by torchvision, as the labs do; the other is
everything here. Enlarging gives Pillow's very pixels; gray is a sum of three products, which
torchvision adds up in another order: hence the tolerance of `test_fidelity`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torchvision import transforms

from assessment.datasets.registry import KNOWN
from assessment.datasets.split import validation_split
from tests.execution.pool import Pool, recipe
from tests.training import plain_loop
from tests.training.plain_loop import ImagesWithLabels
from tests.training.test_fidelity import assert_equal

HERE = Path(__file__).parent
CLASSES = KNOWN["cifar10"].classes
Part = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


pytestmark = pytest.mark.usefixtures("one_thread")


def keep(folder: Path, name: str, train: Part, test: Part) -> None:
    """Make a data set of these images."""
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez(folder / f"{name}.npz", **dict(zip(names, (*train, *test), strict=True)))


def some_of_cifar(data_dir: Path) -> tuple[Part, Part]:
    """Return 330 training and 100 test images of CIFAR-10, read one by one, classes in turns."""
    with zipfile.ZipFile(data_dir / "cifar10.zip") as packed:

        def read(split: str, each: int) -> Part:
            pixels = [
                np.asarray(Image.open(io.BytesIO(packed.read(f"{split}/{name}/{n:04}.jpg"))))
                for n in range(each)
                for name in CLASSES
            ]
            return np.stack(pixels), np.tile(np.arange(10), each)

        return read("train", 33), read("test", 10)


class SmallCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(8 * 49, 10)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


class WideCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 7, stride=4), nn.ReLU(), nn.MaxPool2d(5), nn.Flatten(),
            nn.Linear(4 * 11 * 11, 10),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


@pytest.mark.data("cifar10.zip")
def test_gray_cifar_with_a_stratified_split(pool: Pool, data_dir: Path, tmp_path: Path) -> None:
    """Batches of 50 of 297 images, the last one of 47; validation every two steps."""
    train, test = some_of_cifar(data_dir)
    keep(tmp_path, "gray", train, test)
    training = recipe(
        model={"name": "test_fidelity_images:SmallCnn"},
        dataset={
            "name": "gray",
            "transforms": [
                {"kind": "normalize", "mean": [0.5] * 3, "std": [0.5] * 3},
                {"kind": "rgb_to_gray"},
            ],
            "split": {"validation": 0.1, "stratified": True},
        },
        optimizer={"name": "adam"},
        batch_size=50,
        evaluation_batch_size=100,
        record={"every": 1, "validate_every": 2},
    )
    with pool.reading(tmp_path):
        run = pool.train(training, beside=HERE)
    as_the_report = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3), transforms.Grayscale()]
    )
    held_out = validation_split(train[1], 0.1, stratified=True)
    assert np.bincount(train[1][held_out[1]]).tolist() == [3] * 10
    plain = plain_loop.run(
        SmallCnn,
        ImagesWithLabels(*train, as_the_report),
        ImagesWithLabels(*test, as_the_report),
        make_optimizer=Adam,
        batch_size=50,
        held_out=held_out,
        every=1,
        validate_every=2,
    )
    assert_equal(run, pool.predictions(training, beside=HERE), plain)


@pytest.mark.data("mnist")
def test_mnist_at_224_in_three_channels(pool: Pool, data_dir: Path, tmp_path: Path) -> None:
    """Resized on the device batch by batch, against Pillow one by one; the last batch has 6."""
    raw = data_dir / "MNIST" / "raw"
    pixels = np.fromfile(raw / "train-images-idx3-ubyte", np.uint8, offset=16, count=100 * 784)
    labels = np.fromfile(raw / "train-labels-idx1-ubyte", np.uint8, offset=8, count=100)
    images = pixels.reshape(100, 28, 28)
    train, test = (images[:70], labels[:70].astype(int)), (images[70:], labels[70:].astype(int))
    keep(tmp_path, "large", train, test)
    training = recipe(
        model={"name": "test_fidelity_images:WideCnn"},
        dataset={
            "name": "large",
            "transforms": [
                {"kind": "resize", "size": 224},
                {"kind": "gray_to_rgb"},
                {"kind": "normalize", "mean": [0.5] * 3, "std": [0.5] * 3},
            ],
        },
        optimizer={"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
        batch_size=32,
    )
    with pool.reading(tmp_path):
        run = pool.train(training, beside=HERE)
    as_the_report = transforms.Compose(
        [
            transforms.Resize((224, 224)),
            transforms.Grayscale(3),
            transforms.ToTensor(),
            transforms.Normalize([0.5] * 3, [0.5] * 3),
        ]
    )
    plain = plain_loop.run(
        WideCnn,
        ImagesWithLabels(*train, as_the_report),
        ImagesWithLabels(*test, as_the_report),
        make_optimizer=lambda parameters: SGD(parameters, lr=0.05, momentum=0.9),
        batch_size=32,
    )
    assert_equal(run, pool.predictions(training, beside=HERE), plain)
