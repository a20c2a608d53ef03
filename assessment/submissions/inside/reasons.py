"""What went wrong in submitted code, in one line that may be shown."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from urllib.error import URLError

from assessment.training.errors import SolutionError

NOT_DOWNLOADED = "nothing can be downloaded here, only weights that the question names are there"
LONGEST = 300
"""Characters of an error that are told."""
_NOT_THE_STUDENTS = (
    *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    str(Path(__file__).parents[2]),
)
"""Where frames of a traceback lie that are Python's, an installed package's, or ours."""


def reason(error: BaseException) -> str:
    """Return one printable line: what was raised, and by which line of the submission."""
    try:
        text = str(error)
    except Exception:  # an exception class of the student's own
        text = ""
    if isinstance(error, SolutionError):
        return one_line(text)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if isinstance(error, URLError):
        first += f"; {NOT_DOWNLOADED}"
    name = type(error).__name__
    return one_line(f"{name}: {first}" if first else name) + _place(error)


def one_line(text: object, longest: int = LONGEST) -> str:
    """Return a text with spaces in the place of everything that does not print, cut at a length."""
    start = str(text)[: 10 * longest]  # character by character, a text of megabytes takes seconds
    line = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def _place(error: BaseException) -> str:
    """Name the innermost line of the submission on the way to an error."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((*_NOT_THE_STUDENTS, "<frozen ", "<string>")):
            file = one_line(Path(frame.filename).name, 80)
            return f" ({file}, line {frame.lineno}, in {one_line(frame.name, 40)})"
    return ""
