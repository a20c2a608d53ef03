"""An image set in files of one's own: how they are named in the data directory.

The set `pets` is `pets.npz`, else `pets.zip`, else a folder `pets/` with `train/` in it. Any name
will do; for a known set, complete files as they were published go before all three. Finding out
takes no NumPy, because a spec file is checked wherever it is collected.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assessment.datasets.registry import KNOWN, suggest

Form = Literal["npz", "zip", "folder"]
SHOWN = 4
"""Entries of a folder named in a message."""


@dataclass(frozen=True)
class OwnFiles:
    """A file or folder that holds a whole set."""

    form: Form
    """Which reader takes it."""
    path: Path
    """Where it is."""


def spellings(name: str) -> tuple[str, str, str]:
    """Give what is looked for below the data directory, in this order."""
    return f"{name}.npz", f"{name}.zip", f"{name}/train/"


def is_plain(name: str) -> bool:
    """Tell whether a name may name a file: no path, nothing hidden."""
    return bool(name) and not name.startswith(".") and not set(name) & set("/\\\0")


def find_own(name: str, data_dir: Path) -> OwnFiles | None:
    """Find a set's own file or folder."""
    if not is_plain(name):
        return None
    if _is(stat.S_ISREG, data_dir / f"{name}.npz"):
        return OwnFiles("npz", data_dir / f"{name}.npz")
    if _is(stat.S_ISREG, data_dir / f"{name}.zip"):
        return OwnFiles("zip", data_dir / f"{name}.zip")
    if _is(stat.S_ISDIR, data_dir / name / "train"):
        return OwnFiles("folder", data_dir / name)
    return None


def list_own(data_dir: Path) -> list[str]:
    """List the names of all sets in files of one's own."""
    try:
        entries = [entry.name for entry in data_dir.iterdir()]
    except OSError:
        return []
    names = {entry.removesuffix(".npz").removesuffix(".zip") for entry in entries}
    return sorted(name for name in names if find_own(name, data_dir) is not None)


def describe_unknown(name: str, data_dir: Path) -> str:
    """Say that a name is neither known nor in the data directory, and what may have been meant."""
    own = list_own(data_dir)
    meant = suggest(name, own)
    names = [*KNOWN, *(found for found in own if found not in KNOWN)]
    npz, packed, folder = spellings(name)
    misnamed = _misnamed(data_dir / name) if is_plain(name) else ""
    return (
        f"unknown data set {name!r}{f', did you mean {meant}?' if meant else ''} "
        f"(allowed: {', '.join(names)}; or a set of one's own, looked for in {data_dir} as "
        f"{npz}, {packed} and {folder}{misnamed})"
    )


def _misnamed(folder: Path) -> str:
    """Say what a folder of the set's name holds instead of `train/`."""
    try:
        found = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:  # absent, or no folder
        return ""
    shown = ", ".join(found[:SHOWN]) or "nothing"
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return (
        f"; {folder}/ is there, but holds {shown}{more}: call what it trains on train/<class>/ "
        "and what it is tested on test/<class>/"
    )


def _is(kind: Callable[[int], bool], path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:  # absent, in a folder that must not be entered, or its name is too long
        return False
    return kind(mode)
