"""Whose doing it is that a run ended without a word: its own, or the machine's.

Such a run is made once more: a reference's in a trainer of its own; a submission's, whose jail
nobody shares, in that jail where it lives and was left clean, else in a new one. What it ends again
is its own doing where it is known that the machine works; otherwise it cannot be graded.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.results.record import RunOutcome

if TYPE_CHECKING:
    from assessment.execution.conductor import Attempt

ATTEMPTS = 2
"""How often a run is begun that ends without a word."""
TRAINER_LOST = "the trainer went away while the run was under way"
"""Reason of a run that ended with its server."""
STARVED = "this machine ran out of memory while the run was under way"
"""Reason of a run that the kernel killed for want of memory though it kept to its limit."""
ENDED_ITS_TRAINER = "ended the process that it was forked from, twice"
"""Reason of a run that took its trainer with it."""
COUNTERS = Path("/proc/vmstat")


@dataclass(frozen=True)
class Ending:
    """How one process ended, as observed from here."""

    outcome: RunOutcome
    reason: str
    """One line, when the outcome is not `scored`."""
    said: bool = False
    """The reason is what the run itself said."""
    signal: int | None = None
    """Number of the signal that it was killed by, where that decided how it ended."""


def oom_kills() -> int | None:
    """Return how many processes the kernel has killed for want of memory; None where unknown."""
    with suppress(OSError, ValueError):
        for line in COUNTERS.read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None


def is_doubtful(ending: Ending) -> bool:
    """Tell whether somebody else may have ended a run, so that it is made once more.

    Reasons of other outcomes can be the run's own words.
    """
    if ending.outcome == "not_gradable":
        return ending.reason in (TRAINER_LOST, STARVED)
    return ending.outcome == "crashed" and ending.signal == signal.SIGKILL


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
