"""Ctrl-C: what is finished is kept, nothing runs on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.plugin.course import training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

SLOW = """
import time
from pathlib import Path

from assessment.models.digits import Mlp


class Slow(Mlp):
    def forward(self, images):
        Path(__file__).with_name("begun.txt").touch()
        time.sleep(1000)
"""
FINISHED = """
from pathlib import Path

def pytest_runtest_logreport(report):
    if report.when == "teardown":
        Path(report.nodeid.replace("/", "-")).touch()
"""
LONGEST = 120
"""Seconds after which a test gives up; a busy machine takes long to import torch."""


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_ctrl_c_keeps_what_is_finished(course: Course, workers: tuple[str, ...]) -> None:
    course.file("specs/slow.py", SLOW)
    course.file("conftest.py", FINISHED)
    slow = training(training={"model": {"name": "slow:Slow", "arguments": {}}})
    course.lab(good=training(), slow=slow, never=slow, later=written())
    process = course.start("specs", *workers)
    finished = course.path / "specs-lab.yaml::good"
    begun = course.path / "specs/begun.txt"
    wait_for(lambda: (finished.exists() and begun.exists()) or process.poll() is not None)
    family = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    output, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    wait_for(lambda: not any(member.is_running() for member in family))
    assert course.statuses["good"] == "scored"
    assert not {"slow", "never"} & set(course.statuses)
    assert course.document["status"] == "interrupted"
    assert "The run was interrupted" in course.page
    assert "&gt;specs/lab.yaml::good&lt;/td" in course.page
    assert "total 2 of 2 points" in output
    assert f"interrupted: {len(course.statuses)} of 4 items were reached" in output
    assert "KeyboardInterrupt" in output
    assert "Traceback" not in output


IMPATIENT = """
import os
import signal
import pytest


controllers = []


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        controllers.append(os.getpid())
        # What was started in the background ignores SIGINT, and so does what it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def press():
    for controller in controllers:
        os.kill(controller, signal.SIGINT)


def pytest_runtest_logreport(report):
    if report.when == "teardown" and report.nodeid.endswith("good"):
        press()


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish():
    press()
    try:
        return (yield)
    finally:
        press()


def pytest_terminal_summary():
    press()


def pytest_unconfigure():
    press()
"""


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_who_presses_again_gets_the_reports_all_the_same(
    course: Course, workers: tuple[str, ...]
) -> None:
    course.file("conftest.py", IMPATIENT)
    course.lab(good=training(), never=training(training={"epochs": 2}), later=written())
    result = course.spawn("specs", *workers)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    output = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in output
    assert "\nwriting reports of what is finished\n" in output
    assert output.count("writing reports; this ends by itself") == 1
    assert "total 2 of 2 points" in output
    assert course.statuses == {"good": "scored"}
    assert course.document["status"] == "interrupted"
    assert "The run was interrupted" in course.page


def test_the_next_user_of_the_process_has_ctrl_c_back(course: Course) -> None:
    before = signal.getsignal(signal.SIGINT)
    course.lab(essay=written())
    course.file(
        "conftest.py",
        """
        import signal

        def pytest_terminal_summary():
            print("held:", signal.getsignal(signal.SIGINT) is not signal.default_int_handler)
        """,
    )
    assert "held: True" in course.run("specs").stdout.str()
    assert signal.getsignal(signal.SIGINT) is before


def wait_for(condition: object) -> None:
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_ctrl_c_before_anything_is_finished_keeps_the_earlier_reports(course: Course) -> None:
    course.file(
        "conftest.py", "def pytest_runtest_setup(item):\n    raise KeyboardInterrupt('too slow')\n"
    )
    course.lab(essay=written())
    earlier = course.file("reports/results.json", "{}")
    result = course.spawn("specs")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert earlier.read_text() == "{}"
    assert not Path(course.path, "reports/report.html").exists()
