"""News of runs on their way from workers to the terminal."""

from __future__ import annotations

import queue
import socket
from pathlib import Path

import pytest

from assessment.execution import news as news_module
from assessment.execution.news import News, Newsroom, Wire, news_of
from tests.execution.test_finished import a_run
from tests.execution.test_progress import Clock, referee, request


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(news_module, "time", made)
    return made


def test_what_is_told_of_a_run() -> None:
    asked = request("q1")
    assert news_of(asked, None, None) == News(asked.id, "begun", "q1", 20)
    assert news_of(asked, referee(0.5, 90.0), None) == News(
        asked.id, "going", "q1", 20, 3, 0.5, 90.0
    )
    assert news_of(asked, referee(0.5, 90.0), a_run()).state == "over"


def test_news_arrive_and_what_is_no_news_is_passed_over(clock: Clock) -> None:
    taken: queue.Queue[News] = queue.Queue()
    room = Newsroom(taken.put)
    begun, going = News("r", "begun", "q", 3), News("r", "going", "q", 3, 1, 0.5, None)
    wire = Wire(room.address)
    wire.send(begun)
    clock.now += 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        for datagram in (b"not JSON", b"[1, 2]", b'{"run": "r"}'):
            stranger.sendto(datagram, room.address)
    wire.send(going)
    assert [taken.get(timeout=10) for _ in range(2)] == [begun, going]
    assert taken.empty()
    wire.close()
    room.close()
    assert not Path(room.address).exists()


def test_of_one_run_a_few_news_a_second_are_enough(clock: Clock) -> None:
    taken: queue.Queue[News] = queue.Queue()
    room = Newsroom(taken.put)
    wire = Wire(room.address)
    for epoch in range(100):
        wire.send(News("r", "going", "q", 100, epoch))
        clock.now += 0.01
    wire.send(News("r", "over", "q", 100))
    arrived = []
    while not arrived or arrived[-1].state != "over":
        arrived.append(taken.get(timeout=10))
    assert 9 <= len(arrived) <= 12
    wire.close()
    room.close()


def test_a_controller_on_another_machine_is_not_waited_for(tmp_path: Path) -> None:
    wire = Wire(str(tmp_path / "nowhere"))
    wire.send(News("r", "begun", "q", 3))
    wire.close()
