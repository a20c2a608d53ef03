"""Numbers as people read them: as many digits as they need, and no two that look alike."""

from __future__ import annotations

import math
from typing import Literal

Style = Literal["percent", "significant", "count", "seconds"]
"""How a quantity is written: two decimals at most, four significant digits, a count, tenths."""

LEAST_PERCENT = 0.001
"""Percentage below which a share is not told apart from none."""

MOST_DIGITS = 17
"""No two different floats look alike with this many significant digits."""


def write(value: float, style: Style, *, more: int = 0) -> str:
    """Write a value with its sign of unit; `more` adds digits beyond the style's own."""
    return bare(value, style, more=more) + _suffix(style)


def bare(value: float, style: Style, *, more: int = 0) -> str:
    """Write a value without its unit."""
    if not math.isfinite(value):
        return "infinite"
    if style == "percent":
        return _trimmed(f"{value:.{2 + more}f}", at_least=1)
    if style == "seconds":
        return f"{value:.{1 + more}f}"
    if style == "count":
        return _trimmed(f"{value:,.{1 + more}f}", at_least=0)
    return f"{value:.{4 + more}g}"


def write_pair(value: float, bound: float, style: Style) -> tuple[str, str]:
    """Write two values so that they look different where they are."""
    for more in range(MOST_DIGITS):
        pair = write(value, style, more=more), write(bound, style, more=more)
        if value == bound or pair[0] != pair[1]:
            return pair
    return repr(value) + _suffix(style), repr(bound) + _suffix(style)


def write_range(low: float | None, high: float | None, style: Style) -> str:
    """Write an interval: `97.61 to 98.83 %`, `at least 97.0 %`, `at most 0.12`."""
    if low is None and high is None:
        return "any value"
    if high is None:
        assert low is not None
        return f"at least {write(low, style)}"
    if low is None:
        return f"at most {write(high, style)}"
    first, second = write_pair(low, high, style)
    return f"{first.removesuffix(_suffix(style))} to {second}"


def write_share(share: float) -> str:
    """Write a share as a percentage of two digits: `0.17 %`, `97 %`, `less than 0.001 %`."""
    percent = 100 * share
    if 0 < percent < LEAST_PERCENT:
        return f"less than {LEAST_PERCENT} %"
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def count(number: int, noun: str) -> str:
    """Write `1 run`, `5 runs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def enumerate_words(words: list[str], *, last: Literal["and", "or"] = "and") -> str:
    """Write `a`, `a and b`, `a, b and c`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _suffix(style: Style) -> str:
    return {"percent": " %", "seconds": " s"}.get(style, "")


def _trimmed(digits: str, at_least: int) -> str:
    whole, _, decimals = digits.partition(".")
    decimals = decimals.rstrip("0").ljust(at_least, "0")
    return f"{whole}.{decimals}" if decimals else whole
