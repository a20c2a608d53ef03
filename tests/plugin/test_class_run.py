"""A class in its jails: how long a run may take, who watches it, and what is begun ahead."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from assessment.execution import handed_in, hosts, jails
from assessment.execution.isolation.levels import bubblewrap_fault
from assessment.execution.isolation.view import View
from assessment.results.isolation import Isolation
from tests.plugin.course import comparison, training, written
from tests.plugin.test_kinds import answer, checkpoint, function
from tests.plugin.test_submissions import HONEST, NOTHING

if TYPE_CHECKING:
    from tests.plugin.course import Course

LEVEL = "process" if bubblewrap_fault() else "bubblewrap"
CLASS = ("specs", "--submissions=handed_in", f"--assess-isolation={LEVEL}")
SOFTMAX = """
import numpy as np

def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
"""
HANGS = """
import torch.nn as nn

class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        while True:
            pass
"""


def test_a_run_may_take_some_times_as_long_as_the_reference_did_here(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question alone would let it run for 30 seconds."""
    monkeypatch.setattr(handed_in, "TIMES", 1.0)
    monkeypatch.setattr(handed_in, "LEAST_SECONDS", 1.0)
    course.lab(net=training())
    course.file("handed_in/ada.py", HANGS)
    course.run("specs")
    [reference] = course.results["net"]["runs"]
    course.run(*CLASS)
    record = course.results["net[ada]"]
    assert record["status"] == "timeout"
    allowed = re.search(r"^took longer than the (\d+) s allowed", record["reason"])
    assert allowed is not None, record["reason"]
    assert max(1.0, reference["seconds"]) <= int(allowed[1]) < 30


def test_each_result_says_who_watched(course: Course) -> None:
    """Of every kind of question, and whether or not anything came of it."""
    course.lab(
        net=training(),
        other=training(training={"epochs": 2}),
        order=comparison("net", "other"),
        saved=checkpoint("net"),
        softmax=function("assessment.models.numpy_functions:softmax"),
        number=answer({"value": 7}),
        essay=written(),
    )
    course.file("handed_in/ada.py", HONEST + SOFTMAX)
    course.file("handed_in/cem.py", NOTHING)
    course.run(*CLASS)
    assert course.statuses["softmax[ada]"] == course.statuses["order[ada]"] == "scored"
    assert course.statuses["saved[ada]"] == "invalid", "there is no such file"
    told = {name: one["submission"]["limits_by"] for name, one in course.results.items()}
    assert len(told) == 14
    assert {name for name, limits_by in told.items() if limits_by is None} == set()


def test_the_next_jail_is_warm_before_the_one_before_has_done(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, str]] = []

    class Noted(jails.Jail):
        def __init__(self, level: Isolation, view: View) -> None:
            super().__init__(level, view)
            self.whose = next(view.submission.iterdir()).stem

        def start(self) -> None:
            events.append(("started", self.whose))
            super().start()

    def conduct(server: Any, *arguments: Any) -> Any:
        attempt = usual(server, *arguments)
        events.append(("done", server.whose))
        return attempt

    usual = hosts.conduct
    monkeypatch.setattr(jails, "Jail", Noted)
    monkeypatch.setattr(hosts, "conduct", conduct)
    course.lab(number=answer({"value": 7}))
    for student in ("ada", "bob", "cem"):
        course.file(f"handed_in/{student}.py", "number = 7\n")
    arguments = ("specs", "--submissions=handed_in", "--assess-isolation=process")
    course.run(*arguments, "--assess-trainers=1")
    assert set(course.statuses.values()) == {"scored"}
    assert [name for event, name in events if event == "started"] == ["ada", "bob", "cem"]
    for former, latter in (("ada", "bob"), ("bob", "cem")):
        assert events.index(("started", latter)) < events.index(("done", former))


NOTES = """
import os
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.execution import jails
from assessment.submissions import listing, roster

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "controller")


def note(event):
    with (Path(__file__).parent / f"notes-{WORKER}").open("a") as file:
        file.write(event + "\\n")


def noted(module, name):
    usual = getattr(module, name)

    def call(*arguments):
        note(name)
        return usual(*arguments)

    setattr(module, name, call)


class Wall:
    def __init__(self, level, view):
        self.view = view

    def start(self):
        note("started " + next(self.view.submission.iterdir()).stem)
        raise AssessmentError("no walls today")


noted(listing, "list_submissions")
noted(roster, "read_roster")
jails.Jail = Wall


def pytest_runtest_logreport(report):
    if report.when == "setup":
        note("graded " + report.nodeid.partition("[")[2].rstrip("]"))
"""


def test_workers_are_told_who_handed_in_and_begin_with_the_next_student(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # of the tests' own workers
    students = ("ada", "bob", "cem", "dia")
    course.lab(number=answer({"value": 7}))
    course.file("conftest.py", NOTES)
    course.file("roster.csv", "id,name\n" + "".join(f"{name},{name}\n" for name in students))
    for student in students:
        course.file(f"handed_in/{student}.py", "number = 7\n")
    arguments = ("--submissions=handed_in", "--roster=roster.csv", "--assess-isolation=process")
    course.spawn("specs", *arguments, "-n2")
    notes = {path.name: path.read_text().split("\n")[:-1] for path in course.path.glob("notes-*")}
    controller = notes.pop("notes-controller")
    assert [note for note in controller if "graded" not in note] == [
        "read_roster",
        "list_submissions",
    ]
    assert sorted(note for note in controller if "graded" in note) == [
        f"graded {name}" for name in students
    ]
    followed = 0
    for worker in notes.values():
        graded = [note.partition(" ")[2] for note in worker if note.startswith("graded ")]
        assert {note.partition(" ")[0] for note in worker} == {"started", "graded"}, "none listed"
        for former, latter in pairwise(graded):
            assert worker.index(f"started {latter}") < worker.index(f"graded {former}")
            followed += 1
    assert followed >= len(students) - 2
