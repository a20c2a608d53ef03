"""Functions, answers and checkpoints as items of a pytest run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.plugin.course import Course, comparison, training, written

SOLUTIONS = """
import numpy as np


def right(x):
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)


def wrong(x):
    return np.exp(x) / np.exp(x).sum(axis=0, keepdims=True)


def raises(x):
    return 1 / (x.ndim - 2)


def hangs(x):
    while True:
        pass


def refuses(hidden):
    raise TypeError(f"no network of {hidden} units")
"""


def function(solution: str, **fields: Any) -> dict[str, Any]:
    """Return a question for the softmax of two arrays."""
    return {
        "kind": "function",
        "title": "Softmax",
        "function": "softmax",
        "solution": f"solutions:{solution}" if ":" not in solution else solution,
        "reference": "torch/softmax",
        "cases": {
            "square": {"arguments": [{"shape": [2, 2]}]},
            "wide": {"arguments": [{"shape": [1, 5]}]},
        },
        "points": 2,
        **fields,
    }


def checkpoint(of: str) -> dict[str, Any]:
    return {"kind": "checkpoint", "title": "Saved", "of": of, "file": "saved.pth", "points": 2}


def answer(right: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": "answer", "title": "Answer", "answer": right, "points": 1, **fields}


@pytest.fixture
def lab(course: Course) -> Course:
    course.file("specs/solutions.py", SOLUTIONS)
    return course


def test_functions(lab: Course) -> None:
    lab.lab(
        right=function("right", forbid=["torch"]),
        wrong=function("wrong"),
        raises=function("raises"),
        hangs=function("hangs", limits={"seconds": 1}),
        absent=function("right", cases={"a": {"arguments": [{"file": "no/such.npy"}]}}),
        faulty_reference=function("right", reference="solutions:raises"),
    )
    result = lab.run("specs")
    result.assert_outcomes(passed=1, failed=3, errors=2)
    assert lab.statuses == {
        "right": "scored",
        "wrong": "scored",
        "raises": "scored",
        "hangs": "timeout",
        "absent": "not_gradable",
        "faulty-reference": "not_gradable",
    }
    results = lab.results
    assert results["right"]["earned"] == 2
    assert [case["name"] for case in results["right"]["cases"]] == ["square", "wide"]
    assert results["wrong"]["earned"] == 0
    result.stdout.fnmatch_lines(
        [
            "specs/lab.yaml:*: every number is wrong, worst at * (0 of 1 points)",
            "specs/lab.yaml:*: raised ZeroDivisionError: * (0 of 1 points)",
            "specs/lab.yaml:*: took longer than the 1 s allowed, after 0 of 2 calls*",
        ]
    )
    text = result.stdout.str()
    assert "no/such.npy is missing; name another directory with --assess-data" in text
    assert "the reference solutions:raises failed: case square raised ZeroDivisionError" in text
    assert "Traceback" not in text


def test_arguments_from_files(lab: Course) -> None:
    (lab.path / "sets").mkdir()
    np.save(lab.path / "sets" / "x.npy", np.eye(3))
    lab.lab(f=function("right", cases={"given": {"arguments": [{"file": "x.npy"}]}}))
    lab.run("specs", "--assess-data=sets").assert_outcomes(passed=1)
    [case] = lab.results["f"]["cases"]
    assert [picture["shape"] for picture in case["pictures"]] == [[3, 3]] * 4


def test_checkpoints_score_what_was_trained(lab: Course) -> None:
    lab.lab(
        model=training(),
        saved=checkpoint("model"),
        hopeless=training(
            training={"model": {"name": "solutions:refuses", "arguments": {"hidden": 3}}}
        ),
        lost=checkpoint("hopeless"),
    )
    result = lab.run("specs")
    result.assert_outcomes(passed=2, failed=1, skipped=1)
    saved = lab.results["saved"]
    assert saved["earned"] == 2
    trained = lab.results["model"]["runs"][0]["epochs"]["test_accuracy"][-1]
    assert saved["expectations"][0]["value"] == trained
    assert saved["expectations"][0]["why"] == (
        f"the weights as trained, saved and loaded again, score {trained:.2f} %, "
        f"the trained model {trained:.2f} %"
    )
    assert lab.statuses["lost"] == "skipped"
    assert lab.results["lost"]["reason"].startswith("hopeless is invalid: TypeError: ")


NETWORKS = """
import torch
from torch import nn


