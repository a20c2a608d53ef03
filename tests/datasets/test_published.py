"""Images that are not the published ones are named, wherever they came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessment.datasets.cache import load
from assessment.datasets.published import DECODED, other_files, other_images
from assessment.datasets.registry import KNOWN


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.data(n)) for n in DECODED])
def test_the_published_images_have_the_known_hash(name: str, data_dir: Path) -> None:
    images = load(name, data_dir, download=False)
    assert images.sha256 == DECODED[name]
    assert other_images(name, images.sha256) == ""


def test_other_images_of_the_same_size(tmp_path: Path) -> None:
    arrays = {
        f"{letter}_{part}": np.zeros((count, *shape), np.uint8)
        for part, count in (("train", 60_000), ("test", 10_000))
        for letter, shape in (("x", (28, 28)), ("y", ()))
    }
    for labels in (arrays["y_train"], arrays["y_test"]):
        labels[:] = np.arange(len(labels)) % 10
    np.savez_compressed(tmp_path / "mnist.npz", **arrays)
    images = load("mnist", tmp_path, tmp_path / "cache", download=False)
    assert other_images("mnist", images.sha256) == (
        "mnist: not the published images of MNIST, which hash to e06b3de18d79, "
        f"these to {images.sha256[:12]}: other people's numbers are of other images"
    )


def test_of_other_sets_nothing_is_known() -> None:
    assert other_images("digits", "0" * 64) == ""
    assert other_images("pets", "0" * 64) == ""


def test_other_files_of_cifar(tmp_path: Path) -> None:
    info = KNOWN["cifar10"]
    assert list(other_files("cifar10", tmp_path)) == []
    for file in info.files:
        path = tmp_path / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"no pickle")
    found = list(other_files("cifar10", tmp_path))
    assert len(found) == len(info.files)
    assert found[-1] == (
        f"{tmp_path}/cifar-10-batches-py/test_batch: not the published file of CIFAR-10, "
        "whose md5 is 40351d587109b95175f43aff81a1287e"
    )
    assert list(other_files("mnist", tmp_path)) == []
    assert list(other_files("pets", tmp_path)) == []


def test_files_of_ones_own_in_place_of_cifar_are_no_altered_ones(tmp_path: Path) -> None:
    (tmp_path / "cifar10.zip").write_bytes(b"pictures")
    assert list(other_files("cifar10", tmp_path)) == []


def test_torchvision_has_the_same_checksums() -> None:
    from torchvision.datasets import CIFAR10, CIFAR100

    from assessment.datasets.published import _MD5

    for dataset in (CIFAR10, CIFAR100):
        theirs = dict([*dataset.train_list, *dataset.test_list])
        theirs[dataset.filename] = dataset.tgz_md5
        assert {name: _MD5[name] for name in theirs} == theirs
