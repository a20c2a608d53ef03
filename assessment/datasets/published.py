"""Which images a known set consists of as it was published, so that others can be told from them.

Where numbers are compared with somebody else's, they have to be of the same images. An altered copy
is used all the same, and named in a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from assessment.datasets.registry import KNOWN
from assessment.datasets.sources import find_source
from assessment.errors import DataError

DECODED: Mapping[str, str] = {
    "mnist": "e06b3de18d79604d6d4af7507c884c46c3e8c472f239bd46ca73b481288a6651",
    "fashion_mnist": "91093c52f559d572e6f920dbdb59395b43e4035d6a6f0bc3548c4cbd7939e52d",
}
"""`ImageSet.sha256` by the set's name, in whatever form its files are kept."""

_MD5: Mapping[str, str] = {
    "cifar-10-python.tar.gz": "c58f30108f718f92721af3b95e74349a",
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
    "cifar-100-python.tar.gz": "eb9058c3a382ffc7106e4002c42a8d85",
    "train": "16019d7e3df5f24257cddd939b257f8d",
    "test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
}
"""torchvision's checksums of the files of CIFAR, by their names."""


def other_images(name: str, sha256: str) -> str:
    """Say that decoded images are not the published ones; empty where they are, or none is known.

    Args:
        name: of the set.
        sha256: of the images at hand, as in `ImageSet`.
    """
    known = DECODED.get(name)
    if known is None or sha256 == known:
        return ""
    return (
        f"{name}: not the published images of {KNOWN[name].title}, which hash to {known[:12]}, "
        f"these to {sha256[:12]}: other people's numbers are of other images"
    )


def other_files(name: str, data_dir: Path) -> Iterator[str]:
    """Yield a sentence about each file of CIFAR that is not the published one.

    Raises:
        DataError: a file cannot be read.
    """
    info = KNOWN.get(name)
    source = find_source(name, data_dir) if info is not None and info.format == "cifar" else None
    if info is None or source is None or source.own is not None:
        return
    for path in source.files.values():
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "md5").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
        if found != _MD5[path.name]:
            yield f"{path}: not the published file of {info.title}, whose md5 is {_MD5[path.name]}"
