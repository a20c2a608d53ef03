"""Written questions: text that a person grades by a rubric."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat

from assessment.spec.base import SpecModel
from assessment.spec.kinds.base import QuestionBase


class Criterion(SpecModel):
    """One line of a rubric."""

    points: NonNegativeFloat
    """What it is worth."""
    text: str
    """What a good answer says."""


class WrittenQuestion(QuestionBase):
    """Text that a person grades."""

    kind: Literal["written"]
    rubric: list[Criterion] = Field(min_length=1)
    """What is looked for and what it is worth."""
    model_answer: str | None = None
    """The instructor's own answer, shown where nothing is handed in."""
    reported: str | None = None
    """What somebody's report answered, right or wrong."""
