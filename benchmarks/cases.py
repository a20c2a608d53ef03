"""What is trained: recipes taken from the labs' own spec files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assessment import Recording, Training, load_lab, units
from assessment.datasets import cache
from assessment.datasets.places import cache_directory
from assessment.errors import DataError
from assessment.execution.finished import FinishedRuns
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest
from assessment.execution.trainers import Trainers

if TYPE_CHECKING:
    from assessment.results.record import Run

SPECS = Path(__file__).resolve().parents[1] / "specs"


@dataclass(frozen=True)
class Case:
    """One recipe of one lab."""

    title: str
    spec: str
    unit: str
    train_images: int | None = None
    """Only so many of the first training images, as a data set of their own."""

    @property
    def training(self) -> Training:
        """The recipe as its spec file has it."""
        training = units(load_lab(SPECS / self.spec).lab)[self.unit].training
        assert training is not None
        if training.model.weights is not None:  # a step takes as long from scratch
            untrained = training.model.model_copy(update={"weights": None})
            training = training.model_copy(update={"model": untrained})
        if self.train_images is None:
            return training
        name = f"{training.dataset.name}_{self.train_images}"
        part = training.dataset.model_copy(update={"name": name, "split": None})
        return training.model_copy(update={"dataset": part})

    @property
    def whole_set(self) -> str:
        """Name of the data set that the images are taken from."""
        name, _, _ = self.training.dataset.name.rpartition(f"_{self.train_images}")
        return name or self.training.dataset.name


CASES = {
    "mnist": Case("Model A on MNIST", "co543_lab7.yaml", "task2-1-model-a"),
    "fashion": Case("MLP on Fashion-MNIST", "adelaide_a3.yaml", "q1-2-learning-rate[lr-0.01]"),
    "digits": Case("MLP on digits", "digits.yaml", "q1-mlp"),
    "cifar-gray": Case(
        "cnn_4 on gray CIFAR-10", "ee449_hw1.yaml", "q5-1-learning-rate[lr-0.1]", 10_000
    ),
    "resnet18-224": Case(
        "ResNet-18 on MNIST at 224x224", "co543_lab7_2025.yaml", "task1-resnet18", 3_200
    ),
    "mnist-224": Case(
        "Model A on MNIST at 224x224", "co543_lab7_2025.yaml", "task2-1-model-a", 3_200
    ),
}
MEASURED = ("mnist", "fashion")
"""Cases of a real measurement."""
LARGER = ("cifar-gray", "mnist-224")
"""Cases of larger images."""
LARGER_ON_GPU = (*LARGER, "resnet18-224")
"""The same where a GPU trains: of ResNet-18 a CPU takes a minute for a few hundred images."""
TEST_IMAGES = 100
"""Test images of a part of a set, which are only predicted at the end."""
QUICK = ("digits",)
"""Cases of a smoke test: no download, a fraction of a second an epoch."""


def need(names: Iterable[str]) -> None:
    """Decode the cases' images, or download them, before any clock runs.

    Raises:
        SystemExit: they cannot be had; the message says which files belong where.
    """
    for name in names:
        try:
            images = cache.load(CASES[name].whole_set)
        except DataError as error:
            raise SystemExit(str(error)) from None
        count = CASES[name].train_images
        path = _parts() / f"{CASES[name].training.dataset.name}.npz"
        if count is not None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(
                path,
                x_train=images.train_images[:count],
                y_train=images.train_labels[:count],
                x_test=images.test_images[:TEST_IMAGES],
                y_test=images.test_labels[:TEST_IMAGES],
            )


def variables(case: str) -> dict[str, str]:
    """Return the environment in which a case's images are found."""
    return {} if CASES[case].train_images is None else {"ASSESSMENT_DATA": str(_parts())}


def _parts() -> Path:
    return cache_directory() / "benchmarks"


def recipe(case: str, epochs: int, *, evaluate: str) -> Training:
    """Return a case's recipe with this many epochs, evaluating each `epoch` or at the `end`."""
    record = Recording.model_validate({"evaluate": evaluate})
    return CASES[case].training.model_copy(update={"epochs": epochs, "record": record})


def request(case: str, training: Training, seed: int) -> RunRequest:
    """Return the request that the engine would make for this recipe."""
    unit = units(load_lab(SPECS / CASES[case].spec).lab)[CASES[case].unit]
    limits = unit.question.limits.model_copy(update={"seconds": 3600.0})  # type: ignore[union-attr]
    return RunRequest(unit.id, training, seed, limits, False, SPECS)


@contextmanager
def trainers(count: int, threads: int, device: str = "cpu") -> Iterator[Trainers]:
    """Give trainers as a pytest session has them, warm."""
    pool = Trainers([device] * count, threads, Preparation(None), FinishedRuns(), lambda *_: None)
    pool.start()
    try:
        warm_up = recipe("digits", 1, evaluate="end")
        scored(pool.submit(request("digits", warm_up, seed=0)).result())
        yield pool
    finally:
        pool.close()


def scored(run: Run) -> Run:
    """Return the run.

    Raises:
        SystemExit: it did not end as it should; a failed run measures nothing.
    """
    if run.outcome != "scored":
        raise SystemExit(f"{run.outcome}: {run.reason}\n{run.output}")
    return run


def write_spec(path: Path, training: Training) -> None:
    """Write a spec file of one question, named `run`, which asks for nothing."""
    question = {
        "kind": "training",
        "title": "Measured run",
        "training": training.model_dump(mode="json", exclude_defaults=True),
        "expect": {"accuracy": {"measure": "test_accuracy"}},
    }
    lab = {"title": "Benchmark", "questions": {"run": question}}
    path.write_text(json.dumps(lab, indent=2))  # JSON is YAML
