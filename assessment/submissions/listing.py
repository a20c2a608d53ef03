"""What was handed in, as the process that grades knows it: names, sizes and hashes, no contents."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.submissions.attempts import newest
from assessment.submissions.exports import recognise, unzip_first
from assessment.submissions.files import SubmittedFile, kind_of
from assessment.submissions.hand_ins import Entry, plain
from assessment.submissions.names import clean
from assessment.submissions.roster import Roster
from assessment.submissions.students import Owner, owners


@dataclass(frozen=True)
class Submission:
    """What one student handed in."""

    id: str
    """`[A-Za-z0-9_.+:-]`, at most 40 characters, unique within the class; in pytest's item ids."""
    name: str
    """The student's, cleaned, or the id."""
    path: Path
    """Absolute; a folder or a file, of several loose files the one that says most."""
    files: tuple[SubmittedFile, ...]
    """Sorted; only regular files. Names are relative to the folder, or to where the file lies."""
    sha256: str
    """Over names and contents: any change makes another submission."""
    notes: tuple[str, ...] = ()
    """What a person should know, one sentence each."""
    problem: str = ""
    """Why nothing of it can be graded: an end of the sentence "this submission ..."."""


def list_submissions(place: Path, roster: Roster | None = None) -> list[Submission]:
    """List the submissions of a class, sorted by id; students of whom there is none are not in it.

    Raises:
        AssessmentError: the place is absent, no folder, empty, a zip, or holds hand-ins of several
            assignments; what Gradescope says about it is damaged.
    """
    shown = clean(str(place), 400)
    try:
        folder = place.resolve(strict=True)
        if not folder.is_dir():
            if place.suffix.lower() == ".zip":
                raise AssessmentError(unzip_first(place))
            kind = kind_of(folder.stat().st_mode)
            raise AssessmentError(f"{shown}: a {kind}, but a class is a folder of submissions")
        hand_ins = recognise(folder, [roster.path.resolve()] if roster else [])
    except FileNotFoundError:
        raise AssessmentError(f"{shown}: there is no such folder of submissions") from None
    except (OSError, RuntimeError) as error:
        raise AssessmentError(f"{shown}: cannot be listed ({_why(error)})") from None
    found = [_submission(owner) for owner in owners(hand_ins, roster)]
    return sorted(found, key=lambda submission: submission.id)


def single_submission(path: Path) -> Submission:
    """Take one file or folder as a submission: a student's own, for practice.

    Raises:
        AssessmentError: there is nothing, or neither a file nor a folder.
    """
    shown = clean(str(path), 400)
    try:
        found = path.resolve(strict=True)
        mode = found.stat().st_mode
    except FileNotFoundError:
        raise AssessmentError(f"{shown}: there is no such submission") from None
    except (OSError, RuntimeError) as error:
        raise AssessmentError(f"{shown}: cannot be read ({_why(error)})") from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise AssessmentError(f"{shown}: a {kind_of(mode)}, but a submission is a file or a folder")
    one = plain(found.parent, Entry(found.name, stat.S_ISDIR(mode)))
    return _submission(owners([one])[0])


def _submission(owner: Owner) -> Submission:
    attempt = newest(owner.hand_ins)
    contents = attempt.contents
    return Submission(
        id=owner.id,
        name=owner.name,
        path=attempt.path,
        files=contents.files,
        sha256=contents.sha256,
        notes=(*owner.notes, *attempt.notes),
        problem=contents.problem,
    )


def _why(error: Exception) -> str:
    # A loop of links is an error without a number in some versions of Python.
    return getattr(error, "strerror", None) or "links in a circle"
