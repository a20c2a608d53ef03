"""What has to be trained: recipes and seeds, before anything is known about devices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assessment.models.registry import REGISTERED
from assessment.results.keys import request_id
from assessment.spec.lab import CheckpointQuestion, Limits, TrainingQuestion
from assessment.spec.recipe import Training
from assessment.spec.units import Unit, units


@dataclass(frozen=True)
class RunRequest:
    """One training of one unit with one seed."""

    unit: str
    """Unit that asked first; others with the same recipe share the run."""
    training: Training
    seed: int
    limits: Limits
    may_diverge: bool
    import_path: Path
    """Folder put in front of `sys.path`: where the spec file lies."""
    keep_weights: bool = False
    """Keep the final state for the session: a checkpoint of this recipe is graded."""

    @cached_property
    def id(self) -> str:
        """Equal for equal recipes, recordings and seeds.

        A `module:name` may mean another file in another spec's folder.
        """
        digest = request_id(self.training, self.seed)
        if self.keep_weights:
            digest = f"{digest}-weights"
        if self.training.model.name in REGISTERED:
            return digest
        folder = hashlib.sha256(str(self.import_path).encode()).hexdigest()[:8]
        return f"{digest}-{folder}"


def requests_of(
    unit: Unit,
    spec: Path,
    seed: Callable[[int], int],
    count: int | None = None,
    most_epochs: int | None = None,
) -> Iterator[RunRequest]:
    """Yield the runs of a training unit; nothing for other kinds.

    Args:
        unit: the question or variant.
        spec: its spec file.
        seed: family of seeds, by index.
        count: repeats; by default the question's `seeds`.
        most_epochs: train for fewer epochs where the recipe has more.
    """
    question = unit.question
    if not isinstance(question, TrainingQuestion) or unit.training is None:
        return
    kept = any(other.training == unit.training for other in _saved(unit))
    training = unit.training
    if most_epochs is not None and most_epochs < training.epochs:
        training = training.model_copy(update={"epochs": most_epochs})
    for index in range(question.seeds if count is None else count):
        yield RunRequest(
            unit.id,
            training,
            seed(index),
            question.limits,
            question.may_diverge,
            spec.resolve().parent,
            keep_weights=kept,
        )


def _saved(unit: Unit) -> Iterator[Unit]:
    """Yield the units of the same lab whose weights a checkpoint question asks for."""
    of = {q.of for q in unit.lab.questions.values() if isinstance(q, CheckpointQuestion)}
    if of:
        yield from (other for other in units(unit.lab).values() if other.id in of)
