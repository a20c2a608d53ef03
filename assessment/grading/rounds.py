"""How many runs a grade takes: the first one where it settles every point, else all of them.

A run at or above the reference's mean - 0.5 s passes at once. Otherwise all M runs (`seeds`) are
made and their mean is compared with the bound for M; never the best of them. What a unit is graded
on depends on its own runs alone, not on what a comparison, a store or another item has made.
"""

from __future__ import annotations

from collections.abc import Sequence

from assessment.results.record import Run
from assessment.spec.expectations import Expectation
from assessment.spec.lab import TrainingQuestion
from assessment.spec.units import Unit


def most(unit: Unit) -> int:
    """Return M, the number of runs that are made of a unit at most; 0 where it trains nothing."""
    question = unit.question
    return question.seeds if isinstance(question, TrainingQuestion) else 0


def at_first(unit: Unit) -> int:
    """Return how many runs of a unit are made before anything is decided.

    One, but all where the spec says so and where a number is the largest or smallest of all.
    """
    question = unit.question
    if not isinstance(question, TrainingQuestion):
        return 0
    extremes = any(
        isinstance(expectation, Expectation) and expectation.over_seeds != "mean"
        for expectation in unit.expect.values()
    )
    return question.seeds if question.all_seeds or extremes else 1


def lacks(unit: Unit, runs: Sequence[Run]) -> bool:
    """Tell whether more runs of a unit can be made."""
    return len(runs) < most(unit)
