"""One file or folder that lies in a place, and what its name tells about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assessment.submissions import metadata
from assessment.submissions.files import is_junk
from assessment.submissions.names import clean, is_archive, stem

_IDLE = (".gitkeep", ".gitignore", metadata.FILE)


@dataclass(frozen=True)
class Entry:
    """A file or folder in a place."""

    name: str
    folder: bool


@dataclass(frozen=True)
class HandIn:
    """A file or folder, and whose it is."""

    path: Path
    account: str
    """Who handed it in: equal for all that one student handed in, and for nobody else's."""
    id: str
    """What the student is called where no roster says it better."""
    name: str = ""
    """The student's name as the place has it."""
    keys: tuple[str, ...] = ()
    """Ids, user names and e-mail addresses of the student."""
    number: str = ""
    """The student's number in the place's own counting."""
    given: str = ""
    """A file's name as the student gave it, where the place changed it."""
    batch: str = ""
    """Equal for files that were handed in at one time."""
    series: str = ""
    """Equal for files of a batch of which only the newest counts."""
    when: float | None = None
    """When it was handed in, seconds since 1970, where the place says so."""
    turn: int = 0
    """A number that grows from one hand-in to the next, where there is one."""
    loose: bool = False
    """Whether nothing but its name says whose it is."""
    notes: tuple[str, ...] = ()
    aside: str = ""
    """What to say of it where it does not count beside something else of the student."""
    problem: str = ""
    """Why it is not there, though the place names it."""


def list_entries(place: Path) -> list[Entry]:
    """Return what lies in a folder, by name, without what is no submission of anybody.

    Raises:
        OSError: it cannot be listed.
    """
    with os.scandir(place) as entries:
        found = [
            Entry(entry.name, stat.S_ISDIR(entry.stat(follow_symlinks=False).st_mode))
            for entry in entries
            if not is_junk(entry.name) and entry.name not in _IDLE
        ]
    return sorted(found, key=lambda entry: entry.name)


def list_inside(folder: Path) -> list[Entry]:
    """Return what lies in somebody's folder; nothing where it cannot be listed.

    That is that one submission's problem, and is told when it is examined.
    """
    try:
        return list_entries(folder)
    except OSError:
        return []


def plain(place: Path, entry: Entry) -> HandIn:
    """Take a file or folder as named after its student; like-named files belong together.

    An archive stands for itself: it may hold what lies unpacked beside it.
    """
    name = entry.name if entry.folder else stem(entry.name)
    return HandIn(
        path=place / entry.name,
        account=f"name {name}",
        id=name,
        name=clean(name),
        keys=(name,),
        batch=entry.name if entry.folder or is_archive(entry.name) else "",
        series=entry.name,
        loose=True,
    )


def mostly(answers: Iterable[bool]) -> bool:
    """Tell whether at least half of some answers are yes, and one."""
    counted = list(answers)
    return 2 * sum(counted) >= max(len(counted), 1)


def fit_to_use(name: str | None) -> str:
    """Return a file's name that was part of another, or nothing where it is none of its own."""
    return "" if name in (None, "", ".", "..") else str(name)
