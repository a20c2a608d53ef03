"""The code that a course hands out: what it has, every student may have."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from assessment.errors import AssessmentError


def read_template(path: Path) -> list[str]:
    """Return hashes of what a course's own notebook, script, folder or zip says.

    It is the course's, so no jail is needed to read it; none of it is run.

    Raises:
        AssessmentError: it is absent, cannot be opened, or holds no code.
    """
    from assessment.submissions.inside.fingerprint import fingerprint
    from assessment.submissions.inside.reading import read_submission
    from assessment.training.errors import SolutionError

    if not path.exists():
        raise AssessmentError(f"{path}: there is no such template")
    with TemporaryDirectory(prefix="assessment-template-") as folder:
        try:
            handed_out = read_submission(path.resolve(), Path(folder))
        except SolutionError as error:
            raise AssessmentError(f"{path}: {error}") from None
        hashes = fingerprint(handed_out)
        if not hashes:
            raise AssessmentError(
                f"{path}: holds no code to compare hand-ins with, a notebook, a script, or a "
                f"folder or zip of them is wanted{handed_out.unread()}"
            )
    return hashes
