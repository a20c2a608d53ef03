"""Pixels of image files: as torchvision's `ImageFolder` and `Resize` give them."""

from __future__ import annotations

import dataclasses
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torchvision
from PIL import Image
from torchvision.transforms import Compose, Grayscale, PILToTensor, Resize

from assessment.datasets import pictures
from assessment.datasets.cache import load
from assessment.datasets.images import ImageSet, verify
from assessment.datasets.registry import KNOWN
from assessment.errors import DataError
from tests.datasets.conftest import encode, noise, pets, write_files

FORMS = pytest.mark.parametrize("form", ["pets", "pets.zip"])


@pytest.fixture(params=["decoded once", "decoded twice"])
def _memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large sets are not kept from the first look, and come in many batches."""
    if request.param == "decoded twice":
        monkeypatch.setattr(pictures, "_KEPT_BYTES", 100)
        monkeypatch.setattr(pictures, "_BATCH_BYTES", 200)


def load_pets(folder: Path, size: int | None = None) -> ImageSet:
    return load("pets", folder, folder / "cache", size=size)


def expect(images: ImageSet, folder: Path, *steps: Callable) -> None:
    """Compare with torchvision's reading of a folder, both splits."""
    for split in ("train", "test"):
        theirs = torchvision.datasets.ImageFolder(
            folder / split, transform=Compose([*steps, PILToTensor()])
        )
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Palette images with Transparency"
            )  # theirs, not ours
            pixels = [image.permute(1, 2, 0).numpy() for image, _ in theirs]
        np.testing.assert_array_equal(getattr(images, f"{split}_images"), pixels)
        np.testing.assert_array_equal(getattr(images, f"{split}_labels"), theirs.targets)
        assert list(images.classes) == theirs.classes
    verify(images)


def _palette() -> bytes:
    """A PNG with colours from a palette, some of them transparent."""
    stream = io.BytesIO()
    noise(3).quantize(16).save(stream, "PNG", transparency=bytes(range(0, 256, 16)))
    return stream.getvalue()


@pytest.mark.usefixtures("_memory")
@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr", "LAB", "palette with transparency"]
)
def test_one_image_in_colour_makes_all_rgb(tmp_path: Path, mode: str) -> None:
    files = {name: noise(seed, mode="L") for seed, name in enumerate(pets())}
    files["train/cat/2.png"] = noise(8, mode="1")
    coloured = "train/dog/1.tif" if mode in ("CMYK", "YCbCr", "LAB") else "train/dog/1.png"
    del files["train/dog/1.png"]
    files[coloured] = _palette() if " " in mode else noise(9, mode=mode)
    folder = write_files(tmp_path / "pets", files)
    images = load_pets(tmp_path)
    assert images.shape == (5, 6, 3)
    expect(images, folder)


@pytest.mark.usefixtures("_memory")
@pytest.mark.parametrize("mode", ["L", "1", "LA"])
def test_gray_stays_one_channel(tmp_path: Path, mode: str) -> None:
    files = {name: noise(seed, mode="L") for seed, name in enumerate(pets())}
    files["test/dog/1.png"] = noise(9, mode=mode)
    folder = write_files(tmp_path / "pets", files)
    images = load_pets(tmp_path)
    assert images.shape == (5, 6, 1)
    expect(images, folder, Grayscale())


@pytest.mark.usefixtures("_memory")
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".ppm", ".tiff", ".webp"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    files = {name.replace(".png", suffix): image for name, image in pets().items()}
    expect(load_pets(write_files(tmp_path / "pets", files).parent), tmp_path / "pets")


@pytest.mark.usefixtures("_memory")
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [5, 8, 40])
@FORMS
def test_differing_sizes_are_scaled(tmp_path: Path, form: str, size: int, mode: str) -> None:
    files = {
        name: noise(seed, width=4 + 7 * seed, height=20 - seed, mode=mode)
        for seed, name in enumerate(pets())
    }
    files["train/cat/2.png"] = noise(9, size, size, mode)
    write_files(tmp_path / form, files)
    images = load_pets(tmp_path, size)
    assert images.shape == (size, size, 3 if mode == "RGB" else 1)
    steps = [] if mode == "RGB" else [Grayscale()]
    expect(images, write_files(tmp_path / "unpacked", files), *steps, Resize((size, size)))


@FORMS
def test_differing_sizes_without_a_size(tmp_path: Path, form: str) -> None:
    path = write_files(tmp_path / form, pets(dog1=noise(0, 9, 7), testcat=noise(1, 3, 3)))
    with pytest.raises(DataError) as caught:
        load_pets(tmp_path)
    assert str(caught.value) == (
        f"{path}: its images differ in size: train/cat/1.png is 6 x 5, train/dog/1.png is 9 x 7; "
        "to scale them, add {kind: resize, size: N} as the first transform"
    )


def test_each_size_has_its_own_entry_and_equal_sizes_share_one(tmp_path: Path) -> None:
    write_files(tmp_path / "pets", pets())
    plain = load_pets(tmp_path)
    assert load_pets(tmp_path, 8).paths == load_pets(tmp_path, 9).paths == plain.paths
    write_files(tmp_path / "pets", pets(dog1=noise(0, 9, 7)))
    small, large = load_pets(tmp_path, 8), load_pets(tmp_path, 9)
    assert (small.shape, large.shape) == ((8, 8, 3), (9, 9, 3))
    assert small.sha256 != large.sha256
    assert load_pets(tmp_path, 8).paths == small.paths
    with pytest.raises(DataError, match="its images differ in size"):
        load_pets(tmp_path)
    write_files(tmp_path / "pets", pets())
    assert load_pets(tmp_path, 8).sha256 == plain.sha256


