"""Arguments of function questions: read from files, or drawn and always the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.errors import DataError
from assessment.execution.calls import Called, CallRequest
from assessment.execution.conductor import Attempt
from assessment.execution.functions import arguments_of, grade_function
from assessment.execution.requests import Work
from assessment.grading.setting import Setting
from assessment.models.registry import resolve_function
from assessment.spec.lab import FunctionQuestion, Lab
from assessment.spec.reader import LabFile
from assessment.spec.units import units
from assessment.submissions.listing import single_submission


def asked(**argument: Any) -> dict[str, Any]:
    return {
        "kind": "function",
        "title": "F",
        "function": "f",
        "solution": "numpy/softmax",
        "reference": "torch/softmax",
        "cases": {"only": {"arguments": [argument]}},
        "points": 1,
    }


def arguments(folder: Path, **argument: Any) -> np.ndarray[Any, Any]:
    """Return the only argument of the only call."""
    question = FunctionQuestion.model_validate(asked(**argument))
    return arguments_of(question, folder)["only"][0]


@pytest.mark.parametrize(
    ("handed_in", "why"),
    [(True, 'it said: "the grader failed"'), (False, "the grader failed")],
)
def test_why_a_call_gave_nothing_is_quoted_of_a_submission(
    handed_in: bool, why: str, tmp_path: Path
) -> None:
    lab = Lab.model_validate({"title": "L", "questions": {"q": asked(shape=[2])}})
    (tmp_path / "mine.py").touch()
    work = Work(single_submission(tmp_path / "mine.py"), "process") if handed_in else None

    def submit(request: CallRequest) -> Future[Called]:
        """Answer for a function that fails, and for the reference."""
        future: Future[Called] = Future()
        solution = request.function in ("f", resolve_function("numpy/softmax"))
        errors = {"only": "the grader failed"} if solution else {}
        outputs = {} if solution else {"only": np.zeros(2)}
        future.set_result(Called(Attempt("scored", ""), outputs, errors))
        return future

    made: Callable[[Any], Future[Any]] = submit
    setting = Setting(LabFile(lab, tmp_path / "lab.yaml", ""))
    result = grade_function(units(lab)["q"], setting, tmp_path, made, work)
    assert [(one.why, one.earned) for one in result.expectations] == [(why, 0.0)]


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [("uint8", 3, 9), ("int64", -2, 2), ("float32", -1, 1), ("float64", 0, 10)],
)
def test_drawn_numbers_fill_their_range(
    dtype: str, low: float, high: float, tmp_path: Path
) -> None:
    drawn = arguments(tmp_path, shape=[40, 50], dtype=dtype, low=low, high=high, seed=3)
    assert drawn.shape == (40, 50)
    assert drawn.dtype == dtype
    assert low <= drawn.min() < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < drawn.max() <= high
    again = arguments(tmp_path, shape=[40, 50], dtype=dtype, low=low, high=high, seed=3)
    np.testing.assert_array_equal(drawn, again)
    other = arguments(tmp_path, shape=[40, 50], dtype=dtype, low=low, high=high, seed=4)
    assert (drawn != other).any()


def test_a_single_number(tmp_path: Path) -> None:
    assert arguments(tmp_path, shape=[]).shape == ()


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    np.save(tmp_path / "lab/kernel.npy", np.eye(3))
    np.testing.assert_array_equal(arguments(tmp_path, file="lab/kernel.npy"), np.eye(3))


def missing(path: Path) -> None:
    pass


def text(path: Path) -> None:
    path.write_text("1 2 3")


def truncated(path: Path) -> None:
    np.save(path, np.eye(9))
    path.write_bytes(path.read_bytes()[:300])


def objects(path: Path) -> None:
    np.save(path, np.array([{"a": 1}], dtype=object))


def words(path: Path) -> None:
    np.save(path, np.array(["a", "b"]))


def several(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, a=np.eye(2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (missing, "is missing; name another directory with --assess-data DIR or ASSESSMENT_DATA"),
        (text, "cannot be read as a .npy file"),
        (truncated, "cannot be read as a .npy file"),
        (objects, "cannot be read as a .npy file: Object arrays cannot be loaded"),
        (words, "holds no array of numbers"),
        (several, "holds no array of numbers"),
    ],
)
def test_a_file_that_is_no_array(make: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    make(path)
    with pytest.raises(DataError) as raised:
        arguments(tmp_path, file="x.npy")
    assert str(raised.value).startswith(f"{path} {message}")
