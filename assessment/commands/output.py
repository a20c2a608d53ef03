"""Files that commands write: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from assessment.errors import AssessmentError


def write_output(path: Path, content: str | bytes) -> None:
    """Write a file, its folder included; a reader finds the old content or the new one.

    Raises:
        AssessmentError: it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.is_dir():
            raise AssessmentError(f"{path}: cannot be written: is a directory")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be written: {error.strerror}") from None
