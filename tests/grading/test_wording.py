from __future__ import annotations

import math

import pytest

from assessment.grading.wording import (
    Style,
    count,
    enumerate_words,
    write,
    write_pair,
    write_range,
    write_share,
)


@pytest.mark.parametrize(
    ("value", "style", "words"),
    [
        (98.01, "percent", "98.01 %"),
        (98.0, "percent", "98.0 %"),
        (98.006, "percent", "98.01 %"),
        (10.0, "percent", "10.0 %"),
        (0.0286, "significant", "0.0286"),
        (2.3025851, "significant", "2.303"),
        (5.0e-5, "significant", "5e-05"),
        (101146.0, "count", "101,146"),
        (17.5, "count", "17.5"),
        (42.04, "seconds", "42.0 s"),
        (math.inf, "significant", "infinite"),
    ],
)
def test_numbers_have_the_digits_that_people_read(value: float, style: Style, words: str) -> None:
    assert write(value, style) == words


def test_two_values_never_look_alike_unless_they_are() -> None:
    assert write_pair(97.999, 98.0, "percent") == ("97.999 %", "98.0 %")
    assert write_pair(87.1, 89.0, "percent") == ("87.1 %", "89.0 %")
    assert write_pair(98.0, 98.0, "percent") == ("98.0 %", "98.0 %")
    assert write_pair(0.12342, 0.12341, "significant") == ("0.12342", "0.12341")
    assert len(set(write_pair(98.0, math.nextafter(98.0, 0), "percent"))) == 2


def test_ranges_name_the_ends_they_have() -> None:
    assert write_range(97.61, 98.834, "percent") == "97.61 to 98.83 %"
    assert write_range(97, None, "percent") == "at least 97.0 %"
    assert write_range(None, 0.12, "significant") == "at most 0.12"
    assert write_range(0.99999, 1.0, "significant") == "0.99999 to 1"


def test_plurals_and_lists() -> None:
    assert [count(1, "run"), count(0, "run"), count(1200, "image")] == [
        "1 run",
        "0 runs",
        "1,200 images",
    ]
    assert [enumerate_words(list("abc"[:n])) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0017, "0.17 %"),
        (0.05, "5 %"),
        (0.0999, "10 %"),
        (0.972, "97 %"),
        (1.0, "100 %"),
        (1e-9, "less than 0.001 %"),
    ],
)
def test_shares(share: float, text: str) -> None:
    assert write_share(share) == text
