"""What a submission consists of: names, sizes and a hash of regular files, none of them parsed.

Nothing is followed and nothing can block: every step of a path is opened on its own without
following links, and what is no regular file is named and left out.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from assessment.submissions.names import clean, quoted

MOST_FILES = 20_000
"""Files of one submission, and as many folders."""
MOST_ENTRIES = 3 * MOST_FILES
"""Files, folders, links and what is passed over."""
MOST_BYTES = 2_000_000_000
LONGEST_PATH = 2_000
"""Bytes of a file's path below its submission: systems open about 4,000 in all."""
JUNK = frozenset(
    [
        "__MACOSX",
        ".DS_Store",
        ".ipynb_checkpoints",
        "__pycache__",
        "Thumbs.db",
        "desktop.ini",
        ".git",
    ]
)
"""What systems and editors leave behind. All of it is passed over inside the jail, too: what may
be read there counts in the hash."""

_CHUNK = 1 << 20
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC

Open = Callable[[str], AbstractContextManager[int]]


@dataclass(frozen=True)
class SubmittedFile:
    """One regular file of a submission."""

    name: str
    """Where it lies, with slashes: relative to the submission's folder, or a single file's name.

    Bytes that are no UTF-8 are surrogates, as Python's file functions want them: clean it before
    it is shown.
    """
    size: int
    """Bytes."""
    given: str = ""
    """The name that the student gave it, where the place that exported it changed the name; to be
    cleaned, too."""


@dataclass(frozen=True)
class Contents:
    """What was found in a folder or in some files."""

    files: tuple[SubmittedFile, ...]
    """Sorted by name."""
    sha256: str
    """Over contents and names, as the student gave them; where there is a problem, over that."""
    notes: tuple[str, ...] = ()
    """What was left out."""
    problem: str = ""
    """Why nothing of it can be used."""
    changed: float = 0.0
    """When the newest file was changed, seconds since 1970."""


class Unusable(Exception):
    """Why a submission cannot be used."""


def is_junk(name: str) -> bool:
    """Tell whether a name is that of something which systems and editors leave behind."""
    return name in JUNK or name.startswith("._")


def kind_of(mode: int) -> str:
    """Name what a file's mode says it is: `file`, `folder`, `symbolic link`, ..."""
    kinds = {
        stat.S_IFREG: "file",
        stat.S_IFDIR: "folder",
        stat.S_IFLNK: "symbolic link",
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFBLK: "device",
        stat.S_IFCHR: "device",
    }
    return kinds.get(stat.S_IFMT(mode), "thing of an unknown kind")


def examine_folder(path: Path) -> Contents:
    """List and hash the files of a folder and of all below it."""
    found = _Finding()
    with found.watched(), _opened(path, _FOLDER) as folder:
        found.walk(folder)
        found.hash(lambda name: _opened_below(folder, name, _FILE))
    return found.contents()


def examine_files(paths: Iterable[tuple[Path, str]]) -> Contents:
    """List and hash files of one folder; with each comes the name the student gave it, or ""."""
    found, places = _Finding(), dict[str, Path]()
    with found.watched():
        for path, given in paths:
            found.asked = path.name
            places[path.name] = path
            found.take(path.name, os.lstat(path), given)
        found.refuse_others()
        found.hash(lambda name: _opened(places[name], _FILE))
        if not any(file.size for file in found.files):
            raise Unusable("is empty (0 bytes)")
    return found.contents()


