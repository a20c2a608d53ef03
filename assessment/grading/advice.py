"""What a good assistant would write about a submission: what is wrong, what it costs, the cure.

Recipe and machine are not the student's, so that only the network can be at fault. What the
reference shows too is no fault: some questions are made to fail.
"""

from __future__ import annotations

from collections.abc import Sequence

from assessment.grading.findings import Symptom, attributed, find, symptoms
from assessment.grading.learning import Learning, last, mean
from assessment.grading.structure import Structure
from assessment.grading.wording import write
from assessment.results.record import Graded, Run
from assessment.spec.expectations import Expectation
from assessment.spec.units import Unit

MOST = 8
"""Sentences about one item."""


def advise(
    unit: Unit,
    runs: Sequence[Run],
    *,
    graded: Sequence[Graded] = (),
    reference: Sequence[Run] = (),
    classes: Sequence[str] = (),
) -> list[str]:
    """Return what to tell about a unit's runs, a sentence each, the most important first.

    Of the reference itself it is what `find` finds.

    Args:
        unit: what was trained.
        runs: all runs of it.
        graded: its expectations.
        reference: the reference's runs of the same recipe, made elsewhere.
        classes: names of the data set's classes.
    """
    opened = next((run for run in runs if run.solution is not None), None)
    if opened is None or opened.solution is None:
        return find(runs, classes)
    structure = Structure(
        opened.solution, opened.parameters, _asks_for_the_reference(unit), len(classes)
    )
    learning = Learning([run for run in runs if run.outcome == "scored"], reference)
    meant = learning.fails_by_design
    own, shared = _suffered(runs, reference, classes, meant=meant)
    starved = [] if meant else list(learning.starvation())
    faults = structure.faults()
    compared: list[str] = []
    if not (meant or own):
        compared += learning.generalisation(graded, explained=bool(faults or starved))
    # Another network is worth a word where something was lost that it may explain.
    lost = len(learning.runs) < len(runs) or any(one.met is False for one in graded)
    found = [
        *faults,
        *starved,
        *own,
        *compared,
        *learning.slowness(),
        *(structure.remarks() if lost else ()),
        *shared,
    ]
    return list(dict.fromkeys(found))[:MOST]


def _asks_for_the_reference(unit: Unit) -> bool:
    """Tell whether another network than the reference's is wrong: by name, or by its size."""
    if unit.submitted is not None and unit.submitted.architecture == "fixed":
        return True
    return any(
        isinstance(one, Expectation) and one.measure == "parameters" and one.equals is not None
        for one in unit.expect.values()
    )


def _suffered(
    runs: Sequence[Run], reference: Sequence[Run], classes: Sequence[str], *, meant: bool
) -> tuple[list[str], list[str]]:
    """Return what runs suffer from, and what of it the reference's runs suffer from as well.

    Args:
        runs: the submission's.
        reference: the reference's.
        classes: names of the data set's classes.
        meant: the reference guesses, too.
    """
    usual = symptoms(reference)
    own: list[str] = []
    shared: list[str] = []
    for symptom, sentences in symptoms(runs, classes, yours=True).items():
        times = sum(map(len, usual.get(symptom, {}).values()))
        is_shared = meant or 2 * times >= len(reference) > 0
        if is_shared:
            beside = "the reference does not do better here"
        elif times:
            beside = f"so it is with {times} of {len(reference)} runs of the reference"
        else:
            beside = _instead(symptom, reference)
        (first, seeds), *others = sentences.items()
        whole = f"{first.removesuffix('.')}; {beside}." if beside else first
        told = attributed(whole, seeds, len(runs))
        if others:
            alike = ", ".join(str(seed) for _, more in others for seed in more)
            told = told.replace(").", f"; much the same with {alike}).")
        (shared if is_shared else own).append(told)
    return own, shared


def _instead(symptom: Symptom, reference: Sequence[Run]) -> str:
    """Say how the reference's runs do where they do not suffer from something."""
    match symptom:
        case "infinite_loss" if reference:
            return "the reference's stays finite"
        case "infinite_outputs" if reference:
            return "the reference's stay finite"
        case "flat_loss":
            loss = mean(last(reference, "train_loss"))
            return "" if loss is None else f"the reference's falls to {write(loss, 'significant')}"
        case "one_class":
            accuracy = mean(last(reference, "test_accuracy"))
            return "" if accuracy is None else f"the reference reaches {write(accuracy, 'percent')}"
    return ""
