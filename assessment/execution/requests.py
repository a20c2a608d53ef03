"""What has to be trained: recipes and seeds, before anything is known about devices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.models.registry import REGISTERED
from assessment.results.isolation import Isolation
from assessment.results.keys import request_id
from assessment.spec.lab import CheckpointQuestion, Limits, TrainingQuestion
from assessment.spec.recipe import ModelReference, Training
from assessment.spec.units import Unit, units

if TYPE_CHECKING:
    from assessment.submissions.listing import Submission


@dataclass(frozen=True)
class Work:
    """What somebody handed in, as the runs of one unit need it."""

    submission: Submission
    level: Isolation
    """How its code is kept in."""
    seconds: float | None = None
    """What its runs may take, where that is less than the question allows."""
    names: tuple[str, ...] = ()
    """Names that the spec gives its network."""
    chosen: str | None = None
    """The name that a mapping file gives."""
    fixed: bool = False
    """The reference's network is asked for: trained weights come back and are tried in it."""
    control: bool = False
    """Train on permuted labels: what can then be predicted was not learnt."""
    model: ModelReference | None = None
    """The network in whose place its own is trained; None: nothing is, and any jail of it will do.
    """

    @property
    def owner(self) -> str:
        """Equal for the same submission."""
        return f"{self.submission.id} {self.submission.sha256}"

    @property
    def digest(self) -> str:
        """Equal where the same code is found the same way, kept in and looked into alike."""
        code = self.submission.sha256, self.level
        parts = (*code, self.names, self.chosen, self.control, self.fixed)
        return hashlib.sha256(repr(parts).encode()).hexdigest()


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
    work: Work | None = None
    """Whose network is trained; None: the reference's."""

    @property
    def sends_weights(self) -> bool:
        """Whether the final state comes back to the grader."""
        return self.keep_weights or (self.work is not None and self.work.fixed)

    @cached_property
    def id(self) -> str:
        """Equal for equal recipes, recordings and seeds.

        A `module:name` may mean another file in another spec's folder.
        """
        digest = request_id(self.training, self.seed)
        if self.keep_weights:
            digest = f"{digest}-weights"
        if self.work is not None:
            digest = f"{digest}-{self.work.digest[:16]}"
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
    work: Work | None = None,
) -> Iterator[RunRequest]:
    """Yield the runs of a training unit; nothing for other kinds.

    Args:
        unit: the question or variant.
        spec: its spec file.
        seed: family of seeds, by index.
        count: repeats; by default the question's `seeds`.
        most_epochs: train for fewer epochs where the recipe has more.
        work: what is trained instead of the reference.
    """
    question = unit.question
    if not isinstance(question, TrainingQuestion) or unit.training is None:
        return
    kept = any(other.training == unit.training for other in _saved(unit))
    training = unit.training
    if most_epochs is not None and most_epochs < training.epochs:
        training = training.model_copy(update={"epochs": most_epochs})
    limits = question.limits
    if work is not None and work.seconds is not None and work.seconds < limits.seconds:
        limits = limits.model_copy(update={"seconds": work.seconds})
    for index in range(question.seeds if count is None else count):
        yield RunRequest(
            unit.id,
            training,
            seed(index),
            limits,
            question.may_diverge,
            spec.resolve().parent,
            keep_weights=kept,
            work=work,
        )


def _saved(unit: Unit) -> Iterator[Unit]:
    """Yield the units of the same lab whose weights a checkpoint question asks for."""
    of = {q.of for q in unit.lab.questions.values() if isinstance(q, CheckpointQuestion)}
    if of:
        yield from (other for other in units(unit.lab).values() if other.id in of)
