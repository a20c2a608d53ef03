"""Loading an image set: from the cache, else decoded into it, else downloaded first."""

from __future__ import annotations

import hashlib
from pathlib import Path

from assessment.datasets import lock
from assessment.datasets.download import Progress, fetch
from assessment.datasets.entry import (
    EntryError,
    open_entry,
    remove_leftovers,
    stamp,
    write_entry,
)
from assessment.datasets.images import ImageSet
from assessment.datasets.places import cache_directory, data_directory
from assessment.datasets.registry import DatasetInfo, find
from assessment.datasets.sources import decode, describe_missing, list_missing, locate
from assessment.errors import DataError


def load(
    name: str,
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    *,
    download: bool = True,
    progress: Progress | None = None,
) -> ImageSet:
    """Give a set's four arrays, memory-mapped; milliseconds once they are in the cache.

    Any number of processes may load the same set at once: one of them does the work.

    Args:
        name: A name in `registry.KNOWN`.
        data_dir: Folder of published files, may be read-only; by default `ASSESSMENT_DATA`,
            else `~/.cache/assessment/data`.
        cache_dir: Folder of decoded arrays; by default `ASSESSMENT_CACHE`, else
            `~/.cache/assessment/arrays`.
        download: Download missing files into `data_dir`.
        progress: Told about downloads; by default a bar on standard error if it is a terminal.

    Raises:
        DataError: Unknown name; files absent and not to be had; damaged files; a cache that
            cannot be written.
    """
    info = find(name)
    data_dir, cache_dir = data_directory(data_dir), cache_directory(cache_dir)
    folder = cache_dir / f"{info.name}-{_fingerprint(info, data_dir)}"
    try:
        return _open(folder, info, data_dir)
    except EntryError:
        pass
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with lock.hold(folder.with_name(f"{folder.name}.lock")) as alone:
            return _make(folder, info, data_dir, alone, download, progress)
    except OSError as error:
        raise DataError(
            f"{info.title} cannot be kept in the cache {cache_dir}: {error.strerror or error}; "
            "name a folder that can be written, with space in it, in ASSESSMENT_CACHE"
        ) from error


def _fingerprint(info: DatasetInfo, data_dir: Path) -> str:
    """Tell apart sets of one name that come from different folders."""
    home = locate(info, data_dir).get("all", data_dir)
    return hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]


def _open(folder: Path, info: DatasetInfo, data_dir: Path) -> ImageSet:
    sources = None if list_missing(info, data_dir) else locate(info, data_dir)
    try:
        stamps = None if sources is None else stamp(sources)
    except OSError:  # gone between two lines, or a folder that cannot be entered
        stamps = None
    return open_entry(folder, info, stamps)


def _make(
    folder: Path,
    info: DatasetInfo,
    data_dir: Path,
    alone: bool,
    download: bool,
    progress: Progress | None,
) -> ImageSet:
    try:
        return _open(folder, info, data_dir)  # another process may have made it meanwhile
    except EntryError as reason:
        damage = f", and its cache {folder} cannot be used ({reason})" if folder.exists() else ""
    if alone:
        remove_leftovers(folder)
    if list_missing(info, data_dir):
        if not download:
            raise DataError(describe_missing(info, data_dir, damage))
        fetch(info, data_dir, progress, damage)
    sources = locate(info, data_dir)
    stamps = stamp(sources)
    write_entry(folder, info, decode(info, sources), stamps)
    try:
        return open_entry(folder, info, stamps)
    except EntryError as error:
        raise DataError(f"{folder}: damaged right after it was written: {error}") from error
