"""The image sets that a spec may name, and which files each of them is made of."""

from __future__ import annotations

import difflib
import string
from dataclasses import dataclass
from typing import Literal

from assessment.errors import DataError

PARTS = ("train_images", "train_labels", "test_images", "test_labels")
"""The four arrays of every set, in the order in which they are hashed."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a set as it was published."""

    part: str
    """The array in it: one of `PARTS`."""
    path: str
    """Place below the data directory, with forward slashes; `.gz` may be appended."""


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of an image set before any file is opened."""

    name: str
    """What a spec writes."""
    title: str
    """What a report writes."""
    classes: tuple[str, ...]
    """Class names; a label is a position in here."""
    shape: tuple[int, int, int]
    """Height, width, channels of every image."""
    train: int
    """Training images."""
    test: int
    """Test images."""
    files: tuple[SourceFile, ...] = ()
    """Where each array is read from; empty where a package carries the data."""
    format: Literal["idx", "digits"] = "idx"
    """Which reader of `assessment.datasets.sources` decodes the files."""
    first_label: int = 0
    """Label that the files give to the first class; it becomes 0."""
    downloader: str | None = None
    """Class that downloads the files, `module:name`, called in another process."""
    arguments: tuple[tuple[str, str], ...] = ()
    """Keyword arguments of that class."""


_DIGITS = tuple(string.digits)
_MERGED = tuple(string.digits + string.ascii_uppercase + "abdefghnqrt")


def _raw(folder: str, names: tuple[str, str, str, str]) -> tuple[SourceFile, ...]:
    pairs = zip(PARTS, names, strict=True)
    return tuple(SourceFile(part, f"{folder}/raw/{name}") for part, name in pairs)


def _mnist_like(name: str, title: str, folder: str, classes: tuple[str, ...]) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        title=title,
        classes=classes,
        shape=(28, 28, 1),
        train=60_000,
        test=10_000,
        files=_raw(
            folder,
            (
                "train-images-idx3-ubyte",
                "train-labels-idx1-ubyte",
                "t10k-images-idx3-ubyte",
                "t10k-labels-idx1-ubyte",
            ),
        ),
        downloader=f"torchvision.datasets:{folder}",
    )


def _emnist(
    split: str, classes: tuple[str, ...], train: int, test: int, first_label: int = 0
) -> DatasetInfo:
    return DatasetInfo(
        name=f"emnist_{split}",
        title=f"EMNIST {split}",
        classes=classes,
        shape=(28, 28, 1),
        train=train,
        test=test,
        files=_raw(
            "EMNIST",
            (
                f"emnist-{split}-train-images-idx3-ubyte",
                f"emnist-{split}-train-labels-idx1-ubyte",
                f"emnist-{split}-test-images-idx3-ubyte",
                f"emnist-{split}-test-labels-idx1-ubyte",
            ),
        ),
        first_label=first_label,
        downloader="torchvision.datasets:EMNIST",
        arguments=(("split", split),),
    )


_FASHION = (
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
)
_HIRAGANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

_SETS = (
    DatasetInfo(
        name="digits",
        title="Digits (scikit-learn)",
        classes=_DIGITS,
        shape=(8, 8, 1),
        train=898,
        test=899,
        format="digits",
    ),
    _mnist_like("mnist", "MNIST", "MNIST", _DIGITS),
    _mnist_like("fashion_mnist", "Fashion-MNIST", "FashionMNIST", _FASHION),
    _mnist_like("kmnist", "Kuzushiji-MNIST", "KMNIST", _HIRAGANA),
    DatasetInfo(
        name="qmnist",
        title="QMNIST",
        classes=_DIGITS,
        shape=(28, 28, 1),
        train=60_000,
        test=60_000,
        files=_raw(
            "QMNIST",
            (
                "qmnist-train-images-idx3-ubyte",
                "qmnist-train-labels-idx2-int",
                "qmnist-test-images-idx3-ubyte",
                "qmnist-test-labels-idx2-int",
            ),
        ),
        downloader="torchvision.datasets:QMNIST",
    ),
    # EMNIST's files hold every image transposed; it stays so, as torchvision shows it to students.
    # The letters count from 1 there, and from 0 here, so that 26 outputs are enough.
    _emnist("balanced", _MERGED, 112_800, 18_800),
    _emnist("digits", _DIGITS, 240_000, 40_000),
    _emnist("letters", tuple(string.ascii_lowercase), 124_800, 20_800, first_label=1),
    _emnist("mnist", _DIGITS, 60_000, 10_000),
    _emnist(
        "byclass",
        tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase),
        697_932,
        116_323,
    ),
    _emnist("bymerge", _MERGED, 697_932, 116_323),
)

KNOWN: dict[str, DatasetInfo] = {info.name: info for info in _SETS}
"""Every image set by its name."""


def find(name: str) -> DatasetInfo:
    """Look a set up by its name.

    Raises:
        DataError: No set has this name; the message suggests one and lists all.
    """
    try:
        return KNOWN[name]
    except KeyError:
        meant = suggest(name)
        hint = f", did you mean {meant}?" if meant else ";"
        raise DataError(f"unknown data set {name!r}{hint} known: {', '.join(KNOWN)}") from None


def suggest(name: str) -> str | None:
    """Give the known name that looks most like this one, or None; `Fashion-MNIST` finds one."""
    plain = {_plain(known): known for known in KNOWN}
    close = difflib.get_close_matches(_plain(name), plain, n=1)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
