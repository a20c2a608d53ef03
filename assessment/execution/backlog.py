"""What is still to do, in the order in which it is wanted, and who should take it."""

from __future__ import annotations

import itertools
import threading
from bisect import insort
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Q = TypeVar("Q")


@dataclass(order=True)
class Task(Generic[Q]):
    """One request and its future; the smaller one is taken first."""

    priority: int
    number: int
    request: Q = field(compare=False)
    future: Future[Any] = field(compare=False)


class Backlog(Generic[Q]):
    """Tasks that several threads put and take."""

    def __init__(self) -> None:
        self._tasks: list[Task[Q]] = []
        self._changed = threading.Condition()
        self._numbers = itertools.count()

    def put(self, request: Q, future: Future[Any], *, urgent: bool = False) -> None:
        """Add a task; urgent ones come before all others."""
        self.put_back(Task(0 if urgent else 1, next(self._numbers), request, future))

    def put_back(self, task: Task[Q]) -> None:
        """Add a task that was taken before."""
        with self._changed:
            insort(self._tasks, task)
            self._changed.notify()

    def take(self, timeout: float, suits: Callable[[Q], bool] = lambda _: True) -> Task[Q] | None:
        """Return the first of the most urgent tasks that suits, or the first of them; None in time.

        Args:
            timeout: seconds to wait for one.
            suits: tells which requests are better taken by whoever asks than by others.
        """
        with self._changed:
            if not self._tasks and not self._changed.wait_for(lambda: self._tasks, timeout):
                return None
            most_urgent = self._tasks[0].priority
            place = 0
            for index, task in enumerate(self._tasks):
                if task.priority != most_urgent:
                    break
                if suits(task.request):
                    place = index
                    break
            return self._tasks.pop(place)

    def first(self, suits: Callable[[Q], bool]) -> Q | None:
        """Return the first request that suits, without taking it."""
        with self._changed:
            return next((task.request for task in self._tasks if suits(task.request)), None)
