"""`assessment grade`, called in a student's folder, with nothing above it but other hand-ins.

Each student of this class has handed in an honest network and one file that configures Python,
pytest or an editor's tools, or stands where a module is looked for; one has handed in all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.hostile.course import PROJECT, SECONDS
from tests.hostile.labs import HONEST_NET, lab_text
from tests.hostile.surroundings import (
    adopting,
    contents,
    descendants,
    groups_of,
    left_running,
    marked,
    mounts,
)
from tests.hostile.table import CONFIGURATIONS

if (fault := bubblewrap_fault()) is not None:
    pytest.skip(f"bubblewrap does not work here: {fault}", allow_module_level=True)

pytestmark = pytest.mark.hostile

REFUSED = "lies among the submissions, and Python imports from it: call `assessment grade`"
SETTINGS = "addopts = -p hostile_plugin\npythonpath = .\npython_files = *.py\n"
IMPORTED = """
import os
import pathlib

for place in ({note!r}, "/tmp/hostile-imported"):
    try:
        pathlib.Path(place).write_text("was imported by " + str(os.getpid()))
    except OSError:
        pass


def pytest_runtest_makereport(item, call):
    import _pytest.reports

    report = _pytest.reports.TestReport.from_item_and_call(item, call)
    report.outcome = "passed"
    return report
"""


def content_of(name: str, note: Path) -> str:
    """Return what a configuration's file holds."""
    match Path(name).suffix:
        case ".py":
            return IMPORTED.format(note=str(note))
        case ".pth":
            return f"import pathlib; pathlib.Path({str(note)!r}).write_text('was imported')\n"
        case ".toml":
            listed = '"-p", "hostile_plugin"'
            return f'[tool.pytest.ini_options]\naddopts = [{listed}]\npythonpath = ["."]\n'
        case ".cfg":
            return f"[tool:pytest]\n{SETTINGS}"
        case ".yaml":
            return lab_text("training")
        case _:
            return f"[pytest]\n{SETTINGS}"


EVERYTHING = "everything"
"""Whose folder holds all of these files, and modules named like what a grader imports."""
SHADOWS = ("execnet", "json", "numpy", "sqlite3", "torch", "typing", "xdist", "yaml")
UNREACHED = ("module-pytest", "module-assessment")
"""Whose files `python -m pytest` starts instead of ours, whatever we do."""
PYTHON = Path(sys.executable)
COMMAND = PYTHON.with_name("assessment")


@dataclass(frozen=True)
class Place:
    """A class in a folder of its own, and somebody who calls commands there."""

    folder: Path

    @property
    def note(self) -> Path:
        """What is written by whatever was handed in, where a grader imports it."""
        return self.folder / "note"

    @property
    def handed_in(self) -> Path:
        return self.folder / "handed_in"

    @property
    def spec(self) -> Path:
        return self.folder / "course" / "lab.yaml"

    def hand_in(self) -> None:
        """Write the course, and what each student hands in."""
        self.spec.parent.mkdir()
        self.spec.write_text(lab_text("training"))
        (self.spec.parent / "secret").write_text("a secret of this course only\n")
        (self.folder / "temporary").mkdir()
        everything = [*CONFIGURATIONS.values(), *(f"{name}.py" for name in SHADOWS)]
        students = {student: [name] for student, name in CONFIGURATIONS.items()}
        for student, names in {"honest": [], **students, EVERYTHING: everything}.items():
            own = self.handed_in / student
            own.mkdir(parents=True)
            (own / "net.py").write_text(HONEST_NET)
            for name in [*names, "hostile_plugin.py"]:
                (own / name).parent.mkdir(exist_ok=True)
                (own / name).write_text(content_of(name, self.note))

    def call(self, student: str, *command: str | Path, **more: str) -> Called:
        """Call a command in a student's folder, and look what that has changed."""
        before, mounted, running = contents(self.handed_in), mounts(), descendants()
        variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        variables |= {"TMPDIR": str(self.folder / "temporary"), "PYTHONPATH": str(PROJECT), **more}
        with adopting():
            process = subprocess.Popen(
                list(map(str, command)),
                cwd=self.handed_in / student,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=variables,
            )
            said, _ = process.communicate(timeout=SECONDS)
            changed = [f"runs on: {one}" for one in left_running(running)]
        changed += [str(path) for path in (*marked(), *groups_of(process.pid))]
        changed += [] if contents(self.handed_in) == before else ["what was handed in"]
        changed += [] if mounts() == mounted else ["mounts"]
        changed += [f"the note outside {self.note.read_text()}"] if self.note.exists() else []
        self.note.unlink(missing_ok=True)
        return Called(process.returncode, said, changed)

    def grading(self, reports: str) -> list[str]:
        """Return the options of `assessment grade`."""
        return [
            "--submissions=..",
            f"--reports={self.folder / reports}",
            f"--secret={self.spec.parent / 'secret'}",
            "--device=cpu",
            str(self.spec),
        ]

    def records(self, reports: str) -> dict[str, dict[str, Any]]:
        """Return the results of a run by student."""
        document = json.loads((self.folder / reports / "results.json").read_text())
        return {one["submission"]["id"]: one for one in document["results"]}


