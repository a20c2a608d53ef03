"""Answer questions: a number, a choice or a formula."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from assessment.spec.base import SpecModel
from assessment.spec.expectations import Identifier
from assessment.spec.kinds.base import QuestionBase


class Number(SpecModel):
    """A number with a tolerance."""

    value: float
    """The right answer."""
    tolerance: NonNegativeFloat = 0.0
    """Distance that still counts."""


class Variable(SpecModel):
    """A name in a formula, and which numbers are put in for it."""

    kind: Literal["scalar", "vector"]
    """One number, or a list of them; all vectors of a formula have one length."""
    low: float = 1
    """Smallest number put in."""
    high: float = 50
    """Largest number put in."""
    whole: bool = True
    """Whole numbers only."""
    text: str = ""
    """What it stands for, as the student reads it."""

    @model_validator(mode="before")
    @classmethod
    def _kind_alone(cls, data: Any) -> Any:
        return {"kind": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"`low` {self.low:g} is above `high` {self.high:g}")
        if self.whole and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError("whole numbers lie between whole `low` and `high`")
        return self


class Formula(SpecModel):
    """An expression in named variables, compared at many points."""

    expression: str
    """The right answer in Python's arithmetic: + - * / // % **, `sum`, `len`, `min`, `max`, `abs`,
    `ceil`, `floor`, `sqrt`, `log`, `exp`, indexing from 0, slices, and
    `sum(... for k in range(...))`; arithmetic of vectors goes element by element."""
    also: list[str] = []
    """Other expressions that are accepted."""
    variables: dict[Identifier, Variable] = Field(min_length=1)
    """The names it may use: `scalar`, `vector`, or a map that says more."""
    lengths: Annotated[list[PositiveInt], Field(min_length=1)] = [1, 2, 3, 4]
    """Lengths of the vectors."""
    examples: list[dict[Identifier, float | list[float]]] = []
    """Points that are tried first, and named first as counterexamples."""


class AnswerQuestion(QuestionBase):
    """A number, a choice or a formula."""

    kind: Literal["answer"]
    answer: Number | Formula | str
    """The right answer; a text is one of `choices`."""
    choices: list[str] = []
    """What may be chosen."""
    reported: float | str | None = None
    """What somebody's report answered, right or wrong; judged and shown, for no points."""
    points: NonNegativeFloat
    """What it is worth."""

    @model_validator(mode="after")
    def _text_is_a_choice(self) -> Self:
        if isinstance(self.answer, str) and self.answer not in self.choices:
            raise ValueError(
                f"the answer {self.answer!r} is none of `choices` ({', '.join(self.choices)})"
            )
        return self
