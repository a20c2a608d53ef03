"""The files of a set: finding them below the data directory and decoding them.

Files as they were published go before `<name>.npz`, `<name>.zip` and `<name>/`, in this order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.cifar import read_cifar
from assessment.datasets.containers import open_container
from assessment.datasets.decoded import Decoded, check_known
from assessment.datasets.digits import find_digits, read_digits
from assessment.datasets.forms import OwnFiles, find_own, spellings
from assessment.datasets.idx import read_idx
from assessment.datasets.npz import read_npz
from assessment.datasets.progress import Progress
from assessment.datasets.registry import KNOWN, PARTS, DatasetInfo, SourceFile
from assessment.errors import DataError, DataMissing


@dataclass(frozen=True)
class Source:
    """Where a whole set lies now."""

    files: Mapping[str, Path]
    """Part to file; `all` for a file or folder that holds everything."""
    own: OwnFiles | None = None
    """How it is read where it is not as published."""


def find_source(name: str, data_dir: Path) -> Source | None:
    """Find a set, known or not; None where it is absent or not complete."""
    info = KNOWN.get(name)
    if info is not None:
        files = locate(info, data_dir)
        if files and not _absent(info, files):
            return Source(files)
    own = find_own(name, data_dir)
    return None if own is None else Source({"all": own.path}, own)


def locate(info: DatasetInfo, data_dir: Path) -> dict[str, Path]:
    """Find the published files of a set; what is missing is left out."""
    if info.format == "digits":
        return {"all": find_digits()}
    found = {}
    for file in info.files:
        plain = data_dir / file.path
        packed = [plain.with_name(f"{plain.name}.gz")] if info.format == "idx" else []
        for path in (plain, *packed):
            if _exists(path):
                found[file.part] = path
                break
    if info.archive and len(found) < len(info.files) and _exists(data_dir / info.archive):
        return {"archive": data_dir / info.archive}
    return found


def _absent(info: DatasetInfo, found: Mapping[str, Path]) -> list[SourceFile]:
    if "archive" in found:
        return []
    return [file for file in info.files if file.part not in found]


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except OSError:  # also a folder that must not be entered
        return False
    return True


def list_missing(info: DatasetInfo, data_dir: Path) -> list[SourceFile]:
    """List the published files that are not below the data directory; none if the set is there."""
    if find_source(info.name, data_dir) is not None:
        return []
    return _absent(info, locate(info, data_dir))


def describe_missing(info: DatasetInfo, data_dir: Path, reason: str) -> DataMissing:
    """Return the error that says that files of a set are not here, and why it is asked for them."""
    missing = list_missing(info, data_dir)
    if len(missing) < len(info.files):
        names = ", ".join(file.path for file in missing)
        text = f"{info.title} is not complete in {data_dir}{reason}; missing: {names}"
    else:
        more = f" and {len(info.files) - 1} more" if len(info.files) > 1 else ""
        text = f"{info.title} is not in {data_dir}{reason}; its files: {info.files[0].path}{more}"
    return DataMissing(text, list_files(info, data_dir))


def list_files(info: DatasetInfo, data_dir: Path) -> str:
    """Say in lines which files belong where, and how to name another folder."""
    missing = list_missing(info, data_dir)
    some = len(missing) < len(info.files)
    files = [
        f"  {file.path}{'  (missing)' if some and file in missing else ''}" for file in info.files
    ]
    packed = f"packed in {info.archive}" if info.archive else "with .gz appended"
    npz, archive, folder = spellings(info.name)
    return "\n".join(
        [
            f"Files of {info.title} belong below {data_dir}, as they are or {packed}:",
            *files,
            f"The set is also found as {npz}, {archive} or {folder}<class>/ with test/ beside it.",
            "Name another directory with --assess-data=DIR or ASSESSMENT_DATA.",
        ]
    )


@contextmanager
def decode(
    source: Source,
    info: DatasetInfo | None,
    size: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Decoded]:
    """Decode a set whose files are all there; streams of images live as long as the block.

    Args:
        source: The files.
        info: What is known of the set, if anything.
        size: Side of the square to which image files of differing sizes are scaled.
        progress: Told about image files.

    Raises:
        DataError: A file is damaged or is not of this set; the message names it.
    """
    own = source.own
    if own is None:
        assert info is not None
        yield Decoded(_read_published(info, source.files), info.classes)
    elif own.form == "npz":
        yield _checked(read_npz(own.path), info, own)
    else:
        from assessment.datasets.pictures import decode_pictures  # Pillow, where there are pictures

        with open_container(own) as container:
            yield _checked(decode_pictures(container, info, size, progress), info, own)


def _checked(decoded: Decoded, info: DatasetInfo | None, own: OwnFiles) -> Decoded:
    if info is None:
        return decoded
    check_known(info, str(own.path), decoded)
    return replace(decoded, classes=info.classes)


def _read_published(
    info: DatasetInfo, files: Mapping[str, Path]
) -> Mapping[str, NDArray[np.generic]]:
    if info.format == "digits":
        return read_digits(files["all"], info)
    if info.format == "cifar":
        return read_cifar(files, info)
    return {part: _read_part(info, part, files[part]) for part in PARTS}


def _read_part(info: DatasetInfo, part: str, path: Path) -> NDArray[np.generic]:
    count = info.train if part.startswith("train") else info.test
    if part.endswith("images"):
        images = read_idx(path, "u1", 3)
        _expect_shape(info, path, images.shape, (count, *info.shape[:2]))
        return images.reshape(count, *info.shape)
    if "idx2" in path.name:  # QMNIST: eight numbers an image, the first is the class
        table = read_idx(path, ">i4", 2)
        _expect_shape(info, path, table.shape, (count, 8))
        labels = table[:, 0]
    else:
        labels = read_idx(path, "u1", 1)
        _expect_shape(info, path, labels.shape, (count,))
    classes = labels.astype(np.int64) - info.first_label
    if classes.min() < 0 or classes.max() >= len(info.classes):
        last = info.first_label + len(info.classes) - 1
        raise DataError(
            f"{path}: found labels {labels.min()} to {labels.max()}, "
            f"{info.title} has {info.first_label} to {last}"
        )
    return classes


def _expect_shape(
    info: DatasetInfo, path: Path, found: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    if found != expected:
        sizes = [" x ".join(str(size) for size in shape) for shape in (found, expected)]
        raise DataError(f"{path}: found {sizes[0]} values, {info.title} has {sizes[1]}")
