"""How strong a jail is, what this machine can give, and never less than was asked for."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.execution.isolation import bubblewrap
from assessment.execution.isolation.identities import lend_identity
from assessment.execution.isolation.launching import close_all, run_to_end
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import View
from assessment.results.isolation import AskedIsolation, Isolation

OPTION = "--assess-isolation"
INSTALL = "install the package `bubblewrap` (apt install bubblewrap, dnf install bubblewrap)"
WEAKER = (
    f"A weaker isolation is used only where it is named: {OPTION} user (a user id of its own for "
    f"each submission; start as root) or {OPTION} process (none)"
)
OLDEST = "0.8"
PROBE_SECONDS = 30.0


def choose_level(asked: AskedIsolation, *, practice: bool) -> Isolation:
    """Return the isolation to use.

    Args:
        asked: a level, or `auto`: bubblewrap, and for practice runs a plain process where it
            does not work.
        practice: a student's own run, which is marked as practice.

    Raises:
        AssessmentError: the machine does not have what was asked for; the text says how it can.
    """
    if asked == "process":
        return "process"
    if asked == "user":
        if (fault := user_fault()) is not None:
            raise AssessmentError(f"{OPTION} user: {fault}")
        return "user"
    if (fault := bubblewrap_fault()) is None:
        return "bubblewrap"
    if asked == "auto" and practice:
        return "process"
    text = f"{OPTION} {asked}: submissions cannot be jailed with bubblewrap here: {fault}."
    raise AssessmentError(f"{text} {WEAKER}.")


def user_fault() -> str | None:
    """Return why submissions cannot run as users of their own, None where they can."""
    if sys.platform != "linux":
        return "this level needs Linux"
    if os.geteuid() != 0:
        return "this level needs to be started as root, which gives each submission a user id"
    return None


@functools.cache
def bubblewrap_fault() -> str | None:
    """Return why bubblewrap does not work here and how it can, None where it works.

    It is really tried, once a process: Python is started in a jail with all its flags.
    """
    if sys.platform != "linux":
        return "bubblewrap needs Linux"
    program = shutil.which("bwrap")
    if program is None:
        return f"the program bwrap is not here; {INSTALL}"
    try:
        said = _probe()
    except (OSError, KeyError, subprocess.TimeoutExpired, AssessmentError) as error:
        said = str(error)
    return None if said is None else f"{said}{_hint(said)}"


def _probe() -> str | None:
    """Start Python in a jail; return what went wrong, None where nothing did."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (submission := folder / "submission.py").touch()
        staging = user = None
        if os.geteuid() == 0:
            staging = stack.enter_context(Staging.made())
            identity = lend_identity()
            stack.callback(identity.release)
            user = identity.number
            folder.chmod(0o755)
        command = [sys.executable, "-I", "-S", "-c", "pass"]
        launch = bubblewrap.enclose(
            View(submission), folder, command, {}, staging=staging, user=user
        )
        stack.callback(close_all, launch.descriptors)
        done = run_to_end(launch, PROBE_SECONDS)
    if done.returncode == 0:
        return None
    words = done.stderr.decode(errors="replace").strip().splitlines()
    return words[-1] if words else f"bwrap ended with status {done.returncode}"


def _hint(said: str) -> str:
    """Say what usually helps on a machine like this."""
    if "Unknown option" in said:
        return f"; bubblewrap {OLDEST} or newer is needed"
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "; Ubuntu lets programs make user namespaces only with an AppArmor profile: "
            r"printf 'abi <abi/4.0>,\ninclude <tunables/global>\nprofile bwrap /usr/bin/bwrap "
            r"flags=(unconfined) {\n  userns,\n}\n' | sudo tee /etc/apparmor.d/bwrap && "
            "sudo systemctl reload apparmor"
        )
    if _setting("kernel/unprivileged_userns_clone") == "0":
        return "; allow user namespaces: sysctl kernel.unprivileged_userns_clone=1"
    if _setting("user/max_user_namespaces") == "0":
        return "; allow user namespaces: sysctl user.max_user_namespaces=10000"
    if _in_container():
        return (
            "; containers do not allow it by default: start this one with `docker run "
            "--cap-add SYS_ADMIN --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`"
        )
    return ""


def _setting(name: str) -> str | None:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return None


def _in_container() -> bool:
    marks = ("/.dockerenv", "/run/.containerenv")
    return "KUBERNETES_SERVICE_HOST" in os.environ or any(Path(mark).exists() for mark in marks)
