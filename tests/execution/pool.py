"""Warm trainers for tests, and recipes on the digits that train in a moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from assessment.execution.finished import FinishedRuns
from assessment.execution.preparation import Preparation
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest
from assessment.execution.trainers import Trainers
from assessment.results.record import Run
from assessment.spec.lab import Limits
from assessment.spec.recipe import Training

HERE = Path(__file__).parent


def recipe(**changes: Any) -> Training:
    """Return two epochs of the digits' MLP: 15 batches of 64 each, the last one of 2 images."""
    plain = {
        "model": {"name": "digits/mlp"},
        "dataset": {"name": "digits"},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "epochs": 2,
        "batch_size": 64,
    }
    return Training.model_validate(plain | changes)


class Pool:
    """Trainers with one thread a run, and the predictions of every run they made."""

    def __init__(self, slots: int, device: str = "cpu") -> None:
        self.referees: dict[str, Referee] = {}
        self.finished = FinishedRuns()
        self.trainers = Trainers(
            [device] * slots, 1, Preparation(None), self.finished, self._listen
        )
        self.trainers.start()

    def submit(
        self,
        training: Training,
        seed: int = 1,
        *,
        beside: Path = HERE,
        may_diverge: bool = False,
        seconds: float = 120.0,
        megabytes: int = 8192,
    ) -> Future[Run]:
        """Ask for a run; asked for twice it is made once."""
        limits = Limits(seconds=seconds, megabytes=megabytes)
        request = RunRequest("unit", training, seed, limits, may_diverge, beside)
        return self.trainers.submit(request)

    @contextmanager
    def reading(self, data_dir: Path) -> Iterator[None]:
        """Find data sets and weights in a directory of the test's own."""
        usual = self.trainers._preparation
        self.trainers._preparation = Preparation(data_dir)
        yield
        self.trainers._preparation = usual

    def train(self, training: Training, seed: int = 1, **how: Any) -> Run:
        """Make a run and wait for it."""
        return self.submit(training, seed, **how).result(120)

    def predictions(
        self, training: Training, seed: int = 1, *, beside: Path = HERE
    ) -> np.ndarray[Any, Any]:
        """Return the final test logits of a run that has been made."""
        request = RunRequest("unit", training, seed, Limits(), False, beside)
        found = self.referees[request.id].predictions
        assert found is not None
        return found.logits

    def _listen(self, request: RunRequest, referee: Referee | None, run: Run | None) -> None:
        if referee is not None:
            self.referees[request.id] = referee
