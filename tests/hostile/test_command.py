"""`assessment grade`, called in a student's folder, with nothing above it but other hand-ins.

Each student of this class has handed in an honest network and one file that configures Python,
pytest or an editor's tools, or stands where a module is looked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.hostile.course import PROJECT
from tests.hostile.labs import HONEST_NET, lab_text
from tests.hostile.surroundings import contents, groups_of, marked, mounts
from tests.hostile.table import CONFIGURATIONS

if (fault := bubblewrap_fault()) is not None:
    pytest.skip(f"bubblewrap does not work here: {fault}", allow_module_level=True)

pytestmark = pytest.mark.hostile

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


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Grade the class from within the folder of one of them."""
    folder = tmp_path_factory.mktemp("command")
    (spec := folder / "course" / "lab.yaml").parent.mkdir()
    spec.write_text(lab_text("training"))
    note = folder / "note"
    handed_in = folder / "handed_in"
    for student, name in {"honest": "readme.txt", **CONFIGURATIONS}.items():
        own = handed_in / student
        own.mkdir(parents=True)
        (own / "net.py").write_text(HONEST_NET)
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text(content_of(name, note))
        (own / "hostile_plugin.py").write_text(content_of("x.py", note))
    (temporary := folder / "temporary").mkdir()
    (secret := folder / "course" / "secret").write_text("a secret of this course only\n")
    before, mounted = contents(handed_in), mounts()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "assessment", "grade", "--device=cpu"),
            *("--submissions=..", "--reports=../../reports", f"--secret={secret}", str(spec)),
        ],
        cwd=handed_in / "pytest-ini",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=variables | {"TMPDIR": str(temporary), "PYTHONPATH": str(PROJECT)},
    )
    said, _ = process.communicate(timeout=600)
    changed = [str(path) for path in (*marked(), *groups_of(process.pid))]
    changed += [] if contents(handed_in) == before else ["what was handed in"]
    changed += [] if mounts() == mounted else ["mounts"]
    changed += ["the note outside"] if note.exists() else []
    path = folder / "reports" / "results.json"
    assert process.returncode == 0, said
    results = json.loads(path.read_text())["results"]
    return {
        "changed": changed,
        "said": said,
        "records": {one["submission"]["id"]: one for one in results},
    }


@pytest.mark.parametrize("student", CONFIGURATIONS)
def test_what_is_handed_in_configures_nothing(student: str, graded: dict[str, Any]) -> None:
    record, honest = graded["records"][student], graded["records"]["honest"]
    assert record["status"] == "scored", record["reason"]
    assert record["earned"] == honest["earned"] == honest["points"]
    [run], [like] = record["runs"], honest["runs"]
    assert run["epochs"]["test_accuracy"] == like["epochs"]["test_accuracy"]


def test_nothing_handed_in_was_imported_outside(graded: dict[str, Any]) -> None:
    assert graded["changed"] == []
    assert len(graded["records"]) == len(CONFIGURATIONS) + 1
