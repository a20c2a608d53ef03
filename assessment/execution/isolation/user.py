"""Jails of a user id: the machine's permissions hide what is hidden, and that is checked."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.execution.isolation.hiding import files_below, parts_without
from assessment.execution.isolation.identities import become
from assessment.execution.isolation.installation import installation_roots
from assessment.execution.isolation.launching import Launch
from assessment.execution.isolation.package import prepared_package
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import View

LOOK = """
import os, sys
closed = [path for path in sys.argv[1:] if not os.access(path, os.X_OK)]
paths = sys.stdin.buffer.read().split(b"\\0")
found = [path for path in paths if path and os.access(path, os.R_OK)]
sys.stdout.buffer.write(b"\\0".join([b"looked", *map(os.fsencode, closed[:1]), *found]))
"""
"""Tells the first folder that cannot be entered, and the files that can be read."""


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
        AssessmentError: names a file that it can read, and the command that closes all of them;
            or this user cannot even use Python, or not enter the folder.
    """
    open_to_all = (*installation_roots(), prepared_package().parent, needed)
    parts = dict.fromkeys(part for top in hidden for part in parts_without(top, open_to_all))
    files = {str(path): part for part in parts for path in files_below(part)}
    done = subprocess.run(
        become(user, sys.executable, "-I", "-S", "-c", LOOK, str(needed)),
        input=b"\0".join(map(os.fsencode, files)),
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
    closing = shlex.join(["chmod", "o-rwx", *dict.fromkeys(str(files[path]) for path in found)])
    others = len(found) - 1
    more = f" and {others:,} more; close them with" if others else "; close it with"
    raise AssessmentError(f"{found[0]}: submissions could read this file{more} `{closing}`")
