"""A course with every kind of item, for tests of what people read of its run."""

from __future__ import annotations

import json
from typing import Any

from tests.plugin.course import Course, comparison, training, written

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
SOLUTIONS = f"""
from assessment.models.digits import Mlp

HOSTILE = {HOSTILE!r}


class Raises(Mlp):
    def forward(self, images):
        print(HOSTILE)
        raise ValueError(HOSTILE)


def same(x):
    return x


def broken(x):
    if x.ndim > 2:
        raise ValueError(HOSTILE)
    changed = x.copy()
    changed.flat[0] += 1
    return changed
"""
ITEMS = {
    "specs/<i>lab&co.yaml::mlp": "Passed",
    "specs/<i>lab&co.yaml::rates[lr-0.1]": "Passed",
    "specs/<i>lab&co.yaml::rates[lr-1]": "Failed",
    "specs/<i>lab&co.yaml::raises": "Failed",
    "specs/<i>lab&co.yaml::no-band": "Error",
    "specs/<i>lab&co.yaml::order": "Skipped",
    "specs/<i>lab&co.yaml::essay": "Skipped",
    "specs/<i>lab&co.yaml::same": "Passed",
    "specs/<i>lab&co.yaml::broken": "Failed",
    "specs/<i>lab&co.yaml::formula": "Passed",
    "specs/<i>lab&co.yaml::choice": "Passed",
    "specs/<i>lab&co.yaml::saved": "Passed",
    "specs/broken.yaml::spec": "Failed",
    "tests/test_plain.py::test_plain": "Passed",
    "tests/test_broken.py::collect": "Error",
}
CARDS = 11
"""Questions of the lab."""


def function(solution: str) -> dict[str, Any]:
    """Return a question whose calls have small, many-dimensional and large arrays."""
    shapes = {"row": [7], "tiles": [2, 3, 8, 8], "wide": [3, 1000], "large": [600, 500]}
    return {
        "kind": "function",
        "title": HOSTILE,
        "function": "f",
        "solution": f"solutions:{solution}",
        "reference": "solutions:same",
        "cases": {name: {"arguments": [{"shape": shape}]} for name, shape in shapes.items()},
        "points": 4,
    }


def write_everything(course: Course) -> None:
    """Write a lab of every kind of item, whose texts would do harm if they were markup."""
    banded = {"accuracy": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}
    course.file("specs/solutions.py", SOLUTIONS)
    course.lab(
        "<i>lab&co",
        mlp=training(
            title=HOSTILE,
            text=HOSTILE,
            sample_images=3,
            training={
                "epochs": 3,
                "max_steps": None,
                "dataset": {"split": {"validation": 0.1}},
                "record": {"first_layer_weights": True, "gradients": {"every": 4}, "every": 4},
            },
        ),
        rates=training(
            variants={
                "lr-0.1": {"title": HOSTILE},
                "lr-1": {
                    "set": {"optimizer": {"learning_rate": 1}},
                    "expect": {
                        "accuracy": {
                            "measure": "test_accuracy",
                            "at_least": 99,
                            "points": 2,
                            "note": HOSTILE,
                        }
                    },
                },
            }
        ),
        raises=training(training={"model": {"name": "solutions:Raises", "arguments": {}}}),
        no_band=training(expect=banded),
        order=comparison("mlp", "raises"),
        essay=written() | {"text": HOSTILE, "title": HOSTILE},
        same=function("same"),
        broken=function("broken"),
        formula={
            "kind": "answer",
            "title": HOSTILE,
            "answer": {
                "expression": "sum(C) + n",
                "variables": {"n": {"kind": "scalar", "text": HOSTILE}, "C": "vector"},
            },
            "reported": "sum(C) * n",
            "points": 1,
        },
        choice={
            "kind": "answer",
            "title": "Choice",
            "answer": HOSTILE,
            "choices": [HOSTILE, "another"],
            "reported": "another",
            "points": 1,
        },
        saved={"kind": "checkpoint", "title": "Saved", "of": "mlp", "file": HOSTILE, "points": 1},
    )
    course.file("specs/broken.yaml", f"title: {json.dumps(HOSTILE)}\nquestions: 3\n")
    course.file("tests/test_plain.py", "def test_plain(): pass")
    course.file("tests/test_broken.py", "import nothing_of_this_name")
