"""Saved weights, evaluated in a model of the same recipe in a process of their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assessment.boundary.messages import LARGEST_TEXT, EvaluationJob, Frame, ProtocolError
from assessment.execution.conductor import Assignment, Attempt, Prepared
from assessment.execution.describing import Described
from assessment.execution.judging import accuracy, checked
from assessment.execution.preparation import Preparation, search_for
from assessment.execution.requests import Work
from assessment.models.registry import resolve
from assessment.spec.lab import Limits
from assessment.spec.recipe import Training

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class EvaluationRequest:
    """A file of saved weights and the recipe whose model they belong to."""

    training: Training
    checkpoint: Path
    name: str
    """What messages call the file."""
    limits: Limits
    import_path: Path
    """Folder put in front of `sys.path`: where the spec file lies."""
    smoke: bool = False
    """Predict one batch only."""
    question: str = ""
    """Id of the unit that was trained."""
    work: Work | None = None
    """Whose network is filled, with a file of its own submission; None: the reference's."""
    by_shape: bool = False
    """The names in the file count for their order alone: weights of another's network."""

    @cached_property
    def id(self) -> str:
        """Equal for the same file and recipe."""
        file: tuple[object, ...] = (self.name, self.work and self.work.digest, self.by_shape)
        if self.work is None:
            status = self.checkpoint.stat()
            file = *file, self.checkpoint, status.st_size, status.st_mtime_ns
        text = repr((self.training.model_dump(mode="json"), file, self.import_path))
        return f"evaluate-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def prepare(
        self,
        preparation: Preparation,
        device: str,
        threads: int,
        described: Described | None = None,
    ) -> Prepared[Examiner, Evaluated]:
        """Return what a trainer needs.

        Args:
            preparation: has the data set.
            device: where it takes place.
            threads: of the evaluation.
            described: the reference's network, for a submission's.

        Raises:
            DataError: the data set cannot be had.
            ReferenceNotFound: the weights that a reference starts from cannot be had.
        """
        images = preparation.images(self.training.dataset)
        work = self.work
        starts_from = None if work else preparation.weights(self.training.model)
        job = EvaluationJob(
            training=self.training.model_dump(mode="json"),
            model="" if work else resolve(self.training.model.name),
            weights=None if starts_from is None else str(starts_from),
            import_paths=[] if work else [str(self.import_path)],
            search=None if work is None else search_for(work, self.question, described).plain(),
            by_shape=self.by_shape,
            checkpoint=self.name if work else str(self.checkpoint),
            checkpoint_name=self.name,
            device=device,
            threads=threads,
            classes=len(images.classes),
            test_images="" if work else str(images.paths["test_images"]),
            smoke=self.smoke,
        )
        labels, arrays = images.test_labels, {}
        if work is not None:
            order = preparation.generator(self.id).permutation(len(labels))
            labels, arrays = labels[order], {"test_images": images.test_images[order]}
        if self.smoke:
            labels = labels[: self.training.evaluation_batch_size]
        return Prepared(
            Assignment("evaluate", job.plain(), arrays, self.limits),
            lambda: Examiner(labels, len(images.classes)),
            lambda examiner, attempt: Evaluated(attempt, examiner.accuracy),
        )


@dataclass(frozen=True)
class Evaluated:
    """What saved weights score."""

    attempt: Attempt
    test_accuracy: float | None
    """Percent of the test images; None where it came to no predictions."""


@dataclass
class Examiner:
    """Judges the predictions of saved weights."""

    labels: Array
    classes: int
    accuracy: float | None = None
    work: str = "evaluation"
    finished: bool = False
    largest_text: int = LARGEST_TEXT

    @property
    def largest_arrays(self) -> int:
        """Bytes that the predictions take."""
        return 4 * len(self.labels) * self.classes + 2**16

    @property
    def stage(self) -> str:
        """How far it has come, in words."""
        return "before its predictions were made"

    def hear(self, frame: Frame) -> None:
        """Take the predictions."""
        logits = frame.arrays.get("test")
        if frame.kind != "done" or self.finished:
            raise ProtocolError(f"a frame of unknown kind {frame.kind[:40]!r}")
        self.accuracy = accuracy(
            checked("test", logits, len(self.labels), self.classes), self.labels
        )
        self.finished = True

    def objection(self) -> None:
        """Accept any finite or non-finite predictions: the latter count as wrong."""
