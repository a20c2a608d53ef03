"""What lies in a place, in the manner of the program that exported it.

Only names are looked at, of files and folders up to three levels deep, and one file that is the
exporter's own: Gradescope's metadata.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.submissions import canvas, folders, gradescope, moodle
from assessment.submissions.hand_ins import Entry, HandIn, list_entries, list_inside, plain
from assessment.submissions.names import clean

_WHOLE_CLASS = re.compile(
    r"(submissions|submitted|assignment_\d+_export|.+-submissions)( ?\(\d+\))?"
)
_BY_NAMES: dict[str, Callable[[Path, Sequence[Entry]], list[HandIn] | None]] = {
    "Moodle": moodle.find,
    "Canvas": canvas.find,
    "nbgrader": folders.find_nbgrader,
    "GitHub Classroom": folders.find_clones,
}


def recognise(place: Path, but: Collection[Path] = ()) -> list[HandIn]:
    """Say whose each file and folder of a place is, in the order of names; `but` are passed over.

    A folder that is all there is and is named as exports are is taken for the place.

    Raises:
        AssessmentError: there is nothing, a class in one zip or one folder, or there are hand-ins
            of several assignments; Gradescope's metadata are damaged.
        OSError: the place cannot be listed.
    """
    entries = [entry for entry in list_entries(place) if place / entry.name not in but]
    place, entries = folders.enter_course(place, entries)
    shown = clean(str(place), 400)
    if not entries:
        raise AssessmentError(f"{shown}: this folder holds no submissions")
    if len(entries) == 1:
        only, name = place / entries[0].name, entries[0].name
        if not entries[0].folder:
            if name.lower().endswith(".zip") and _WHOLE_CLASS.fullmatch(name[:-4]):
                raise AssessmentError(unzip_first(only))
        elif inner := list_inside(only):
            if _WHOLE_CLASS.fullmatch(name) and (found := _exported(only, inner)):
                return found
            if gradescope.looks_so(inner) or any(find(only, inner) for find in _BY_NAMES.values()):
                raise AssessmentError(
                    f"{shown}: the class lies in a folder of its own: name {clean(str(only), 400)}"
                )
    return _exported(place, entries) or [plain(place, entry) for entry in entries]


def unzip_first(path: Path) -> str:
    """Say what to do with a zip that holds a whole class."""
    shown, folder = clean(str(path), 400), clean(str(path.with_suffix("")), 400)
    return (
        f"{shown}: the zip of a class is not opened: unzip it "
        f"(unzip {shlex.quote(shown)} -d {shlex.quote(folder)}) and name the folder"
    )


def _exported(place: Path, entries: Sequence[Entry]) -> list[HandIn] | None:
    """Try every program that exports; what it did not name stands for itself."""
    for kind, find in {"Gradescope": gradescope.find, **_BY_NAMES}.items():
        found = find(place, entries)
        if found is None:
            continue
        known = {one.path.relative_to(place).parts[0] for one in found}
        note = f"not named as {kind} names what it exports"
        others = [plain(place, entry) for entry in entries if entry.name not in known]
        return sorted(
            [*found, *(replace(one, notes=(note,)) for one in others)],
            key=lambda one: (one.path, one.account),
        )
    return None
