"""Folders that say by their places whose they are: nbgrader's, and clones of GitHub Classroom."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.submissions.hand_ins import Entry, HandIn, list_entries, list_inside, mostly
from assessment.submissions.names import clean

_SUBMITTED = "submitted"
_COURSE = frozenset(
    ["source", "release", "autograded", "feedback", "gradebook.db", "nbgrader_config.py"]
)
"""What lies beside `submitted` in an nbgrader course."""
_STAMP = "timestamp.txt"
_CLONES = "-submissions"


def enter_course(place: Path, entries: list[Entry]) -> tuple[Path, list[Entry]]:
    """Go into `submitted` where the place is an nbgrader course.

    Raises:
        OSError: it cannot be listed.
    """
    beside = {entry.name for entry in entries} - {_SUBMITTED}
    if Entry(_SUBMITTED, folder=True) in entries and beside and beside <= _COURSE:
        return place / _SUBMITTED, list_entries(place / _SUBMITTED)
    return place, entries


def find_nbgrader(place: Path, entries: Sequence[Entry]) -> list[HandIn] | None:
    """Read `<student>/<assignment>/`, in a folder `submitted` or with nbgrader's time stamps.

    Raises:
        AssessmentError: there are several assignments.
    """
    if not all(entry.folder for entry in entries):
        return None
    inside = {entry.name: list_inside(place / entry.name) for entry in entries}
    folders = [(student, one) for student, found in inside.items() for one in found]
    if not folders or not all(one.folder for _, one in folders):
        return None
    # One student alone can put a file of this name into a folder.
    stamped = mostly(
        os.path.lexists(place / student / one.name / _STAMP) for student, one in folders
    )
    assignments = Counter(one.name for _, one in folders)
    if not stamped and (place.name != _SUBMITTED or len(assignments) > 1):
        return None
    if len(assignments) > 1:
        shown = ", ".join(f"{clean(name)} ({count})" for name, count in assignments.most_common(5))
        raise AssessmentError(
            f"{clean(str(place), 400)}: several assignments lie in here, {shown}; copy those of "
            f"one of them into a folder, as <student>/{clean(assignments.most_common(1)[0][0])}/"
        )
    return [
        _named(place / student / found[0].name if found else place / student, student)
        for student, found in inside.items()
    ]


def find_clones(place: Path, entries: Sequence[Entry]) -> list[HandIn] | None:
    """Read `<assignment>-<user>/`: clones, or all in a folder `<assignment>-submissions`."""
    names = [entry.name for entry in entries]
    if not all(entry.folder for entry in entries):
        return None
    if place.name.endswith(_CLONES) and place.name != _CLONES:
        before = f"{place.name.removesuffix(_CLONES)}-"
    elif len(names) > 1 and mostly(os.path.lexists(place / name / ".git") for name in names):
        first, last = min(names), max(names)
        like = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
        )
        before = first[: first.rfind("-", 0, like) + 1]
    else:
        return None
    users = {name: name.removeprefix(before) for name in names if name.startswith(before)}
    if not before or not mostly(name in users for name in names):
        return None
    return [_named(place / name, user) for name, user in users.items() if user]


def _named(path: Path, user: str) -> HandIn:
    return HandIn(
        path=path,
        account=f"user {user}",
        id=user,
        name=clean(user),
        keys=(user,),
        batch=str(path),
        series=path.name,
    )
