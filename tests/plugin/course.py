"""A small course for one test: spec files that train in a moment, and pytest run on them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

RECIPE: dict[str, Any] = {
    "model": {"name": "digits/mlp", "arguments": {"hidden": 8}},
    "dataset": {"name": "digits"},
    "optimizer": {"name": "sgd", "learning_rate": 0.1},
    "epochs": 1,
    "batch_size": 32,
    "max_steps": 4,
}
ALONE = ("--assess-device", "cpu", "--assess-threads", "1")
"""Arguments of every run: tests never take a GPU, and one thread gives equal numbers."""


def training(at_least: float | None = 0.0, points: float = 2, **fields: Any) -> dict[str, Any]:
    """Return a question that trains and asks for a test accuracy; by default any will do."""
    condition = {} if at_least is None else {"at_least": at_least, "points": points}
    return {
        "kind": "training",
        "title": "A question",
        "expect": {"accuracy": {"measure": "test_accuracy", **condition}},
        **fields,
    }


def written(points: float = 3) -> dict[str, Any]:
    """Return a question that a person grades."""
    return {
        "kind": "written",
        "title": "Explain",
        "rubric": [{"points": points, "text": "a reason"}],
    }


def comparison(*sides: str, points: float = 2) -> dict[str, Any]:
    """Return a question that wants the test accuracies of the sides to fall, by any amount."""
    order = {"measure": "test_accuracy", "descending": list(sides), "points": points}
    return {"kind": "comparison", "title": "Compare", "expect": {"order": order}}


class Course:
    """A directory with spec files, and what pytest made of it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path: Path = pytester.path
        pytester.makeini("[pytest]\ntestpaths = tests\n")

    def lab(self, name: str = "lab", folder: str = "specs", **questions: dict[str, Any]) -> Path:
        """Write a spec file; an underscore in a question's name becomes a hyphen."""
        content = {
            "title": f"The {name}",
            "defaults": {"training": RECIPE, "limits": {"seconds": 30, "megabytes": 4000}},
            "questions": {key.replace("_", "-"): value for key, value in questions.items()},
        }
        return self.file(f"{folder}/{name}.yaml", yaml.safe_dump(content, sort_keys=False))

    def file(self, name: str, content: str) -> Path:
        """Write a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content), encoding="utf-8")
        return path

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess(*ALONE, *arguments)

    def spawn(self, *arguments: str, **how: Any) -> pytest.RunResult:
        """Run pytest in a process of its own."""
        return self.pytester.runpytest_subprocess(*ALONE, *arguments, **how)

    def start(self, *arguments: str, **how: Any) -> subprocess.Popen[str]:
        """Start pytest in a process and a process group of its own, to be interrupted."""
        command = [sys.executable, "-m", "pytest", *ALONE, *arguments]
        return subprocess.Popen(
            command,
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A shell's background jobs ignore Ctrl-C, and so would everything they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            **how,
        )

    @property
    def document(self) -> dict[str, Any]:
        """What results.json holds."""
        document: dict[str, Any] = json.loads((self.path / "reports/results.json").read_text())
        return document

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The records of results.json by id within their lab."""
        return {_unit(record): record for record in self.document["results"]}

    @property
    def statuses(self) -> dict[str, str]:
        """The status of each item."""
        return {name: record["status"] for name, record in self.results.items()}

    @property
    def page(self) -> str:
        """The text of report.html."""
        return (self.path / "reports/report.html").read_text(encoding="utf-8")


def _unit(record: dict[str, Any]) -> str:
    whose = record["submission"]
    student = whose["id"] if whose and not whose["practice"] else None
    inner = "-".join(filter(None, (record["variant"], student)))
    return f"{record['question']}[{inner}]" if inner else str(record["question"])
