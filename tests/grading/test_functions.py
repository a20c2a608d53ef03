"""Outputs are compared number by number, and what is wrong is said in a sentence."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from assessment.grading.functions import compare_calls, picture
from assessment.results.record import Graded
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


def pixels(array: Any) -> np.ndarray[Any, Any]:
    shown = picture("x", np.asarray(array))
    raw = np.frombuffer(base64.b64decode(shown.pixels), np.uint8)
    return raw.reshape(shown.height, shown.width)


def test_tiles_lie_in_rows_and_columns() -> None:
    array = np.arange(2 * 3 * 2 * 2, dtype=float).reshape(2, 3, 2, 2)
    image = pixels(array)
    assert image.shape == (2 * 2 + 1, 3 * 2 + 2)
    assert image[0, 0] == 0
    assert image[-1, -1] == 255
    assert (image[2] == 255).all(), "a white gap between the rows"
    scaled = np.round(255 * array / 23)
    np.testing.assert_array_equal(image[3:, 3:5], scaled[1, 1])


@pytest.mark.parametrize(
    ("shape", "size"),
    [((), (1, 1)), ((7,), (1, 7)), ((3, 4), (3, 4)), ((5, 1, 28, 28), (144, 28))],
)
def test_pictures_of_few_and_many_dimensions(shape: tuple[int, ...], size: Any) -> None:
    assert pixels(np.random.default_rng(0).random(shape)).shape == size


def test_rounding_is_dark_and_a_mistake_is_white() -> None:
    for shift, brightest in ((0.001, 26), (0.01, 255), (5.0, 255)):  # the tolerance is 0.01
        found = RIGHT + np.array([[0, 0], [0, shift]])
        _, cases = compare_calls(question(), {"a": [RIGHT]}, {"a": RIGHT}, {"a": found}, {})
        difference = cases[0].pictures[-1]
        raw = np.frombuffer(base64.b64decode(difference.pixels), np.uint8)
        assert raw.tolist() == pytest.approx([0, 0, 0, brightest], abs=1)
        assert difference.high == pytest.approx(max(shift, 0.01))


def test_a_picture_of_one_value_and_of_none() -> None:
    assert pixels(np.full((2, 2), 7.0)).tolist() == [[0, 0], [0, 0]]
    lost = picture("x", np.full((2, 2), np.nan))
    assert (lost.low, lost.high, lost.pixels) == (None, None, "")
    large = picture("x", np.zeros((1000, 1000)))
    assert (large.pixels, large.shape, large.low) == ("", [1000, 1000], 0.0)
