"""One measurement read off one run, as defined in `grading.quantities`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assessment.grading.quantities import EPOCH_COLUMNS, GRADIENT_COLUMNS, QUANTITIES
from assessment.grading.wording import count
from assessment.results.record import Run
from assessment.spec.expectations import HIGHER_IS_BETTER, Measure, Measured

NO_GRADIENTS = "the run recorded no gradients (`record.gradients`)"


class Missing(Exception):
    """The run does not hold this number; the text says why, as a clause."""


def read(run: Run, what: Measured) -> float:
    """Return a measurement of one run; infinite where it is larger than any number.

    Raises:
        Missing: it was not recorded.
    """
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
    if name in ("first_gradient_norm", "last_gradient_norm"):
        norms = _filled(run.gradients.get("norm", []))
        if not norms:
            raise Missing(NO_GRADIENTS)
        return norms[0 if name == "first_gradient_norm" else -1]
    if name == "epochs":
        return float(epochs_trained(run))
    if name == "parameters":
        if run.parameters is None:
            raise Missing("the run did not tell its parameters")
        return float(run.parameters)
    if name == "seconds":
        return run.seconds
    return _epochs_to_target(run, what)


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


def epochs_trained(run: Run) -> int:
    """Return the number of epochs that a run reported."""
    return max((len(column) for column in run.epochs.values()), default=0)


def mean(values: Sequence[float]) -> float:
    """Return the mean, correctly rounded; infinite as soon as one value is."""
    return math.inf if math.inf in values else math.fsum(values) / len(values)


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


def _epoch_values(run: Run, name: Measure) -> list[float | None]:
    """Return an epoch column: None where it was not taken, infinite where it was not finite."""
    column = run.epochs.get(name, [])
    if name.endswith("_accuracy"):
        return column
    # An accuracy is always finite where predictions were taken, which tells the two apart.
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
        raise Missing(NO_GRADIENTS)
    epochs = run.gradients.get("epoch")
    if epochs is None:
        if what.at != "last" and epochs_trained(run) > 1:
            raise Missing(f"the run does not tell in which epoch each {words} was recorded")
        return mean(values)
    by_epoch: dict[int, list[float]] = {}
    for epoch, value in zip(epochs, values, strict=True):
        by_epoch.setdefault(int(epoch or 0), []).append(value)
    means = {epoch: mean(of_epoch) for epoch, of_epoch in by_epoch.items()}
    if what.at == "best":
        return min(means.values())
    wanted = {"last": max(means), "first": min(means)}.get(str(what.at)) or int(what.at)
    if wanted not in means:
        raise Missing(f"{words} was not recorded in epoch {wanted}")
    return means[wanted]


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


def _filled(column: Sequence[float | None]) -> list[float]:
    return [math.inf if value is None else value for value in column]
