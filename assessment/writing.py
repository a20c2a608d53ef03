"""Files for people and other programs: written whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from assessment.errors import AssessmentError


def write_output(path: Path, content: str | bytes) -> None:
    """Write what somebody asked for, as `write_whole` does.

    Raises:
        AssessmentError: it cannot be written.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be written: {error.strerror}") from None


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, its folder included; a reader finds the old content or the new one.

    Also after a power failure: a name that is moved to content not yet on the disk may be empty.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / f".{path.name}.{os.getpid()}.part"
    try:
        with part.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
