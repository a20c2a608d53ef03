"""The live line while runs are made, and the line that says what is ahead."""

from __future__ import annotations

import os
import re
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from assessment import session
from assessment.execution.news import Wire
from assessment.execution.progress import Progress
from assessment.session import open_progress
from tests.plugin.course import ALONE, training, written
from tests.plugin.screen import Screen, run_on_terminal

if TYPE_CHECKING:
    from tests.plugin.course import Course

PATIENT = """
import time
from assessment.models.digits import Mlp


class Patient(Mlp):
    def forward(self, images):
        time.sleep(0.01)
        return super().forward(images)
"""


def test_the_live_line_is_drawn_behind_the_results_and_wiped(course: Course) -> None:
    course.file("specs/patient.py", PATIENT)
    recipe = {"epochs": 3, "max_steps": None, "model": {"name": "patient:Patient"}}
    course.lab(first=training(training=recipe), low=training(at_least=99), essay=written())
    width = 78
    arguments = (*ALONE, "--assess-trainers=1", "specs")
    status, screen = run_on_terminal(*arguments, folder=course.path, columns=width)
    assert status == pytest.ExitCode.TESTS_FAILED
    drawn = "\n".join(screen.drawn)
    begun = r"^specs/lab.yaml   run 1/2  first epoch 1/3"
    assert re.search(begun, drawn, re.MULTILINE), drawn
    assert re.search(r"epoch [23]/3 loss \d\.\d{3} acc \d", drawn), drawn
    assert re.search(r" \d+:\d\d left$", drawn, re.MULTILINE), drawn
    assert max(len(line) for line in screen.drawn) < width
    assert not [line for line in screen.lines if "epoch" in line]
    assert [line for line in screen.lines if re.fullmatch(r"specs/lab.yaml .Fs +\[100%\]", line)]
    table = [line for line in screen.lines if line.startswith(("question ", "low "))]
    assert len(table) == 2
    assert all(len(line) <= width for line in table)


def test_what_workers_train_is_drawn_between_the_results(course: Course) -> None:
    course.file("specs/patient.py", PATIENT)
    recipe = {"epochs": 3, "max_steps": None, "model": {"name": "patient:Patient"}}
    course.lab(first=training(training=recipe), low=training(at_least=99), essay=written())
    width = 78
    arguments = (*ALONE, "--assess-trainers=1", "-n", "2", "specs")
    status, screen = run_on_terminal(*arguments, folder=course.path, columns=width)
    assert status == pytest.ExitCode.TESTS_FAILED
    drawn = "\n".join(screen.drawn)
    assert re.search(r"^\S*  run \d/2  .*first epoch [23]/3 loss \d\.\d{3} acc \d", drawn, re.M), (
        drawn
    )
    assert max(len(line) for line in screen.drawn) < width
    assert not [line for line in screen.lines if "epoch" in line]
    assert [line for line in screen.lines if re.fullmatch(r"[.Fs]{3} +\[100%\]", line)]
    table = [line for line in screen.lines if line.startswith(("question ", "low "))]
    assert len(table) == 2


def test_only_a_terminal_that_nobody_asked_to_be_quiet_gets_a_live_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, terminal = os.openpty()
    for stream, arguments, wanted in [
        (terminal, [], True),
        (terminal, ["-q"], False),
        (terminal, ["-p", "no:terminal"], False),
        (os.open(os.devnull, os.O_WRONLY), [], False),
    ]:
        with os.fdopen(stream, "w", closefd=False) as output, monkeypatch.context() as patch:
            config = pytester.parseconfig(*arguments)
            patch.setattr("sys.stdout", output)
            made = open_progress(config)
            assert (made is not None) == wanted, arguments
            if made is not None:
                made.close()
    os.close(terminal)
    os.close(master)


def test_what_tells_of_runs_is_closed_with_the_session(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfigure()
    own = config.pluginmanager.get_plugin(session.NAME)
    assert own is not None
    own._progress, own._wire = Progress(StringIO(), int), Wire("nowhere")
    config._ensure_unconfigure()
    assert own._progress.stream.closed
    assert own._wire._socket.fileno() == -1


def test_piped_draws_nothing(course: Course) -> None:
    course.lab(first=training())
    result = course.run("specs", "-v")
    assert "\x1b" not in result.stdout.str()
    result.stdout.fnmatch_lines(["specs/lab.yaml::first PASSED *"])


def test_the_start_says_how_long_it_will_take(course: Course) -> None:
    timed = training(
        hardware={"cpu_seconds": 40}, seeds=2, all_seeds=True, training={"batch_size": 16}
    )
    course.lab(timed=timed, other=training())
    result = course.run("specs", "--assess-trainers=2")
    result.stdout.fnmatch_lines(
        ["assessment: 3 runs to make, about 40 s for 2 of them (2 at once on cpu, 1 thread each)"]
    )
    course.lab("only-words", essay=written())
    result = course.run("specs/only-words.yaml")
    result.stdout.fnmatch_lines(["assessment: no runs to make"])


def test_the_screen_knows_what_the_live_line_does() -> None:
    screen = Screen(20)
    screen.write("a.py \x1b7  50 %\x1b8\x1b[K  99 %\x1b8\x1b[K\x1b[32m.\x1b[0m\r\nb")
    assert screen.lines == ["a.py .", "b"]
    assert screen.drawn == ["a.py   50 %", "a.py   99 %"]
