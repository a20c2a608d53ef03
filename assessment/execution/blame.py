"""Whose doing it is that a run ended without a word: its own, or the machine's.

Such a run is made once more: a reference's in a trainer of its own; a submission's, whose jail
nobody shares, in that jail where it lives and was left clean, else in a new one. What it ends again
is its own doing where it is known that the machine works; otherwise it cannot be graded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assessment.execution.conductor import Attempt

ATTEMPTS = 2
"""How often a run is begun that ends without a word."""
TRAINER_LOST = "the trainer went away while the run was under way"
"""Reason of a run that ended with its server."""
STARVED = "this machine ran out of memory while the run was under way"
"""Reason of a run that the kernel killed for want of memory though it kept to its limit."""
KILLED = "was killed by SIGKILL"
"""Begins the reason of a run that was ended from outside, or ended itself as if it were."""
ENDED_ITS_TRAINER = "ended the process that it was forked from, twice"
"""Reason of a run that took its trainer with it."""
COUNTERS = Path("/proc/vmstat")


def oom_kills() -> int | None:
    """Return how many processes the kernel has killed for want of memory; None where unknown."""
    with suppress(OSError, ValueError):
        for line in COUNTERS.read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None


def is_doubtful(attempt: Attempt) -> bool:
    """Tell whether somebody else may have ended a run, so that it is made once more.

    Reasons of other outcomes can be the run's own words.
    """
    if attempt.outcome == "not_gradable":
        return attempt.reason in (TRAINER_LOST, STARVED)
    return attempt.outcome == "crashed" and attempt.reason.startswith(KILLED)


def settle(attempt: Attempt, machine_works: Callable[[], bool]) -> Attempt:
    """Return how a run ended that ended doubtfully each time.

    Args:
        attempt: the last one. A killed run's trainer has outlived it, and told.
        machine_works: whether a trainer that no submission can reach is alive.
    """
    if attempt.outcome != "not_gradable":
        return attempt
    if attempt.reason == TRAINER_LOST and machine_works():
        return replace(attempt, outcome="crashed", reason=ENDED_ITS_TRAINER)
    return replace(attempt, reason=f"tried {ATTEMPTS} times: {attempt.reason}")
