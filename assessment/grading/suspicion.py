"""What speaks against honest work: never points, always a person's to decide.

Test labels of published data sets are known to everybody, so nothing proves that predictions come
from learning. Three observations of the grader's own speak for it: before the first step a network
guesses; its trained weights predict the same in the reference's network; trained on permuted labels
it guesses still.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from assessment.results.record import Result, Run

SPREAD = 6.0
"""Standard deviations above guessing that are more than chance."""
MARGIN = 5.0
"""Percentage points above guessing that an untrained network may have by its structure alone."""
SAME = 0.2
"""Difference of test accuracy, percentage points, that rounding may explain."""


def flags(result: Result) -> list[str]:
    """Return what a person should look at in a result before its points count."""
    return list(dict.fromkeys(flag for run in result.runs for flag in _of_run(run)))


def _of_run(run: Run) -> Iterator[str]:
    evidence = run.evidence
    if run.outcome != "scored" or evidence is None:
        return
    measured = (run.epochs.get("test_accuracy") or [None])[-1]
    most = guessing(run)
    if evidence.before is not None and most is not None and evidence.before > most:
        yield (
            f"{evidence.before:.1f} % of the test images were right before the first training step,"
            f" where guessing gives at most {most:.1f} %"
        )
    if evidence.control is not None and most is not None and evidence.control > most:
        yield (
            f"{evidence.control:.1f} % of the test images were right after training on permuted "
            f"labels, where guessing gives at most {most:.1f} %: they were not learnt"
        )
    if evidence.replayed is not None and measured is not None:
        apart = abs(evidence.replayed - measured)
        if apart > SAME:
            yield (
                f"its trained weights are right for {evidence.replayed:.2f} % of the test images "
                f"in the reference's network, its own predictions for {measured:.2f} %"
            )
    elif evidence.unplayed:
        yield f"its weights cannot be tried in the reference's network: {evidence.unplayed}"


def guessing(run: Run) -> float | None:
    """Return the accuracy, percent, that nobody reaches by guessing; None without counts.

    A network that answers one class has that class's share.
    """
    if run.confusion is None:
        return None
    sizes = [sum(row) for row in run.confusion]
    images = sum(sizes)
    if not images:
        return None
    share = max(sizes) / images
    return 100 * (share + SPREAD * math.sqrt(share * (1 - share) / images)) + MARGIN
