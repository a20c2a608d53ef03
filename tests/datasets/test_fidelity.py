"""The arrays equal what torchvision gives to students; for CIFAR's pickles see `test_cifar`."""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torchvision

from assessment.datasets.cache import load
from assessment.datasets.registry import KNOWN

IDX_SETS = [name for name, info in KNOWN.items() if info.format == "idx"]
MD5_OF_TRAIN_IMAGES = {
    "mnist": "6bbc9ace898e44ae57da46a324031adb",
    "fashion_mnist": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
}


def _ask_torchvision(name: str, root: Path, train: bool) -> torchvision.datasets.MNIST:
    info = KNOWN[name]
    _, _, class_name = str(info.downloader).partition(":")
    kind = getattr(torchvision.datasets, class_name)
    return kind(root, train=train, download=False, **dict(info.arguments))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.data(name)) for name in MD5_OF_TRAIN_IMAGES]
)
def test_real_data_equal_torchvision(name: str, data_dir: Path) -> None:
    images = load(name, data_dir, download=False)
    for train, pixels, labels in [
        (True, images.train_images, images.train_labels),
        (False, images.test_images, images.test_labels),
    ]:
        theirs = _ask_torchvision(name, data_dir, train)
        np.testing.assert_array_equal(pixels[..., 0], theirs.data.numpy())
        np.testing.assert_array_equal(labels, theirs.targets.numpy())
    header = bytes.fromhex("00000803 0000ea60 0000001c 0000001c")
    published = header + images.train_images.tobytes()
    assert hashlib.md5(published, usedforsecurity=False).hexdigest() == MD5_OF_TRAIN_IMAGES[name]


@pytest.mark.parametrize("name", IDX_SETS)
def test_every_layout_equals_torchvision(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_set: Callable
) -> None:
    classes = len(KNOWN[name].classes)
    small = dataclasses.replace(KNOWN[name], train=2 * classes, test=classes)
    monkeypatch.setitem(KNOWN, name, small)
    write_set(small, tmp_path)
    images = load(name, tmp_path, tmp_path / "cache", download=False)
    train = _ask_torchvision(name, tmp_path, train=True)
    test = _ask_torchvision(name, tmp_path, train=False)
    np.testing.assert_array_equal(images.train_images[..., 0], train.data.numpy())
    np.testing.assert_array_equal(images.test_images[..., 0], test.data.numpy())
    for ours, theirs in [(images.train_labels, train), (images.test_labels, test)]:
        targets = [theirs[index][1] for index in range(len(theirs))]
        np.testing.assert_array_equal(ours + small.first_label, targets)
        names = [theirs.classes[target] for target in targets]
        shown = [images.classes[label] for label in ours]
        assert shown == [name.split(" - ")[0] for name in names]


@pytest.mark.data("cifar10.zip")
def test_cifar10_from_image_files_equals_torchvision(data_dir: Path, tmp_path: Path) -> None:
    """The zip's members, unpacked and read by `ImageFolder`; the first, last and two others."""
    positions = {"train": (0, 1234, 3210, 4999), "test": (0, 123, 876, 999)}
    with zipfile.ZipFile(data_dir / "cifar10.zip") as packed:
        for split, numbers in positions.items():
            for name in KNOWN["cifar10"].classes:
                for number in numbers:
                    packed.extract(f"{split}/{name}/{number:04}.jpg", tmp_path)
    images = load("cifar10", data_dir, download=False)
    assert (images.train_size, images.test_size, images.shape) == (50_000, 10_000, (32, 32, 3))
    for split, pixels, labels in [
        ("train", images.train_images, images.train_labels),
        ("test", images.test_images, images.test_labels),
    ]:
        theirs = torchvision.datasets.ImageFolder(tmp_path / split)
        assert images.classes == tuple(theirs.classes)
        assert len(theirs) == 40
        each = len(labels) // 10
        rows = [label * each + number for label in range(10) for number in positions[split]]
        np.testing.assert_array_equal(pixels[rows], [np.asarray(image) for image, _ in theirs])
        np.testing.assert_array_equal(labels[rows], theirs.targets)
        assert np.bincount(labels).tolist() == [each] * 10
