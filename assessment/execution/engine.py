"""From items to results: plan their runs, start them ahead, wait, grade."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from assessment.classroom import Entry, Key
from assessment.errors import AssessmentError
from assessment.execution.capacity import Capacity
from assessment.execution.finished import FinishedRuns
from assessment.execution.handed_in import attributed, controlled
from assessment.execution.marking import mark
from assessment.execution.options import Forecast, Options
from assessment.execution.plan import Planned, distinct
from assessment.execution.planning import Planner
from assessment.execution.preparation import Preparation
from assessment.execution.reading import Read, ReadingRequest
from assessment.execution.requests import RunRequest
from assessment.execution.trainers import Listener, Request, Trainers
from assessment.grading.score import unscored
from assessment.results.record import Result, Run
from assessment.spec.lab import FunctionQuestion


class Engine:
    """Trains and grades the items of one process."""

    def __init__(self, options: Options, finished: FinishedRuns | None, listener: Listener) -> None:
        """Prepare; nothing is started yet.

        Args:
            options: of the command line.
            finished: where runs are taken from and kept; None: nothing is shared or kept.
            listener: told about every run.

        Raises:
            DeviceError: the device asked for is not here.
        """
        self._options = options
        self._capacity = Capacity(options)
        self._preparation = Preparation(
            options.data_dir,
            smoke=options.smoke,
            secret=options.secret,
            accelerated=self._capacity.has_accelerator,
            private=(*options.private, *options.classroom.folders),
        )
        self._finished = finished or FinishedRuns()
        self._planner = Planner(options, self._capacity, self._preparation, self._finished)
        self._listener = listener
        self._trainers: Trainers | None = None
        self._first: Collection[Key] = ()

    def plan(self, entries: Sequence[Entry]) -> Forecast:
        """Take the items of the session and say what is ahead."""
        self._first = self._options.classroom.first(entries)
        self._preparation.hide(entry.lab_file.path.resolve().parent for entry in entries)
        return self._planner.plan(entries)

    def start(self, *, ahead: bool) -> None:
        """Warm the trainers up; `ahead`: start all runs now, before anybody waits for them."""
        wanted = self._planner.gradable
        requests = {request.id: request for item in wanted for request in self._ahead(item)}
        calls = any(isinstance(item.unit.question, FunctionQuestion) for item in wanted)
        if not requests and not calls:
            return
        trainers = self._live_trainers()
        if ahead:
            for request in requests.values():
                trainers.submit(request)

    def warm(self, entry: Entry) -> None:
        """Start the jail in which an item will be graded, so that nobody waits for it then."""
        item = self._planner.item(entry)
        if item.work is not None and self._planner.obstacle(item) is None:
            self._live_trainers().warm(item.work)

    def fingerprint(self, entry: Entry) -> frozenset[str]:
        """Wait for what the code of a student is like, at the first item that is planned of each.

        Returns:
            hashes (`submissions.similarity`); none at other items, of practice, and of what cannot
            be read.
        """
        request = self._comparison(self._planner.item(entry))
        if request is None:
            return frozenset()
        try:
            read: Read = self.submit(request).result()
        except CancelledError:  # whoever grades the item says so
            return frozenset()
        return read.fingerprint

    def grade(self, entry: Entry) -> Result:
        """Wait for an item's runs and grade it.

        Raises:
            AssessmentError: the session ended first.
        """
        item = self._planner.item(entry)
        setting = self._planner.setting(item)
        obstacle, limits_by = self._planner.obstacle(item), None
        if obstacle is not None:
            result = unscored(entry.unit, setting, obstacle.status, obstacle.reason)
        else:
            damage = self._planner.damage(item)
            try:
                one_step = self._options.smoke
                result, limits_by = mark(item, setting, self, damage=damage, one_step=one_step)
            except CancelledError:
                raise AssessmentError("the session ended before its runs did") from None
        if entry.submission is None:
            return result
        if self._options.control and result.status == "scored":
            result = controlled(result, self._control_run(item))
        return attributed(result, entry.submission, self._options.classroom, setting, limits_by)

    def _comparison(self, item: Planned) -> ReadingRequest | None:
        """Return how a submission is read that is compared with others; None at further items."""
        work = item.work
        if work is None or work.submission.problem or item.entry.key not in self._first:
            return None
        return ReadingRequest(work, item.lab_file.lab)

    def _ahead(self, item: Planned) -> Iterator[Request]:
        """Yield what can be made for an item before anybody waits for it."""
        comparison = self._comparison(item)
        if comparison is not None:
            yield comparison
        yield from (request for request in item.first if self._finished.known(request) is None)

    def _control_run(self, item: Planned) -> Run | None:
        """Train a submission on permuted labels, with the seed of its first run."""
        requests = item.runs.get(item.unit.id)
        if not requests or requests[0].work is None:
            return None
        work = replace(requests[0].work, control=True, fixed=False)
        [run] = self.runs_of([replace(requests[0], work=work)])
        return run

    @property
    def data_dir(self) -> Path:
        """Directory of the data sets."""
        return self._preparation.data_dir

    def submit(self, request: Request) -> Future[Any]:
        """Ask for something that somebody waits for."""
        return self._live_trainers().submit(request, urgent=True)

    def weights(self, request: RunRequest) -> Path | str:
        """Return the file of a run's final state, or why there is none."""
        return self._finished.weights(request.id)

    def runs_of(self, requests: Sequence[RunRequest]) -> list[Run]:
        """Wait for runs that somebody asks for directly."""
        self._settle(len(requests))
        finished = dict(self._planner.finished(requests))
        futures = {
            request.id: self._live_trainers().submit(request, urgent=True)
            for request in requests
            if request.id not in finished
        }
        return [finished.get(one.id) or futures[one.id].result() for one in requests]

    def collect(self, requests: Mapping[str, Sequence[RunRequest]]) -> dict[str, list[Run]]:
        """Wait for the runs of some units."""
        everything = distinct(chain.from_iterable(requests.values()))
        runs = self.runs_of(everything)
        made = {request.id: run for request, run in zip(everything, runs, strict=True)}
        return {name: [made[one.id] for one in of_unit] for name, of_unit in requests.items()}

    def close(self) -> None:
        """End what still runs."""
        if self._trainers is not None:
            self._trainers.close()
            self._trainers = None
        self._finished.close()

    def _settle(self, runs: int) -> None:
        """Decide the threads of each run, where no plan has, by how many there are."""
        self._capacity.decide_threads(runs)
        self._finished.settle(self._capacity.places)

    def _live_trainers(self) -> Trainers:
        if self._trainers is None:
            self._settle(0)
            self._trainers = Trainers(
                self._capacity.slots,
                self._capacity.threads,
                self._preparation,
                self._finished,
                self._listener,
            )
            self._trainers.start()
        return self._trainers
