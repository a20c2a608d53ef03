"""The image sets that a spec may name, and which files each of them is made of."""

from __future__ import annotations

import difflib
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

PARTS = ("train_images", "train_labels", "test_images", "test_labels")
"""The four arrays of every set, in the order in which they are hashed."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a set as it was published."""

    part: str
    """The array in it: one of `PARTS`; for CIFAR `test`, `train` or one of `train_1`, `train_2`,
    ..., images and labels together."""
    path: str
    """Place below the data directory, with forward slashes."""


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
    archive: str | None = None
    """Packed file below the data directory that holds all of them, and is read where it lies."""
    format: Literal["idx", "cifar", "digits"] = "idx"
    """Which reader of `assessment.datasets.sources` decodes the files; `.gz` may be appended to
    the names of IDX files."""
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

_THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_FINE = """\
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""


def _cifar(
    name: str, title: str, classes: tuple[str, ...], folder: str, files: dict[str, str]
) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        title=title,
        classes=classes,
        shape=(32, 32, 3),
        train=50_000,
        test=10_000,
        files=tuple(SourceFile(part, f"{folder}/{file}") for part, file in files.items()),
        archive=f"{title.lower()}-python.tar.gz",
        format="cifar",
        downloader=f"torchvision.datasets:{name.upper()}",
    )


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
    _cifar(
        "cifar10",
        "CIFAR-10",
        _THINGS,
        "cifar-10-batches-py",
        {**{f"train_{k}": f"data_batch_{k}" for k in range(1, 6)}, "test": "test_batch"},
    ),
    _cifar(
        "cifar100",
        "CIFAR-100",
        tuple(_FINE.split()),
        "cifar-100-python",
        {"train": "train", "test": "test"},
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


def suggest(name: str, names: Iterable[str] = ()) -> str | None:
    """Give the known or other name that looks most like this one, or None.

    `Fashion-MNIST` finds `fashion_mnist`.
    """
    plain = {_plain(known): known for known in (*names, *KNOWN)}
    close = difflib.get_close_matches(_plain(name), plain, n=1)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
