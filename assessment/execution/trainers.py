"""Several trainers side by side: a queue of planned runs, and one thread for each trainer.

Calls of functions take moments, so they have a queue and a thread of their own: none waits for
a run that takes hours.

A run that another process is making is put back: a slot takes other work first, and looks again
when there is none.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, overload

from assessment.errors import AssessmentError
from assessment.execution.backlog import Backlog, Task
from assessment.execution.calls import Called, CallRequest
from assessment.execution.claims import Claim
from assessment.execution.conductor import Attempt, Prepared
from assessment.execution.describing import Described, beside
from assessment.execution.devices import environment_of
from assessment.execution.evaluations import Evaluated, EvaluationRequest
from assessment.execution.finished import FinishedRuns, Made
from assessment.execution.guard import Guard
from assessment.execution.hosts import Hosts
from assessment.execution.jails import Jails
from assessment.execution.preparation import Preparation
from assessment.execution.reading import Read, ReadingRequest
from assessment.execution.referee import Referee
from assessment.execution.replaying import replay
from assessment.execution.requests import RunRequest, Work
from assessment.results.record import Environment, Run

PAUSE = 0.2
"""Seconds until a slot without work looks again."""

Request = RunRequest | CallRequest | EvaluationRequest | ReadingRequest
"""What trainers can be asked for."""

Listener = Callable[[RunRequest, Referee | None, Run | None], None]
"""Told when a run starts (nothing), after each frame (referee) and at its end (run)."""


Tasks = Backlog[Request]


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
        self._tasks = Tasks()
        self._calls = Tasks()
        self._futures: dict[str, Future[Any]] = {}
        self._begin_lock = threading.Lock()
        self._elsewhere: queue.SimpleQueue[Task[Request]] = queue.SimpleQueue()
        self._workers: list[threading.Thread] = []
        self._closing = threading.Event()
        self._held: dict[str, str] = {}  # thread -> owner of the submission that it works on
        self._references: dict[str, Described] = {}
        jails = Jails(preparation.view, len(devices) + 1)
        self._hosts = Hosts(jails, self._following, self._closing.is_set)

    def start(self) -> None:
        """Warm the server up and open the slots."""
        self._hosts.start()
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

    @overload
    def submit(self, request: ReadingRequest, *, urgent: bool = False) -> Future[Read]: ...

    def submit(self, request: Request, *, urgent: bool = False) -> Future[Any]:
        """Return the future of what is asked for; asked for twice, it is made once.

        Args:
            request: what to train, call, evaluate or read.
            urgent: somebody waits for it now; runs started ahead come after it.
        """
        future = self._futures.get(request.id)
        if future is None:
            future = self._futures[request.id] = Future()
            self._put(request, future, urgent)
        elif urgent and not future.running() and not future.done():
            self._put(request, future, urgent)  # the first of the two entries wins
        return future

    def warm(self, work: Work) -> None:
        """Start the jail of a submission ahead; where that fails, whoever uses it is told."""
        self._hosts.warm(work)

    def environment(self, device: str) -> Environment:
        """Return what runs of references on a device run on, once the server is warm.

        Raises:
            TrainerError: it does not start.
        """
        place = self._finished.place(device).device
        return environment_of(self._hosts.described(), place, self._threads)

    def close(self) -> None:
        """End all runs under way and the server; runs not begun are cancelled."""
        self._closing.set()
        for future in self._futures.values():
            future.cancel()
        for worker in self._workers:
            worker.join(15)
        self._hosts.close()

    def _put(self, request: Request, future: Future[Any], urgent: bool) -> None:
        is_quick = isinstance(request, CallRequest) and request.work is None
        tasks = self._calls if is_quick else self._tasks
        tasks.put(request, future, urgent=urgent)

    def _work(self, tasks: Tasks, device: str) -> None:
        while not self._closing.is_set():
            task = tasks.take(PAUSE, self._suits)
            if task is None:
                self._look_again(train=tasks is self._tasks)
                continue
            with self._holding(task.request):
                try:
                    self._attend(task, device)
                except BaseException as error:  # reaches whoever waits for the run
                    if not task.future.done():
                        task.future.set_exception(error)

    def _suits(self, request: Request) -> bool:
        """Tell whether no other slot works on the same submission, whose jail is for one."""
        if request.work is None:
            return True
        me = threading.current_thread().name
        owner = request.work.owner
        return all(held != owner for slot, held in self._held.items() if slot != me)

    def _following(self, work: Work) -> Work | None:
        """Return the next submission that no slot works on yet."""
        found = self._tasks.first(
            lambda request: (
                request.work is not None
                and request.work.owner != work.owner
                and request.work.owner not in self._held.values()
            )
        )
        return None if found is None else found.work

    @contextmanager
    def _holding(self, request: Request) -> Iterator[None]:
        """Tell the other slots whose submission this one works on."""
        me = threading.current_thread().name
        if request.work is None:
            yield
            return
        self._held[me] = request.work.owner
        try:
            yield
        finally:
            self._held.pop(me, None)

    def _attend(self, task: Task[Request], device: str) -> None:
        """Do what a task asks for, unless it is done, or another process does it."""
        request, future = task.request, task.future
        if future.done() or future.running():
            return
        if not isinstance(request, RunRequest):
            if self._begin(future):
                future.set_result(self._answer(request, device))
            return
        key = self._key(request)
        if self._take(request, key, future):
            self._forget(request, future)
            return
        claim = Claim() if key is None else self._finished.claim(request, key, device)
        if claim is None:
            self._elsewhere.put(task)
            return
        made = None
        try:
            # Whoever had the claim before may have made it.
            if self._find(request, key) is None and self._begin(future):
                made = self._make(request, device)
        finally:
            claim.release()
        if made is None:
            self._take(request, key, future)
        else:
            self._listener(request, None, made)
            future.set_result(made)
        self._forget(request, future)

    def _forget(self, request: RunRequest, future: Future[Any]) -> None:
        """Hold no run that the store has: those of a whole class would fill the memory."""
        if self._finished.is_shared and future.done() and self._finished.known(request) is not None:
            self._futures.pop(request.id, None)

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
                self._tasks.put_back(task)
                continue
            try:
                key = self._key(task.request)
                if not task.future.done() and not self._take(task.request, key, task.future):
                    self._elsewhere.put(task)
            except Exception as error:  # reaches whoever waits for the run
                task.future.set_exception(error)

    def _find(self, request: RunRequest, key: str | None) -> Run | None:
        return None if key is None else self._finished.find(request, key)

    def _take(self, request: RunRequest, key: str | None, future: Future[Any]) -> bool:
        """Take a run that is finished already."""
        run = self._find(request, key)
        if run is None:
            return False
        if self._begin(future):
            self._listener(request, None, run)
            future.set_result(run)
        return True

    def _key(self, request: RunRequest) -> str | None:
        """Return the run key, where runs are looked for; finding the source takes some time."""
        if not self._finished.is_shared:
            return None
        try:
            return self._preparation.key(request.training, request.import_path, request.work)
        except AssessmentError:  # training it will say so
            return None

    def _answer(
        self, request: CallRequest | EvaluationRequest | ReadingRequest, device: str
    ) -> Called | Evaluated | Read:
        match request:
            case CallRequest():
                called = request.prepare(self._threads)
                return self._hosts.fulfil(called, work=request.work)
            case ReadingRequest():
                return self._hosts.fulfil(request.prepare(), work=request.work)
            case EvaluationRequest():
                described = self._reference_of(request)
                if described is not None and described.reason:
                    return Evaluated(Attempt("not_gradable", described.reason), None)
                evaluated = request.prepare(self._preparation, device, self._threads, described)
                return self._hosts.fulfil(evaluated, work=request.work)

    def _make(self, request: RunRequest, device: str) -> Run:
        self._listener(request, None, None)
        made = self._train(request, device)
        if request.work is not None and request.work.fixed:
            made = replay(made, request, partial(self._answer, device=device))
        self._finished.put(request, made, device)
        return made.run

    def _train(self, request: RunRequest, device: str) -> Made:
        described = self._reference_of(request)
        if described is not None and described.reason:  # another search would be another grade
            return Made(self._preparation.not_gradable(request, described.reason))
        reference = None if described is None else described.network
        prepared = self._preparation.prepare(request, device, self._threads, described)
        if isinstance(prepared, Run):
            return Made(prepared)
        record = prepared.record

        def made(referee: Referee, attempt: Attempt) -> Made:
            run = beside(record(referee, attempt), reference)
            weights = referee.weights if attempt.outcome == "scored" else None
            predicted = None if referee.final is None else referee.final.classes
            return Made(run, predicted, weights, referee.unkept)

        def make_referee() -> Referee:
            referee = prepared.make_witness()
            if isinstance(referee, Guard):
                referee.device, referee.threads = device, self._threads
                referee.gpu = self._finished.place(device).device
            return referee

        return self._hosts.fulfil(
            Prepared(prepared.assignment, make_referee, made),
            lambda seen: self._listener(request, seen, None),
            work=request.work,
        )

    def _reference_of(self, request: RunRequest | EvaluationRequest) -> Described | None:
        """Return what a submission's network is looked for by; None where there is no submission.

        What failed is tried again for the next run: it can have been the machine's fault.
        """
        if request.work is None:
            return None
        try:
            wanted = self._preparation.describe(request.training, request.import_path)
        except AssessmentError as error:
            return Described(reason=" ".join(str(error).split()))
        known = self._references.get(wanted.id)
        if known is None:
            known = self._hosts.fulfil(wanted.prepare())
            if not known.reason:
                self._references[wanted.id] = known
        return known
