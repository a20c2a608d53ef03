"""The names a spec may use: known data sets and findable reference models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from assessment.errors import ReferenceNotFound
from assessment.spec.base import Finding
from assessment.spec.lab import Lab, TrainingQuestion
from assessment.spec.reader import LabFile, read_lab
from assessment.spec.recipe import Training
from assessment.spec.spelling import did_you_mean, listed
from assessment.spec.units import units


def load_lab(path: Path) -> LabFile:
    """Read a spec file and check that its data sets and models are known; imports no torch.

    Raises:
        SpecError: holds all problems of the file.
    """
    return read_lab(path, [unknown_datasets, unknown_models])


def unknown_datasets(lab: Lab) -> Iterator[Finding]:
    """Find names of data sets that `assessment.datasets` does not know."""
    yield from _findings(lab, "dataset", _dataset_problem)


def unknown_models(lab: Lab) -> Iterator[Finding]:
    """Find names of models that are neither registered nor a findable `module:name`."""
    yield from _findings(lab, "model", _model_problem)


def _findings(lab: Lab, part: str, problem: Callable[[str], str | None]) -> Iterator[Finding]:
    """Ask about each name once, at the question and at the variants that set another one."""
    said: dict[str, str | None] = {}

    def ask(recipe: Training) -> str | None:
        name: str = getattr(recipe, part).name
        if name not in said:
            said[name] = problem(name)
        return said[name]

    for question_id, question in lab.questions.items():
        if isinstance(question, TrainingQuestion):
            message = ask(question.training)
            if message:
                yield ("questions", question_id, "training", part, "name"), message
    for unit in units(lab).values():
        if unit.training is not None and unit.variant is not None:
            place = ("questions", unit.question_id, "variants", unit.variant, "set", part, "name")
            message = ask(unit.training)
            if message:
                yield place, message


def _dataset_problem(name: str) -> str | None:
    from assessment.datasets.registry import KNOWN

    if name in KNOWN:
        return None
    return f"unknown data set {name}{did_you_mean(name, KNOWN)} (allowed: {listed(KNOWN)})"


def _model_problem(name: str) -> str | None:
    from assessment.models.registry import REGISTERED, resolve
    from assessment.models.source import find_definition

    if name in REGISTERED or ":" in name:
        try:
            find_definition(resolve(name))
        except ReferenceNotFound as error:
            return str(error)
        return None
    return (
        f"unknown model {name}{did_you_mean(name, REGISTERED)} "
        f"(allowed: {listed(REGISTERED)}, or an importable `module:name`)"
    )
