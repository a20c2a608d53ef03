"""Whether a run that was recorded in one way can stand for one recorded in another.

Watching a run does not change it, so a run that recorded more than is asked for
holds what is asked for. It is cut down to that before it is used: what is graded
and shown must not depend on what happens to be in the store.
"""

from __future__ import annotations

from assessment.results.record import Run, Series
from assessment.spec.recipe import Recording

JUDGED = ("validation_loss", "validation_accuracy", "test_loss", "test_accuracy")
"""Columns of the epochs that only an evaluation fills."""


def covers(stored: Recording, wanted: Recording) -> bool:
    """Tell whether a run that ended well holds all that a recording asks for.

    Records within epochs stand in one table, so they are equal or not wanted at all; a
    record at every step is not thinned out, since its running means are others.
    """
    return (
        (stored.evaluate == wanted.evaluate or wanted.evaluate == "end")
        and (_within(stored) == _within(wanted) or not _has_steps(wanted))
        and (stored.gradients == wanted.gradients or wanted.gradients is None)
        and stored.first_layer_weights >= wanted.first_layer_weights
    )


def narrow(run: Run, stored: Recording, wanted: Recording) -> Run:
    """Return the run as if only `wanted`, which `stored` covers, had been recorded."""
    if stored == wanted:
        return run
    less: dict[str, object] = {}
    if not _has_steps(wanted):
        less["steps"] = {}
    if wanted.gradients is None:
        less["gradients"] = {}
    if not wanted.first_layer_weights:
        less["first_layer"] = None
    if wanted.evaluate != stored.evaluate:
        less["epochs"] = _at_the_end(run.epochs)
    return run.model_copy(update=less)


def _within(recording: Recording) -> tuple[object, ...]:
    return recording.every, recording.running_mean, recording.validate_every


def _has_steps(recording: Recording) -> bool:
    return recording.every is not None or recording.validate_every is not None


def _at_the_end(epochs: Series) -> Series:
    return {
        name: [*([None] * (len(column) - 1)), *column[-1:]] if name in JUDGED else column
        for name, column in epochs.items()
    }
