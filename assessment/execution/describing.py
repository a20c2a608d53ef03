"""The layers of a reference's network, told by a trusted trainer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from assessment.execution.conductor import Assignment, Attempt, Prepared
from assessment.models.registry import resolve
from assessment.results.solution import Layer
from assessment.sandbox.messages import DescriptionJob, Frame, ProtocolError
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
    """One image of them passes through the network."""

    @cached_property
    def id(self) -> str:
        """Equal for equal networks."""
        told = repr((self.training.model, self.training.dataset, self.import_path))
        return hashlib.sha256(told.encode()).hexdigest()

    def prepare(self) -> Prepared[Describer, tuple[Layer, ...]]:
        """Return what a trainer needs; nothing is known of a network that cannot be built."""
        job = DescriptionJob(
            training=self.training.model_dump(mode="json"),
            model=resolve(self.training.model.name),
            import_paths=[str(self.import_path)],
            train_images=str(self.train_images),
        )

        def layers(describer: Describer, attempt: Attempt) -> tuple[Layer, ...]:
            return tuple(describer.layers) if attempt.outcome == "scored" else ()

        return Prepared(Assignment("describe", job.plain(), {}, LIMITS), Describer, layers)


@dataclass
class Describer:
    """Takes the description."""

    layers: list[Layer] = field(default_factory=list)
    work: str = "description"
    finished: bool = False
    largest_arrays: int = 2**16
    stage: str = "before its network was described"

    def hear(self, frame: Frame) -> None:
        """Take the layers."""
        told = frame.data.get("layers")
        if frame.kind != "done" or not isinstance(told, list):
            raise ProtocolError(f"a frame of unknown kind {frame.kind[:40]!r}")
        self.layers = [Layer.model_validate(layer) for layer in told]
        self.finished = True

    def objection(self) -> None:
        """Accept every description."""
