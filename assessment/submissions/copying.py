"""A private copy of what was handed in: the files that were listed and hashed, and no others."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.submissions.listing import Submission


def copy_submission(submission: Submission, folder: Path) -> None:
    """Copy a submission into an empty folder, its files under the names that the student gave.

    Links are not followed: what was a file when it was listed has to be one still.

    Raises:
        AssessmentError: a file is gone, or is none any more.
    """
    path = submission.path
    base = path if path.is_dir() else path.parent
    for file in submission.files:
        target = folder / (file.given or file.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(base / file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as source, target.open("xb") as copy:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise OSError("no file any more")
                shutil.copyfileobj(source, copy)
        except OSError as error:
            why = error.strerror or str(error)
            raise AssessmentError(
                f"{submission.id}: {file.name!r} was handed in and cannot be read now: {why}"
            ) from None
