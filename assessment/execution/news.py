"""News of runs under way, for the line on the terminal; from workers they come as datagrams."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from assessment.execution.isolation.staging import Staging

if TYPE_CHECKING:
    from assessment.execution.referee import Referee
    from assessment.execution.requests import RunRequest
    from assessment.results.record import Run

DATAGRAM = 4096
SPARE_SECONDS = 0.1
"""Between two datagrams about the same run."""


@dataclass(frozen=True)
class News:
    """What is known of one run."""

    run: str
    """Id of its request."""
    state: Literal["begun", "going", "over"]
    unit: str
    epochs: int
    """That it is trained for."""
    epoch: int = 0
    """Epochs that are over."""
    loss: float | None = None
    accuracy: float | None = None
    """On the test set, percent."""


def news_of(request: RunRequest, referee: Referee | None, run: Run | None) -> News:
    """Put what an engine tells its listener into a form that can be sent."""
    if run is not None or referee is None:
        state: Literal["begun", "over"] = "begun" if run is None else "over"
        return News(request.id, state, request.unit, request.training.epochs)
    return News(
        request.id,
        "going",
        request.unit,
        request.training.epochs,
        len(referee.epochs.get("train_loss", ())),
        _latest(referee, "train_loss"),
        _latest(referee, "test_accuracy"),
    )


class Wire:
    """Sends a worker's news to the controller; where it cannot be reached, nowhere."""

    def __init__(self, address: str) -> None:
        """Take the controller's address, a path on its machine."""
        self._address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._sent: dict[str, float] = {}

    def send(self, news: News) -> None:
        """Send news, unless there were some of the same run just now."""
        now = time.monotonic()
        if news.state == "going" and now - self._sent.get(news.run, -1.0) < SPARE_SECONDS:
            return
        self._sent[news.run] = now
        with contextlib.suppress(OSError):  # a line on a terminal is worth no failure
            self._socket.sendto(json.dumps(asdict(news)).encode(), self._address)

    def close(self) -> None:
        """End."""
        self._socket.close()


class Newsroom:
    """Takes the news of all workers and hands them on, in a thread of its own."""

    def __init__(self, take: Callable[[News], None]) -> None:
        """Listen.

        Args:
            take: is given the news.

        Raises:
            OSError: there is no place for the socket.
        """
        self._take = take
        self._folder = Staging.made()
        self.address = str(self._folder.folder / "socket")
        """What workers are told."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=1)
        self._socket.close()
        self._folder.remove()

    def _listen(self) -> None:
        while True:
            try:
                datagram = self._socket.recv(DATAGRAM)
            except OSError:
                return
            if not datagram:
                return
            with contextlib.suppress(ValueError, TypeError):  # whoever sent that, it is no news
                self._take(News(**json.loads(datagram)))


def _latest(referee: Referee, column: str) -> float | None:
    values = referee.epochs.get(column)
    return values[-1] if values else None
