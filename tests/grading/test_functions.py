"""Outputs are compared number by number, and what is wrong is said in a sentence."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from assessment.grading.functions import compare_calls
from assessment.results.record import Graded, Picture
from assessment.spec.lab import FunctionQuestion

RIGHT = np.array([[1.0, -2.0], [1000.0, 0.0]])


def question(cases: int = 1, **changes: Any) -> FunctionQuestion:
    case = {"arguments": [{"shape": [2, 2]}]}
    return FunctionQuestion.model_validate(
        {
            "kind": "function",
            "title": "F",
            "function": "f",
            "solution": "numpy/softmax",
            "reference": "torch/softmax",
            "cases": dict.fromkeys("abc"[:cases], case),
            "points": 6,
            "absolute_tolerance": 0.01,
            "relative_tolerance": 0,
        }
        | changes
    )


def graded(found: Any, right: Any = RIGHT, error: str | None = None, **changes: Any) -> Graded:
    """Grade one call."""
    asked = question(**changes)
    outputs = {} if found is None else {"a": np.asarray(found)}
    errors = {} if error is None else {"a": error}
    expectations, _ = compare_calls(
        asked, {"a": [RIGHT]}, {"a": np.asarray(right)}, outputs, errors
    )
    return expectations[0]


@pytest.mark.parametrize("shift", [0.0, 0.0099, -0.0099])
def test_within_the_tolerance(shift: float) -> None:
    one = graded(RIGHT + shift)
    assert (one.met, one.earned, one.points) == (True, 6.0, 6.0)
    assert one.value == pytest.approx(abs(shift), abs=1e-9)
    assert one.condition == "at most 0.01"
    assert one.why == "all 4 numbers agree"


def test_a_share_of_the_right_number() -> None:
    shifted = RIGHT + np.array([[0, 0], [9.0, 0]])
    assert not graded(shifted).met
    relative = {"relative_tolerance": 0.01}
    assert graded(shifted, **relative).met
    assert not graded(RIGHT + 0.02, **relative).met, "0 has a share of nothing"
    assert graded(shifted, **relative).condition == "at most 0.01 + 0.01 of the right number"


@pytest.mark.parametrize(
    ("found", "value", "why"),
    [
        (
            RIGHT + np.array([[0, 0.5], [0, 0]]),
            0.5,
            "1 of 4 numbers is wrong, worst at [0, 1]: -1.5, right is -2",
        ),
        (RIGHT + 1, 1.0, "every number is wrong, worst at [0, 0]: 2, right is 1"),
        (RIGHT[:1], None, "gives shape (1, 2), right is (2, 2)"),
        (
            [[1, -2], [np.nan, 0]],
            None,
            "1 of 4 numbers is wrong, worst at [1, 0]: nan, right is 1000",
        ),
        (
            [[np.inf, 5], [1000, 0]],
            None,
            "2 of 4 numbers are wrong, worst at [0, 0]: inf, right is 1",
        ),
    ],
)
def test_a_wrong_output(found: Any, value: float | None, why: str) -> None:
    one = graded(found)
    assert (one.met, one.earned, one.value, one.why) == (False, 0.0, value, why)


def test_what_is_not_finite_must_be_so_in_both() -> None:
    right = [[np.inf, np.nan], [-np.inf, 1.0]]
    assert graded(right, right).met
    assert not graded([[np.inf, np.nan], [np.inf, 1.0]], right).met
    assert not graded([[np.inf, 0.0], [-np.inf, 1.0]], right).met


@pytest.mark.parametrize("right", [np.uint8(250), np.array(True), np.array([3, 4], np.int64)])
def test_types_may_differ_but_not_wrap_around(right: Any) -> None:
    assert graded(np.asarray(right, dtype=np.float32), right).met
    wrong = graded(np.asarray(right).astype(np.int64) + 10, right)
    assert wrong.value == 10.0


def test_a_call_without_output() -> None:
    one = graded(None, error="raised ValueError: no")
    assert (one.met, one.value, one.why) == (False, None, "raised ValueError: no")


def test_every_call_has_the_same_share() -> None:
    asked = question(cases=3)
    outputs = {"a": RIGHT, "b": RIGHT + 1, "c": RIGHT}
    expectations, cases = compare_calls(
        asked, {name: [RIGHT] for name in "abc"}, dict.fromkeys("abc", RIGHT), outputs, {}
    )
    assert [one.earned for one in expectations] == [2.0, 0.0, 2.0]
    titles = ["argument 1", "expected", "found", "difference"]
    assert [[p.title for p in case.pictures] for case in cases] == [titles] * 3


def test_no_difference_is_shown_of_outputs_that_have_none() -> None:
    _, cases = compare_calls(question(), {"a": [RIGHT, RIGHT]}, {"a": RIGHT}, {"a": RIGHT[0]}, {})
    titles = [picture.title for picture in cases[0].pictures]
    assert titles == ["argument 1", "argument 2", "expected", "found"]


def test_rounding_is_dark_and_a_mistake_is_white() -> None:
    for shift, brightest in ((0.001, 26), (0.01, 255), (5.0, 255)):  # the tolerance is 0.01
        found = RIGHT + np.array([[0, 0], [0, shift]])
        _, cases = compare_calls(question(), {"a": [RIGHT]}, {"a": RIGHT}, {"a": found}, {})
        difference = cases[0].pictures[-1]
        raw = np.frombuffer(base64.b64decode(difference.pixels), np.uint8)
        assert raw.tolist() == pytest.approx([0, 0, 0, brightest], abs=1)
        assert difference.high == pytest.approx(max(shift, 0.01))


def levels(shown: Picture) -> list[int]:
    return list(base64.b64decode(shown.pixels))


def test_one_wrong_number_leaves_all_others_as_gray_as_they_are() -> None:
    right = np.arange(9.0).reshape(3, 3)
    found = right.copy()
    found[1, 1] = 1e9
    _, cases = compare_calls(question(), {"a": [RIGHT]}, {"a": right}, {"a": found}, {})
    expected, shown = cases[0].pictures[1:3]
    differing = [i for i, (a, b) in enumerate(zip(levels(expected), levels(shown), strict=True))
                 if a != b]  # fmt: skip
    assert differing == [4]
    assert (expected.low, expected.high) == (shown.low, shown.high) == (0.0, 8.0)
    assert (expected.least, expected.most) == (None, None)
    assert (shown.least, shown.most) == (0.0, 1e9)
    assert max(levels(cases[0].pictures[3])) == levels(cases[0].pictures[3])[4] == 255


@pytest.mark.parametrize(
    ("right", "found", "scale"),
    [
        (np.full((2, 2), 7.0), np.full((2, 2), 9.0), (7.0, 9.0)),
        (np.full((2, 2), np.nan), np.eye(2), (0.0, 1.0)),
        (np.eye(2), np.full((2, 2), np.nan), (0.0, 1.0)),
    ],
)
def test_outputs_without_a_range_share_that_of_both(
    right: Any, found: Any, scale: tuple[float, float]
) -> None:
    _, cases = compare_calls(question(), {"a": [RIGHT]}, {"a": right}, {"a": found}, {})
    scales = [(p.low, p.high) for p in cases[0].pictures[1:3]]
    assert [known for known in scales if known != (None, None)] == [scale] * (
        1 + (not np.isnan(right).any() and not np.isnan(found).any())
    )


def test_of_single_numbers_the_value_is_told() -> None:
    right, found = np.array(3.0), np.array(4.0)
    _, cases = compare_calls(question(), {"a": [RIGHT]}, {"a": right}, {"a": found}, {})
    assert [(p.low, p.high) for p in cases[0].pictures[1:3]] == [(3.0, 3.0), (4.0, 4.0)]
