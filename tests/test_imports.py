"""What a process loads: no torch beside the trainers, and nothing heavy until labs are trained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TORCH = {"torch", "torchvision"}
HEAVY = TORCH | {"matplotlib", "scipy", "sklearn"}
NUMERIC = HEAVY | {"numpy", "psutil", "safetensors"}
REPORT = """
import sys
import json
print("LOADED", json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(code: str, cwd: Path = ROOT) -> set[str]:
    """Run code in a fresh process and return the top-level modules it has loaded."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "specs")])}
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environ,
        timeout=120,
    )
    marks = [line for line in done.stdout.splitlines() if line.startswith("LOADED ")]
    assert done.returncode == 0, done.stderr
    return set(json.loads(marks[-1].removeprefix("LOADED ")))


def test_the_check_itself_would_notice() -> None:
    assert loaded_by("import assessment.execution.conductor") >= {"numpy", "psutil"}


def test_loading_the_plugin() -> None:
    found = loaded_by("import assessment.plugin")
    assert "assessment" in found
    assert not found & NUMERIC


def test_pytest_help(tmp_path: Path) -> None:
    found = loaded_by("import pytest\nassert pytest.main(['--help']) == 0\n", tmp_path)
    assert "assessment" in found
    assert not found & NUMERIC


@pytest.mark.parametrize("path", ["specs", "specs/digits.yaml"])
def test_collecting(path: str) -> None:
    """Every worker of pytest-xdist pays for what collection loads."""
    arguments = ["--collect-only", "-q", "-p", "no:cacheprovider", path]
    found = loaded_by(f"import pytest\nassert pytest.main({arguments!r}) == 0\n")
    assert "assessment" in found
    assert not found & NUMERIC


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        # What the reference runs make of a lab takes SciPy's quantiles, and nothing heavier.
        (["check"], HEAVY - {"scipy"}),
        (["check", "specs/digits.yaml"], HEAVY - {"scipy"}),
        (["show", "specs/digits.yaml::q2-cnn"], NUMERIC),
        (["schema"], NUMERIC),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_command(arguments: list[str], unwanted: set[str]) -> None:
    found = loaded_by(f"""
from assessment.cli import main
assert main({arguments!r}) in (0, None)
""")
    assert not found & unwanted


def test_grading_and_reporting_stored_results_load_no_torch(tmp_path: Path) -> None:
    """Bands need SciPy's quantiles and figures need matplotlib; neither needs torch."""
    found = loaded_by(
        """
import io
from pathlib import Path
from _pytest._io import TerminalWriter
from assessment.catalogue import load_lab
from assessment.execution.requests import RunRequest
from assessment.grading.score import Setting, score
from assessment.report.figures import draw
from assessment.report.html import row_extra_html, summary_html
from assessment.report.markdown import results_table
from assessment.report.table import write_table
from assessment.results import calibration, document
from assessment.results.machine import describe_machine
from assessment.spec.units import units

path = Path("specs/digits.yaml")
lab_file = load_lab(path)
lines = calibration.read(calibration.path_for(path))
unit = units(lab_file.lab)["q1-mlp"]
runs = [line.run for line in lines if line.unit == "q1-mlp"][:3]
result = score(unit, Setting(lab_file, calibrations=lines), {"q1-mlp": runs})
built = document.build([result], describe_machine(), started="", finished="", status="complete",
                       options={})
write_table(TerminalWriter(io.StringIO()), [result])
assert "<" in summary_html([result], built) and "<" in row_extra_html(result)
assert draw([result]) is not None
assert "q1-mlp" in results_table([built])
"""
    )
    assert "matplotlib" in found
    assert not found & TORCH


def test_planning_loads_no_torch() -> None:
    found = loaded_by(
        """
from pathlib import Path
from assessment.catalogue import load_lab
from assessment.classroom import Entry
from assessment.execution.engine import Engine
from assessment.execution.options import Options
from assessment.spec.units import units

lab_file = load_lab(Path("specs/digits.yaml"))
engine = Engine(Options(device="cpu"), None, lambda *_: None)
forecast = engine.plan([Entry(lab_file, unit) for unit in units(lab_file.lab).values()])
assert forecast.runs > 3
engine.close()
"""
    )
    assert "numpy" in found
    assert not found & HEAVY


FREE = [
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
    for path in sorted((ROOT / "assessment").rglob("*.py"))
]
INSIDE = (
    "assessment.training",
    "assessment.models",
    "assessment.sandbox.server",
    "assessment.sandbox.run",
    "assessment.sandbox.calls",
    "assessment.sandbox.checkpoint",
    "assessment.sandbox.pretrained",
    "assessment.sandbox.references",
    "assessment.sandbox.submitted",
    "assessment.submissions.inside",
)


def test_modules_outside_the_trainer_import_without_torch() -> None:
    """Some modules of `models` are asked by collection, the rest is the trainer's."""
    free = [
        name
        for name in FREE
        if not name.startswith((*INSIDE, "assessment.__main__"))
        and name != "assessment.datasets.torchvision_download"
    ]
    light = ("registry", "source", "signatures", "architectures")
    free += [f"assessment.models.{name}" for name in light]
    assert len(free) > 60
    found = loaded_by(
        "import importlib\nfor name in " + repr(free) + ":\n    importlib.import_module(name)\n"
    )
    assert not found & TORCH
