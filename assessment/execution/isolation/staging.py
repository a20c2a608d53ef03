"""Temporary folders of the grader: gone with their owner, however it ends.

What is handed in is copied into them, for a jail and for what is shown in it; and what else must
not stay on a machine for somebody to find. Python's own stay there where a process is killed.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from assessment.errors import TrainerError
from assessment.execution.isolation.ownership import Held, hold

PREFIX = "assessment-tmp-"
"""Short: names of sockets in them are."""
TRIES = 10


class Staging:
    """A folder that is its owner's alone, until it is opened to others."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self.folder = held.path

    @classmethod
    def made(cls) -> Staging:
        """Make one, where temporary files go, and clear away those whose makers are gone."""
        sweep()
        for _ in range(TRIES):
            folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")).resolve()
            held = hold(folder)
            if held is not None:
                return cls(held)
        raise TrainerError(f"folders in {tempfile.gettempdir()} vanish as soon as they are made")

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    @property
    def temporary(self) -> Path:
        """Where a jail without a file tree of its own has its temporary files."""
        return self.folder / "tmp"

    def make_temporary(self) -> Path:
        """Make that folder."""
        self.temporary.mkdir(mode=0o700)
        return self.temporary

    def admit(self, user: int) -> None:
        """Let one user through to what lies in it, and not list it; as root."""
        os.chown(self.folder, -1, user)
        self.folder.chmod(0o710)

    def admit_everybody(self) -> None:
        """Let everybody through to what lies in it, and not list it."""
        self.folder.chmod(0o711)

    def copy(self, source: Path, name: str) -> Path:
        """Copy a file or folder; whoever is let through may read it, nobody but its owner write it.

        Only regular files and folders are copied, and links as links: they lead no further than
        whoever follows them may go.

        Raises:
            OSError: something cannot be read, or lies too deep.
        """
        target = self._place(name)
        for path in _tree(source):
            place = target / path.relative_to(source)
            if path.is_symlink():
                place.symlink_to(path.readlink())
            elif path.is_dir():
                place.mkdir()
                place.chmod(0o755)
            else:
                shutil.copyfile(path, place)
                place.chmod(0o644)
        return target

    def link(self, source: Path, name: str) -> None:
        """Put a link to a file there, for who may read it where it lies."""
        self._place(name).symlink_to(source.resolve())

    def readable(self, source: Path, name: str) -> Path:
        """Return a file that anybody may read, once shown to him, else a copy of it."""
        if source.is_file() and source.stat().st_mode & stat.S_IROTH:
            return source
        return self.copy(source, name)

    def _place(self, name: str) -> Path:
        """Make the folders that something lies in, which anybody may list."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        for parent in Path(name).parents[:-1]:
            (self.folder / parent).chmod(0o755)
        return target

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        _remove(self._held)


def sweep() -> None:
    """Remove what killed processes have left."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        held = hold(path)
        if held is not None:
            _remove(held)


def _remove(held: Held) -> None:
    # Python's own way gives up below a thousand folders in each other.
    program = shutil.which("rm", path=os.defpath) or "rm"
    subprocess.run([program, "-rf", "--", str(held.path)], check=False, capture_output=True)
    held.release()


def _tree(top: Path) -> Iterator[Path]:
    """Yield a file, or a folder and what lies below it, without recursion: depth may be meant."""
    waiting = [top]
    while waiting:
        path = waiting.pop()
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            waiting.extend(path.iterdir())
        elif not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            continue
        yield path
