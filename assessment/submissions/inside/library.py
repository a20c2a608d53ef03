"""The files of a submission as modules that can be imported."""

from __future__ import annotations

import importlib.util
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assessment.submissions.inside.cells import Source
from assessment.submissions.inside.slicing import Outline, outline

_NEVER_OWN = {"torch", "torchvision", "numpy"}
"""Packages that no file handed in takes the place of, `torch.py` neither."""
_COPY = re.compile(r"(?:-\d+|[ _]?\(\d+\))$")
"""What a browser or a learning platform adds to the name of a file handed in again."""


@dataclass(frozen=True)
class Found:
    """A module of the submission: a file, a package, or a folder without `__init__.py`."""

    place: str
    """File or folder in the submission."""
    file: str | None
    """Where its code is; None in a folder without `__init__.py`."""
    folder: str | None
    """Where its submodules are; None where it is no package."""


class Library:
    """All notebooks and scripts of one submission."""

    def __init__(self, sources: Iterable[Source], paths: Mapping[str, Path] | None = None) -> None:
        """Collect sources; an outline is made when it is first asked for.

        Args:
            sources: what was read.
            paths: where files are, by name in the submission, as far as they are on disk.
        """
        self.sources = {source.file: source for source in sources}
        self._paths = dict(paths or {})
        self._outlines: dict[str, Outline] = {}
        self._folders = {folder for file in self.sources for folder in _above(file)}

    def outline(self, file: str) -> Outline:
        """Return what a file defines."""
        if file not in self._outlines:
            self._outlines[file] = outline(self.sources[file])
        return self._outlines[file]

    def outlines(self) -> list[Outline]:
        """Return the outlines of all files, sorted by name."""
        return [self.outline(file) for file in sorted(self.sources)]

    def path(self, file: str) -> Path | None:
        """Return where a file is on disk."""
        return self._paths.get(file)

    def find(self, name: str, importer: str, level: int = 0) -> Found | None:
        """Find the module that an import in a file of the submission means.

        A module beside the importing file goes before one that is installed, as in Python; one
        found elsewhere in the submission, a notebook or a folder does not.

        Args:
            name: the dotted name, "" in `from . import x`.
            importer: the file in which the import stands.
            level: dots in front of the name.
        """
        parts = name.split(".") if name else []
        folder = posixpath.dirname(importer)
        if level:
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            return self.within(folder, parts)
        found = self.within(folder, parts)
        beside = found and found.place != importer and (found.file or "").endswith(".py")
        if beside and parts[0] not in _NEVER_OWN:
            return found
        if is_installed(parts[0]):
            return None
        others = sorted(self._folders, key=lambda other: (other.count("/"), other))
        for other in (folder, *_above(importer), *others):
            found = self.within(other, parts)
            if found and found.place != importer:
                return found
        return self._renamed(parts, importer)

    def within(self, folder: str, parts: list[str]) -> Found | None:
        """Find a module by the names that lead to it from a folder."""
        place = posixpath.join(folder, *parts)
        package = posixpath.join(place, "__init__.py")
        if package in self.sources:
            return Found(package, package, place)
        for ending in (".py", ".ipynb"):
            if parts and place + ending in self.sources:
                return Found(place + ending, place + ending, None)
        return Found(place, None, place) if place in self._folders else None

    def _renamed(self, parts: list[str], importer: str) -> Found | None:
        """Find a file that a learning platform has renamed: `smith_1234_5678_net-1.py`."""
        if len(parts) > 1:
            return None
        stems = {file: _COPY.sub("", Path(file).stem) for file in sorted(self.sources)}
        same = [
            file
            for file, stem in stems.items()
            if (stem == parts[0] or stem.endswith(f"_{parts[0]}")) and file != importer
        ]
        return Found(same[0], same[0], None) if len(same) == 1 else None


def is_installed(name: str) -> bool:
    """Tell whether a top-level module is there without the submission."""
    if name in sys.stdlib_module_names or name in sys.modules:
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _above(file: str) -> Iterator[str]:
    """Yield the folders around a file, innermost first, the submission itself last."""
    folder = file
    while folder:
        folder = posixpath.dirname(folder)
        yield folder
