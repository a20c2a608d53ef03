"""Named numbers taken from runs.

Each is defined for one run, `at` an epoch where it has epochs, and then made
one number over the seeds:

test_accuracy, validation_accuracy      percent of all images of that part, eval mode, after
                                        the epoch; images with non-finite logits count as wrong
test_loss, validation_loss              nats, mean over images or of batch means as the recipe
                                        says, eval mode, after the epoch
train_accuracy                          percent of the epoch's training images, in train mode,
                                        while the weights change
train_loss                              nats, mean of the epoch's batch losses, in train mode
first_batch_loss, last_batch_loss       nats, first and last recorded batch loss of the run
                                        (`record.every`); `at` plays no part
gradient_norm, gradient_mean            L2 norm, and mean, of the gradient before the optimiser's
                                        step: mean over the recorded steps of the epoch. Records
                                        that do not say their epoch (column `epoch`) count as one
                                        epoch, the last: the mean over all of them
epochs                                  epochs trained
epochs_to_accuracy                      first epoch, from 1, whose test accuracy is at or above
                                        the target, percent
epochs_to_train_loss                    first epoch, from 1, whose train loss is at or below the
                                        target, nats
parameters                              trainable parameters
seconds                                 wall-clock time of the run, training and evaluation

A loss or gradient that was not finite, and a target that was never reached, are
larger than any number: `amount` is infinite and `value` None. What was not
recorded is missing: both are None. The mean of runs, one of which is infinite,
is infinite; `max` and `min` are taken over those that exist.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assessment.grading.wording import Style, count, write
from assessment.results.record import Run
from assessment.spec.expectations import HIGHER_IS_BETTER, VERIFIED, Measure, Measured


class Quantity(NamedTuple):
    """What kind of number a measurement is."""

    words: str
    """Its name in a sentence."""
    unit: str
    """`%`, `nats`, `epochs`, `s` or nothing."""
    style: Style
    """How it is written."""


QUANTITIES: Mapping[Measure, Quantity] = {
    "test_accuracy": Quantity("test accuracy", "%", "percent"),
    "test_loss": Quantity("test loss", "nats", "significant"),
    "validation_accuracy": Quantity("validation accuracy", "%", "percent"),
    "validation_loss": Quantity("validation loss", "nats", "significant"),
    "train_accuracy": Quantity("train accuracy", "%", "percent"),
    "train_loss": Quantity("train loss", "nats", "significant"),
    "first_batch_loss": Quantity("first batch loss", "nats", "significant"),
    "last_batch_loss": Quantity("last batch loss", "nats", "significant"),
    "gradient_norm": Quantity("gradient norm", "", "significant"),
    "gradient_mean": Quantity("gradient mean", "", "significant"),
    "epochs": Quantity("epochs trained", "epochs", "count"),
    "epochs_to_accuracy": Quantity("epochs to test accuracy", "epochs", "count"),
    "epochs_to_train_loss": Quantity("epochs to train loss", "epochs", "count"),
    "parameters": Quantity("trainable parameters", "", "count"),
    "seconds": Quantity("seconds a run", "s", "seconds"),
}

GRADIENT_COLUMNS: Mapping[Measure, str] = {"gradient_norm": "norm", "gradient_mean": "mean"}

EPOCH_COLUMNS: frozenset[Measure] = frozenset(
    {
        "test_accuracy",
        "test_loss",
        "validation_accuracy",
        "validation_loss",
        "train_accuracy",
        "train_loss",
    }
)


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
    reason: str = ""
    """Why there is no finite value; one clause."""

    @property
    def value(self) -> float | None:
        """The amount if it is a finite number."""
        return _finite(self.amount)

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
    def verified(self) -> bool:
        """Computed by the grader, rather than told by the run."""
        return self.measure in VERIFIED

    @property
    def higher_is_better(self) -> bool:
        """Accuracies are; of anything else less is better."""
        return self.measure in HIGHER_IS_BETTER


class Missing(Exception):  # noqa: N818 - a finding, not an error
    """The run does not hold this number; the text says why, as a clause."""


def measure(runs: Sequence[Run], what: Measured) -> Measurement:
    """Take a measurement from the runs of one unit, or from its calibration runs."""
    amounts: list[float | None] = []
    reasons: list[str] = []
    for run in runs:
        try:
            amounts.append(_amount(run, what))
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
    return Measurement(what.measure, amount, tuple(amounts), label(what, runs), reason)


def label(what: Measured, runs: Sequence[Run] = ()) -> str:
    """Say in words what is measured."""
    quantity = QUANTITIES[what.measure]
    words = quantity.words
    if what.target is not None:
        style: Style = "percent" if what.measure == "epochs_to_accuracy" else "significant"
        words = f"{words} {write(what.target, style)}"
    elif what.measure in EPOCH_COLUMNS or (
        what.measure in GRADIENT_COLUMNS and any("epoch" in run.gradients for run in runs)
    ):
        at = f"epoch {what.at}" if isinstance(what.at, int) else f"{what.at} epoch"
        words = f"{words}, {at}"
    if len(runs) > 1:
        how = {"mean": "mean", "max": "highest", "min": "lowest"}[what.over_seeds]
        words = f"{words}, {how} of {len(runs)} runs"
    return words


def series(run: Run, name: Measure) -> list[float]:
    """Return a measurement's values in the order of epochs, or of recorded steps for gradients.

    Values that were not finite are infinite; epochs without one are left out.
    Measurements that have no series give an empty list.
    """
    if name in EPOCH_COLUMNS:
        return [value for value in _epoch_values(run, name) if value is not None]
    if name in GRADIENT_COLUMNS:
        return _filled(run.gradients.get(GRADIENT_COLUMNS[name], []))
    return []


def reported_value(reported: Mapping[str, float | list[float]], what: Measured) -> float | None:
    """Return what somebody's report gave for a measurement, if it did.

    A single number stands for the last or best epoch, a list for all epochs.
    """
    found = reported.get(what.measure)
    if found is None:
        return None
    if not isinstance(found, list):
        return found if what.at in ("last", "best") else None
    if not found:
        return None
    if what.at == "best":
        return max(found) if what.measure in HIGHER_IS_BETTER else min(found)
    index = {"last": -1, "first": 0}.get(str(what.at))
    if index is None:
        index = int(what.at) - 1
    return found[index] if index < len(found) else None


def _amount(run: Run, what: Measured) -> float:
    if run.outcome != "scored":
        raise Missing(f"the run with seed {run.seed} is {run.outcome.replace('_', ' ')}")
    name = what.measure
    if name in EPOCH_COLUMNS:
        return _at_epoch(run, what)
    if name in GRADIENT_COLUMNS:
        return _gradient(run, what)
    if name in ("first_batch_loss", "last_batch_loss"):
        losses = _filled(run.steps.get("batch_loss", []))
        if not losses:
            raise Missing("the run recorded no batch losses (`record.every`)")
        return losses[0 if name == "first_batch_loss" else -1]
    if name == "epochs":
        return float(_epochs(run))
    if name == "parameters":
        if run.parameters is None:
            raise Missing("the run did not tell its parameters")
        return float(run.parameters)
    if name == "seconds":
        return run.seconds
    return _epochs_to_target(run, what)


def _at_epoch(run: Run, what: Measured) -> float:
    words = QUANTITIES[what.measure].words
    values = _epoch_values(run, what.measure)
    taken = [value for value in values if value is not None]
    if not taken:
        raise Missing(f"the run recorded no {words}")
    if what.at == "best":
        return max(taken) if what.measure in HIGHER_IS_BETTER else min(taken)
    number = {"last": len(values), "first": 1}.get(str(what.at)) or int(what.at)
    if number > len(values):
        raise Missing(f"epoch {number} was not trained, only {count(len(values), 'epoch')}")
    value = values[number - 1]
    if value is None:
        raise Missing(f"{words} was not taken after epoch {number}")
    return value


def _epoch_values(run: Run, name: str) -> list[float | None]:
    """Return an epoch column: None where it was not taken, infinite where it was not finite."""
    column = run.epochs.get(name, [])
    if name.endswith("_accuracy"):
        return column
    # An epoch's accuracy is always finite where predictions were taken, and tells the two apart.
    taken = run.epochs.get(name.replace("_loss", "_accuracy"), [])
    always = name == "train_loss"
    return [
        math.inf
        if value is None and (always or (index < len(taken) and taken[index] is not None))
        else value
        for index, value in enumerate(column)
    ]


def _gradient(run: Run, what: Measured) -> float:
    words = QUANTITIES[what.measure].words
    values = _filled(run.gradients.get(GRADIENT_COLUMNS[what.measure], []))
    if not values:
        raise Missing("the run recorded no gradients (`record.gradients`)")
    epochs = run.gradients.get("epoch")
    if epochs is None:
        if isinstance(what.at, int) and _epochs(run) > 1:
            raise Missing(f"the run does not tell {words} by epoch")
        return _mean(values)
    by_epoch: dict[float, list[float]] = {}
    for epoch, value in zip(epochs, values, strict=True):
        by_epoch.setdefault(epoch or 0.0, []).append(value)
    means = {epoch: _mean(of_epoch) for epoch, of_epoch in by_epoch.items()}
    if what.at == "best":
        return min(means.values())
    wanted = {"last": max(means), "first": min(means)}.get(str(what.at), what.at)
    if wanted not in means:
        raise Missing(f"{words} was not recorded in epoch {wanted}")
    return means[float(wanted)]


def _epochs_to_target(run: Run, what: Measured) -> float:
    assert what.target is not None
    if what.measure == "epochs_to_train_loss":
        losses = _epoch_values(run, "train_loss")
        if not losses:
            raise Missing("the run recorded no train loss")
        reached = [loss is not None and loss <= what.target for loss in losses]
    else:
        accuracies = _epoch_values(run, "test_accuracy")
        if not accuracies or None in accuracies:
            raise Missing("test accuracy was not taken after every epoch (`record.evaluate`)")
        reached = [accuracy is not None and accuracy >= what.target for accuracy in accuracies]
    return float(reached.index(True) + 1) if True in reached else math.inf


def _why_infinite(runs: Sequence[Run], amounts: Sequence[float | None], what: Measured) -> str:
    late = sum(amount is not None and math.isinf(amount) for amount in amounts)
    of_runs = f" in {late} of {count(len(runs), 'run')}" if len(runs) > 1 else ""
    if what.target is None:
        return f"{QUANTITIES[what.measure].words} was not finite{of_runs}"
    longest = count(max(_epochs(run) for run in runs), "epoch")
    if what.measure == "epochs_to_accuracy":
        return (
            f"test accuracy {write(what.target, 'percent')} was not reached in {longest}{of_runs}"
        )
    return f"train loss {write(what.target, 'significant')} was not reached in {longest}{of_runs}"


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
    return _mean(known)


def _epochs(run: Run) -> int:
    return max((len(column) for column in run.epochs.values()), default=0)


def _filled(column: Sequence[float | None]) -> list[float]:
    return [math.inf if value is None else value for value in column]


def _mean(values: Sequence[float]) -> float:
    return math.inf if math.inf in values else math.fsum(values) / len(values)


def _finite(amount: float | None) -> float | None:
    return None if amount is None or math.isinf(amount) else amount
