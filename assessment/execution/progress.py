"""One line on the terminal that says what is being trained, while it is."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from assessment.execution.requests import RunRequest
from assessment.results.record import Run

if TYPE_CHECKING:
    from assessment.execution.referee import Referee

REFRESH_SECONDS = 0.2
LEAST_SHARE = 0.05
"""Of all work: below it the pace so far says little."""


@dataclass
class _Line:
    name: str
    epochs: int
    epoch: int = 0
    loss: float | None = None
    accuracy: float | None = None


@dataclass
class Progress:
    """Shows question, epoch, loss, accuracy and time left of the runs under way."""

    stream: TextIO
    """A terminal."""
    column: Callable[[], int]
    """How much of the current line is written already; progress stands behind it."""
    total: int = 0
    expected_seconds: float = 0.0
    finished: int = 0
    _weights: dict[str, float] = field(default_factory=dict)
    _usual: float = 1.0
    _done: float = 0.0
    _began: float | None = None
    _lines: dict[str, _Line] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _shown_at: float = 0.0
    _visible: bool = False
    _paused: bool = True

    def begin(
        self,
        total: int,
        expected_seconds: float,
        costs: Mapping[str, float | None] | None = None,
    ) -> None:
        """Take what is ahead.

        Args:
            total: runs.
            expected_seconds: of all of them side by side; 0 where nothing is known.
            costs: seconds of each by request id, None where they are not known; without
                them all count alike.
        """
        self.total, self.expected_seconds = total, expected_seconds
        costs = costs or {}
        known = [cost for cost in costs.values() if cost]
        self._usual = sum(known) / len(known) if known else 1.0
        self._weights = {name: cost or self._usual for name, cost in costs.items()}

    def update(self, request: RunRequest, referee: Referee | None, run: Run | None) -> None:
        """Take news of one run and redraw, a few times a second at most."""
        with self._lock:
            if run is not None:
                if self._lines.pop(request.id, None) is not None:
                    self.finished += 1
                    self._done += self._weight(request.id)
            elif referee is None:
                if self._weights and request.id not in self._weights:
                    self.total += 1  # a first run has left a grade open
                    self._weights[request.id] = self._usual
                self._lines[request.id] = _Line(request.unit, request.training.epochs)
            elif (line := self._lines.get(request.id)) is not None:
                self._began = self._began or time.monotonic()  # warming up tells no pace
                line.epoch = len(referee.epochs.get("train_loss", ()))
                line.loss = _latest(referee, "train_loss")
                line.accuracy = _latest(referee, "test_accuracy")
            self._draw()

    def resume(self) -> None:
        """Draw from now on: the terminal belongs to nobody else."""
        with self._lock:
            self._paused = False

    def pause(self) -> None:
        """Wipe what was drawn and stay quiet, so that others can write."""
        with self._lock:
            self._paused = True
            if self._visible:
                self.stream.write("\x1b8\x1b[K")
                self.stream.flush()
                self._visible = False

    def _draw(self) -> None:
        now = time.monotonic()
        if self._paused or not self._lines or now - self._shown_at < REFRESH_SECONDS:
            return
        self._shown_at = now
        head = f"run {self.finished + 1}/{max(self.total, self.finished + 1)}  "
        text = " | ".join(_describe(line) for line in list(self._lines.values())[:3])
        left = self._seconds_left(now)
        tail = "" if left is None else f"  {int(left) // 60}:{int(left) % 60:02} left"
        room = self._columns() - self.column() - 3
        if room < 20:
            return
        text = f"{head}{text[: max(0, room - len(head) - len(tail))]}{tail}"[:room]
        back = "\x1b8\x1b[K" if self._visible else "\x1b7"  # restore or save the cursor's place
        self.stream.write(f"{back}  {text}")
        self.stream.flush()
        self._visible = True

    def _columns(self) -> int:
        # Asked of the stream itself: standard output is captured while items are set up.
        try:
            return os.get_terminal_size(self.stream.fileno()).columns
        except (OSError, ValueError):
            return 80

    def _seconds_left(self, now: float) -> float | None:
        """Return how long the rest takes at the pace so far, or as expected before there is one."""
        spent = now - (self._began or now)
        whole = sum(self._weights.values()) or self.total
        under_way = sum(
            self._weight(name) * line.epoch / line.epochs for name, line in self._lines.items()
        )
        share = min(1.0, (self._done + under_way) / whole) if whole else 0.0
        if share > LEAST_SHARE:
            return spent * (1 - share) / share
        return max(0.0, self.expected_seconds - spent) if self.expected_seconds else None

    def _weight(self, request: str) -> float:
        return self._weights.get(request, 1.0)


def _latest(referee: Referee, column: str) -> float | None:
    values = referee.epochs.get(column)
    return values[-1] if values else None


def _describe(line: _Line) -> str:
    text = f"{line.name} epoch {min(line.epoch + 1, line.epochs)}/{line.epochs}"
    if line.loss is not None:
        text += f" loss {line.loss:.3f}"
    if line.accuracy is not None:
        text += f" acc {line.accuracy:.1f} %"
    return text
