"""Several trainers side by side: a queue of planned runs, and one thread for each trainer.

Calls of functions take moments, so they have a queue and a thread of their own: none waits for
a run that takes hours.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, overload

from assessment.errors import TrainerError
from assessment.execution.calls import Called, CallRequest
from assessment.execution.conductor import TRAINER_LOST, Attempt, Prepared, R, W, conduct
from assessment.execution.evaluations import Evaluated, EvaluationRequest
from assessment.execution.finished import FinishedRuns
from assessment.execution.preparation import Preparation
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest
from assessment.execution.server import TrainerServer
from assessment.results.record import Run

ATTEMPTS = 2
"""How often a run is begun that ends with its server, and not by its own doing."""

Request = RunRequest | CallRequest | EvaluationRequest
"""What trainers can be asked for."""

Listener = Callable[[RunRequest, Referee | None, Run | None], None]
"""Told when a run starts (nothing), after each frame (referee) and at its end (run)."""


@dataclass(order=True)
class _Task:
    priority: int
    number: int
    request: Request = field(compare=False)
    future: Future[Any] = field(compare=False)


Tasks = queue.PriorityQueue[_Task]


class Trainers:
    """Executes requested runs, one at a time on each slot, each run once."""

    def __init__(
        self,
        devices: list[str],
        threads: int,
        preparation: Preparation,
        finished: FinishedRuns,
        listener: Listener,
    ) -> None:
        """Take one slot for each entry of `devices`; a device may be named several times."""
        self._devices = devices
        self._threads = threads
        self._preparation = preparation
        self._finished = finished
        self._listener = listener
        self._tasks: Tasks = queue.PriorityQueue()
        self._calls: Tasks = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._futures: dict[str, Future[Any]] = {}
        self._workers: list[threading.Thread] = []
        self._closing = threading.Event()
        self._server = TrainerServer()
        self._server_lock = threading.Lock()

    def start(self) -> None:
        """Warm the server up and open the slots."""
        self._server.start()
        slots = [(self._tasks, device) for device in self._devices] + [(self._calls, "cpu")]
        for number, slot in enumerate(slots):
            worker = threading.Thread(
                target=self._work, args=slot, name=f"trainer-{number}", daemon=True
            )
            worker.start()
            self._workers.append(worker)

    @overload
    def submit(self, request: RunRequest, *, urgent: bool = False) -> Future[Run]: ...

    @overload
    def submit(self, request: CallRequest, *, urgent: bool = False) -> Future[Called]: ...

    @overload
    def submit(self, request: EvaluationRequest, *, urgent: bool = False) -> Future[Evaluated]: ...

    def submit(self, request: Request, *, urgent: bool = False) -> Future[Any]:
        """Return the future of what is asked for; asked for twice, it is made once.

        Args:
            request: what to train, call or evaluate.
            urgent: somebody waits for it now; runs started ahead come after it.
        """
        future = self._futures.get(request.id)
        if future is None:
            future = self._futures[request.id] = Future()
            self._put(request, future, urgent)
        elif urgent and not future.running() and not future.done():
            self._put(request, future, urgent)  # the first of the two entries wins
        return future

    def close(self) -> None:
        """End all runs under way and the server; runs not begun are cancelled."""
        self._closing.set()
        for future in self._futures.values():
            future.cancel()
        for worker in self._workers:
            worker.join(15)
        self._server.stop()

    def _put(self, request: Request, future: Future[Any], urgent: bool) -> None:
        tasks = self._calls if isinstance(request, CallRequest) else self._tasks
        tasks.put(_Task(0 if urgent else 1, next(self._numbers), request, future))

    def _work(self, tasks: Tasks, device: str) -> None:
        while not self._closing.is_set():
            try:
                task = tasks.get(timeout=0.2)
            except queue.Empty:
                continue
            if task.future.done() or task.future.running():
                continue
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                task.future.set_result(self._make(task.request, device))
            except BaseException as error:  # reaches whoever waits for the run
                task.future.set_exception(error)

    def _make(self, request: Request, device: str) -> Run | Called | Evaluated:
        match request:
            case CallRequest():
                return self._fulfil(request.prepare(self._threads))
            case EvaluationRequest():
                return self._fulfil(request.prepare(self._preparation, device, self._threads))
        with self._finished.claim(request.id):
            run = self._finished.get(request.id)
            if run is None:
                self._listener(request, None, None)
                run = self._train(request, device)
                if not (run.outcome == "not_gradable" and self._closing.is_set()):
                    self._finished.put(request.id, run)
            self._listener(request, None, run)
            return run

    def _train(self, request: RunRequest, device: str) -> Run:
        prepared = self._preparation.prepare(request, device, self._threads)
        if isinstance(prepared, Run):
            return prepared

        def keep(referee: Referee, attempt: Attempt) -> Run:
            if attempt.outcome == "scored" and referee.weights is not None:
                self._finished.put_weights(request.id, referee.weights)
            elif referee.unkept:
                self._finished.put_reason(request.id, referee.unkept)
            return prepared.record(referee, attempt)

        return self._fulfil(
            replace(prepared, record=keep), lambda seen: self._listener(request, seen, None)
        )

    def _fulfil(self, prepared: Prepared[W, R], progress: Callable[[W], None] | None = None) -> R:
        """Conduct what was prepared, once more where the trainer itself was lost."""
        reason = ""
        for _ in range(ATTEMPTS):
            witness = prepared.make_witness()
            heard = partial(progress, witness) if progress is not None else _nothing
            try:
                attempt = conduct(
                    self._live_server(),
                    prepared.assignment,
                    witness,
                    heard,
                    self._closing.is_set,
                )
            except TrainerError as error:
                reason = str(error)
            else:
                reason = attempt.reason
                if reason != TRAINER_LOST:
                    return prepared.record(witness, attempt)
            if self._closing.is_set():
                break
        lost = Attempt("not_gradable", f"tried {ATTEMPTS} times: {' '.join(reason.split())}")
        return prepared.record(prepared.make_witness(), lost)

    def _live_server(self) -> TrainerServer:
        with self._server_lock:
            if not self._server.alive and not self._closing.is_set():
                self._server.stop()
                self._server = TrainerServer()
                self._server.start()
            return self._server


def _nothing() -> None:
    """Tell nobody."""
