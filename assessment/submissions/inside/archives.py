"""Zips, unpacked as what an attacker may have made.

Nothing that a header says is believed: bytes are counted as they are unpacked, names are checked
before a file is made, and an archive that breaks a rule leaves nothing behind.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from assessment.boundary.sizes import FILE_BYTES, TEMPORARY_BYTES
from assessment.submissions.inside.reasons import one_line
from assessment.training.errors import SolutionError

MOST_ENTRIES = 5_000
MOST_BYTES = TEMPORARY_BYTES // 4 * 3
"""What zips may unpack to: the run needs some room itself."""
BOMB_RATIO = 200
"""How much larger than its zip the contents may be, once they are large at all."""
LARGE = 64 * 2**20
DIRECTORY_BYTES = 4 * 2**20
"""Size of a zip's own list of entries: 5,000 of them with names of 800 characters."""
LONGEST_NAME = 255
LONGEST_PATH = 1_000
"""Bytes of an entry's whole name."""
ADVICE = "leave data sets out, and hand in large files beside it"

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
_CHUNK = 2**16


@dataclass
class Budget:
    """What all zips of a submission may still unpack to."""

    entries: int = MOST_ENTRIES
    bytes: int = MOST_BYTES


def unpack(
    archive: Path, shown: str, into: Path, budget: Budget, junk: Callable[[tuple[str, ...]], bool]
) -> list[tuple[str, Path]]:
    """Unpack a zip into a folder that does not exist yet.

    Args:
        archive: the zip.
        shown: how messages call it.
        into: where its tree is made.
        budget: lessened by what it holds.
        junk: tells entries that are passed over by the parts of their names.

    Returns:
        Every file with its name inside the zip, sorted by name.

    Raises:
        SolutionError: it cannot be read, or breaks a rule; `into` is gone then.
    """
    try:
        into.mkdir(parents=True)
        with archive.open("rb") as file, _open(file) as opened:
            return _Unpacking(opened, into, budget, archive.stat().st_size).unpack(junk)
    except _Refused as refused:
        problem = str(refused)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        problem = f"is damaged or no zip: {one_line(str(error))}"
    except (ValueError, OverflowError, MemoryError):
        # Struct and Unicode errors of mangled headers are ValueErrors or come as such.
        problem = "is damaged: its list of files cannot be read"
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            problem = f"unpacks to more than there is room for; {ADVICE}"
        else:
            problem = f"cannot be unpacked: {error.strerror or type(error).__name__}"
    shutil.rmtree(into, ignore_errors=True)
    raise SolutionError(f"{shown}: {problem}")


class _Refused(Exception):
    """A rule that an archive breaks."""


