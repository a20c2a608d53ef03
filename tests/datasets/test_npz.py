from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.datasets.cache import load
from assessment.datasets.npz import read_npz
from assessment.datasets.registry import KNOWN, DatasetInfo
from assessment.errors import DataError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)
GOOD: dict[str, Any] = {
    "x_train": PIXELS[:4],
    "y_train": np.array([2, 0, 1, 2], np.uint8),
    "x_test": PIXELS[4:],
    "y_test": np.array([1, 1], np.uint8),
}


def save(folder: Path, name: str = "pets", **arrays: Any) -> Path:
    """Write the good file with some arrays changed, or left out where they are None."""
    path = folder / f"{name}.npz"
    content = {key: array for key, array in (GOOD | arrays).items() if array is not None}
    np.savez_compressed(path, **content)
    return path


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64, np.uint64, ">i2"])
@pytest.mark.parametrize("columns", [(), (1,)])
def test_labels_of_every_integer_type(tmp_path: Path, kind: Any, columns: tuple[int, ...]) -> None:
    labels = GOOD["y_train"].astype(kind).reshape(4, *columns)
    save(tmp_path, y_train=labels)
    images = load("pets", tmp_path, tmp_path / "cache")
    assert images.train_labels.dtype == np.int64
    assert images.train_labels.tolist() == [2, 0, 1, 2]
    assert images.test_labels.tolist() == [1, 1]
    assert images.classes == ("0", "1", "2")


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_images_with_and_without_channels(tmp_path: Path, channels: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (6, 5, 4, *channels), dtype=np.uint8)
    save(tmp_path, x_train=pixels[:4], x_test=np.asfortranarray(pixels[4:]))
    images = load("pets", tmp_path, tmp_path / "cache")
    assert images.shape == (5, 4, *(channels or (1,)))
    np.testing.assert_array_equal(images.train_images.reshape(pixels[:4].shape), pixels[:4])
    np.testing.assert_array_equal(images.test_images.reshape(pixels[4:].shape), pixels[4:])


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x_test": None}, "has no x_test; found: x_train, y_train, y_test"),
        ({"x_train": None, "y_test": None, "z": 1}, "has no x_train, y_test; found: y_train, x_te"),
        ({"x_train": PIXELS[:4] / 255}, "x_train: found float64 (4, 5, 4), expected uint8 pixels "),
        ({"x_test": PIXELS[4:].astype(int)}, "x_test: found int64 (2, 5, 4), expected uint8 pixe"),
        ({"x_train": PIXELS[:4, 0]}, "x_train: found uint8 (4, 4), expected (N, height, width) or"),
        ({"x_train": np.zeros((4, 5, 4, 2), "u1")}, "x_train: found uint8 (4, 5, 4, 2), expected"),
        ({"x_train": np.zeros((4, 3, 5, 4), "u1")}, "x_train: found uint8 (4, 3, 5, 4), expected"),
        ({"x_train": PIXELS[:0], "y_train": GOOD["y_train"][:0]}, "x_train: empty, its shape is "),
        ({"y_train": np.eye(3)[[2, 0, 1, 2]]}, "y_train: found float64 (4, 3), expected integer "),
        ({"y_train": np.eye(3, dtype=int)[[2, 0, 1, 2]]}, "y_train: found int64 (4, 3), expected "),
        ({"y_train": np.array(["a", "b", "c", "a"])}, "y_train: found <U1 (4,), expected integer"),
        ({"y_train": np.array(2)}, "y_train: found int64 (), expected integer labels (N,) or (N,"),
        ({"y_train": np.array([0, 1, 2])}, "x_train has 4 images, y_train 3 labels"),
        ({"x_test": PIXELS[:3]}, "x_test has 3 images, y_test 2 labels"),
        ({"x_test": PIXELS[4:, :4]}, "images of x_train are 5 x 4 x 1, of x_test 4 x 4 x 1"),
        ({"y_train": np.array([1, 2, 3, 1])}, "y_train: labels run from 1 to 3; count the classe"),
        ({"y_train": np.array([-1, 0, 1, 2])}, "y_train: labels run from -1 to 2; count the clas"),
        ({"y_train": np.array([0, 1, 3, 4])}, "y_train: labels run from 0 to 4, but none is 2; n"),
        ({"y_test": np.array([0, 3])}, "y_test: found labels 0 to 3, y_train has 0 to 2"),
        ({"y_test": np.array([-1, 0])}, "y_test: found labels -1 to 0, y_train has 0 to 2"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    path = save(tmp_path, **arrays)
    with pytest.raises(DataError) as caught:
        read_npz(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> Any:
            return (tmp_path / "was_here").touch, ()

    path = save(tmp_path, y_train=np.array([Attack()] * 4, object))
    with pytest.raises(DataError, match=r"pets\.npz: y_train: truncated, damaged or no plain arr"):
        read_npz(path)
    assert not (tmp_path / "was_here").exists()


def _one_array(content: bytes) -> bytes:
    stream = io.BytesIO()
    np.save(stream, PIXELS)
    return stream.getvalue()


def _flipped(content: bytes) -> bytes:
    """Change the compressed images, and nothing that says where they are."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        start = packed.getinfo("x_train.npy").header_offset + 80
    return (
        content[:start]
        + bytes(255 - byte for byte in content[start : start + 20])
        + content[start + 20 :]
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: b"", "cannot be read as .npz"),
        (lambda content: content[: len(content) // 2], "cannot be read as .npz"),
        (lambda content: content[:-1], "cannot be read as .npz"),
        (lambda content: b"<html>not found</html>", "cannot be read as .npz"),
        (_one_array, "holds one array, expected x_train, y_train, x_test, y_test"),
        (_flipped, "x_train: truncated, damaged or no plain array: "),
    ],
)
def test_damaged_file(tmp_path: Path, change: Callable[[bytes], bytes], said: str) -> None:
    path = save(tmp_path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        load("pets", tmp_path, tmp_path / "cache")
    assert str(caught.value).startswith(f"{path}: {said}")
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


def test_keras_mnist_is_mnist(tmp_path: Path, tiny: DatasetInfo, write_set: Callable) -> None:
    """The same images in the same order, published as one file: the same hash, so the same keys."""
    written = write_set(tiny, tmp_path / "published")
    keras = tmp_path / "keras"
    keras.mkdir()
    save(
        keras,
        "tiny",
        x_train=written["train_images"],
        y_train=written["train_labels"],
        x_test=written["test_images"],
        y_test=written["test_labels"],
    )
    expected = load("tiny", tmp_path / "published", tmp_path / "cache", download=False)
    images = load("tiny", keras, tmp_path / "cache", download=False)
    assert images.sha256 == expected.sha256
    assert images.classes == tiny.classes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": 5}, "train_images: found 4 x 5 x 4 x 1 values, Tiny has 5 x 5 x 4 x 1"),
        ({"shape": (5, 4, 3)}, "train_images: found 4 x 5 x 4 x 1 values, Tiny has 4 x 5 x 4 x 3"),
        ({"test": 3}, "test_images: found 2 x 5 x 4 x 1 values, Tiny has 3 x 5 x 4 x 1"),
        ({"classes": ("a", "b")}, "found 3 classes, Tiny has 2"),
    ],
)
def test_a_known_set_is_checked(
    tmp_path: Path, change: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitting = {"train": 4, "test": 2, "shape": (5, 4, 1), "classes": ("a", "b", "c")}
    info = dataclasses.replace(KNOWN["mnist"], name="tiny", title="Tiny", **(fitting | change))
    monkeypatch.setitem(KNOWN, "tiny", info)
    path = save(tmp_path, "tiny")
    with pytest.raises(DataError) as caught:
        load("tiny", tmp_path, tmp_path / "cache", download=False)
    assert str(caught.value) == f"{path}: {said}"
