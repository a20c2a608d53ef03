"""What the rates of single expectations come to for a class."""

from __future__ import annotations

from typing import Any

import pytest

from assessment.results.promises import Promise, promise_of, promise_words
from assessment.results.record import BandSource
from tests.report.builders import graded, result


def band(**source: Any) -> Any:
    return graded(source=BandSource(kind="calibrated", **source))


def test_rates_add_up() -> None:
    one = band(n=5, false_fails=0.002, false_fails_upper=0.01)
    order = band(n=10, false_fails=0.001)
    found = promise_of([result(expectations=[one, graded()]), result(expectations=[order])])
    assert found == Promise(2, 5, pytest.approx(0.003), pytest.approx(0.011))
    assert promise_words(found) == (
        "2 bands and orders from 5 or more reference runs fail at most 0.3 of 100 correct "
        "hand-ins somewhere on average, 1.1 with reference runs as unlucky as 1 in 20"
    )


@pytest.mark.parametrize(
    ("hand_ins", "words"),
    [
        (60, "at most 0.18 of 60 correct hand-ins somewhere on average, 15 with"),
        (1, "at most 0.003 of 1 correct hand-in somewhere on average, 0.25 with"),
        (1000, "at most 3 of 1000 correct hand-ins somewhere on average, 250 with"),
    ],
)
def test_it_is_told_for_the_size_of_the_class(hand_ins: int, words: str) -> None:
    one = band(n=5, false_fails=0.003, false_fails_upper=0.25)
    found = promise_of([result(expectations=[one])], hand_ins)
    assert found is not None
    assert words in promise_words(found)


def test_what_carries_no_points_takes_none() -> None:
    shown = band(n=5, false_fails=0.2).model_copy(update={"points": 0.0})
    assert promise_of([result(expectations=[shown])]) is None


def test_no_share_is_above_one() -> None:
    many = [band(n=5, false_fails=0.7)] * 2
    found = promise_of([result(expectations=many)])
    assert found is not None
    assert (found.rate, found.upper_rate) == (1.0, 1.0)
