"""Folders as places export them, written by the tests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from assessment.submissions.attempts import newest
from assessment.submissions.exports import recognise
from assessment.submissions.students import owners


def fill(place: Path, *names: str) -> Path:
    """Write a file for each name, its name in it; one that ends in a slash is an empty folder."""
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        write(place, {name: os.fsencode(name)})
    return place


def write(place: Path, contents: Mapping[str, str | bytes]) -> Path:
    """Write files with these contents."""
    for name, content in contents.items():
        path = place / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return place


def change(path: Path, when: float) -> None:
    """Say that a file was changed then, seconds since 1970."""
    os.utime(path, (when, when), follow_symlinks=False)


def graded(place: Path) -> dict[str, list[str]]:
    """Return what counts for each student: the names that the student gave the files."""
    found = {}
    for owner in owners(recognise(place)):
        contents = newest(owner.hand_ins).contents
        found[owner.id] = [file.given or file.name for file in contents.files]
    return found


def notes(place: Path) -> dict[str, tuple[str, ...]]:
    """Return what is said about each student's submission."""
    return {owner.id: newest(owner.hand_ins).notes for owner in owners(recognise(place))}
