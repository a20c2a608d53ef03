"""What was handed in, as a tree of ordinary files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assessment.submissions.inside.archives import MOST_ENTRIES, Budget, unpack
from assessment.submissions.inside.reasons import one_line
from assessment.training.errors import SolutionError

DEEPEST = 40
"""Folders within folders."""
NESTED = 1
"""Zips within a zip that are opened."""
_JUNK = {
    "__MACOSX",
    ".DS_Store",
    ".ipynb_checkpoints",
    "__pycache__",
    "Thumbs.db",
    "desktop.ini",
    ".git",
    ".svn",
    ".hg",
    ".idea",
    ".vscode",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".venv",
    "venv",
    "site-packages",
    "node_modules",
}
_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True)
class HandedFile:
    """One file of a submission."""

    name: str
    """Its place in what was handed in, with `/`; of one in a zip `work.zip/net.py`, unless the
    zip is the whole submission."""
    path: Path
    """Where its bytes are."""


@dataclass(frozen=True)
class Gathered:
    """All files of a submission."""

    name: str
    """What was handed in, as its author named it."""
    files: tuple[HandedFile, ...]
    """Sorted by name; at least one."""
    notes: tuple[str, ...] = ()
    """What was left out and why, a line each."""


def gather(path: Path, workspace: Path) -> Gathered:
    """Find the files of a submission: one file, a folder, a zip; zips among them are unpacked.

    What operating systems and editors leave behind (`__MACOSX`, `.ipynb_checkpoints`, ...) is
    passed over. A zip beside other files that cannot be opened is left out with a note.

    Args:
        path: what was handed in; it is not changed.
        workspace: a folder for what is unpacked.

    Raises:
        SolutionError: it holds nothing that could be read, too much, or is a zip that breaks a
            rule; the message names the file and says what to do.
    """
    gathering = _Gathering(workspace)
    shown = one_line(path.name)
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            gathering.take_folder(path)
        elif stat.S_ISREG(mode):
            gathering.take_submission(path)
        else:
            raise SolutionError(f"{shown}: is no ordinary file")
    except OSError as error:
        raise SolutionError(f"{shown}: cannot be read: {error.strerror}") from None
    if not gathering.files:
        reasons = "; ".join(gathering.notes[:3])
        raise SolutionError(f"{shown}: holds no files" + (f": {reasons}" if reasons else ""))
    files = sorted(gathering.files, key=lambda file: file.name)
    return Gathered(shown, tuple(files), tuple(gathering.notes))


class _Gathering:
    """The files found so far."""

    def __init__(self, workspace: Path) -> None:
        self.files: list[HandedFile] = []
        self.notes: list[str] = []
        self._workspace = workspace
        self._budget = Budget()
        self._unpacked = 0

    def take_submission(self, path: Path) -> None:
        """Take the only file: a zip is opened and must be sound."""
        if path.suffix.lower() == ".zip":
            self._take_zip(HandedFile(one_line(path.name), path), "", nested=0)
        else:
            self._take(HandedFile(path.name, path), nested=-1)

    def take_folder(self, top: Path) -> None:
        for file in list(self._walk(top)):
            self._take(file, nested=-1)

    def _take(self, file: HandedFile, nested: int) -> None:
        """Take one file out of a folder (nested -1) or of a zip in so many zips."""
        name = file.name.lower()
        if name.endswith(_OTHER_ARCHIVES):
            self._note(file.name, "is not opened; hand in a zip")
        elif not name.endswith(".zip"):
            self.files.append(file)
        elif nested >= NESTED:
            self._note(file.name, "is a zip in a zip in a zip and is not opened")
        else:
            try:
                self._take_zip(file, f"{file.name}/", nested + 1)
            except SolutionError as error:
                self.notes.append(f"left out: {error}")

    def _take_zip(self, archive: HandedFile, prefix: str, nested: int) -> None:
        into = self._workspace / f"unpacked-{self._unpacked}"
        self._unpacked += 1
        for name, path in unpack(archive.path, one_line(archive.name), into, self._budget, is_junk):
            self._take(HandedFile(f"{prefix}{name}", path), nested)

    def _walk(self, top: Path) -> Iterator[HandedFile]:
        count = 0
        waiting: list[tuple[Path, tuple[str, ...]]] = [(top, ())]
        while waiting:
            folder, above = waiting.pop()
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                parts = (*above, entry.name)
                name = "/".join(parts)
                if is_junk(parts):
                    continue
                if not _is_utf8(name):
                    self._note(name, "has a name that is no UTF-8")
                elif entry.is_symlink():
                    self._note(name, "is a link; hand in the file itself")
                elif entry.is_dir(follow_symlinks=False):
                    if len(parts) > DEEPEST:
                        self._note(name, f"lies more than {DEEPEST} folders deep")
                    else:
                        waiting.append((Path(entry.path), parts))
                elif not entry.is_file(follow_symlinks=False):
                    self._note(name, "is no ordinary file")
                else:
                    count += 1
                    if count > MOST_ENTRIES:
                        raise SolutionError(
                            f"{one_line(top.name)}: holds more than {MOST_ENTRIES:,} files"
                        )
                    yield HandedFile(name, Path(entry.path))

    def _note(self, name: str, why: str) -> None:
        self.notes.append(f"left out: {one_line(name)} {why}")


def is_junk(parts: tuple[str, ...]) -> bool:
    """Tell whether an entry is what systems and editors leave behind."""
    last = parts[-1]
    return not _JUNK.isdisjoint(parts) or last.startswith("._") or last.endswith(".pyc")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
