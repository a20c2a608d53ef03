"""Where Python imports from: never a folder of hand-ins while a class is graded.

`python -m` and PYTHONPATH can put one in front of everything that is installed, before any code of
ours runs. So this refuses, which tells that it happened; it cannot undo it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from assessment.errors import AssessmentError


def refuse_imports_from(place: Path, also: Iterable[Path] = ()) -> None:
    """Stop where modules are looked for among submissions.

    Args:
        place: the folder of submissions.
        also: further folders that processes started from here import from.

    Raises:
        AssessmentError: naming the first folder that lies there.
    """
    place = place.resolve()
    for folder in (*map(Path, sys.path), *also):
        if folder.resolve().is_relative_to(place):
            raise AssessmentError(
                f"{folder.resolve()} lies among the submissions, and Python imports from it: call "
                "`assessment grade` by its name or as `python -P -m assessment grade`, or start in "
                "another folder, and with a PYTHONPATH without it"
            )
