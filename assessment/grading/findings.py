"""What a good assistant would point out about a training, beyond its points."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.results.record import Run

LITTLE = 0.98
"""A last train loss above this share of the first epoch's counts as not fallen."""


def findings(runs: Sequence[Run], classes: Sequence[str]) -> list[str]:
    """Return sentences about a unit's runs, each once."""
    found: list[str] = []
    for run in runs:
        if run.outcome == "scored":
            found += _of_run(run, classes)
    return list(dict.fromkeys(found))


def _of_run(run: Run, classes: Sequence[str]) -> list[str]:
    found = []
    if run.non_finite:
        found.append(
            f"The logits of {run.non_finite:,} test images are not finite; they count as wrong. "
            "The learning rate is usually too large."
        )
    losses = [loss for loss in run.epochs.get("train_loss", []) if loss is not None]
    if len(losses) > 1 and losses[-1] > LITTLE * losses[0]:
        found.append(
            f"The train loss did not fall: {losses[0]:.3f} at first, {losses[-1]:.3f} last."
        )
    only = _only_class(run)
    if only is not None:
        name = classes[only] if only < len(classes) else str(only)
        accuracy = run.epochs["test_accuracy"][-1]
        found.append(
            f"Every test image is called {name!r}: the accuracy of {accuracy:.2f} % is exactly "
            "that class's share."
        )
    return found


def _only_class(run: Run) -> int | None:
    """Return the class that all predictions name, if there is one."""
    if run.confusion is None:
        return None
    predicted = [sum(column) for column in zip(*run.confusion, strict=True)]
    named = [label for label, times in enumerate(predicted) if times]
    return named[0] if len(named) == 1 else None
