"""How the decision about one expectation came out, and whose fault it is if it did not."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from assessment.results.record import Graded, Run


class Cause(IntEnum):
    """Why an expectation could not be decided; the larger one says how its item ends."""

    SUBMISSION = 1
    """What it is compared with failed by its own fault, which has cost its points already."""
    HARDWARE = 2
    """What it is compared with needs hardware that is not here."""
    MACHINE = 3
    """A run, a band or a number is missing, or the machine failed."""


class Decided(NamedTuple):
    """One graded expectation."""

    graded: Graded
    cause: Cause | None = None
    """Set where something was asked and could not be decided (`met` is None)."""
    wants: frozenset[str] = frozenset()
    """Ids of the units of which all runs have to be made before this is settled."""


def failure(runs: Sequence[Run]) -> Run | None:
    """Return the run that keeps a unit from being scored: the machine's fault before its own."""
    failed = [run for run in runs if run.outcome != "scored"]
    return min(failed, key=lambda run: run.outcome != "not_gradable", default=None)