class _Finding:
    """The files of one submission while they are looked at."""

    def __init__(self) -> None:
        self.files: list[SubmittedFile] = []
        self.asked = ""
        """What is being looked at, for messages."""
        self._changed = 0.0
        self._left: dict[str, list[str]] = {}
        self._listed = False
        self._problem = ""
        self._sums: dict[str, bytes] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Take what goes wrong in the block as the submission's problem."""
        try:
            yield
        except Unusable as error:
            self._problem = str(error)
        except OSError as error:
            which = f": {clean(self.asked)}" if self.asked else ""
            self._problem = f"cannot be read{which} ({error.strerror or type(error).__name__})"

    def take(self, name: str, state: os.stat_result, given: str = "") -> None:
        """Note down what lies there, a regular file or something else."""
        if not stat.S_ISREG(state.st_mode):
            self._left.setdefault(kind_of(state.st_mode), []).append(name)
            return
        self.files.append(SubmittedFile(name, state.st_size, given))
        self._changed = max(self._changed, state.st_mtime)
        if len(self.files) > MOST_FILES:
            raise Unusable(f"holds more than {MOST_FILES:,} files")

    def refuse_others(self) -> None:
        """Say what there is instead of files."""
        if not self.files:
            raise Unusable(f"is {_others(self._left)}, not a file" if self._left else "is empty")

    def walk(self, root: int) -> None:
        """List what lies below an open folder, without reading it."""
        waiting, folders, left = [""], 0, MOST_ENTRIES
        while waiting:
            inside = self.asked = waiting.pop()
            with _opened_below(root, inside, _FOLDER) as folder, os.scandir(folder) as entries:
                seen = sorted(islice(entries, left + 1), key=lambda entry: entry.name)
                left -= len(seen)
                if left < 0:
                    raise Unusable(f"holds more than {MOST_ENTRIES:,} files and folders")
                for entry in seen:
                    if is_junk(entry.name):
                        continue
                    name = self.asked = f"{inside}/{entry.name}" if inside else entry.name
                    if len(os.fsencode(name)) > LONGEST_PATH:
                        raise Unusable(f"has a path of more than {LONGEST_PATH:,} bytes")
                    state = entry.stat(follow_symlinks=False)
                    if not stat.S_ISDIR(state.st_mode):
                        self.take(name, state)
                        continue
                    waiting.append(name)
                    folders += 1
                    if folders > MOST_FILES:
                        raise Unusable(f"holds more than {MOST_FILES:,} folders")

    def hash(self, open_file: Open) -> None:
        """Read every listed file once, in pieces."""
        self.files.sort(key=lambda file: os.fsencode(file.name))
        self._listed = True
        _bound(sum(file.size for file in self.files))
        total = 0
        for place, file in enumerate(self.files):
            self.asked = file.name
            digest, size = hashlib.sha256(), 0
            with open_file(file.name) as opened:
                if not stat.S_ISREG(os.fstat(opened).st_mode):
                    raise Unusable(f"was changed while it was read: {clean(file.name)}")
                while piece := os.read(opened, _CHUNK):
                    digest.update(piece)
                    size += len(piece)
                    _bound(total + size)
            total += size
            self.files[place] = replace(file, size=size)
            self._sums[file.name] = digest.digest()

    def contents(self) -> Contents:
        """Return what was found."""
        problem = self._problem
        if not problem and not self.files:
            problem = f"holds nothing but {_others(self._left)}" if self._left else "is empty"
        files = tuple(self.files) if self._listed else ()
        digest = hashlib.sha256(f"a submission\0{problem}\0".encode())
        for line in sorted(self._line(file) for file in files):
            digest.update(line)
        notes = tuple(_left_out(kind, names) for kind, names in sorted(self._left.items()))
        return Contents(files, digest.hexdigest(), notes, problem, self._changed)

    def _line(self, file: SubmittedFile) -> bytes:
        name = os.fsencode(file.given or file.name)
        known = self._sums.get(file.name, bytes(32))
        return len(name).to_bytes(4, "big") + name + file.size.to_bytes(8, "big") + known


def _bound(size: int) -> None:
    if size > MOST_BYTES:
        # Rounded, so that it is the same wherever reading stopped.
        raise Unusable(f"is too large: more than {MOST_BYTES / 1e9:g} GB")


def _others(left: dict[str, list[str]]) -> str:
    found = sorted(left.items())
    return ", ".join(f"{kind}s" if len(names) > 1 else f"a {kind}" for kind, names in found)


def _left_out(kind: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"a {kind} was left out: {clean(names[0])}"
    return f"{len(names):,} {kind}s were left out: {quoted(names)}"


@contextmanager
def _opened(path: Path | str, flags: int, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(path, flags, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _opened_below(root: int, name: str, flags: int) -> Iterator[int]:
    """Open what lies below an open folder; a link on the way is an error."""
    *folders, last = name.split("/") if name else ["."]
    place = os.dup(root)
    try:
        for folder in folders:
            inside = os.open(folder, _FOLDER, dir_fd=place)
            os.close(place)
            place = inside
        with _opened(last, flags, place) as opened:
            yield opened
    finally:
        os.close(place)
