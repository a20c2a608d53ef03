"""Finished runs: looked up in the store before they are made, and put there when they are.

Whoever wants a run asks here first; a claim sees to it that of all processes that use one store
only one makes it. Without a store nothing is shared and nothing outlives the process.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.numpy import save

from assessment.boundary.messages import Arrays
from assessment.errors import AssessmentError
from assessment.execution.claims import Claim, Claims
from assessment.execution.devices import Gpu
from assessment.execution.isolation.staging import Staging
from assessment.execution.requests import RunRequest
from assessment.results.record import Run
from assessment.results.store.connection import Store
from assessment.results.store.runs import Terms, count_runs, find_run, put_run
from assessment.results.store.surroundings import Expected, at_hand

if TYPE_CHECKING:
    import numpy as np

NO_WEIGHTS = "nobody asked for them"
MOST_RECENT = 256
"""Stored runs that are held here too: all those of a class would fill the memory."""


@dataclass(frozen=True)
class Made:
    """A run that has just ended, and what is kept beside it."""

    run: Run
    predicted: np.ndarray[Any, Any] | None = None
    """Classes of the test images after the last epoch, (N,) int64 in file order, -1 for none."""
    weights: Arrays | None = None
    """Its final state, where it was asked for."""
    unkept: str = ""
    """Why there is none though it was asked for."""


class FinishedRuns:
    """Runs of the store, and of this process."""

    def __init__(
        self,
        store: Store | None = None,
        *,
        since: int = 0,
        complain: Callable[[str], None] | None = None,
    ) -> None:
        """Take what is there.

        Args:
            store: where runs are found and kept; None: only in this process.
            since: number of the stored run after which runs are taken (`latest_run`).
            complain: told why the store could not be used; without it that is an error.
        """
        self._store = store
        self._since = since
        self._complain = complain
        self._claims = Claims(claims_folder(store.path)) if store is not None else None
        self._places: Mapping[str, Expected] = {}
        self._known: dict[str, Run] = {}
        self._recent: OrderedDict[str, Run] = OrderedDict()
        self._kept: dict[str, tuple[str, int, Terms]] = {}
        self._files: dict[str, Path] = {}
        self._reasons: dict[str, str] = {}
        self._guard = threading.Lock()
        self._folder: Staging | None = None

    def settle(self, places: Mapping[str, Expected]) -> None:
        """Take the environments at hand, by device; before anything is looked for."""
        self._places = places

    def place(self, device: str) -> Expected:
        """Return the environment of runs on a device."""
        return self._places[device]

    @property
    def is_shared(self) -> bool:
        """Whether other processes can have made a run, or come to need it."""
        return self._store is not None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to find, so that no data set need be read to look."""
        if self._store is None:
            return True
        try:
            return not count_runs(self._store)
        except AssessmentError as error:
            self._cannot(error)
            return True

    def known(self, request: RunRequest) -> Run | None:
        """Return a run that was found before; of those that the store has, one found lately."""
        run = self._known.get(request.id)
        return self._recent.get(request.id) if run is None else run

    def find(self, request: RunRequest, key: str) -> Run | None:
        """Return a stored run that is what training now would give, on any device at hand."""
        run = self.known(request)
        if run is not None or self._store is None:
            return run
        wanted = request.keep_weights
        for place in dict.fromkeys(self._places.values()):
            terms = _terms(request, place)
            try:
                found = find_run(
                    self._store, key, request.seed, terms, weights=wanted, since=self._since
                )
            except AssessmentError as error:
                self._cannot(error)
                return None
            if found is not None:
                if wanted:
                    self._kept[request.id] = (key, request.seed, terms)
                self._hold(request, found.run)
                return found.run
        return None

    def put(self, request: RunRequest, made: Made, device: str) -> None:
        """Keep a run, durably before anybody uses it; one that cannot be graded is not kept.

        Raises:
            AssessmentError: the store cannot be written, and nobody takes complaints.
        """
        weights = None if made.weights is None else save(made.weights)
        if weights is not None:
            self._write(request.id, weights)
        elif made.unkept:
            self._reasons[request.id] = made.unkept
        if made.run.outcome == "not_gradable":
            return
        stored = False
        if self._store is not None:
            try:
                put_run(
                    self._store,
                    made.run,
                    _terms(request, self._places[device]),
                    predicted=made.predicted,
                    weights=weights,
                    unkept=made.unkept,
                )
                stored = True
            except AssessmentError as error:
                self._cannot(error)
        # What did not end well is found again under the same limits only.
        if stored and made.run.outcome == "scored":
            self._hold(request, made.run)
        else:
            self._known[request.id] = made.run

    def claim(self, request: RunRequest, key: str, device: str) -> Claim | None:
        """Keep all others from making a run; None while one of them makes it."""
        if self._claims is None:
            return Claim()
        wanted = (key, request.seed, request.training.record.model_dump_json())
        text = repr((*wanted, request.keep_weights, astuple(self._places[device])))
        return self._claims.take(hashlib.sha256(text.encode()).hexdigest()[:24])

    def weights(self, request: str) -> Path | str:
        """Return the file of a run's final state, or why there is none.

        Args:
            request: id of a request for a run that was found or put.
        """
        if request in self._kept:
            self._fetch(request)
        path = self._files.get(request)
        return self._reasons.get(request, NO_WEIGHTS) if path is None else path

    def close(self) -> None:
        """Remove the weights that were used, and claims that nobody holds."""
        if self._claims is not None:
            self._claims.close()
        if self._folder is not None:
            self._folder.remove()
            self._folder = None
            self._files.clear()

    def _hold(self, request: RunRequest, run: Run) -> None:
        with self._guard:
            self._recent[request.id] = run
            while len(self._recent) > MOST_RECENT:
                self._recent.popitem(last=False)

    def _fetch(self, request: str) -> None:
        """Write the final state of a stored run where it can be used."""
        assert self._store is not None
        key, seed, terms = self._kept.pop(request)
        try:
            found = find_run(self._store, key, seed, terms, weights=True, since=self._since)
        except AssessmentError as error:
            self._cannot(error)
            return
        if found is not None and found.weights is not None:
            self._write(request, found.weights)
        elif found is not None and found.unkept:
            self._reasons[request] = found.unkept

    def _write(self, request: str, weights: bytes) -> None:
        """Write a final state where this process can use it."""
        try:
            with self._guard:
                if self._folder is None:
                    self._folder = Staging.made()
                path = self._folder.folder / f"{request}.safetensors"
            path.write_bytes(weights)
        except OSError as error:
            self._reasons[request] = f"they cannot be written: {error.strerror}"
        else:
            self._files[request] = path

    def _cannot(self, error: AssessmentError) -> None:
        if self._complain is None:
            raise error
        self._complain(str(error))


def claims_folder(store: Path) -> Path:
    """Return where the claims on runs of a store lie."""
    return store.with_name(f"{store.name}-claims")


def places(devices: Iterable[str], gpus: Sequence[Gpu], threads: int) -> dict[str, Expected]:
    """Return the environments of runs with so many threads, by device."""
    numbers = {device: device.removeprefix("cuda:") for device in devices}
    return {
        device: at_hand(device if device == "cpu" else gpus[int(number)].name, threads)
        for device, number in numbers.items()
    }


def _terms(request: RunRequest, place: Expected) -> Terms:
    return Terms(request.training.record, request.limits, place, request.may_diverge)