@dataclass(frozen=True)
class Called:
    """How a command ended."""

    status: int
    said: str
    changed: list[str]
    """What is otherwise than before: files, processes, control groups, mounts."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Hand in."""
    made = Place(tmp_path_factory.mktemp("command"))
    made.hand_in()
    return made


@pytest.fixture(scope="module")
def graded(place: Place) -> tuple[Called, dict[str, dict[str, Any]]]:
    """Grade the class from within the folder that holds everything."""
    called = place.call(EVERYTHING, COMMAND, "grade", *place.grading("reports"))
    assert called.status == 0, called.said
    return called, place.records("reports")


@pytest.mark.parametrize("student", [*CONFIGURATIONS, EVERYTHING])
def test_what_is_handed_in_configures_nothing(
    student: str, graded: tuple[Called, dict[str, dict[str, Any]]]
) -> None:
    _, records = graded
    record, honest = records[student], records["honest"]
    assert record["status"] == "scored", record["reason"]
    assert record["earned"] == honest["earned"] == honest["points"]
    [run], [like] = record["runs"], honest["runs"]
    assert run["epochs"]["test_accuracy"] == like["epochs"]["test_accuracy"]


def test_nothing_handed_in_was_imported_outside(
    graded: tuple[Called, dict[str, dict[str, Any]]],
) -> None:
    called, records = graded
    assert called.changed == []
    assert len(records) == len(CONFIGURATIONS) + 2


def test_workers_do_not_import_it_either(place: Place) -> None:
    options = ["-n1", "--student=honest", *place.grading("of-workers")]
    called = place.call(EVERYTHING, COMMAND, "grade", *options)
    assert (called.status, called.changed) == (0, []), called.said
    assert place.records("of-workers")["honest"]["earned"] == 2


@pytest.mark.parametrize("student", [name for name in CONFIGURATIONS if name not in UNREACHED])
def test_pytest_that_imports_from_a_students_folder_grades_nobody(
    student: str, place: Place
) -> None:
    command = ["-m", "pytest", "-pno:cacheprovider", "--submissions=..", place.spec]
    called = place.call(student, PYTHON, *command)
    assert called.status == pytest.ExitCode.USAGE_ERROR, called.said
    assert f"{place.handed_in / student} {REFUSED}" in called.said
    assert called.changed == []


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ((PYTHON, "-m", "assessment"), {}),
        ((COMMAND,), {"PYTHONPATH": f".:{PROJECT}"}),
        ((PYTHON, "-P", "-m", "assessment"), {"PYTHONPATH": f"{PROJECT}:"}),
    ],
    ids=["module", "path", "empty"],
)
def test_a_command_that_imports_from_a_students_folder_grades_nobody(
    command: tuple[str | Path, ...], variables: dict[str, str], place: Place
) -> None:
    called = place.call("pytest-ini", *command, "grade", *place.grading("none"), **variables)
    assert called.status == 1
    assert f"assessment: {place.handed_in / 'pytest-ini'} {REFUSED}" in called.said
    assert called.changed == []