class Normed(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.LazyLinear(12), nn.BatchNorm1d(12), nn.Linear(12, 10))


class Half(Normed):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(3, dtype=torch.bfloat16))


class Talks(Normed):
    def get_extra_state(self):
        return {"epoch": 3}

    def set_extra_state(self, state):
        pass
"""


def test_checkpoints_of_models_with_odd_states(lab: Course) -> None:
    lab.file("specs/networks.py", NETWORKS)

    def model(name: str) -> dict[str, Any]:
        return training(training={"model": {"name": f"networks:{name}", "arguments": {}}})

    lab.lab(
        normed=model("Normed"),
        normed_saved=checkpoint("normed"),
        half=model("Half"),
        half_saved=checkpoint("half"),
        talks=model("Talks"),
        talks_saved=checkpoint("talks"),
    )
    result = lab.run("specs")
    result.assert_outcomes(passed=5, errors=1)
    assert [lab.results[f"{name}-saved"]["earned"] for name in ("normed", "half")] == [2, 2]
    assert lab.results["talks-saved"]["reason"] == (
        "the weights of talks could not be kept: "
        "its state holds _extra_state, which is no array of real numbers (dict)"
    )


def test_a_call_that_ends_the_process_costs_its_own_points(lab: Course) -> None:
    lab.file(
        "specs/late.py", "import os\n\n\ndef f(x):\n    return x if x.ndim == 2 else os._exit(1)\n"
    )
    cases = {"flat": {"arguments": [{"shape": [2, 2]}]}, "deep": {"arguments": [{"shape": [2]}]}}
    lab.file("specs/same.py", "def g(x):\n    return x\n")
    lab.lab(f=function("late:f", reference="same:g", cases=cases))
    lab.run("specs").assert_outcomes(failed=1)
    flat, deep = lab.results["f"]["expectations"]
    assert (flat["earned"], deep["earned"]) == (1, 0)
    assert deep["why"] == "exited with status 1 before its last call was done"


def test_workers_share_the_weights_of_a_checkpoint(lab: Course) -> None:
    lab.lab(model=training(), saved=checkpoint("model"), again=checkpoint("model"))
    result = lab.spawn("specs", "-n", "2")
    result.assert_outcomes(passed=3)
    assert {record["earned"] for record in lab.results.values()} == {2}


def test_one_checkpoint_alone_trains_its_model(lab: Course) -> None:
    lab.lab(
        model=training(),
        saved=checkpoint("model"),
        order=comparison("model", "model2"),
        model2=training(),
    )
    result = lab.run("specs/lab.yaml::saved")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["assessment: 1 run to make*"])


def test_answers(lab: Course) -> None:
    formula = {"expression": "N / B", "variables": {"N": "scalar", "B": "scalar"}}
    lab.lab(
        number=answer({"value": 3.0}, reported=4.0),
        choice=answer("no", choices=["yes", "no"]),
        formula=answer(formula, reported="B / N"),
        essay=written() | {"model_answer": "because"},
    )
    result = lab.run("specs")
    result.assert_outcomes(passed=3, skipped=1)
    results = lab.results
    assert {name: record["earned"] for name, record in results.items()} == {
        "number": 1,
        "choice": 1,
        "formula": 1,
        "essay": 0,
    }
    assert results["formula"]["answer"] == "N / B"
    [finding] = results["formula"]["findings"]
    assert finding.startswith("The report's answer `B / N` is wrong: for ")
    assert results["essay"]["answer"] == "because"


def test_smoke_calls_functions_and_loads_nothing(lab: Course) -> None:
    lab.lab(
        model=training(),
        saved=checkpoint("model"),
        right=function("right"),
        n=answer("a", choices=["a", "b"]),
    )
    lab.file("specs/bad.py", "def f(x):\n    raise ValueError('never')\n")
    lab.lab("second", bad=function("bad:f"))
    result = lab.run("specs", "--assess-smoke")
    result.assert_outcomes(passed=4, failed=1)
    assert all(record["earned"] == 0 for record in lab.results.values()), lab.results
