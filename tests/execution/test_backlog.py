"""What is still to do: urgent first, and who takes what."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

import pytest

from assessment.execution.backlog import Backlog


@pytest.fixture
def backlog() -> Backlog[str]:
    made: Backlog[str] = Backlog()
    for request in ("ada 1", "ada 2", "bob 1"):
        made.put(request, Future())
    return made


def taken(backlog: Backlog[str], suits: Any = lambda _: True) -> str | None:
    task = backlog.take(0.01, suits)
    return None if task is None else task.request


def test_tasks_come_in_their_order_and_urgent_ones_first(backlog: Backlog[str]) -> None:
    backlog.put("cem 1", Future(), urgent=True)
    assert [taken(backlog) for _ in range(5)] == ["cem 1", "ada 1", "ada 2", "bob 1", None]


def test_who_suits_is_taken_before_others(backlog: Backlog[str]) -> None:
    assert taken(backlog, lambda request: not request.startswith("ada")) == "bob 1"
    assert taken(backlog, lambda request: not request.startswith("ada")) == "ada 1", "else any"


def test_what_is_urgent_never_waits_for_somebody_who_suits(backlog: Backlog[str]) -> None:
    backlog.put("ada 3", Future(), urgent=True)
    assert taken(backlog, lambda request: request.startswith("bob")) == "ada 3"


def test_what_comes_next_is_seen_without_taking_it(backlog: Backlog[str]) -> None:
    assert backlog.first(lambda request: request.startswith("bob")) == "bob 1"
    assert backlog.first(lambda request: request.startswith("eva")) is None
    assert [taken(backlog) for _ in range(3)] == ["ada 1", "ada 2", "bob 1"]


def test_a_task_put_back_keeps_its_place(backlog: Backlog[str]) -> None:
    first = backlog.take(0.01)
    assert first is not None
    backlog.put("eva 1", Future())
    backlog.put_back(first)
    assert taken(backlog) == "ada 1"


def test_who_waits_is_woken() -> None:
    backlog: Backlog[str] = Backlog()
    found: list[str | None] = []

    def wait() -> None:
        task = backlog.take(30)
        found.append(task and task.request)

    waiting = threading.Thread(target=wait)
    waiting.start()
    backlog.put("ada 1", Future())
    waiting.join(30)
    assert found == ["ada 1"]
