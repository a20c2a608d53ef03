"""A submission opened in its jail: nothing of it is read before, and nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from assessment.boundary.messages import MOST_NOTES, Channel, ReadingJob, Search
from assessment.submissions.inside.answers import find_answer
from assessment.submissions.inside.devices import Redirection, redirected_devices
from assessment.submissions.inside.fingerprint import fingerprint
from assessment.submissions.inside.functions import find_function
from assessment.submissions.inside.reading import HandedIn, read_submission
from assessment.submissions.inside.texts import find_text
from assessment.training.errors import SolutionError

NAMED = 8
"""Files listed in a message."""


@dataclass(frozen=True)
class Opened:
    """A submission that was read, while its files are unpacked and requests for devices land."""

    handed_in: HandedIn
    search: Search
    redirection: Redirection

    def file(self, name: str) -> Path:
        """Return a file of the submission by its name, in whatever folder; letter case is ignored.

        Learning platforms put the student's name and numbers in front.

        Raises:
            SolutionError: there is none, or there are several.
        """
        files, wanted = self.handed_in.gathered.files, name.casefold()
        exact = [one for one in files if one.name.casefold() == wanted]
        base = [one for one in files if Path(one.name).name.casefold() == wanted]
        longer = [one for one in files if one.name.casefold().endswith(f"_{wanted}")]
        found = exact or base or longer
        if len(found) == 1:
            return found[0].path
        there = ", ".join(one.name for one in files[:NAMED]) or "nothing"
        count = "no file" if not found else f"{len(found)} files"
        raise SolutionError(f"{count} {name} in the submission (it holds: {there})")


@contextmanager
def opened(search: dict[str, Any], device: torch.device) -> Iterator[Opened]:
    """Open a submission; what it asks of other devices lands on the run's.

    Raises:
        SolutionError: nothing of it can be opened.
    """
    wanted = Search(**search)
    with (
        TemporaryDirectory(prefix="handed-in-") as folder,
        redirected_devices(device) as redirection,
    ):
        yield Opened(read_submission(Path(wanted.path), Path(folder)), wanted, redirection)


def function_of(path: Path, folder: Path, name: str) -> Any:
    """Return a function that a submission defines.

    Args:
        path: the submission.
        folder: for what is unpacked.
        name: of the function.

    Raises:
        SolutionError: it defines none of that name, or it cannot be had.
    """
    return find_function(read_submission(path, folder), name)


def read(job: ReadingJob, channel: Channel) -> None:
    """Send what is found: answers and texts, or why an answer cannot be told, by question.

    With it go hashes of what the code says.
    """
    with TemporaryDirectory(prefix="handed-in-") as folder:
        handed_in = read_submission(Path(job.path), Path(folder))
        found: dict[str, str] = {}
        notes: list[str] = list(handed_in.notes)
        for question, wanted in job.texts.items():
            text = find_text(handed_in, wanted["headings"], wanted["files"])
            if text is not None:
                found[question] = text.text
                notes += text.notes
        untold: dict[str, str] = {}
        for question, names in job.answers.items():
            answer = find_answer(handed_in, names)
            if answer is None:
                continue
            if answer.untold:
                untold[question] = answer.untold
            else:
                found[question] = answer.text
            notes += answer.notes
        hashes: list[str] = []
        with suppress(ValueError, RecursionError, MemoryError):  # which costs nobody an answer
            hashes = fingerprint(handed_in)
    told = {"found": found, "untold": untold, "notes": notes[:MOST_NOTES]}
    channel.send("done", told | {"fingerprint": hashes})
