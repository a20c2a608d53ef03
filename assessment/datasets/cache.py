"""Loading an image set: from the cache, else decoded into it, else downloaded first."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assessment.datasets import lock
from assessment.datasets.download import fetch
from assessment.datasets.entry import (
    EntryError,
    open_entry,
    remove_leftovers,
    stamp,
    write_entry,
)
from assessment.datasets.forms import describe_unknown, is_plain
from assessment.datasets.images import ImageSet, verify
from assessment.datasets.places import cache_directory, data_directory
from assessment.datasets.progress import Progress
from assessment.datasets.registry import KNOWN, PARTS, DatasetInfo
from assessment.datasets.sources import decode, describe_missing, find_source, locate
from assessment.errors import DataError

MOST_HASHED = 512_000_000
"""Bytes of a set above which its values are not hashed again: 0.1 s for MNIST, 0.2 s for CIFAR-10,
half a second for this many."""

_hashed: set[tuple[Path, str]] = set()
"""Folders of the cache, and what is in them, whose values this process has hashed."""


def load(
    name: str,
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    *,
    size: int | None = None,
    download: bool = True,
    progress: Progress | None = None,
) -> ImageSet:
    """Give a set's four arrays, memory-mapped; a tenth of a second once they are in the cache.

    Any number of processes may load the same set at once: one of them does the work.

    Args:
        name: A name in `registry.KNOWN`, or of `<name>.npz`, `<name>.zip` or `<name>/` in
            `data_dir`; of a known set, files as published go before these, in this order.
        data_dir: Folder of published and own files, may be read-only; by default
            `ASSESSMENT_DATA`, else `~/.cache/assessment/data`.
        cache_dir: Folder of decoded arrays; by default `ASSESSMENT_CACHE`, else
            `~/.cache/assessment/arrays`.
        size: Side of the square to which images of differing sizes are scaled, pixels; of no
            account where all have one size, and for known sets.
        download: Download missing files of a known set into `data_dir`.
        progress: Told about downloads and the decoding of image files; by default a bar on
            standard error if it is a terminal.

    Raises:
        DataError: Unknown name; files absent and not to be had; damaged files; images of
            differing sizes without `size`; a cache that cannot be written.
    """
    info = KNOWN.get(name)
    data_dir, cache_dir = data_directory(data_dir), cache_directory(cache_dir)
    if info is None and not is_plain(name):
        raise DataError(describe_unknown(name, data_dir))
    wanted = _Wanted(name, info, data_dir, size if info is None else None)
    places = wanted.places(cache_dir)
    try:
        return wanted.open(places)
    except EntryError:
        if info is None and find_source(name, data_dir) is None:
            raise DataError(describe_unknown(name, data_dir)) from None
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with lock.hold(places[0].with_name(f"{places[0].name}.lock")) as alone:
            return wanted.make(places, alone, download, progress)
    except OSError as error:
        title = name if info is None else info.title
        raise DataError(
            f"{title} cannot be kept in the cache {cache_dir}: {error.strerror or error}; "
            "name a folder that can be written, with space in it, in ASSESSMENT_CACHE"
        ) from error


@dataclass(frozen=True)
class _Wanted:
    """The set that one call asks for."""

    name: str
    info: DatasetInfo | None
    data_dir: Path
    size: int | None

    def places(self, cache_dir: Path) -> list[Path]:
        """Give the folders in which its arrays may be, sets from other folders kept apart.

        Where a size is asked for there are two, because only decoding tells whether the images
        have to be scaled.
        """
        found = {} if self.info is None else locate(self.info, self.data_dir)
        home = found.get("all", self.data_dir)
        fingerprint = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
        plain = cache_dir / f"{self.name}-{fingerprint}"
        return [plain] if self.size is None else [plain, cache_dir / f"{plain.name}-{self.size}"]

    def open(self, places: Sequence[Path]) -> ImageSet:
        """Open the first folder that can be used; of two, the error is the first one's."""
        source = find_source(self.name, self.data_dir)
        try:
            stamps = None if source is None else stamp(source.files)
        except OSError:  # gone between two lines, or a folder that cannot be entered
            stamps = None
        classes = None if self.info is None else self.info.classes
        for place in places[1:]:
            with suppress(EntryError):
                return _verified(open_entry(place, self.name, stamps, classes))
        return _verified(open_entry(places[0], self.name, stamps, classes))

    def make(
        self, places: Sequence[Path], alone: bool, download: bool, progress: Progress | None
    ) -> ImageSet:
        """Decode the set, and download it first where it is known and absent."""
        try:
            return self.open(places)  # another process may have made it meanwhile
        except EntryError as error:
            reason = str(error)
        damage = f", and its cache {places[0]} cannot be used ({reason})"
        damage = damage if places[0].exists() else ""
        if alone:
            for place in places:
                remove_leftovers(place)
        source = find_source(self.name, self.data_dir)
        if source is None and self.info is not None:
            if not download:
                raise describe_missing(self.info, self.data_dir, damage)
            fetch(self.info, self.data_dir, progress, damage)
            source = find_source(self.name, self.data_dir)
        if source is None:  # of a name of one's own, or taken away again
            raise DataError(describe_unknown(self.name, self.data_dir))
        try:
            stamps = stamp(source.files)
        except OSError as error:
            raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from error
        with decode(source, self.info, self.size, progress) as decoded:
            place = places[-1] if decoded.resized else places[0]
            write_entry(place, self.name, decoded, stamps)
        for other in places:
            if other != place:  # of files that have changed since
                shutil.rmtree(other, ignore_errors=True)
        try:
            return open_entry(place, self.name, stamps, decoded.classes)
        except EntryError as error:
            raise DataError(f"{place}: damaged right after it was written: {error}") from error


def _verified(images: ImageSet) -> ImageSet:
    """Return what was opened, its values hashed again once in each process.

    A disk or a person may have changed them and left size and time as they were.

    Raises:
        EntryError: they are not what was decoded; opened again, they are hashed again.
    """
    size = sum(getattr(images, part).nbytes for part in PARTS)
    known = images.paths[PARTS[0]].parent, images.sha256
    if known in _hashed or size > MOST_HASHED:
        return images
    try:
        verify(images)
    except DataError as error:
        raise EntryError(str(error)) from error
    _hashed.add(known)
    return images
