"""Canvas' exports: files `<lastnamefirstname>[_LATE]_<user>_<file>_<name>`, anonymous ones `anon_`.

A file that is handed in again is renamed, `lab.ipynb` to `lab-1.ipynb`. An export holds the newest
attempt only; who unzips a later one into the same folder has several.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from assessment.submissions.hand_ins import Entry, HandIn, fit_to_use, mostly
from assessment.submissions.names import clean

_NAME = re.compile(
    r"(?:(?P<name>.+?)_(?=(?:LATE_)?\d+_)|(?=(?:LATE_)?anon_))"
    r"(?P<late>LATE_)?(?P<user>\d+|anon_[A-Za-z0-9]+)_"
    r"(?:(?P<file>\d{1,18})_(?P<given>.+)|(?P<entry>(?:text|link)\.html))",
    re.DOTALL,
)
_AGAIN = re.compile(r"(?P<name>.+)-\d+(?P<ending>\.[^.]+)", re.DOTALL)
_YEAR = re.compile(r"(19|20)\d\d")
_SEVERAL = 5
"""So many files are not all of one student."""


def find(place: Path, entries: Sequence[Entry]) -> list[HandIn] | None:
    """Say whose each file is; what was unzipped beside its zip is found as well."""
    found = {entry: match for entry in entries if (match := _NAME.fullmatch(entry.name))}
    if not mostly(entry in found for entry in entries) or not _are_accounts(found):
        return None
    given = {entry: _given(match) for entry, match in found.items()}
    everybody = {(found[entry]["user"], name.lower()) for entry, name in given.items()}
    bare = Counter((found[entry]["user"], _before(name).lower()) for entry, name in given.items())
    hand_ins = []
    for entry, match in found.items():
        user, name = match["user"], given[entry]
        first = _before(name)
        again = (user, first.lower()) in everybody
        # A module that was renamed could not be imported by the name that it had.
        alone = name.lower().endswith(".py") and bare[user, first.lower()] == 1
        late = ("handed in late, says Canvas",) if match["late"] else ()
        hand_ins.append(
            HandIn(
                path=place / entry.name,
                account=f"user {user}",
                id=user,
                name=clean(match["name"] or user),
                number=user,
                given="" if entry.folder else first if again or alone else name,
                batch=entry.name if entry.folder else match["late"] or "",
                series=(first if again else name).lower(),
                turn=int(match["file"] or 0),
                notes=late,
            )
        )
    return hand_ins


def _are_accounts(found: dict[Entry, re.Match[str]]) -> bool:
    """Tell whether the names' numbers are those of users and files, not of labs and years.

    Otherwise a class that names its files `lab_2025_19310_x.ipynb` would be one student.
    """
    users = Counter(match["user"] for match in found.values())
    names = {match["name"] for match in found.values()}
    files = Counter((entry.folder, match["file"]) for entry, match in found.items())
    if any(count > 1 for (_, file), count in files.items() if file):
        return False
    if len(users) == 1:
        return len(found) < _SEVERAL and not any(_YEAR.fullmatch(user) for user in users)
    return len(names) > 1 or names == {None}


def _given(match: re.Match[str]) -> str:
    return fit_to_use(match["given"] or match["entry"]) or match[0]


def _before(name: str) -> str:
    """Return what a file was called before it was handed in again."""
    match = _AGAIN.fullmatch(name)
    return f"{match['name']}{match['ending']}" if match else name
