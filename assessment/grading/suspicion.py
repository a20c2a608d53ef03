"""What speaks against honest work: never points, always a person's to decide.

Test labels of published data sets are known to everybody, so nothing proves that predictions come
from learning. Observations of the grader's own speak for it: before the first step a network
guesses; its trained weights predict the same in the reference's network; trained on permuted labels
it guesses still; after the first epoch, and at the end, it is no better than correct work is.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from assessment.grading.bands import FLAG_ALPHA, describe, law_of, usable
from assessment.grading.limits import high_end
from assessment.grading.measurements import is_below, measure
from assessment.grading.setting import Setting
from assessment.results.calibration import for_key
from assessment.results.record import Result, Run
from assessment.spec.expectations import Measured

SPREAD = 6.0
"""Standard deviations above guessing that are more than chance."""
MARGIN = 5.0
"""Percentage points above guessing that a network which learnt nothing may have by its structure.
"""
UNTRAINED = 1e-5
"""Share of untrained networks that are taken for others, at most (`untrained.py`)."""
SAME = 0.2
"""Difference of test accuracy, percentage points, that rounding may explain."""


FIRST_EPOCH = Measured(measure="test_accuracy", at=1, over_seeds="max")
RARELY = f"{100 * FLAG_ALPHA:g} % of correct work"
LAST_EPOCH = Measured(measure="test_accuracy")


def flags(result: Result, setting: Setting | None = None) -> list[str]:
    """Return what a person should look at in a result before its points count.

    Args:
        result: of a submission.
        setting: what it was graded with; None where it was not graded.
    """
    found = [flag for run in result.runs for flag in _of_run(run)]
    if result.status == "scored":
        found += _too_good(result)
        if setting is not None and result.kind == "training":
            found += _too_early(result, setting)
    return list(dict.fromkeys(found))


def _too_good(result: Result) -> Iterator[str]:
    """Tell where a test accuracy lies beyond the end of a calibrated band that costs nothing."""
    for graded in result.expectations:
        if not graded.flagged or graded.measure != "test_accuracy" or graded.source is None:
            continue
        if graded.value is None or graded.high is None or graded.value <= graded.high:
            continue
        if graded.source.kind == "calibrated":
            yield f"{graded.why}: at most {RARELY} is so good by chance"


def _too_early(result: Result, setting: Setting) -> Iterator[str]:
    """Tell where a network has nearly learnt after one epoch what takes the reference several.

    A network that begins with weights trained elsewhere does. It is told where each of the
    reference's runs ends above where any of them began, and where the accuracy is beyond chance and
    nearer to where the reference ends than to where it begins.
    """
    here = next((run.environment for run in result.runs if run.environment is not None), None)
    key = setting.keys.get(result.unit, "")
    reference = for_key(setting.calibrations, key, here, strict=setting.strict)
    began, ended = usable(FIRST_EPOCH, reference), usable(LAST_EPOCH, reference)
    reached = measure(result.runs, FIRST_EPOCH).value
    if not isinstance(began, list) or not isinstance(ended, list) or reached is None:
        return
    if min(ended) <= max(began):
        return
    images = setting.test_images.get(result.unit)
    law = law_of(FIRST_EPOCH, began, describe(began, reference), test_images=images)
    rule = law.rule(len(result.runs), FLAG_ALPHA, "upper", FIRST_EPOCH.over_seeds, lean=0.0)
    bound = max(high_end(rule, law.mean, law.sd), (law.mean + statistics.fmean(ended)) / 2)
    if is_below(bound, reached):
        yield (
            f"{reached:.2f} % of the test images were right after the first epoch, where the "
            f"reference has {law.mean:.2f} % and at most {RARELY} more than {bound:.2f} %: has it "
            "been trained before?"
        )


def _of_run(run: Run) -> Iterator[str]:
    evidence = run.evidence
    if run.outcome != "scored" or evidence is None:
        return
    measured = (run.epochs.get("test_accuracy") or [None])[-1]
    most = guessing(run)
    before = evidence.before if evidence.knew else None
    if before is not None and most is not None and before > most:  # less is worth nothing
        yield (
            f"{before:.1f} % of the test images were right before the first training step: at most "
            f"{100 * UNTRAINED:g} % of untrained networks are right so often"
        )
    if evidence.control is not None and most is not None and evidence.control > most:
        yield (
            f"{evidence.control:.1f} % of the test images were right after training on permuted "
            f"labels, where guessing gives at most {most:.1f} %: they were not learnt"
        )
    if evidence.uncontrolled:
        yield (
            "it could be trained on the right labels and not on permuted ones: "
            f"{evidence.uncontrolled}"
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


def unseen(result: Result) -> bool:
    """Tell whether nothing would show that a submission's points come from a table of labels.

    Its weights were not tried in the reference's network, nor was it trained on permuted labels.
    """
    if result.kind != "training" or result.status != "scored" or not result.points:
        return False
    seen = [run.evidence for run in result.runs if run.evidence is not None]
    return bool(seen) and not any(
        one.unplayed or one.uncontrolled or (one.replayed, one.control) != (None, None)
        for one in seen
    )


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
