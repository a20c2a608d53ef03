"""A reference's network, told by a trusted trainer: its layers, and what is usual in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from assessment.boundary.messages import LARGEST_TEXT, DescriptionJob, Frame, ProtocolError
from assessment.execution.conductor import Assignment, Attempt, Prepared
from assessment.models.registry import resolve
from assessment.results.record import Run
from assessment.results.solution import ReferenceNetwork
from assessment.spec.lab import Limits
from assessment.spec.recipe import Training

LIMITS = Limits(seconds=120)


@dataclass(frozen=True)
class DescriptionRequest:
    """The recipe whose network is described."""

    training: Training
    import_path: Path
    """Folder put in front of `sys.path`: where the spec file lies."""
    train_images: Path
    """Some of them pass through the network."""
    weights: Path | None = None
    """The file that it starts from."""

    @cached_property
    def id(self) -> str:
        """Equal for equal networks."""
        recipe = self.training
        network = recipe.model, recipe.trainable, recipe.dataset, self.weights
        told = repr((*network, self.import_path))
        return hashlib.sha256(told.encode()).hexdigest()

    def prepare(self) -> Prepared[Describer, Described]:
        """Return what a trainer needs."""
        job = DescriptionJob(
            training=self.training.model_dump(mode="json"),
            model=resolve(self.training.model.name),
            import_paths=[str(self.import_path)],
            train_images=str(self.train_images),
            weights=None if self.weights is None else str(self.weights),
        )

        def described(describer: Describer, attempt: Attempt) -> Described:
            if attempt.outcome == "scored":
                return Described(describer.network, describer.defaults)
            words = attempt.outcome.replace("_", " ")
            return Described(
                reason=f"the reference's network cannot be described: {words}: {attempt.reason}"
            )

        return Prepared(Assignment("describe", job.plain(), {}, LIMITS), Describer, described)


@dataclass(frozen=True)
class Described:
    """What is known of a reference's network, or why nothing is."""

    network: ReferenceNetwork | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that the recipe leaves out, with the values that the network takes then."""
    reason: str = ""
    """Why it could not be described; one line."""


def beside(run: Run, reference: ReferenceNetwork | None) -> Run:
    """Return a submission's run with the network that it is compared with."""
    if run.solution is None or reference is None:
        return run
    told = run.solution.model_copy(update={"reference": reference})
    return run.model_copy(update={"solution": told})


@dataclass
class Describer:
    """Takes the description."""

    network: ReferenceNetwork | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    work: str = "description"
    finished: bool = False
    largest_arrays: int = 2**16
    largest_text: int = LARGEST_TEXT
    stage: str = "before its network was described"

    def hear(self, frame: Frame) -> None:
        """Take the description."""
        if frame.kind == "misfit":  # why follows
            return
        if frame.kind != "done":
            raise ProtocolError(f"a frame of unknown kind {frame.kind[:40]!r}")
        told = {name: frame.data.get(name) for name in ReferenceNetwork.model_fields}
        known = {name: value for name, value in told.items() if value is not None}
        self.network = ReferenceNetwork.model_validate(known)
        self.defaults = dict(frame.data["defaults"])
        self.finished = True

    def objection(self) -> None:
        """Accept every description."""
