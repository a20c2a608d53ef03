"""Gradescope's exports: folders `submission_<number>`, and a file that says whose they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assessment.submissions import metadata
from assessment.submissions.hand_ins import Entry, HandIn, mostly
from assessment.submissions.names import quoted, stem

_FOLDER = re.compile(r"submission_(\d{1,18})(\.pdf)?")


def looks_so(entries: Sequence[Entry]) -> bool:
    """Tell by names alone whether Gradescope exported them."""
    return mostly(bool(_FOLDER.fullmatch(entry.name)) for entry in entries)


def find(place: Path, entries: Sequence[Entry]) -> list[HandIn] | None:
    """Say whose each folder is, in every group's submission for each of its members.

    Raises:
        AssessmentError: the metadata are damaged.
    """
    described = os.path.lexists(place / metadata.FILE)
    if not described and not looks_so(entries):
        return None
    told = metadata.read_metadata(place / metadata.FILE) if described else {}
    here = {entry.name for entry in entries}
    named = [name for name in here if name in told or _FOLDER.fullmatch(name)]
    found = [one for name in named for one in _members(place / name, told.get(name))]
    problem = f"is named in {metadata.FILE}, but is not there"
    for name in told:
        if name not in here and _FOLDER.fullmatch(name):
            found += [replace(one, problem=problem) for one in _members(place / name, told[name])]
    return found


def _members(path: Path, handed: metadata.Handed | None) -> Iterator[HandIn]:
    match = _FOLDER.fullmatch(path.name)
    common = HandIn(
        path=path,
        account=f"folder {path.name}",
        id=stem(path.name),
        batch=path.name,
        series=path.name,
        when=handed.when if handed else None,
        turn=int(match[1]) if match else 0,
    )
    if not handed or not handed.submitters:
        yield replace(common, notes=(f"no {metadata.FILE} says whose it is",))
        return
    for place, student in enumerate(handed.submitters):
        others = [*handed.submitters[:place], *handed.submitters[place + 1 :]]
        own = student.sid or student.email
        together = f"handed in together with {quoted(one.name or one.sid for one in others)}"
        yield replace(
            common,
            account=f"student {own}" if own else f"{common.account} {place}",
            id=student.sid or student.email.partition("@")[0] or student.name or common.id,
            name=student.name,
            keys=tuple(key for key in (student.sid, student.email) if key),
            notes=(together,) if others else (),
        )
