"""Which of several attempts of one student counts: the newest."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assessment.submissions.files import Contents, examine_files, examine_folder
from assessment.submissions.hand_ins import HandIn
from assessment.submissions.names import quoted

_COPY = re.compile(r" ?\(\d+\)|( - |_| )copy( ?\(?\d+\)?)?(?=\.|$)", re.IGNORECASE)
_FIRST = (".ipynb", ".py", ".zip")


@dataclass(frozen=True)
class Attempt:
    """What counts of all that a student handed in."""

    path: Path
    """A folder or a file; of several files the one that says most."""
    contents: Contents
    notes: tuple[str, ...]


def newest(hand_ins: Sequence[HandIn]) -> Attempt:
    """Choose between the hand-ins of one student, and look into what was chosen.

    The time that the place tells counts, otherwise numbers in the names, otherwise when the files
    were changed.
    """
    counting = [one for one in hand_ins if not one.aside] or list(hand_ins)
    notes = [one.aside for one in hand_ins if one not in counting]
    batches: dict[tuple[str, str], list[HandIn]] = {}
    for one in counting:
        of_student = one.loose and not one.batch
        batches.setdefault(("" if of_student else one.account, one.batch), []).append(one)
    tried = [_Batch(batch) for batch in batches.values()]
    best, why = tried[0], ""
    if len(tried) > 1:
        best, why = _latest(tried)
        others = [one.path.name for batch in tried if batch is not best for one in batch.files]
        notes.insert(0, _said(len(tried), "attempts", best.names, why, others))
    for one in best.files:
        notes += one.notes
    notes += best.notes
    return Attempt(best.path, best.contents, tuple(dict.fromkeys([*notes, *best.contents.notes])))


class _Batch:
    """What a student handed in at one time."""

    def __init__(self, hand_ins: Sequence[HandIn]) -> None:
        self.files: list[HandIn] = []
        self.notes: list[str] = []
        series: dict[str, list[HandIn]] = {}
        for one in hand_ins:
            series.setdefault(_series(one), []).append(one)
        for found in series.values():
            *earlier, last = sorted(found, key=lambda one: (one.turn, _changed(one.path), one.path))
            self.files.append(last)
            if earlier:
                why = "" if last.turn else "by when they were changed"
                others = [one.path.name for one in earlier]
                self.notes.append(_said(len(found), "attempts", [last.path.name], why, others))
        self.files.sort(key=_rank)
        self.names = [one.path.name for one in self.files]
        self.path = self.files[0].path
        if len(self.files) > 1 and any(one.loose for one in self.files):
            self.notes.append(f"taken as one submission: {quoted(self.names)}")
        self.contents = _look(self.files)


def _latest(batches: Sequence[_Batch]) -> tuple[_Batch, str]:
    times = [max(one.when or 0.0 for one in batch.files) for batch in batches]
    if all(times) and len(set(times)) == len(times):
        return batches[times.index(max(times))], ""
    turns = [max(one.turn for one in batch.files) for batch in batches]
    if all(turns) and len(set(turns)) == len(turns):
        return batches[turns.index(max(turns))], ""
    changed = [(batch.contents.changed, batch.names) for batch in batches]
    return batches[changed.index(max(changed))], "by when they were changed"


def _said(count: int, what: str, best: Sequence[str], why: str, others: Sequence[str]) -> str:
    by = f", {why}," if why else ""
    return f"{count} {what}, the newest{by} is graded: {quoted(best)}; not graded: {quoted(others)}"


def _series(one: HandIn) -> str:
    """Return what a file is an attempt at; of loose notebooks a student means one."""
    if not one.loose or one.batch:
        return one.series
    ending = one.path.suffix.lower()
    return ending if ending == ".ipynb" else _COPY.sub("", one.series).lower()


def _rank(one: HandIn) -> tuple[int, str]:
    ending = one.path.suffix.lower()
    return _FIRST.index(ending) if ending in _FIRST else len(_FIRST), one.path.name


def _changed(path: Path) -> float:
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return 0.0


def _look(files: Sequence[HandIn]) -> Contents:
    problem = next((one.problem for one in files if one.problem), "")
    if problem:
        return Contents((), hashlib.sha256(problem.encode()).hexdigest(), problem=problem)
    first = files[0].path
    try:
        folder = stat.S_ISDIR(os.lstat(first).st_mode)
    except OSError:
        folder = False  # and what is wrong is said when it is examined as a file
    if folder:
        return examine_folder(first)
    used: set[str] = set()
    named = []
    for one in files:
        given = one.given if one.given.lower() not in used else ""
        used.add((given or one.path.name).lower())
        named.append((one.path, given))
    return examine_files(named)