class _Bounded:
    """A file of which nobody reads much at once: zipfile reads a list of entries in one go."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and 0 <= size <= DIRECTORY_BYTES:
            return self._file.read(size)
        data = self._file.read(DIRECTORY_BYTES + 1)
        if len(data) > DIRECTORY_BYTES:
            raise _Refused(f"has more than {MOST_ENTRIES:,} entries")
        return data


def _open(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(cast("IO[bytes]", _Bounded(file)))
    except UnicodeDecodeError:
        raise _Refused("has a file name that is no UTF-8; give it a plain name") from None
    except zipfile.BadZipFile as error:
        file.seek(0)
        start = file.read(6)
        if not start:
            raise _Refused("is empty") from None
        for magic, kind in ((b"Rar!", "a RAR"), (b"7z\xbc\xaf", "a 7z"), (b"\x1f\x8b", "a gzip")):
            if start.startswith(magic):
                raise _Refused(f"is {kind} archive and no zip; pack it as a zip") from None
        raise _Refused(f"is damaged or no zip: {one_line(str(error))}") from None


class _Unpacking:
    """One archive on its way into one folder."""

    def __init__(self, opened: zipfile.ZipFile, into: Path, budget: Budget, packed: int) -> None:
        self._opened = opened
        self._into = into
        self._budget = budget
        self._most = max(LARGE, BOMB_RATIO * packed)
        self._written = 0

    def unpack(self, junk: Callable[[tuple[str, ...]], bool]) -> list[tuple[str, Path]]:
        wanted: dict[tuple[str, ...], zipfile.ZipInfo] = {}
        for info in self._opened.infolist():
            parts = _parts(info)
            if not parts or info.is_dir() or info.orig_filename.endswith(("/", "\\")):
                continue
            if junk(parts):
                continue
            _check(info, parts)
            if parts in wanted:
                raise _Refused(f"holds two files named {_quoted('/'.join(parts))}")
            wanted[parts] = info
            if len(wanted) > self._budget.entries:
                raise _Refused(f"has more than {MOST_ENTRIES:,} entries")
        self._budget.entries -= len(wanted)
        return [("/".join(parts), self._write(parts, wanted[parts])) for parts in sorted(wanted)]

    def _write(self, parts: tuple[str, ...], info: zipfile.ZipInfo) -> Path:
        path = self._into.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        except (FileExistsError, NotADirectoryError):
            raise _Refused(f"holds two files named {_quoted('/'.join(parts))}") from None
        with os.fdopen(handle, "wb") as file, self._opened.open(info) as packed:
            size = 0
            while chunk := packed.read(_CHUNK):
                self._count(len(chunk))
                size += len(chunk)
                if size > FILE_BYTES:
                    name = _quoted("/".join(parts))
                    raise _Refused(f"holds {name}, of more than {_megabytes(FILE_BYTES)}; {ADVICE}")
                file.write(chunk)
        return path

    def _count(self, more: int) -> None:
        self._written += more
        self._budget.bytes -= more
        if self._budget.bytes < 0:
            raise _Refused(f"unpacks to more than {_megabytes(MOST_BYTES)}; {ADVICE}")
        if self._written > self._most:
            raise _Refused(f"unpacks to more than {BOMB_RATIO} times its own size")


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the parts of an entry's name, which lead nowhere outside."""
    name = _decoded(info).replace("\\", "/")  # as some programs on Windows write it
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    quoted = _quoted(name)
    if name.startswith("/"):
        raise _Refused(f"holds the absolute name {quoted}")
    if re.match(r"[A-Za-z]:", name):
        raise _Refused(f"holds the name {quoted}, which begins with a drive")
    if ".." in parts:
        raise _Refused(f"holds the name {quoted}, which leads outside")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise _Refused(f"holds a name with control characters, {quoted}")
    lengths = [len(part.encode()) for part in parts]
    if max(lengths, default=0) > LONGEST_NAME or sum(lengths) + len(parts) > LONGEST_PATH:
        raise _Refused(f"holds a name that is too long, {quoted}")
    return parts


def _decoded(info: zipfile.ZipInfo) -> str:
    name = info.orig_filename
    if "\0" in name:
        raise _Refused(f"holds a name with control characters, {_quoted(name)}")
    if info.flag_bits & 0x800 or name.isascii():
        return name
    try:
        # Unmarked names are taken for cp437; those that macOS writes are UTF-8.
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        raise _Refused(
            f"holds a name that is no UTF-8, {_quoted(name)}; give it a plain name"
        ) from None


def _check(info: zipfile.ZipInfo, parts: tuple[str, ...]) -> None:
    quoted = _quoted("/".join(parts))
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise _Refused(f"holds a link, {quoted}; put the file itself there")
    if kind not in (0, stat.S_IFREG):
        raise _Refused(f"holds {quoted}, which is no ordinary file")
    if info.flag_bits & 0x2041:
        raise _Refused(f"is encrypted ({quoted}); pack it without a password")
    if info.compress_type not in _METHODS:
        raise _Refused(f"packs {quoted} by a method that is not read; use an ordinary zip")


def _megabytes(size: int) -> str:
    return f"{size // 2**20} MB"


def _quoted(name: str) -> str:
    return f"`{one_line(name, 80)}`"
