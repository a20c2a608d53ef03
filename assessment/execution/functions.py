"""A function question: its arguments, and both functions called on them."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from assessment.boundary.messages import NUMBER_KINDS
from assessment.errors import AssessmentError, DataError
from assessment.execution.calls import Called, CallRequest
from assessment.execution.quoting import said
from assessment.execution.requests import Work
from assessment.grading.functions import compare_calls
from assessment.grading.score import Setting, unscored
from assessment.models.registry import resolve_function
from assessment.results.record import Result
from assessment.spec.kinds.function import WHOLE, ArrayInput, FunctionQuestion
from assessment.spec.units import Unit

Array = np.ndarray[Any, Any]
Submit = Callable[[CallRequest], "Future[Called]"]


def arguments_of(question: FunctionQuestion, data_dir: Path) -> dict[str, list[Array]]:
    """Return the arguments of every call.

    Raises:
        DataError: a file is absent or is no array of numbers.
    """
    return {
        name: [_array(argument, data_dir) for argument in case.arguments]
        for name, case in question.cases.items()
    }


def grade_function(
    unit: Unit, setting: Setting, data_dir: Path, submit: Submit, work: Work | None = None
) -> Result:
    """Call the solution and the reference, each in a process of its own, and compare.

    Args:
        unit: a function question.
        setting: of its lab.
        data_dir: where files of arguments lie.
        submit: hands a request to the trainers.
        work: what is called instead of the instructor's own solution.
    """
    question = unit.question
    assert isinstance(question, FunctionQuestion)
    folder = setting.lab_file.path.resolve().parent
    try:
        arguments = arguments_of(question, data_dir)
        names = resolve_function(question.solution), resolve_function(question.reference)
    except AssessmentError as error:
        return unscored(unit, setting, "not_gradable", str(error))
    limits, forbid = question.limits, tuple(question.forbid)
    called_on = question.function if work is not None else names[0]
    ahead = submit(CallRequest(called_on, arguments, forbid, limits, folder, work))
    truth = submit(CallRequest(names[1], arguments, (), limits, folder)).result()
    called = ahead.result()
    failed = truth.attempt.reason or next(
        (f"case {name} {error}" for name, error in truth.errors.items()), ""
    )
    if failed:
        reason = f"the reference {question.reference} failed: {failed}"
        return unscored(unit, setting, "not_gradable", reason)
    attempt, answered = called.attempt, {**called.outputs, **called.errors}
    if attempt.outcome == "not_gradable" or (attempt.outcome != "scored" and not answered):
        return unscored(unit, setting, attempt.outcome, attempt.reason)
    # What ended the process costs the calls that were not answered, and no others.
    errors = {name: attempt.reason for name in question.cases if name not in answered}
    for name, words in called.errors.items():
        errors[name] = words if work is None else said(words)
    graded, cases = compare_calls(question, arguments, truth.outputs, called.outputs, errors)
    earned = round(math.fsum(one.earned for one in graded), 6)
    return unscored(unit, setting, "scored", "").model_copy(
        update={
            "expectations": graded,
            "cases": cases,
            "earned": earned,
            "points": question.points,
            "seconds": called.attempt.seconds,
        }
    )


def _array(argument: ArrayInput, data_dir: Path) -> Array:
    if argument.file is not None:
        return _read(data_dir / argument.file)
    assert argument.shape is not None
    generator = np.random.Generator(np.random.PCG64(argument.seed))
    if argument.dtype in WHOLE:
        low, high = int(argument.low), int(argument.high)
        return generator.integers(low, high, argument.shape, argument.dtype, endpoint=True)
    drawn = generator.uniform(argument.low, argument.high, argument.shape)
    return np.asarray(drawn, dtype=argument.dtype)


def _read(path: Path) -> Array:
    try:
        with path.open("rb") as file:  # of an archive NumPy would leave it open
            array = np.load(file, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(
            f"{path} is missing; name another directory with --assess-data DIR or ASSESSMENT_DATA"
        ) from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} cannot be read as a .npy file: {error}") from None
    if (
        not isinstance(array, np.ndarray)
        or array.dtype.kind not in NUMBER_KINDS
        or array.dtype.itemsize > 8
    ):
        raise DataError(f"{path} holds no array of numbers")
    return array
