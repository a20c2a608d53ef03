"""Numbers as people write them."""

from __future__ import annotations

import pytest

from assessment.grading.numerals import SHOWN, quoted, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 0.5\n", 0.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("1.5E-3", 0.0015),
        ("+5", 5),
        ("-5", -5),
        ("\u22125", -5),
        ("- 5", -5),
        ("= 5", 5),
        ("~5", 5),
        ("\u2248 5", 5),
        # thousands
        ("1,000", 1000),
        ("33,130", 33_130),
        ("1,234,567.25", 1_234_567.25),
        ("1 000", 1000),
        ("1\u202f000\u202f000", 1_000_000),
        ("1'000", 1000),
        ("1_000", 1000),
        # decimal commas
        ("0,163", 0.163),
        ("1,5", 1.5),
        ("-2,25", -2.25),
        # other spellings
        ("1/3", 1 / 3),
        ("45,000 / 50", 900),
        ("1.2x10^3", 1200),
        ("1.2 \u00d7 10^-3", 0.0012),
        ("3*10**2", 300),
        ("12 %", 0.12),
        ("12%", 0.12),
    ],
)
def test_reads(text: str, number: float) -> None:
    assert read_number(text) == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12 %", "%", 12),
        ("12", "%", 12),
        ("0.163 nats", "nats", 0.163),
        ("0.163 NATS", "nats", 0.163),
        ("0.163", "nats", 0.163),
        ("3 e", "e", 3),
    ],
)
def test_reads_the_unit_asked_for(text: str, unit: str, number: float) -> None:
    assert read_number(text, unit) == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "five",
        "",
        "about 5",
        "5 apples",
        "--5",
        "5-",
        "1,23,456",
        "1,234,56",
        "1.000,5",
        "1.5.2",
        "1 2",
        "12 % %",
        "1/2/3",
        "nan",
        "inf",
        "0x10",
        "\u0663",
        "1e99999",
        "__import__('os')",
        "9" * 50 + "!",
    ],
)
def test_says_what_to_write_instead(text: str) -> None:
    with pytest.raises(ValueError, match=r"^this is no number; write digits, such as 12, 1,000, "):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1e999", "it is too large"),
        ("-" + "9" * 400, "it is too large"),
        ("3/0", "it divides by zero"),
    ],
)
def test_numbers_without_a_value(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_number(text)


def test_names_the_unit_that_may_stand_behind() -> None:
    with pytest.raises(ValueError, match=r"1e-3, with or without the unit `nats`$"):
        read_number("5 bits", "nats")


def test_quotes_on_one_line_and_not_too_much() -> None:
    assert quoted("a\n  b") == "`a b`"
    assert len(quoted("x" * 10_000)) == SHOWN + 2
