"""Written questions: text that a person grades by a rubric."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat

from assessment.spec.base import SpecModel
from assessment.spec.kinds.base import QuestionBase
from assessment.spec.recipe import NonEmpty


class Criterion(SpecModel):
    """One line of a rubric."""

    points: NonNegativeFloat
    """What it is worth."""
    text: str
    """What a good answer says."""


class SubmittedText(SpecModel):
    """Where the answer is found in what a student hands in."""

    headings: list[NonEmpty] = []
    """Headings that it stands under; by default the question's id and title."""
    files: list[NonEmpty] = []
    """Names of text files that hold it."""


class WrittenQuestion(QuestionBase):
    """Text that a person grades."""

    kind: Literal["written"]
    rubric: list[Criterion] = Field(min_length=1)
    """What is looked for and what it is worth."""
    submitted: SubmittedText = SubmittedText()
    """Where the answer is found in what is handed in."""
    model_answer: str | None = None
    """The instructor's own answer, shown where nothing is handed in."""
    reported: str | None = None
    """What somebody's report answered, right or wrong."""
