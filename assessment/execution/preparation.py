"""From a requested run to what both sides of the boundary need: data, key, weights, answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assessment.datasets import cache
from assessment.datasets.images import ImageSet
from assessment.datasets.places import data_directory
from assessment.datasets.split import validation_split
from assessment.errors import AssessmentError, DataError, ReferenceNotFound
from assessment.execution.conductor import Assignment
from assessment.execution.referee import Answers, Referee
from assessment.execution.requests import RunRequest
from assessment.models.registry import resolve
from assessment.models.source import find_definition
from assessment.results.keys import run_key
from assessment.results.record import Run
from assessment.sandbox.messages import Arrays, Job
from assessment.spec.recipe import ModelReference, Training

Prepared = tuple[Assignment, Callable[[], Referee]]


class Preparation:
    """Loads each data set once and says what a run cannot start without."""

    def __init__(self, data_dir: Path | None, *, smoke: bool = False) -> None:
        self._data_dir = data_directory(data_dir)
        self._smoke = smoke
        self._lock = threading.Lock()
        self._sets: dict[str, ImageSet | DataError] = {}

    def images(self, name: str) -> ImageSet:
        """Return a data set, loaded or downloaded the first time.

        Raises:
            DataError: it is unknown, absent or damaged; raised again for every run that needs it.
        """
        with self._lock:
            if name not in self._sets:
                try:
                    self._sets[name] = cache.load(name, self._data_dir)
                except DataError as error:
                    self._sets[name] = error
            found = self._sets[name]
        if isinstance(found, DataError):
            raise found
        return found

    def key(self, training: Training, folder: Path) -> str:
        """Return the run key of a recipe.

        Args:
            training: the recipe.
            folder: where the spec file lies, and perhaps the model's module.

        Raises:
            DataError: its data set cannot be had.
            ReferenceNotFound: its model cannot be found.
        """
        source = find_definition(resolve(training.model.name), folder)
        return run_key(training, source, self.images(training.dataset.name).sha256)

    def prepare(self, request: RunRequest, device: str, threads: int) -> Prepared | Run:
        """Return the assignment and a maker of referees, or a run that cannot be graded."""
        training = request.training
        try:
            images = self.images(training.dataset.name)
            key = self.key(training, request.import_path)
            weights = self._find_weights(training.model)
            indices, answers = _split(training, images)
        except AssessmentError as error:
            return self.not_gradable(request, str(error))
        job = Job(
            training=training.model_dump(mode="json"),
            model=resolve(training.model.name),
            import_paths=[str(request.import_path)],
            weights=None if weights is None else str(weights),
            seed=request.seed,
            device=device,
            threads=threads,
            classes=len(images.classes),
            train_images=str(images.paths["train_images"]),
            train_labels=str(images.paths["train_labels"]),
            test_images=str(images.paths["test_images"]),
            smoke=self._smoke,
        )
        assignment = Assignment(
            key,
            job,
            indices,
            request.limits,
            request.may_diverge or self._smoke,
            images.name,
            images.sha256,
        )
        return assignment, lambda: Referee(training, answers, smoke=self._smoke)

    def not_gradable(self, request: RunRequest, reason: str) -> Run:
        """Return the record of a run that could not take place for no fault of the solution."""
        return Run(
            key="",
            seed=request.seed,
            outcome="not_gradable",
            reason=" ".join(reason.split()),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=0.0,
            dataset=request.training.dataset.name,
            dataset_sha256="",
        )

    def _find_weights(self, model: ModelReference) -> Path | None:
        """Return the file of pretrained weights; a smoke run does without."""
        if model.weights is None:
            return None
        folders = [hub_checkpoints(), self._data_dir / "weights"]
        for folder in folders:
            path = folder / model.weights
            if path.is_file():
                return path
        if self._smoke:
            return None
        raise ReferenceNotFound(
            f"pretrained weights {model.weights} are in none of: "
            f"{', '.join(str(folder) for folder in folders)}; put the file there"
        )


def hub_checkpoints() -> Path:
    """Return the folder in which torch's hub keeps downloaded weights."""
    cache_home = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    return Path(os.environ.get("TORCH_HOME", cache_home / "torch")) / "hub" / "checkpoints"


def _split(training: Training, images: ImageSet) -> tuple[Arrays, Answers]:
    split = training.dataset.split
    known = len(images.classes), images.test_labels, images.test_images
    if split is None:
        return {}, Answers(*known, images.train_size)
    train, held = validation_split(images.train_labels, split.validation, split.stratified)
    answers = Answers(*known, len(train), images.train_labels[held])
    return {"train": train, "validation": held}, answers
