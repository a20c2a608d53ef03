"""Answer questions: a number, a choice or a formula."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from assessment.formulas import Domain, FormulaError, NoValue, Point, evaluate, parse
from assessment.formulas import Formula as ParsedFormula
from assessment.formulas.comparison import defined_points
from assessment.formulas.functions import ARGUMENTS
from assessment.spec.base import Finding, Location, SpecModel, refuse
from assessment.spec.expectations import Identifier
from assessment.spec.kinds.base import QuestionBase
from assessment.spelling import did_you_mean, listed


class Number(SpecModel):
    """A number with a tolerance."""

    value: float
    """The right answer."""
    tolerance: NonNegativeFloat = 0.0
    """Distance that still counts."""
    unit: str = ""
    """What it is counted in, such as `%`; an answer may have it behind its number."""


class Variable(SpecModel):
    """A name in a formula, and which numbers are put in for it."""

    kind: Literal["scalar", "vector"]
    """One number, or a list of them; all vectors of a formula have one length."""
    low: float = 1.0
    """Smallest number put in."""
    high: float = 50.0
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
    `ceil`, `floor`, `round`, `sqrt`, `log`, `exp`, indexing from 0 (-1 is the last), slices,
    `sum(... for k in range(...))`, also over `zip` and `enumerate`, `a if b > 0 else c`, and
    `[c, *v]` to put numbers and vectors together; arithmetic of vectors goes element by
    element."""
    also: list[str] = []
    """Other expressions that are accepted, each as a whole."""
    variables: dict[Identifier, Variable] = Field(min_length=1)
    """The names it may use: `scalar`, `vector`, or a map that says more."""
    lengths: Annotated[list[Annotated[int, Field(ge=1, le=50)]], Field(min_length=1)] = [1, 2, 3, 4]
    """Lengths of the vectors."""
    examples: list[dict[Identifier, float | list[float]]] = []
    """Points that are tried first, and named first as counterexamples."""

    @property
    def domain(self) -> Domain:
        """What is put in for the variables."""
        return Domain(self.variables, self.lengths, self.examples)

    @model_validator(mode="after")
    def _can_be_computed(self) -> Self:
        findings = [*_name_findings(self), *_example_findings(self)]
        refuse(findings or _expression_findings(self), "formula")
        return self


class AnswerQuestion(QuestionBase):
    """A number, a choice or a formula."""

    kind: Literal["answer"]
    answer: Number | Formula | str
    """The right answer; a text is one of `choices`."""
    names: list[Identifier] = []
    """Keys of `answers.yaml` and names of variables under which it is handed in; by default the
    question's id, with `_` for `-`."""
    choices: list[str] = []
    """What may be chosen, letter case and surrounding blanks ignored."""
    reported: float | str | None = None
    """What somebody's report answered, right or wrong; judged and shown, for no points."""
    points: NonNegativeFloat
    """What it is worth."""

    @model_validator(mode="after")
    def _choices_fit(self) -> Self:
        refuse(_choice_findings(self), "answer question")
        return self


def folded(choice: str) -> str:
    """Return a choice as it is compared: letter case and the width of blanks ignored."""
    return " ".join(choice.split()).casefold()


def _choice_findings(question: AnswerQuestion) -> Iterator[Finding]:
    if not isinstance(question.answer, str):
        if question.choices:
            yield ("choices",), "`choices` go with a text as `answer`"
        return
    if question.answer not in question.choices:
        allowed = ", ".join(question.choices)
        yield ("answer",), f"the answer {question.answer!r} is none of `choices` ({allowed})"
    elif len(question.choices) < 2:
        yield ("choices",), "a choice is between at least 2"
    seen: dict[str, str] = {}
    for index, choice in enumerate(question.choices):
        known = seen.setdefault(folded(choice), choice)
        if not folded(choice):
            yield ("choices", index), "is empty"
        elif known is not choice:
            yield ("choices", index), f"cannot be told from {known!r}: letter case is ignored"


def _name_findings(formula: Formula) -> Iterator[Finding]:
    for name in formula.variables:
        place: Location = ("variables", name, "[key]")
        if not name.isidentifier() or "__" in name:
            yield (
                place,
                "a variable's name has only letters, digits and _, and begins with a letter",
            )
        elif name in ARGUMENTS or keyword.iskeyword(name):
            yield place, f"`{name}` has a meaning of its own in formulas"


def _example_findings(formula: Formula) -> Iterator[Finding]:
    for index, example in enumerate(formula.examples):
        place: Location = ("examples", index)
        missing = [name for name in formula.variables if name not in example]
        if missing:
            yield place, f"every example gives all variables, this one lacks {', '.join(missing)}"
        lengths: dict[str, int] = {}
        for name, value in example.items():
            variable = formula.variables.get(name)
            numbers = value if isinstance(value, list) else [value]
            if variable is None:
                hint = did_you_mean(name, formula.variables)
                allowed = listed(formula.variables)
                yield (*place, name, "[key]"), f"unknown variable{hint} (allowed: {allowed})"
            elif isinstance(value, list) != (variable.kind == "vector"):
                due = "a list of numbers" if variable.kind == "vector" else "one number"
                yield (*place, name), f"a {variable.kind} is {due}"
            elif variable.whole and not all(float(number).is_integer() for number in numbers):
                yield (*place, name), "whole numbers only, as `whole` says"
            elif isinstance(value, list):
                lengths[name] = len(value)
        for (first, one), (second, other) in pairwise(lengths.items()):
            if one != other:
                message = f"all vectors have one length: `{first}` has {one}, `{second}` {other}"
                yield (*place, second), message
        yield from (((*place, name), "is empty") for name, size in lengths.items() if not size)


def _expression_findings(formula: Formula) -> Iterator[Finding]:
    """Find expressions that cannot be read, or have no value where they have to."""
    own = [(("expression",), formula.expression)]
    others = [(("also", index), text) for index, text in enumerate(formula.also)]
    for place, text in (*own, *others):
        try:
            parsed = parse(text, formula.variables)
            if not list(defined_points(parsed, formula.domain)):
                yield place, "has no value at any of the points tried"
            elif place == ("expression",):
                yield from _undefined_examples(parsed, formula.examples)
        except FormulaError as error:
            yield place, str(error)


def _undefined_examples(right: ParsedFormula, examples: Sequence[Point]) -> Iterator[Finding]:
    for index, example in enumerate(examples):
        try:
            evaluate(right, example)
        except NoValue as error:
            yield ("examples", index), f"the expression has no value here: {error}"