def _truncate(image: Image.Image, name: str) -> bytes:
    content = encode(image, name)
    return content[: len(content) * 2 // 3]


@pytest.mark.usefixtures("_memory")
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("9.png", b"", "no image, or damaged; taken are JPEG, PNG, BMP, PPM, TIFF, WEBP"),
        ("9.png", b"<html>not found</html>", "no image, or damaged; taken are JPEG, PNG, "),
        ("notes.txt", b"two cats", "no image, or damaged; taken are JPEG, PNG, BMP, PPM, "),
        ("9.gif", encode(noise(1), "9.gif"), "no image, or damaged; taken are JPEG, PNG, "),
        ("9.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 6 5\n", "no image, or damaged; "),
        ("9.png", _truncate(noise(1), "9.png"), "truncated or damaged: "),
        ("9.jpg", encode(noise(1), "9.jpg")[:-40], "truncated or damaged: image file is truncated"),
        ("9.bmp", _truncate(noise(1), "9.bmp"), "truncated or damaged: "),
        ("9.png", encode(Image.new("I;16", (6, 5)), "9.png"), "its pixels are of mode I;16, not 8"),
        ("9.tif", encode(Image.new("F", (6, 5)), "9.tif"), "its pixels are of mode F, not 8 bits "),
    ],
)
@FORMS
def test_a_damaged_file_is_named(
    tmp_path: Path, form: str, name: str, content: bytes, said: str
) -> None:
    path = write_files(tmp_path / form, pets() | {f"train/dog/{name}": content})
    with pytest.raises(DataError) as caught:
        load_pets(tmp_path)
    where = f"{path}/train/dog/{name}" if form == "pets" else f"{path}: train/dog/{name}"
    assert str(caught.value).startswith(f"{where}: {said}")
    assert "\n" not in str(caught.value)
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


# --- known sets in files of one's own ------------------------------------------------------------


@pytest.fixture
def known_pets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pets a known set, its classes not in alphabetical order."""
    info = dataclasses.replace(
        KNOWN["mnist"],
        name="pets",
        title="Pets",
        classes=("dog/hound", "cat"),
        shape=(5, 6, 3),
        train=5,
        test=2,
    )
    monkeypatch.setitem(KNOWN, "pets", info)


def hounds(**changes: Image.Image) -> dict[str, Image.Image | bytes]:
    return {name.replace("dog", "doghound"): image for name, image in pets(**changes).items()}


@pytest.mark.usefixtures("known_pets")
@pytest.mark.parametrize(("cat", "dog"), [("cat", "dog_hound"), ("Cat", "DogHound"), ("1", "0")])
def test_labels_of_a_known_set_are_its_own(tmp_path: Path, cat: str, dog: str) -> None:
    files = {name.replace("cat", cat).replace("dog", dog): image for name, image in pets().items()}
    write_files(tmp_path / "pets", files)
    images = load("pets", tmp_path, tmp_path / "cache", download=False)
    assert images.classes == ("dog/hound", "cat")
    for seed, label in enumerate([1, 1, 0, 0, 0]):
        found = np.all(images.train_images == np.asarray(noise(seed)), axis=(1, 2, 3))
        assert images.train_labels[found].tolist() == [label]


@pytest.mark.usefixtures("known_pets")
@pytest.mark.parametrize(
    ("files", "said"),
    [
        (pets(), "train/: found the classes 2: cat, dog; Pets has 2: dog/hound, cat"),
        (hounds(dog2=noise(0, 9, 7)), "train/doghound/2.png: found 9 x 7 pixels, Pets has 6 x 5"),
        (
            {name: noise(0, mode="L") for name in hounds()},
            "train_images: found 5 x 5 x 6 x 1 values, Pets has 5 x 5 x 6 x 3",
        ),
        (
            {name: image for name, image in hounds().items() if "10" not in name},
            "train_images: found 4 x 5 x 6 x 3 values, Pets has 5 x 5 x 6 x 3",
        ),
    ],
)
def test_a_known_set_is_checked(tmp_path: Path, files: dict, said: str) -> None:
    path = write_files(tmp_path / "pets.zip", files)
    with pytest.raises(DataError) as caught:
        load("pets", tmp_path, tmp_path / "cache", download=False, size=8)
    assert str(caught.value) == f"{path}: {said}"


# --- what is said meanwhile ----------------------------------------------------------------------


@pytest.mark.usefixtures("_memory")
def test_progress_counts_bytes_of_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_files(tmp_path / "pets.zip", pets())
    told: list[tuple[str, int, int]] = []
    load("pets", tmp_path, tmp_path / "cache", progress=lambda *message: told.append(message))
    total = sum(len(encode(noise(seed), name)) for seed, name in enumerate(pets()))
    assert {(name, size) for name, _, size in told} == {(path.name, total)}
    assert [done for _, done, _ in told] == sorted({done for _, done, _ in told})
    assert told[-1][1] == total
    assert capfd.readouterr() == ("", "")


def test_without_a_terminal_one_line_is_said_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_files(tmp_path / "pets.zip", pets())
    load_pets(tmp_path)
    load_pets(tmp_path)
    assert capfd.readouterr() == ("", f"decoding 7 images of {path}, once\n")


def test_a_terminal_shows_a_bar_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    write_files(tmp_path / "pets.zip", pets())
    load_pets(tmp_path)
    lines = screen.getvalue().split("\r")
    assert lines[0] == ""
    assert all(line.startswith("pets.zip [") for line in lines[1:])
    assert lines[-1] == "pets.zip [####################] 0.0 of 0.0 MB\n"
