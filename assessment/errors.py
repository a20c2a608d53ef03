"""Exceptions that tell a user what to change.

AssessmentError                 the root: message, no traceback shown
├── SpecError                   a spec file, lab or mapping is wrong (holds every problem found)
├── DataError                   a data set is unknown, absent or damaged
│   └── DataMissing             files of a known data set are not here (holds which belong where)
├── ReferenceNotFound           a reference model cannot be named or found
├── DeviceError                 the device asked for is not on this machine
└── TrainerError                the trainer process itself failed, not the solution in it
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assessment.problems import Problem


class AssessmentError(Exception):
    """Something the user can mend; its text is the whole message."""


class SpecError(AssessmentError):
    """A lab, or a file beside it, that breaks the rules; `problems` lists each with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DataError(AssessmentError):
    """A data set is unknown, absent, truncated or damaged."""


class DataMissing(DataError):
    """Published files of a known data set are not here; `files` says in lines which belong where.

    The text is one line, because every item that needs the data set shows it.
    """

    def __init__(self, text: str, files: str) -> None:
        self.files = files
        super().__init__(text)


class ReferenceNotFound(AssessmentError):
    """A reference model's name is neither registered nor importable."""


class DeviceError(AssessmentError):
    """The device asked for is not on this machine."""


class TrainerError(AssessmentError):
    """A trainer could not be started or broke the protocol: the machine's fault, never a zero."""
