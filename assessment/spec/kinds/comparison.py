"""Comparison questions: orders among measurements of other questions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assessment.spec.expectations import ComparisonExpectation, Identifier
from assessment.spec.kinds.base import QuestionBase


class ComparisonQuestion(QuestionBase):
    """Compare measurements of training questions of the same lab."""

    kind: Literal["comparison"]
    expect: dict[Identifier, ComparisonExpectation] = Field(min_length=1)
    """What is graded, by name."""
