"""Named numbers taken from all runs of a unit: one number, and one for each run.

What each number means for one run is defined in `grading.quantities`. Over the
seeds, `mean`, `max` or `min` makes them one.

A loss or gradient that was not finite, and a target that was never reached, are
larger than any number: `amount` is infinite and `value` None. What was not
recorded is missing: both are None. The mean of runs is infinite as soon as one
of them is, and missing if one of the others is; `max` and `min` are taken over
the runs that have the number.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assessment.grading.quantities import (
    EPOCH_COLUMNS,
    GRADIENT_COLUMNS,
    QUANTITIES,
    target_style,
)
from assessment.grading.readings import Missing, epochs_trained, mean, read
from assessment.grading.wording import Style, count, write
from assessment.results.record import Run
from assessment.spec.expectations import HIGHER_IS_BETTER, VERIFIED, Measure, Measured
from assessment.spec.lab import Repeated

SEEDS_IN_WORDS = {"mean": "mean", "max": "highest", "min": "lowest"}
OVER_RUNS = {"mean": " on average", "max": " in the longest run", "min": " in the shortest run"}


@dataclass(frozen=True)
class Measurement:
    """One number taken from the runs of a unit."""

    measure: Measure
    amount: float | None
    """Aggregated over the runs; infinite where it is larger than any number, None if missing."""
    amounts: tuple[float | None, ...]
    """The same of each run, in the order given."""
    label: str
    """The measurement in words: `test accuracy, last epoch, mean of 5 runs`."""
    clause: str
    """The same within a sentence, with a gap for the value: `mean test accuracy {}`."""
    reason: str = ""
    """Why there is no finite value; a clause."""

    @property
    def value(self) -> float | None:
        """The amount if it is a finite number."""
        return _finite(self.amount)

    @property
    def sd(self) -> float | None:
        """Standard deviation over the runs (ddof = 1); None for one, or where one has no number."""
        known = [amount for amount in self.amounts if amount is not None and math.isfinite(amount)]
        if self.measure == "parameters":  # the same of all repeats
            return None
        if len(known) < 2 or len(known) < len(self.amounts):
            return None
        return statistics.stdev(known)

    @property
    def values(self) -> tuple[float | None, ...]:
        """Each run's amount if it is a finite number."""
        return tuple(map(_finite, self.amounts))

    @property
    def unit(self) -> str:
        """`%`, `nats`, `epochs`, `s` or nothing."""
        return QUANTITIES[self.measure].unit

    @property
    def style(self) -> Style:
        """How its values are written."""
        return QUANTITIES[self.measure].style

    @property
    def counted(self) -> bool:
        """It is a count or a time: there is more or less of it, it is not above or below."""
        return self.style in ("count", "seconds")

    @property
    def verified(self) -> bool:
        """Computed by the grader, rather than told by the run."""
        return self.measure in VERIFIED

    @property
    def higher_is_better(self) -> bool:
        """Accuracies are; of anything else less is better."""
        return self.measure in HIGHER_IS_BETTER


def measure(runs: Sequence[Run], what: Measured) -> Measurement:
    """Take a measurement from the runs of one unit, or from its calibration runs."""
    amounts: list[float | None] = []
    reasons: list[str] = []
    for run in runs:
        try:
            amounts.append(read(run, what))
        except Missing as missing:
            amounts.append(None)
            reasons.append(str(missing))
    amount = _aggregate(amounts, what.over_seeds)
    reason = ""
    if not runs:
        reason = "no run was made"
    elif amount is None:
        reason = reasons[0]
    elif math.isinf(amount):
        reason = _why_infinite(runs, amounts, what)
    return Measurement(
        what.measure, amount, tuple(amounts), label(what, runs), _clause(what, len(runs)), reason
    )


def is_below(value: float, bound: float) -> bool:
    """Tell whether a value is smaller, by more than the last bits of a float."""
    return value < bound and not math.isclose(value, bound, rel_tol=1e-9)


def label(what: Measured, runs: Sequence[Run] = ()) -> str:
    """Say in words what is measured."""
    words = _named(what)
    at = f"epoch {what.at}" if isinstance(what.at, int) else f"{what.at} epoch"
    if what.measure in EPOCH_COLUMNS:
        words = f"{words}, {at}"
    elif what.measure in GRADIENT_COLUMNS and any("epoch" in run.gradients for run in runs):
        words = f"{words}, {at.replace('last', 'last recorded')}"
    if len(runs) > 1 and what.measure != "parameters":  # all repeats have the same number of them
        words = f"{words}, {SEEDS_IN_WORDS[what.over_seeds]} of {len(runs)} runs"
    return words


def reported_value(
    reported: Mapping[str, float | list[float] | Repeated], what: Measured
) -> float | None:
    """Return what somebody's report gave for a measurement, if it did.

    A single number stands for the last or best epoch, a list for all epochs, both of one run or of
    the mean of several. The best of them is another number, to be given by that name.
    """
    found = reported.get(what.measure)
    if isinstance(found, Repeated):
        found = getattr(found, what.over_seeds)
    elif what.over_seeds != "mean":
        return None
    if found is None or found == []:
        return None
    if not isinstance(found, list):
        return found if what.at in ("last", "best") else None
    if what.at == "best":
        return max(found) if what.measure in HIGHER_IS_BETTER else min(found)
    number = {"last": len(found), "first": 1}.get(str(what.at)) or int(what.at)
    return found[number - 1] if number <= len(found) else None


def _named(what: Measured) -> str:
    words = QUANTITIES[what.measure].words
    if what.target is None:
        return words
    return f"{words} {write(what.target, target_style(what.measure))}"


def _target(what: Measured) -> str:
    return _named(what).removeprefix("epochs to ")


def _clause(what: Measured, runs: int) -> str:
    if what.measure == "parameters":  # all repeats have the same number of them
        return "{} trainable parameters"
    over = OVER_RUNS[what.over_seeds] if runs > 1 else ""
    if what.measure == "epochs":
        return f"trained for {{}}{over}"
    if what.measure == "seconds":
        return f"a run took {{}}{over}"
    if what.target is not None:
        return f"{_target(what)} took {{}}{over}"
    words = _named(what)
    if what.measure in EPOCH_COLUMNS or what.measure in GRADIENT_COLUMNS:
        if what.at in ("best", "first"):
            words = f"{words} of the {what.at} epoch"
        elif what.at != "last":
            words = f"{words} of epoch {what.at}:"
    return f"{SEEDS_IN_WORDS[what.over_seeds]} {words} {{}}" if runs > 1 else f"{words} {{}}"


def _aggregate(amounts: Sequence[float | None], how: str) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return None
    if how == "max":
        return max(known)
    if how == "min":
        return min(known)
    if len(known) < len(amounts) and math.inf not in known:
        return None
    return mean(known)


def _why_infinite(runs: Sequence[Run], amounts: Sequence[float | None], what: Measured) -> str:
    late = sum(amount is not None and math.isinf(amount) for amount in amounts)
    of_runs = f" in {late} of {count(len(runs), 'run')}" if len(runs) > 1 else ""
    if what.target is None:
        return f"{QUANTITIES[what.measure].words} was not finite{of_runs}"
    longest = count(max(epochs_trained(run) for run in runs), "epoch")
    return f"{_target(what)} was not reached within {longest}{of_runs}"


def _finite(amount: float | None) -> float | None:
    return None if amount is None or math.isinf(amount) else amount
