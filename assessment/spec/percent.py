"""Percentages, and the shares of 1 that are written in their place."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field


def is_fraction(number: float) -> bool:
    """Tell whether an accuracy in percent is so small that a share of 1 must have been meant."""
    return 0 < number < 1


def fraction_problem(number: float) -> str:
    """Say what a share of 1 means as a percentage, and what to write instead."""
    return f"percent: {number:g} means {number:g} %, write {100 * number:.6g}"


def _no_fraction(number: float) -> float:
    if is_fraction(number):
        raise ValueError(fraction_problem(number))
    return number


Percent = Annotated[float, Field(ge=0, le=100), AfterValidator(_no_fraction)]
"""An accuracy."""
