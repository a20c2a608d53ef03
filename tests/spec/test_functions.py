"""Function questions and late policies: what their models accept and refuse."""

# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from assessment.spec.lab import ArrayInput, FunctionQuestion, Lab

QUESTION: dict[str, Any] = {
    "kind": "function",
    "title": "F",
    "function": "f",
    "solution": "a:f",
    "reference": "a:g",
    "cases": {"one": {"arguments": [{"shape": [2]}]}},
    "points": 1,
}


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({}, "an argument is a `file` or has a `shape`"),
        ({"file": "x.npy", "shape": [2]}, "an argument is a `file` or has a `shape`"),
        ({"file": "x.npy", "seed": 3}, "a `file` takes no `seed`"),
        ({"shape": [2], "low": 2.0}, "`low` 2 is above `high` 1"),
        ({"shape": [2], "dtype": "int64", "high": 1.5}, "numbers of type int64 are whole"),
        ({"shape": [2], "dtype": "uint8", "high": 256.0}, "numbers of type uint8 lie between 0 and 255"),
        ({"shape": [2], "dtype": "int64", "high": 1e30}, "numbers of type int64 lie between -9.0072e+15 and"),
        ({"shape": [2], "dtype": "float32", "high": 1e39}, "numbers of type float32 lie between"),
        ({"shape": [2], "low": -9e307, "high": 9e307}, "`low` and `high` are too far apart"),
        ({"shape": [300000, 300000]}, "an array has at most 16 dimensions and 16,777,216 numbers"),
        ({"shape": [1] * 17}, "an array has at most 16 dimensions"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_made(argument: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ArrayInput.model_validate(argument)
    assert message in str(raised.value)


@pytest.mark.parametrize("shape", [[], [1] * 16, [4096, 4096]])
def test_shapes_at_the_edge(shape: list[int]) -> None:
    assert ArrayInput.model_validate({"shape": shape}).shape == shape


def test_numpy_cannot_be_forbidden() -> None:
    with pytest.raises(ValidationError, match="the arguments are its arrays"):
        FunctionQuestion.model_validate(QUESTION | {"forbid": ["numpy"]})
    assert FunctionQuestion.model_validate(QUESTION | {"forbid": ["scipy.signal"]}).forbid


@pytest.mark.parametrize(
    ("rules", "fine"),
    [
        ([], True),
        ([{"days": 1, "factor": 0.7}, {"days": 3, "factor": 0.0}], True),
        ([{"days": 2, "factor": 0.7}, {"days": 2, "factor": 0.4}], False),
        ([{"days": 1, "factor": 0.4}, {"days": 2, "factor": 0.7}], False),
        ([{"days": 0, "factor": 1.0}], False),
        ([{"days": 1, "factor": 1.5}], False),
    ],
)
def test_late_policies(rules: list[dict[str, Any]], fine: bool) -> None:
    lab = {"title": "L", "questions": {"f": QUESTION}, "late_policy": rules}
    if fine:
        assert len(Lab.model_validate(lab).late_policy) == len(rules)
    else:
        with pytest.raises(ValidationError, match="late_policy"):
            Lab.model_validate(lab)
