"""One folder of the cache: four .npy files and metadata.json.

Opening looks at sizes, headers and times only. A changed byte changes the time of its file,
and then its values are hashed again; what changed without a trace `images.verify` finds, which
`cache` asks once in each process.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from assessment.datasets.containers import stamp_folder
from assessment.datasets.decoded import Decoded, Stream
from assessment.datasets.images import ImageSet, begin_hash, hash_array, hash_set
from assessment.datasets.registry import PARTS

FORMAT = 1
"""Raise when the layout or a decoder changes: older folders are then decoded again."""

Stamps = Mapping[str, list[int | str]]
"""Name of each source file, its size in bytes and its time in nanoseconds; a folder has one
line for all of its files."""


class EntryError(Exception):
    """The folder cannot be used; its text says why."""


def stamp(sources: Mapping[str, Path]) -> Stamps:
    """Note what tells a changed source file from the one that was decoded."""
    stamps: dict[str, list[int | str]] = {}
    for path in sources.values():
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            stamps[f"{path.name}/"] = stamp_folder(path)
        else:
            stamps[path.name] = [status.st_size, status.st_mtime_ns]
    return stamps


def write_entry(folder: Path, name: str, decoded: Decoded, stamps: Stamps) -> None:
    """Store decoded arrays, whole or not at all: written beside, then renamed.

    Raises:
        DataError: A file turns out to be damaged while it is decoded.
        OSError: No space, no permission.
    """
    partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.partial")
    partial.mkdir()
    try:
        about = {
            part: _write_array(partial / f"{part}.npy", decoded.arrays[part]) for part in PARTS
        }
        digests = {part: about[part]["sha256"] for part in PARTS}
        metadata = {
            "format": FORMAT,
            "name": name,
            "classes": decoded.classes,
            "sha256": hash_set(digests),
            "sources": dict(stamps),
            "arrays": about,
        }
        (partial / "metadata.json").write_text(json.dumps(metadata, indent=1) + "\n", "utf-8")
        _replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what interrupted writers of this folder left; only while its lock is held."""
    for partial in folder.parent.glob(f"{folder.name}.*.partial"):
        shutil.rmtree(partial, ignore_errors=True)


def open_entry(
    folder: Path, name: str, stamps: Stamps | None, classes: tuple[str, ...] | None = None
) -> ImageSet:
    """Map the four arrays after cheap checks, in a millisecond.

    Args:
        folder: Where `write_entry` put them.
        name: The set that is expected.
        stamps: The source files as they are now; None where they are gone.
        classes: Its classes where they are known; by default those that were stored.

    Raises:
        EntryError: Absent, older than its sources, or damaged.
    """
    try:
        metadata = json.loads((folder / "metadata.json").read_text("utf-8"))
    except FileNotFoundError:
        raise EntryError("absent" if not folder.exists() else "metadata.json is missing") from None
    except (OSError, ValueError) as error:
        raise EntryError(f"metadata.json: {error}") from error
    try:
        if metadata["format"] != FORMAT or metadata["name"] != name:
            raise EntryError("made by another version")
        if stamps is not None and metadata["sources"] != dict(stamps):
            raise EntryError("the source files have changed")
        about = metadata["arrays"]
        arrays = {part: _map_array(folder / f"{part}.npy", about[part]) for part in PARTS}
        digests = {part: str(about[part]["sha256"]) for part in PARTS}
        if classes is None:
            classes = tuple(str(found) for found in metadata["classes"])
    except (KeyError, TypeError) as error:
        raise EntryError(f"metadata.json: {error!r}") from error
    if metadata.get("sha256") != hash_set(digests):
        raise EntryError("metadata.json: its hashes do not belong together")
    return ImageSet(
        name=name,
        classes=classes,
        train_images=arrays["train_images"],
        train_labels=arrays["train_labels"],
        test_images=arrays["test_images"],
        test_labels=arrays["test_labels"],
        sha256=metadata["sha256"],
        digests=digests,
        paths={part: folder / f"{part}.npy" for part in PARTS},
    )


def _write_array(path: Path, array: NDArray[np.generic] | Stream) -> dict[str, Any]:
    with path.open("wb") as file:
        if isinstance(array, Stream):
            kind, digest = np.dtype(np.uint8).str, _write_stream(file, array)
        else:
            little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            np.save(file, little, allow_pickle=False)
            kind, digest = little.dtype.str, hash_array(little)
        file.flush()
        os.fsync(file.fileno())
    status = path.stat()
    return {
        "sha256": digest,
        "dtype": kind,
        "shape": list(array.shape),
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
    }


def _write_stream(file: BinaryIO, stream: Stream) -> str:
    """Write images as they are decoded; give the hash that `hash_array` would give of all."""
    kind = np.dtype(np.uint8).str
    header = {"descr": kind, "fortran_order": False, "shape": stream.shape}
    np.lib.format.write_array_header_1_0(file, header)
    digest = begin_hash(kind, stream.shape)
    for batch in stream.batches:
        content = np.ascontiguousarray(batch).data
        file.write(content)
        digest.update(content)
    return digest.hexdigest()


def _map_array(path: Path, about: Mapping[str, Any]) -> NDArray[Any]:
    try:
        status = path.stat()
    except OSError as error:
        raise EntryError(f"{path.name} is missing: {error.strerror}") from error
    if status.st_size != about["bytes"]:
        raise EntryError(f"{path.name}: {status.st_size:,} bytes, {about['bytes']:,} expected")
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # of a damaged header: whatever Python's own parser raises
        raise EntryError(f"{path.name}: {error}") from error
    if array.dtype.str != about["dtype"] or list(array.shape) != about["shape"]:
        raise EntryError(f"{path.name}: its header is not the one that was written")
    touched = status.st_mtime_ns != about["mtime_ns"]
    if touched and hash_array(array) != about["sha256"]:
        raise EntryError(f"{path.name}: its values have changed")
    return array


def _replace(partial: Path, folder: Path) -> None:
    if folder.exists():  # damaged or outdated; open maps of it stay valid
        discarded = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.partial")
        folder.rename(discarded)
        shutil.rmtree(discarded, ignore_errors=True)
    partial.rename(folder)
