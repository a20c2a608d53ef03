"""User ids that nobody has, lent to one jail each while it lives (Linux, as root)."""

from __future__ import annotations

import os
import pwd
import random
import socket
import subprocess
import sys
from contextlib import suppress

import psutil

from assessment.errors import TrainerError

FIRST, LAST = 61184, 65519
"""Ids that systemd gives away for moments, too; others leave them alone."""
TAKEN_BY_SYSTEMD = "/run/systemd/dynamic-uid"
BECOME = """
import os, sys
user = int(sys.argv[1])
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Identity:
    """A user and group id of one's own; given back with `release`."""

    def __init__(self, number: int, claim: socket.socket) -> None:
        self.number = number
        self._claim = claim

    def release(self) -> None:
        """Kill whatever runs as this user, and give the id back."""
        self.kill_all()
        self._claim.close()

    def kill_all(self) -> None:
        """Kill every process of this user at once, so that none can start another meanwhile."""
        command = become(self.number, "/bin/sh", "-c", "kill -9 -1")
        subprocess.run(command, env={}, cwd="/", capture_output=True, check=False)


def lend_identity() -> Identity:
    """Claim an id that no account, no process and no other grader has.

    Raises:
        TrainerError: all of them are taken.
    """
    running = {uid for p in psutil.process_iter(["uids"]) for uid in p.info["uids"] or ()}
    numbers = list(range(FIRST, LAST + 1))
    random.shuffle(numbers)
    for number in numbers:
        if number in running or _has_account(number):
            continue
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A name of the kernel's, without a file: it is free again when this process ends.
        with suppress(OSError):
            claim.bind(f"\0assessment-user-{number}")
            return Identity(number, claim)
        claim.close()
    raise TrainerError(f"no user id between {FIRST} and {LAST} is free")


def become(number: int, *command: str) -> list[str]:
    """Return the command that gives up root for this user and becomes another command.

    The program must be named with its whole path.
    """
    return [sys.executable, "-I", "-S", "-c", BECOME, str(number), *command]


def _has_account(number: int) -> bool:
    with suppress(KeyError):
        pwd.getpwuid(number)
        return True
    return os.path.exists(f"{TAKEN_BY_SYSTEMD}/{number}")  # noqa: PTH110 - no path of ours
