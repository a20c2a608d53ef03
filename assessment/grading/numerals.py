"""Numbers as people write them."""

from __future__ import annotations

import math
import re

SHOWN = 160
"""Characters of an answer that a sentence repeats."""

GROUPED = re.compile(r"[1-9]\d{0,2}(?:([,\u00a0\u2009\u202f '_])\d{3})(?:\1\d{3})*(?:\.\d*)?")
"""Digits in groups of three: `1,000`, `1 000 000.5`."""
POWER_OF_TEN = re.compile(r"[x*\u00d7\u00b7]10(?:\^|\*\*)([+-]?\d+)", re.IGNORECASE)
NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")


def read_number(text: str, unit: str = "") -> float:
    """Read a number as people write it.

    A comma between groups of three digits parts thousands, any other one is a
    decimal comma. `12 %` is 12 where the answer is counted in percent, 0.12
    elsewhere. A fraction of two numbers is divided.

    Raises:
        ValueError: it is no number; the text says what could not be read.
    """
    plain = text.strip().translate({0x2212: "-", 0x2013: "-"})
    plain = re.sub(r"^[=~\u2248]\s*", "", plain)
    if unit and plain.casefold().endswith(unit.casefold()):
        plain = plain[: -len(unit)].rstrip()
    share = plain.endswith("%")
    plain = plain[:-1].rstrip() if share else plain
    numerator, slash, denominator = plain.partition("/")
    number = _decimal(numerator, unit)
    if slash:
        divisor = _decimal(denominator, unit)
        if divisor == 0:
            raise ValueError("it divides by zero")
        number /= divisor
    return number / 100 if share else number


def _decimal(part: str, unit: str) -> float:
    part = part.strip()
    sign = part[:1] if part[:1] in ("+", "-") else ""
    digits = part[len(sign) :].lstrip()
    digits = POWER_OF_TEN.sub(r"e\1", re.sub(r"\s*([x*\u00d7\u00b7^])\s*", r"\1", digits))
    if GROUPED.fullmatch(digits):
        digits = re.sub(r"[^\d.]", "", digits)
    elif digits.count(",") == 1 and "." not in digits:
        digits = digits.replace(",", ".")
    if not NUMBER.fullmatch(digits) or not digits.isascii():
        example = f", with or without the unit {quoted(unit)}" if unit else ""
        message = "this is no number; write digits, such as 12, 1,000, 0.5 or 1e-3"
        raise ValueError(f"{message}{example}")
    number = float(sign + digits)
    if not math.isfinite(number):
        raise ValueError("it is too large")
    return number


def quoted(text: str) -> str:
    """Return what somebody wrote as a sentence repeats it, on one line."""
    shown = " ".join(text.split())
    return f"`{shown}`" if len(shown) <= SHOWN else f"`{shown[: SHOWN - 3]}...`"
