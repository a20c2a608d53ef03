"""A function is called in a process of its own; each of its failures becomes one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.boundary.messages import Frame, ProtocolError
from assessment.execution.calls import Called, CallRequest, Respondent
from assessment.spec.lab import Limits
from tests.execution.pool import Pool, recipe

HERE = Path(__file__).parent
NUMBERS = np.array([[1.0, -2.0], [3.5, 4.0]])


def call(pool: Pool, function: str, *calls: list[Any], **how: Any) -> Called:
    """Call a function of `called_functions`; the calls are named a, b, ..."""
    name = function if ":" in function else f"called_functions:{function}"
    limits = Limits(seconds=how.get("seconds", 30.0))
    request = CallRequest(
        name,
        dict(zip("abc", calls or ([NUMBERS],), strict=False)),
        tuple(how.get("forbid", ())),
        limits,
        HERE,
    )
    return pool.trainers.submit(request).result(60)


def test_every_call_is_answered(pool: Pool) -> None:
    whole = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    called = call(pool, "add", [NUMBERS, NUMBERS], [whole, np.float32(0.5).reshape(())])
    assert called.attempt.outcome == "scored"
    np.testing.assert_array_equal(called.outputs["a"], 2 * NUMBERS)
    np.testing.assert_array_equal(called.outputs["b"], whole + np.float32(0.5))
    assert called.errors == {}


@pytest.mark.parametrize(
    ("function", "output"),
    [
        ("as_list", NUMBERS),
        ("as_number", np.array(6.5)),
        ("as_tensor", 2 * NUMBERS),
        ("spoils_its_argument", NUMBERS + 1),
        ("wide", NUMBERS),
    ],
)
def test_what_counts_as_an_array(function: str, output: Any, pool: Pool) -> None:
    before = NUMBERS.copy()
    np.testing.assert_array_equal(call(pool, function).outputs["a"], output)
    np.testing.assert_array_equal(before, NUMBERS)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("forgets_to_return", "returned NoneType, an array of numbers is wanted"),
        ("ragged", "returned rows of different lengths, an array is wanted"),
        ("impostor", "returned Impostor, an array is wanted"),
        (
            "enormous",
            "returned an array of 7,629,395 MB (shape (1000000, 1000000)), "
            "at most 256 MB are taken",
        ),
        ("words", "returned ndarray of <U3, an array of numbers is wanted"),
        ("raises_for_negative", "raised ValueError: no root of a negative number"),
        ("masked", "returned a masked array, an array of numbers is wanted"),
        ("a_pair", "returned a tuple of 2, one array is wanted"),
        ("leaves_for_negative", "raised SystemExit: enough"),
    ],
)
def test_a_call_without_an_array(function: str, error: str, pool: Pool) -> None:
    called = call(pool, function)
    assert (called.attempt.outcome, called.outputs) == ("scored", {})
    assert called.errors == {"a": error}


def test_a_call_that_raises_leaves_the_others_alone(pool: Pool) -> None:
    called = call(pool, "raises_for_negative", [NUMBERS], [np.array([9.0])])
    assert list(called.errors) == ["a"]
    np.testing.assert_array_equal(called.outputs["b"], [3.0])


@pytest.mark.parametrize(
    ("function", "outcome", "reason"),
    [
        ("absent", "invalid", "AttributeError: module 'called_functions' has no attribute "),
        ("no_such_module:f", "invalid", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("NOT_CALLABLE", "invalid", "NOT_CALLABLE is no function but of type int"),
        ("hangs", "timeout", "took longer than the 0.5 s allowed, after 0 of 1 calls"),
        ("kills_itself", "crashed", "was killed by SIGKILL"),
    ],
)
def test_a_function_that_fails_altogether(
    function: str, outcome: str, reason: str, pool: Pool
) -> None:
    called = call(pool, function, seconds=0.5 if function == "hangs" else 30.0)
    assert called.attempt.outcome == outcome
    assert called.attempt.reason.startswith(reason)


def test_a_forbidden_module(pool: Pool) -> None:
    called = call(pool, "with_torch", forbid=["torch"])
    assert called.errors == {"a": "uses torch, which this question forbids"}
    assert call(pool, "double", forbid=["torch"]).errors == {}
    solution = "assessment.models.numpy_functions:softmax"
    assert call(pool, solution, forbid=["torch"]).errors == {}
    module = call(pool, "assessment.models.torch_functions:softmax", forbid=["torch"])
    assert module.attempt.outcome == "invalid"
    assert module.attempt.reason == "uses torch, which this question forbids"


def test_a_forbidden_module_cannot_be_had_in_secret(pool: Pool) -> None:
    called = call(pool, "hides_torch", forbid=["torch"])
    np.testing.assert_array_equal(called.outputs["a"], 0 * NUMBERS)


def test_a_forbidden_part_of_a_package(pool: Pool) -> None:
    called = call(pool, "with_numpy_linalg", forbid=["xml.dom"])
    assert called.errors == {"a": "uses xml.dom, which this question forbids"}
    assert call(pool, "with_numpy_linalg", forbid=["xml.sax"]).errors == {}


def test_a_single_number_stays_one(pool: Pool) -> None:
    called = call(pool, "dimensions", [np.array(2.0)], [np.array([2.0])])
    assert [int(called.outputs[name]) for name in "ab"] == [0, 1]
    assert called.outputs["a"].shape == ()
    assert call(pool, "as_vector").outputs["a"].shape == (1,)


def test_what_was_answered_before_a_process_ended_is_kept(pool: Pool) -> None:
    called = call(pool, "dies_for_negative", [np.array([4.0])], [NUMBERS])
    assert called.attempt.outcome == "crashed"
    assert called.attempt.reason == "exited with status 3 before its last call was done"
    assert list(called.outputs) == ["a"]


def test_equal_calls_are_made_once(pool: Pool) -> None:
    limits = Limits(seconds=30)
    requests = [
        CallRequest("called_functions:double", {"a": [array]}, (), limits, HERE)
        for array in (NUMBERS, NUMBERS.copy(), NUMBERS.astype(np.float32), NUMBERS.T)
    ]
    assert requests[0].id == requests[1].id
    assert len({request.id for request in requests}) == 3
    assert pool.trainers.submit(requests[0]) is pool.trainers.submit(requests[1])


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (Frame("done"), "unknown kind 'done'"),
        (Frame("epoch"), "unknown kind 'epoch'"),
        (Frame("case", {"name": "b", "error": "x"}), "the answer to call a was due"),
        (Frame("case", {"name": "a"}), "call a holds no array of numbers"),
        (Frame("case", {"name": "a"}, {"output": np.array([1j])}), "holds no array of numbers"),
    ],
)
def test_answers_that_were_not_due(frame: Frame, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        Respondent(["a", "b"]).hear(frame)


def test_answers_after_the_last_call() -> None:
    respondent = Respondent(["a"])
    respondent.hear(Frame("case", {"name": "a", "error": "x" * 1000}))
    assert len(respondent.errors["a"]) == 300
    with pytest.raises(ProtocolError, match="unknown kind 'case'"):
        respondent.hear(Frame("case", {"name": "a", "error": "again"}))
    respondent.hear(Frame("done"))
    assert respondent.finished


def test_a_call_does_not_wait_for_runs_that_take_long() -> None:
    alone = Pool(slots=1)
    try:
        long = alone.submit(recipe(epochs=10_000, batch_size=8))
        called = call(alone, "double")
        assert called.attempt.outcome == "scored"
        assert not long.done()
    finally:
        alone.trainers.close()
