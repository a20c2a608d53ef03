"""What kinds of numbers there are: words, unit, and how each is written.

The definitions, each for one run:

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
                                        step: mean over the records of the last epoch that has
                                        some. Where records do not tell their epoch (column
                                        `epoch`), the mean over all of them
first_gradient_norm, last_gradient_norm L2 norm of the gradient in the first and last record of
                                        the run; `at` plays no part
epochs                                  epochs trained
epochs_to_accuracy                      first epoch, from 1, whose test accuracy is at or above
                                        the target, percent
epochs_to_train_loss                    first epoch, from 1, whose train loss is at or below the
                                        target, nats
parameters                              trainable parameters
seconds                                 wall-clock time of the run, training and evaluation
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from assessment.grading.wording import Style
from assessment.spec.expectations import Measure


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
    "first_gradient_norm": Quantity("first gradient norm", "", "significant"),
    "last_gradient_norm": Quantity("last gradient norm", "", "significant"),
    "epochs": Quantity("epochs trained", "epochs", "count"),
    "epochs_to_accuracy": Quantity("epochs to test accuracy", "epochs", "count"),
    "epochs_to_train_loss": Quantity("epochs to train loss", "epochs", "count"),
    "parameters": Quantity("trainable parameters", "", "count"),
    "seconds": Quantity("seconds a run", "s", "seconds"),
}

GRADIENT_COLUMNS: Mapping[Measure, str] = {"gradient_norm": "norm", "gradient_mean": "mean"}
"""Column of `Run.gradients` that holds it."""

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
"""Measurements that are columns of `Run.epochs`."""


def target_style(name: Measure) -> Style:
    """Return how the target of an `epochs_to_...` measurement is written."""
    return "percent" if name == "epochs_to_accuracy" else "significant"
