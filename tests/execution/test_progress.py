"""The live line: what it says, where it stands, and that it leaves nothing behind."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from assessment.execution import progress as progress_module
from assessment.execution.news import news_of
from assessment.execution.progress import Progress
from assessment.execution.referee import Answers, Referee
from assessment.execution.requests import RunRequest
from assessment.spec.lab import Limits
from tests.execution.pool import HERE, recipe
from tests.execution.test_finished import a_run
from tests.execution.test_referee import IMAGES, LABELS


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress_module, "time", made)
    return made


def request(unit: str, seed: int = 1) -> RunRequest:
    return RunRequest(unit, recipe(epochs=20), seed, Limits(), False, HERE)


def referee(loss: float | None, accuracy: float | None, epochs: int = 3) -> Referee:
    made = Referee(recipe(epochs=20), Answers(3, LABELS, IMAGES, 100))
    made.epochs = {"train_loss": [9.0] * (epochs - 1) + [loss], "test_accuracy": [accuracy]}
    return made


def shown(progress: Progress) -> str:
    """Return the text on the line, without the cursor's movements."""
    assert isinstance(progress.stream, io.StringIO)
    return re.split(r"\x1b7|\x1b8\x1b\[K", progress.stream.getvalue())[-1].strip()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    made = Progress(io.StringIO(), lambda: 10, _began=clock.now)
    made.begin(4, 600.0)
    made.resume()
    return made


def test_question_epoch_loss_accuracy_and_time_left(progress: Progress, clock: Clock) -> None:
    progress.update(news_of(request("q1[lr-0.1]"), None, None))
    assert shown(progress) == "run 1/4  q1[lr-0.1] epoch 1/20  10:00 left"
    clock.now += 60
    progress.update(news_of(request("q1[lr-0.1]"), referee(0.12345, 97.61), None))
    assert shown(progress) == "run 1/4  q1[lr-0.1] epoch 4/20 loss 0.123 acc 97.6 %  9:00 left"


def test_time_left_is_rounded_down_and_never_has_sixty_seconds(
    progress: Progress, clock: Clock
) -> None:
    clock.now += 600 - 59.7
    progress.update(news_of(request("q1"), None, None))
    assert shown(progress).endswith("0:59 left")


def test_after_the_first_run_time_left_is_measured(progress: Progress, clock: Clock) -> None:
    for seed in (1, 2):
        progress.update(news_of(request("q1", seed), None, None))
    clock.now += 30
    progress.update(news_of(request("q1", 1), None, a_run()))
    assert shown(progress) == "run 2/4  q1 epoch 1/20  1:30 left"


def test_values_that_are_missing_are_left_out(progress: Progress, clock: Clock) -> None:
    progress.update(news_of(request("q1"), None, None))
    clock.now += 1
    progress.update(news_of(request("q1"), referee(None, None), None))
    assert shown(progress).startswith("run 1/4  q1 epoch 4/20  ")


def test_it_draws_a_few_times_a_second_at_most(progress: Progress, clock: Clock) -> None:
    assert isinstance(progress.stream, io.StringIO)
    for _ in range(100):
        progress.update(news_of(request("q1"), None, None))
        clock.now += 0.01
    assert 4 <= progress.stream.getvalue().count("run 1/4") <= 6


def test_a_line_never_reaches_the_edge_of_the_terminal(progress: Progress, clock: Clock) -> None:
    for seed in range(5):
        clock.now += 1
        progress.update(news_of(request("a-question-with-a-rather-long-name", seed), None, None))
    assert len(shown(progress)) <= 80 - 10 - 3


def test_without_room_nothing_is_drawn(clock: Clock) -> None:
    made = Progress(io.StringIO(), lambda: 70)
    made.resume()
    made.update(news_of(request("q1"), None, None))
    assert made.stream.getvalue() == ""  # type: ignore[attr-defined]


def test_paused_it_is_quiet_and_has_wiped_its_line(progress: Progress, clock: Clock) -> None:
    assert isinstance(progress.stream, io.StringIO)
    progress.update(news_of(request("q1"), None, None))
    progress.pause()
    written = progress.stream.getvalue()
    assert written.endswith("\x1b8\x1b[K")
    clock.now += 9
    progress.update(news_of(request("q1"), referee(1.0, 50.0), None))
    progress.pause()
    assert progress.stream.getvalue() == written


def test_a_run_that_another_process_made_is_not_counted_as_ours(
    progress: Progress, clock: Clock
) -> None:
    progress.update(news_of(request("q1"), None, a_run()))
    assert progress.finished == 0


def test_more_runs_than_planned_do_not_look_odd(progress: Progress, clock: Clock) -> None:
    progress.begin(0, 0.0)
    progress.update(news_of(request("q1"), None, None))
    assert shown(progress) == "run 1/1  q1 epoch 1/20"


def test_news_of_unknown_runs_do_no_harm(progress: Progress) -> None:
    unknown: Any = referee(1.0, 2.0)
    progress.update(news_of(request("never started"), unknown, None))
    assert shown(progress) == ""


def test_a_run_of_unknown_length_is_weighed_by_its_own_pace(clock: Clock) -> None:
    made = Progress(io.StringIO(), lambda: 10)
    long, short = request("long"), request("short")
    made.begin(2, 10.0, {long.id: None, short.id: 10.0})
    made.resume()
    made.update(news_of(long, None, None))
    clock.now += 1
    made.update(news_of(long, referee(1.0, 50.0, epochs=1), None))
    clock.now += 19  # ten seconds an epoch, twenty epochs
    made.update(news_of(long, referee(1.0, 50.0, epochs=2), None))
    left = shown(made).rpartition("  ")[2]
    minutes, seconds = left.removesuffix(" left").split(":")
    assert 170 <= 60 * int(minutes) + int(seconds) <= 190
