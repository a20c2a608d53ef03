"""Several trainers side by side: a queue of planned runs, and one thread for each trainer.

Calls of functions take moments, so they have a queue and a thread of their own: none waits for
a run that takes hours.

A run that another process is making is put back: a slot takes other work first, and looks again
when there is none.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, overload

from assessment.errors import AssessmentError, TrainerError
from assessment.execution.calls import Called, CallRequest
from assessment.execution.claims import Claim
from assessment.execution.conductor import TRAINER_LOST, Attempt, Prepared, R, W, conduct
from assessment.execution.evaluations import Evaluated, EvaluationRequest
from assessment.execution.finished import FinishedRuns, Made
from assessment.execution.preparation import Preparation
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest
from assessment.execution.server import TrainerServer
from assessment.results.record import Run

ATTEMPTS = 2
"""How often a run is begun that ends with its server, or is killed, and not by its own doing."""
KILLED = "was killed by SIGKILL"
"""Begins the reason of a run that was ended from outside, or ended itself as if it were."""
PAUSE = 0.2
"""Seconds until a slot without work looks again."""

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
        self._begin_lock = threading.Lock()
        self._elsewhere: queue.SimpleQueue[_Task] = queue.SimpleQueue()
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
                task = tasks.get(timeout=PAUSE)
            except queue.Empty:
                self._look_again(train=tasks is self._tasks)
                continue
            try:
                self._attend(task, device)
            except BaseException as error:  # reaches whoever waits for the run
                if not task.future.done():
                    task.future.set_exception(error)

    def _attend(self, task: _Task, device: str) -> None:
        """Do what a task asks for, unless it is done, or another process does it."""
        request, future = task.request, task.future
        if future.done() or future.running():
            return
        if not isinstance(request, RunRequest):
            if self._begin(future):
                future.set_result(self._answer(request, device))
            return
        if self._take(request, future):
            return
        claim = self._claim(request, device)
        if claim is None:
            self._elsewhere.put(task)
            return
        made = None
        try:
            # Whoever had the claim before may have made it.
            if self._find(request) is None and self._begin(future):
                made = self._make(request, device)
        finally:
            claim.release()
        if made is None:
            self._take(request, future)
        else:
            self._listener(request, None, made)
            future.set_result(made)

    def _begin(self, future: Future[Any]) -> bool:
        """Tell whether a task is still to do, and let nobody else begin it."""
        with self._begin_lock:
            if future.done() or future.running():
                return False
            return future.set_running_or_notify_cancel()

    def _look_again(self, *, train: bool) -> None:
        """See what became of runs that others are making; `train`: make them, if they do not."""
        for _ in range(self._elsewhere.qsize()):
            try:
                task = self._elsewhere.get_nowait()
            except queue.Empty:
                return
            assert isinstance(task.request, RunRequest)
            if train:
                self._tasks.put(task)
                continue
            try:
                if not task.future.done() and not self._take(task.request, task.future):
                    self._elsewhere.put(task)
            except Exception as error:  # reaches whoever waits for the run
                task.future.set_exception(error)

    def _find(self, request: RunRequest) -> Run | None:
        key = self._key(request)
        return None if key is None else self._finished.find(request, key)

    def _take(self, request: RunRequest, future: Future[Any]) -> bool:
        """Take a run that is finished already."""
        run = self._find(request)
        if run is None:
            return False
        if self._begin(future):
            self._listener(request, None, run)
            future.set_result(run)
        return True

    def _claim(self, request: RunRequest, device: str) -> Claim | None:
        key = self._key(request)
        return Claim() if key is None else self._finished.claim(request, key, device)

    def _key(self, request: RunRequest) -> str | None:
        if not self._finished.is_shared:
            return None
        try:
            return self._preparation.key(request.training, request.import_path)
        except AssessmentError:  # training it will say so
            return None

    def _answer(self, request: CallRequest | EvaluationRequest, device: str) -> Called | Evaluated:
        if isinstance(request, CallRequest):
            return self._fulfil(request.prepare(self._threads))
        return self._fulfil(request.prepare(self._preparation, device, self._threads))

    def _make(self, request: RunRequest, device: str) -> Run:
        self._listener(request, None, None)
        made = self._train(request, device)
        self._finished.put(request, made, device)
        return made.run

    def _train(self, request: RunRequest, device: str) -> Made:
        prepared = self._preparation.prepare(request, device, self._threads)
        if isinstance(prepared, Run):
            return Made(prepared)
        record = prepared.record

        def made(referee: Referee, attempt: Attempt) -> Made:
            run = record(referee, attempt)
            weights = referee.weights if attempt.outcome == "scored" else None
            return Made(run, referee.predicted(), weights, referee.unkept)

        return self._fulfil(
            Prepared(prepared.assignment, prepared.make_witness, made),
            lambda seen: self._listener(request, seen, None),
        )

    def _fulfil(self, prepared: Prepared[W, R], progress: Callable[[W], None] | None = None) -> R:
        """Conduct what was prepared, once more where that may end otherwise.

        Where the trainer itself was lost, and where somebody killed the run: for want of memory
        the kernel may have killed the wrong one.
        """
        reason = ""
        for left in reversed(range(ATTEMPTS)):
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
                killed = attempt.outcome == "crashed" and reason.startswith(KILLED)
                if reason != TRAINER_LOST and not (killed and left):
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
