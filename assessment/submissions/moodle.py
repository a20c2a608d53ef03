"""Moodle's exports: `<full name>_<number>_assignsubmission_file`, folders or the start of files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assessment.submissions.hand_ins import Entry, HandIn, fit_to_use, mostly
from assessment.submissions.names import clean

_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<given>.*))?",
    re.DOTALL,
)


def find(place: Path, entries: Sequence[Entry]) -> list[HandIn] | None:
    """Say whose each folder or file is."""
    found = {entry: match for entry in entries if (match := _NAME.fullmatch(entry.name))}
    if not mostly(entry in found for entry in entries):
        return None
    # Where students are anonymous all are called "Participant".
    nameless = len({match["name"] for match in found.values()}) == 1 < len(found)
    hand_ins = []
    for entry, match in found.items():
        name, number = match["name"], match["number"] or ""
        typed = f"a text typed into Moodle waits for a person: {clean(entry.name)}"
        hand_in = HandIn(
            path=place / entry.name,
            account=f"number {number}" if number else f"name {name}",
            id=number or name,
            name=clean(f"{name} {number}" if nameless else name),
            number=number,
            given="" if entry.folder else fit_to_use(match["given"]),
            batch=entry.name if entry.folder else "",
            series=entry.name,
            aside="" if match["kind"] == "file" else typed,
        )
        hand_ins.append(hand_in)
    return hand_ins
