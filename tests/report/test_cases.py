from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from assessment.results.record import Case
from tests.report.builders import result
from tests.report.homework import convolution, picture_of
from tests.report.pages import summary


def test_calls_of_a_function_are_pictures() -> None:
    page = summary([convolution()])
    texts = page.values("alt")
    assert len(texts) == 10
    assert texts[2] == (
        "expected of call digits: 5\u00d78\u00d725\u00d725 float64, black -765.16 to white 647.44"
    )
    assert "one int64, 3" in page.text
    for data in (value.partition(",")[2] for value in page.values("src")):
        assert base64.b64decode(data).startswith(b"\x89PNG")
        assert len(data) <= 10_000 * 4 / 3 + 4


def test_only_the_first_calls_are_shown() -> None:
    page = summary([convolution(calls=6)])
    assert len(page.values("alt")) == 20
    assert "2 more calls in the table above" in page.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"pixels": ""}, "no picture"),
        ({"pixels": "not base64!"}, "no picture"),
        ({"height": 3}, "no picture"),
        ({"height": -1}, "no picture"),
        ({"low": None, "high": None}, "no finite value"),
        ({"low": 2.0, "high": 2.0}, "2 everywhere"),
        ({"least": 2.0, "most": 2.0}, "2 everywhere"),
        ({"least": -700.0, "most": 500.0}, "black -765.16 to white 647.44"),
        ({"least": -700.0, "most": 1e9}, "-700 to 1e+09, black -765.16 to white 647.44"),
        ({"shares": [3, 1]}, "white 647.44; shrunk, a pixel for 3\u00d71 numbers"),
    ],
    ids=str,
)
def test_what_stands_below_a_picture(values: dict[str, Any], words: str) -> None:
    shown = picture_of("found", 2, 2, 1).model_copy(update=values)
    item = result(kind="function", cases=[Case(name="a", pictures=[shown])])
    assert words in summary([item]).text


def test_a_large_picture_of_a_call_gets_fewer_pixels() -> None:
    draw = random.Random(1)
    noise = base64.b64encode(draw.randbytes(400 * 400)).decode()
    shown = picture_of("found", 2, 2, 1).model_copy(
        update={"pixels": noise, "height": 400, "width": 400}
    )
    page = summary([result(kind="function", cases=[Case(name="a", pictures=[shown])])])
    (data,) = [value.partition(",")[2] for value in page.values("src")]
    assert 1000 < len(base64.b64decode(data)) <= 10_000
    assert "; shrunk, a pixel for 4\u00d74 numbers" in page.text
    shared = shown.model_copy(update={"shares": [2, 5]})
    page = summary([result(kind="function", cases=[Case(name="a", pictures=[shared])])])
    assert "; shrunk, a pixel for 8\u00d720 numbers" in page.text
