"""From a requested run to what both sides of the boundary need: data, key, weights, answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from assessment.boundary.messages import Arrays, Job, Search
from assessment.datasets import cache
from assessment.datasets.images import ImageSet
from assessment.datasets.places import data_directory
from assessment.datasets.registry import KNOWN
from assessment.datasets.split import validation_split
from assessment.errors import AssessmentError, DataError, ReferenceNotFound
from assessment.execution.conductor import Assignment, Attempt, Prepared
from assessment.execution.describing import Described, DescriptionRequest
from assessment.execution.guard import Guard
from assessment.execution.isolation.view import View, accelerators
from assessment.execution.referee import Answers, Referee
from assessment.execution.requests import RunRequest, Work
from assessment.execution.sealing import generator_for, seal
from assessment.execution.weights import content_sha256, find_weights
from assessment.models.registry import REGISTERED, resolve
from assessment.models.source import find_definition
from assessment.results.keys import run_key
from assessment.results.record import Run
from assessment.results.solution import Evidence
from assessment.spec.channels import channel_problem
from assessment.spec.recipe import Dataset, ModelReference, Resize, Training

READING_REVISION = 3
"""Raised when submissions start to be read, searched, adapted or looked at in another way."""


class Preparation:
    """Loads each data set once and says what a run cannot start without."""

    def __init__(
        self,
        data_dir: Path | None,
        *,
        smoke: bool = False,
        download: bool = True,
        secret: bytes | None = None,
        accelerated: bool = False,
        private: Iterable[Path] = (),
    ) -> None:
        """Take where data sets lie; without a secret, orders of test images are drawn afresh.

        `private` names what no submission may see, besides the data directory.
        """
        self._data_dir = data_directory(data_dir)
        self._secret = secret or os.urandom(32)
        self._smoke = smoke
        self._accelerated = accelerated
        self._download = download
        self._lock = threading.Lock()
        self._downloads = threading.Lock()
        self._private = dict.fromkeys((self._data_dir, *private))
        self._sets: dict[tuple[str, int | None], ImageSet | DataError] = {}

    @property
    def data_dir(self) -> Path:
        """The directory of the data sets."""
        return self._data_dir

    def images(self, dataset: Dataset) -> ImageSet:
        """Return a recipe's data set, loaded or downloaded the first time.

        Where image files differ in size, `resize` as the first transform scales them.

        Raises:
            DataError: it is unknown, absent or damaged; raised again for every run that needs it.
        """
        name, size = wanted = dataset.name, None if dataset.name in KNOWN else _size(dataset)
        with self._lock:
            if wanted not in self._sets:
                try:
                    self._sets[wanted] = cache.load(
                        name, self._data_dir, size=size, download=self._download
                    )
                except DataError as error:
                    self._sets[wanted] = error
            found = self._sets[wanted]
        if isinstance(found, DataError):
            raise found
        return found

    def key(self, training: Training, folder: Path, work: Work | None = None) -> str:
        """Return the run key of a recipe.

        Args:
            training: the recipe.
            folder: where the spec file lies, and perhaps the model's module.
            work: what is trained instead of the reference. A network is looked for by the
                reference's, compared with it and tried in it, so that both sources count.

        Raises:
            DataError: its data set cannot be had.
            ReferenceNotFound: its model cannot be found, or the weights that it starts from.
        """
        [key] = self.keys(training, folder, [work])
        return key

    def keys(self, training: Training, folder: Path, works: Iterable[Work | None]) -> list[str]:
        """Return the run keys of one recipe for several who hand in; else as `key`."""
        source = find_definition(resolve(training.model.name), folder)
        weights = self.weights(training.model, download=False)
        digest = None if weights is None else content_sha256(weights)
        dataset = self.images(training.dataset).sha256
        return [run_key(training, _solution(source, work), dataset, digest) for work in works]

    def prepare(
        self, request: RunRequest, device: str, threads: int, described: Described | None = None
    ) -> Prepared[Referee, Run] | Run:
        """Return what a run needs, or a run that cannot be graded.

        Args:
            request: the run.
            device: where it takes place.
            threads: of the run.
            described: the reference's network, for a submission's.
        """
        training = request.training
        try:
            images = self.images(training.dataset)
            weights = self.weights(training.model)
            key = self.key(training, request.import_path, request.work)
            _check_channels(training.dataset, images)
            arrays, answers = _split(training, images)
            order = None
            if request.work is not None:
                arrays, order = seal(
                    arrays,
                    images,
                    self.generator(f"{key} {request.seed}"),
                    shuffle=not self._smoke,
                    control=request.work.control,
                )
        except AssessmentError as error:
            return self.not_gradable(request, str(error))
        work = request.work
        job = Job(
            training=training.model_dump(mode="json"),
            model="" if work else resolve(training.model.name),
            import_paths=[] if work else [str(request.import_path)],
            weights=None if work or weights is None else str(weights),
            seed=request.seed,
            device=device,
            threads=threads,
            classes=len(images.classes),
            train_images=str(images.paths["train_images"]),
            train_labels="" if work else str(images.paths["train_labels"]),
            test_images="" if work else str(images.paths["test_images"]),
            search=None if work is None else search_for(work, request.unit, described).plain(),
            smoke=self._smoke,
            keep_weights=request.sends_weights,
        )
        make_referee = partial(
            Referee if work is None else partial(Guard, order=order),
            training,
            answers,
            may_diverge=request.may_diverge or self._smoke,
            smoke=self._smoke,
            keep_weights=request.sends_weights,
        )
        return Prepared(
            Assignment("train", job.plain(), arrays, request.limits),
            make_referee,
            lambda referee, attempt: _run(
                key, request.seed, images, referee, _blame_spec(request, referee, attempt)
            ),
        )

    def generator(self, run: str) -> np.random.Generator:
        """Return what draws the order in which a run of a submission sees test images."""
        return generator_for(self._secret, run)

    def hide(self, private: Iterable[Path]) -> None:
        """Take what else no submission may see, in jails that are built from now on."""
        with self._lock:
            self._private |= dict.fromkeys(private)

    def view(self, submission: Path, model: ModelReference | None = None) -> View:
        """Return what a jail is shown: images of the sets that are in use, and pretrained weights.

        Args:
            submission: where its files lie.
            model: the network in whose place its own is trained.

        Raises:
            ReferenceNotFound: the weights that this starts from are not here yet.
        """
        weights = None if model is None else self.weights(model, download=False)
        with self._lock:
            sets = [found for found in self._sets.values() if isinstance(found, ImageSet)]
            hidden = list(self._private)
        hidden += [
            path for images in sets for name, path in images.paths.items() if "labels" in name
        ]
        shown = dict.fromkeys(images.paths["train_images"] for images in sets)
        devices = accelerators() if self._accelerated else ()
        starts_from = () if weights is None else (weights,)
        return View(submission, tuple(shown), starts_from, devices, tuple(hidden))

    def describe(self, training: Training, folder: Path) -> DescriptionRequest:
        """Return how a reference's network is asked for.

        Args:
            training: the recipe.
            folder: where the spec file lies, and perhaps the model's module.

        Raises:
            DataError: the data set cannot be had.
            ReferenceNotFound: the weights that it starts from cannot be had.
        """
        images = self.images(training.dataset)
        weights = self.weights(training.model)
        return DescriptionRequest(training, folder, images.paths["train_images"], weights)

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

    def weights(self, model: ModelReference, *, download: bool = True) -> Path | None:
        """Return the file of the weights that a model starts from; None where it starts untrained.

        A smoke run does without where they are absent.

        Raises:
            ReferenceNotFound: they are absent, and cannot be or are not to be downloaded.
        """
        if model.weights is None:
            return None
        download = download and self._download and not self._smoke
        try:
            with self._downloads if download else nullcontext():  # who waits finds the file
                return find_weights(model.weights, self._data_dir, download=download)
        except ReferenceNotFound:
            if not self._smoke:
                raise
            return None


def _solution(reference: str, work: Work | None) -> str:
    """Return what a run key knows of the code that is trained."""
    if work is None:
        return reference
    return f"submission {READING_REVISION} {work.digest}\n{reference}"


def _check_channels(dataset: Dataset, images: ImageSet) -> None:
    """Raise DataError where a transform is for images of other channels."""
    position, problem = channel_problem(dataset.transforms, images.shape[2])
    if problem:
        raise DataError(f"the images of {dataset.name}: `transforms[{position}]`: {problem}")


def _blame_spec(request: RunRequest, referee: Referee, attempt: Attempt) -> Attempt:
    """Return how a run ended; what fails before any of a solution's code has run is the spec's.

    A registered model's code is this package's own, and whether layers and weights are as the spec
    says is told apart from what the reference raises by itself.
    """
    unbuilt = attempt.outcome == "invalid" and referee.environment is None
    if request.work is not None or not unbuilt:
        return attempt
    name = request.training.model.name
    if name not in REGISTERED and not referee.misfit:
        return attempt
    reason = f"the model {name} cannot be made as the spec says: {attempt.reason}"
    return replace(attempt, outcome="not_gradable", reason=reason)


def _run(key: str, seed: int, images: ImageSet, referee: Referee, attempt: Attempt) -> Run:
    latest, final, evidence = referee.predictions, referee.final, referee.evidence
    if attempt.limits_by is not None:
        evidence = (evidence or Evidence()).model_copy(update={"limits_by": attempt.limits_by})
    return Run(
        key=key,
        seed=seed,
        outcome=attempt.outcome,
        reason=attempt.reason,
        output=attempt.output,
        started=attempt.started,
        seconds=attempt.seconds,
        peak_megabytes=attempt.peak_megabytes,
        parameters=referee.parameters,
        epochs=referee.epochs,
        steps=referee.steps,
        gradients=referee.gradients,
        first_layer=referee.first_layer,
        confusion=None if latest is None else latest.confusion(),
        non_finite=0 if latest is None else latest.non_finite,
        mistakes=[] if latest is None else latest.mistakes(),
        predictions_sha256="" if final is None else final.sha256,
        environment=referee.environment,
        solution=referee.solution,
        evidence=evidence,
        dataset=images.name,
        dataset_sha256=images.sha256,
    )


def search_for(work: Work, question: str, described: Described | None) -> Search:
    """Return what a network is looked for by, in a submission."""
    path, names = str(work.submission.path), list(work.names)
    if described is None or described.network is None:
        return Search(path, question, names, work.chosen)
    told = [layer.plain() for layer in described.network.layers]
    return Search(path, question, names, work.chosen, told, dict(described.defaults))


def _size(dataset: Dataset) -> int | None:
    return next((step.size for step in dataset.transforms if isinstance(step, Resize)), None)


def _split(training: Training, images: ImageSet) -> tuple[Arrays, Answers]:
    split = training.dataset.split
    known = len(images.classes), images.test_labels, images.test_images
    if split is None:
        return {}, Answers(*known, images.train_size)
    train, held = validation_split(images.train_labels, split.validation, split.stratified)
    answers = Answers(*known, len(train), images.train_labels[held])
    return {"train": train, "validation": held}, answers
