"""Jails of a user id: the machine's permissions hide what is hidden, and that is checked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.execution.isolation.identities import become
from assessment.execution.isolation.launching import Launch
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import View

LOOK = """
import os, sys
closed = [path for path in sys.argv[1:] if not os.access(path, os.X_OK)]
paths = sys.stdin.buffer.read().split(b"\\0")
found = [path for path in paths if path and os.access(path, os.R_OK)]
sys.stdout.buffer.write(b"\\0".join([b"looked", *map(os.fsencode, closed[:1]), *found[:1]]))
"""
"""Tells the first folder that cannot be entered, else the first file that can be read."""


def enclose(
    view: View, command: list[str], environment: Mapping[str, str], staging: Staging, user: int
) -> Launch:
    """Return how a command is started as this user, with copies of what it may see.

    Raises:
        AssessmentError: the user could read what is hidden, or cannot use Python.
        OSError: something cannot be copied.
    """
    staging.admit(user)
    refuse_readable(view.hidden, user, needed=staging.folder)
    for source, place in view.layout().items():
        staging.copy(source, str(place)[1:])
    os.chown(staging.make_temporary(), user, user)
    return Launch(become(user, *command), environment=environment)


def refuse_readable(hidden: tuple[Path, ...], user: int, *, needed: Path) -> None:
    """Make sure that a user can read nothing of what is hidden, and enter what it needs.

    Raises:
        AssessmentError: names the first file that it can read, and the command that closes it;
            or this user cannot even use Python, or not enter the folder.
    """
    files = [(path, top) for top in hidden for path in _files(top)]
    done = subprocess.run(
        become(user, sys.executable, "-I", "-S", "-c", LOOK, str(needed)),
        input=b"\0".join(os.fsencode(path) for path, _ in files),
        env={},
        cwd="/",
        capture_output=True,
    )
    looked, *found = os.fsdecode(done.stdout).split("\0")
    if not looked:
        raise AssessmentError(
            f"{sys.executable}: other users cannot use this Python, so that submissions cannot "
            "run as users of their own; install it where everybody can read it"
        )
    if str(needed) in found:
        raise AssessmentError(
            f"{needed.parent}: other users cannot enter this folder, so that submissions cannot "
            "run as users of their own; set TMPDIR to one that everybody can enter"
        )
    if not found:
        return
    top = next(top for path, top in files if str(path) == found[0])
    closing = f"chmod o-rwx {top}" if top.is_dir() else f"chmod o-r {top}"
    raise AssessmentError(
        f"{found[0]}: submissions could read this file; close it with `{closing}`"
    )


def _files(top: Path) -> Iterator[Path]:
    """Yield a file, or every file below a folder."""
    if not top.is_dir():
        yield top
        return
    waiting = [top]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
            else:
                yield path
