"""Image files in a folder or in a zip, as `train/<class>/<file>` and `test/<class>/<file>`.

Both are read where they lie: nothing is unpacked. Files of a class are in the order of their
names, classes too, as torchvision's `ImageFolder` has them.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from assessment.datasets.forms import OwnFiles
from assessment.errors import DataError

_PASSED_OVER = {"__MACOSX", "Thumbs.db", "desktop.ini"}
SPLITS = ("train", "test")
SHOWN = 4
"""Other entries named where images are missing."""


@dataclass(frozen=True)
class Member:
    """One image file."""

    name: str
    """Its place in the set, `train/cat/1.png`."""
    size: int
    """Bytes, unpacked."""
    handle: Any
    """What the container opens it by."""


class Container(Protocol):
    """A folder or a zip."""

    path: Path
    members: list[Member]
    """Everything below `train/` and `test/`, in any order."""
    folders: set[str]
    """Folders below them, `train/cat`, as far as they are noted down."""
    top: list[str]
    """What it begins with, two folders deep in a zip: where somebody may have put the images."""

    def where(self, name: str) -> str:
        """Name a member in a message."""

    def open(self, member: Member) -> IO[bytes]:
        """Open a member for reading."""


@dataclass(frozen=True)
class Layout:
    """Which files belong to which class."""

    classes: tuple[str, ...]
    """Class names, sorted; a label is a position in here."""
    files: dict[str, list[tuple[Member, int]]]
    """Split to its files with their labels, in order."""


@contextmanager
def open_container(own: OwnFiles) -> Iterator[Container]:
    """Open a folder or zip for the time of the block.

    Raises:
        DataError: Unreadable, no zip, or a zip with suspicious names.
    """
    with ExitStack() as stack:
        try:
            if own.form == "folder":
                container: Container = _Folder(own.path)
            else:
                container = _Zip(own.path, stack.enter_context(zipfile.ZipFile(own.path)))
        except zipfile.BadZipFile as error:
            raise DataError(f"{own.path}: truncated, damaged or no zip file: {error}") from error
        except OSError as error:
            place = error.filename or own.path
            raise DataError(f"{place}: cannot be read: {error.strerror or error}") from error
        yield container


def stamp_folder(path: Path) -> list[int | str]:
    """Note what tells a changed folder from the one decoded, without a line for every file.

    Returns:
        Files, their bytes, the newest time in nanoseconds, a hash of names, sizes and times.

    Raises:
        OSError: It cannot be read.
    """
    entries = []
    for split in SPLITS:
        for place, entry in _scan(path, split):
            status = None if entry.is_dir() else entry.stat()
            entries.append((place, status and status.st_size, status and status.st_mtime_ns))
    entries.sort()
    files = [(size, time) for _, size, time in entries if size is not None and time is not None]
    return [
        len(files),
        sum(size for size, _ in files),
        max((time for _, time in files), default=0),
        hashlib.sha256(repr(entries).encode("utf-8", "surrogateescape")).hexdigest(),
    ]


def arrange(container: Container) -> Layout:
    """Sort the files into splits and classes.

    Raises:
        DataError: No training or test images, a class without images, a class that only
            `test/` has, or files that lie in no class folder.
    """
    found: dict[str, dict[str, list[Member]]] = {split: {} for split in SPLITS}
    for folder in container.folders:
        split, _, name = folder.partition("/")
        found[split][name] = []
    for member in sorted(container.members, key=lambda member: member.name):
        split, *folders, _ = member.name.split("/")
        if len(folders) != 1:
            place = "in no class folder" if not folders else "in a folder within a class"
            raise DataError(
                f"{container.where(member.name)}: lies {place}; expected {split}/<class>/<file>"
            )
        found[split].setdefault(folders[0], []).append(member)
    classes = tuple(sorted(found["train"]))
    for split in SPLITS:
        if not any(found[split].values()):
            beside = [name for name in container.top if name not in SPLITS][:SHOWN]
            there = f", found {', '.join(beside)}" if beside else ""
            raise DataError(
                f"{container.where(split)}/: no images; expected {split}/<class>/<file>{there}"
            )
    if empty := [name for name in classes if not found["train"][name]]:
        raise DataError(f"{container.where(f'train/{empty[0]}')}/: a class without images")
    if unknown := sorted(set(found["test"]) - set(classes)):
        raise DataError(
            f"{container.where(f'test/{unknown[0]}')}/: train/ has no such class "
            f"(it has {', '.join(classes[:10])}{', ...' if len(classes) > 10 else ''})"
        )
    return Layout(
        classes,
        {
            split: [
                (member, label)
                for label, name in enumerate(classes)
                for member in found[split].get(name, ())
            ]
            for split in SPLITS
        },
    )


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.members: list[Member] = []
        self.folders: set[str] = set()
        self.top = sorted(entry.name for entry in path.iterdir() if not _passed_over(entry.name))
        for split in SPLITS:
            for place, entry in _scan(path, split):
                if not entry.is_dir():
                    self.members.append(Member(place, entry.stat().st_size, place))
                elif place.count("/") == 1:
                    self.folders.add(place)
                else:
                    raise DataError(f"{entry.path}/: a folder within a class; expected files")

    def where(self, name: str) -> str:
        return str(self.path / name)

    def open(self, member: Member) -> IO[bytes]:
        return (self.path / member.name).open("rb")


class _Zip:
    def __init__(self, path: Path, packed: zipfile.ZipFile) -> None:
        self.path, self._packed = path, packed
        entries: dict[str, zipfile.ZipInfo] = {}
        for info in packed.infolist():
            name = info.filename.replace("\\", "/").removeprefix("./")
            if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/"):
                raise DataError(f"{path}: {info.filename!r} leads out of it; pack the set again")
            if any(_passed_over(part) for part in name.split("/") if part):
                continue
            if name in entries:
                raise DataError(f"{path}: {name} is in it twice; pack the set again")
            entries[name] = info
        enclosing = _enclosing(entries)
        self.top = sorted({"/".join(name.split("/")[:2]) for name in entries})
        self._prefix = enclosing
        self.members = []
        self.folders = set()
        for name, info in entries.items():
            inner = name.removeprefix(enclosing)
            if not name.startswith(enclosing) or not inner.startswith(("train/", "test/")):
                continue
            if not info.is_dir() and not name.endswith("/"):
                self.members.append(Member(inner, info.file_size, info))
            elif inner.count("/") == 2:
                self.folders.add(inner.removesuffix("/"))

    def where(self, name: str) -> str:
        return f"{self.path}: {self._prefix}{name}"

    def open(self, member: Member) -> IO[bytes]:
        return self._packed.open(member.handle)


def _scan(root: Path, name: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Give files and folders below `train` or `test`, as deep as images may lie."""
    if name in SPLITS and not (root / name).is_dir():
        return
    with os.scandir(root / name) as entries:
        for entry in entries:
            if _passed_over(entry.name):
                continue
            place = f"{name}/{entry.name}"
            yield place, entry
            if name in SPLITS and entry.is_dir():
                yield from _scan(root, place)


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name in _PASSED_OVER


def _enclosing(names: dict[str, zipfile.ZipInfo]) -> str:
    """Give `pets/` where `train/` lies in that one folder, as many tools pack it."""
    if any(name.startswith("train/") for name in names):
        return ""
    outer = {name.partition("/")[0] for name in names if name.split("/")[1:2] == ["train"]}
    return f"{outer.pop()}/" if len(outer) == 1 else ""
