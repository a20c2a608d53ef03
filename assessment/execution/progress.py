"""One line on the terminal that says what is being trained, while it is."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from assessment.execution.news import News

REFRESH_SECONDS = 0.2
LEAST_SHARE = 0.05
"""Of all work: below it the pace so far says little."""


@dataclass
class _Line:
    news: News
    began: float


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
    _costs: dict[str, float | None] = field(default_factory=dict)
    _guesses: dict[str, float] = field(default_factory=dict)
    """Seconds of runs of unknown cost, by the pace of their first epochs."""
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
        self._costs = dict(costs or {})

    def update(self, news: News) -> None:
        """Take news of one run and redraw, a few times a second at most."""
        now = time.monotonic()
        with self._lock:
            if news.state == "over":
                if self._lines.pop(news.run, None) is not None:
                    self.finished += 1
                    self._done += self._weight(news.run, self._usual())
            elif news.state == "begun":
                if self._costs and news.run not in self._costs:
                    self.total += 1  # a first run has left a grade open
                    self._costs[news.run] = None
                self._lines[news.run] = _Line(news, now)
            elif (line := self._lines.get(news.run)) is not None:
                self._began = self._began or now  # warming up tells no pace
                line.news = news
                if news.epoch and not self._costs.get(news.run, 1.0):
                    self._guesses[news.run] = (now - line.began) / news.epoch * news.epochs
            self._draw(now)

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

    def close(self) -> None:
        """Be quiet for good."""
        self.pause()
        self.stream.close()

    def _draw(self, now: float) -> None:
        if self._paused or not self._lines or now - self._shown_at < REFRESH_SECONDS:
            return
        self._shown_at = now
        head = f"run {self.finished + 1}/{max(self.total, self.finished + 1)}  "
        text = " | ".join(_describe(line.news) for line in list(self._lines.values())[:3])
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
        usual = self._usual()
        whole = sum(self._weight(run, usual) for run in self._costs) or self.total
        under_way = sum(
            self._weight(run, usual) * line.news.epoch / line.news.epochs
            for run, line in self._lines.items()
        )
        share = min(1.0, (self._done + under_way) / whole) if whole else 0.0
        if share > LEAST_SHARE:
            return spent * (1 - share) / share
        return max(0.0, self.expected_seconds - spent) if self.expected_seconds else None

    def _weight(self, run: str, usual: float) -> float:
        """Return about how long a run takes: as known, as its first epochs tell, or as usual."""
        return self._costs.get(run) or self._guesses.get(run) or usual

    def _usual(self) -> float:
        known = [cost for cost in (*self._costs.values(), *self._guesses.values()) if cost]
        return sum(known) / len(known) if known else 1.0


def _describe(news: News) -> str:
    text = f"{news.unit} epoch {min(news.epoch + 1, news.epochs)}/{news.epochs}"
    if news.loss is not None:
        text += f" loss {news.loss:.3f}"
    if news.accuracy is not None:
        text += f" acc {news.accuracy:.1f} %"
    return text
