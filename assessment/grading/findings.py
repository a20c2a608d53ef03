"""What a good assistant would point out about a training, beyond its points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assessment.grading.wording import write
from assessment.results.record import Run

LITTLE = 0.98
"""A last train loss above this share of the first epoch's counts as not fallen."""

Symptom = Literal["infinite_loss", "infinite_outputs", "flat_loss", "one_class"]
"""What a training can suffer from."""


def find(runs: Sequence[Run], classes: Sequence[str] = ()) -> list[str]:
    """Return sentences about a unit's scored runs; with their seed where there are several runs.

    Args:
        runs: all runs of the unit.
        classes: names of the data set's classes.
    """
    return [
        attributed(sentence, seeds, len(runs))
        for seeds_of in symptoms(runs, classes).values()
        for sentence, seeds in seeds_of.items()
    ]


def symptoms(
    runs: Sequence[Run], classes: Sequence[str] = (), *, yours: bool = False
) -> dict[Symptom, dict[str, list[int]]]:
    """Return what scored runs suffer from: sentences, each with the seeds that it holds for.

    Args:
        runs: of one unit.
        classes: names of the data set's classes.
        yours: speak to whose network it is.
    """
    whose = "Your" if yours else "The"
    found: dict[Symptom, dict[str, list[int]]] = {}
    for run in runs:
        if run.outcome != "scored":
            continue
        sentences: dict[Symptom, str] = {
            "infinite_loss": _infinite_loss(run, whose),
            "infinite_outputs": _infinite_outputs(run, whose),
            "flat_loss": _flat_loss(run, whose),
            "one_class": _one_class(run, classes, "Your network" if yours else "It"),
        }
        for symptom, sentence in sentences.items():
            if sentence:
                found.setdefault(symptom, {}).setdefault(sentence, []).append(run.seed)
    return found


def attributed(sentence: str, seeds: Sequence[int], runs: int) -> str:
    """Say which of several runs a sentence is about."""
    if runs == 1:
        return sentence
    whose = "seed" if len(seeds) == 1 else "seeds"
    return f"{sentence.removesuffix('.')} ({whose} {', '.join(map(str, seeds))})."


def image_count(run: Run) -> int | None:
    """Return how many test images a run was judged on, if it kept the counts."""
    if run.confusion is None:
        return None
    return sum(map(sum, run.confusion)) + run.non_finite


def _infinite_loss(run: Run, whose: str) -> str:
    losses = run.epochs.get("train_loss", [])
    if None not in losses:
        return ""
    start, lost = losses.index(None), losses.count(None)
    when = f"from epoch {start + 1} on" if lost == len(losses) - start > 1 else ""
    when = when or f"in epoch {start + 1}" + (f" and {lost - 1} later" if lost > 1 else "")
    return f"{whose} train loss is not finite {when}."


def _infinite_outputs(run: Run, whose: str) -> str:
    if not run.non_finite:
        return ""
    images = image_count(run)
    of_all = f"{run.non_finite:,} of {images:,}" if images else f"{run.non_finite:,}"
    if run.non_finite == images:
        of_all = f"all {images:,}"
    return f"{whose} outputs are not finite for {of_all} test images; these count as wrong."


def _flat_loss(run: Run, whose: str) -> str:
    losses = run.epochs.get("train_loss", [])
    first, last = (losses[0], losses[-1]) if len(losses) > 1 else (None, None)
    if first is None or last is None or last <= LITTLE * first:
        return ""
    ends = f"{write(first, 'significant')} in the first epoch, {write(last, 'significant')}"
    return f"{whose} train loss did not fall: {ends} in the last."


def _one_class(run: Run, classes: Sequence[str], who: str) -> str:
    """Notice a run that puts all images into one class, whose share its accuracy then is."""
    images = image_count(run)
    if run.confusion is None or not images:
        return ""
    totals = [sum(column) for column in zip(*run.confusion, strict=True)]
    if max(totals) < images:
        return ""
    only = totals.index(images)
    name = classes[only] if only < len(classes) else str(only)
    accuracy = write(100 * run.confusion[only][only] / images, "percent")
    return f"{who} always answers class {name} (accuracy {accuracy} is exactly that class's share)."
