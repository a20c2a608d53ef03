"""A lab: its questions with what they share, and the rules that hold between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import Field, JsonValue, PositiveInt, field_validator, model_validator

from assessment.spec.base import Finding, Location, SpecModel, refuse
from assessment.spec.consistency import measure_findings, order_findings
from assessment.spec.expectations import Identifier
from assessment.spec.kinds.answer import AnswerQuestion, Formula, Number, Variable
from assessment.spec.kinds.base import Limits, QuestionBase
from assessment.spec.kinds.checkpoint import CheckpointQuestion
from assessment.spec.kinds.comparison import ComparisonQuestion
from assessment.spec.kinds.function import ArrayInput, FunctionCase, FunctionQuestion
from assessment.spec.kinds.training import (
    Hardware,
    Repeated,
    Reported,
    SubmittedModel,
    TrainingQuestion,
    Variant,
    variant_recipes,
)
from assessment.spec.kinds.written import Criterion, SubmittedText, WrittenQuestion
from assessment.spec.merge import defaults_findings, merge_defaults, plain
from assessment.spec.questions import KINDS, Question
from assessment.spec.recipe import Training
from assessment.spec.references import reference_findings

__all__ = [
    "DEFAULT_FIELDS",
    "KINDS",
    "AnswerQuestion",
    "ArrayInput",
    "CheckpointQuestion",
    "ComparisonQuestion",
    "Criterion",
    "Formula",
    "FunctionCase",
    "FunctionQuestion",
    "Hardware",
    "Lab",
    "LateRule",
    "Limits",
    "Number",
    "Question",
    "QuestionBase",
    "Repeated",
    "Reported",
    "SubmittedModel",
    "SubmittedText",
    "TrainingQuestion",
    "Variable",
    "Variant",
    "WrittenQuestion",
    "comparison_findings",
    "variant_recipes",
]


def _default_fields() -> dict[str, frozenset[str]]:
    """Name the fields of each kind that `defaults` reach.

    A name that means different things in two kinds (`expect`, `reported`) is
    that of the first kind that has it, so that a default for training
    questions never breaks a comparison.
    """
    first: dict[str, object] = {}
    for model in KINDS.values():
        for name, info in model.model_fields.items():
            first.setdefault(name, info.annotation)
    return {
        kind: frozenset(
            name
            for name, info in model.model_fields.items()
            if name != "kind" and info.annotation == first[name]
        )
        for kind, model in KINDS.items()
    }


DEFAULT_FIELDS = _default_fields()
"""Fields that take a default, by kind of question."""


class LateRule(SpecModel):
    """What a hand-in is worth that comes late."""

    days: PositiveInt
    """This many days late, begun days counted; the rule with the most days holds from there on."""
    factor: Annotated[float, Field(ge=0, le=1)]
    """What its points are multiplied by."""


class Lab(SpecModel):
    """One lab: what a spec file holds, or what Python code builds with the same fields."""

    title: str
    """The lab's name, as students know it."""
    course: str | None = None
    """The course it belongs to."""
    text: str = ""
    """What a reader of the report should know about the lab."""
    points_from: str | None = None
    """Who set the points, where that is not the course."""
    late_policy: list[LateRule] = []
    """What late hand-ins are worth, by rising number of days."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    """How often correct work may fail somewhere in this lab, as a share of students."""
    defaults: dict[str, JsonValue] = {}
    """Merged into every question that has such a field (maps merge, lists replace); `expect` and
    `reported` into training questions only."""
    questions: dict[Identifier, Question] = Field(min_length=1)
    """The questions, by id, in order."""

    @model_validator(mode="before")
    @classmethod
    def _merge_defaults(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("questions"), dict):
            return data
        defaults = data.get("defaults")
        known = defaults if isinstance(defaults, dict) else {}
        return data | {"questions": merge_defaults(data["questions"], known, DEFAULT_FIELDS)}

    @field_validator("late_policy", mode="after")
    @classmethod
    def _later_is_worth_less(cls, rules: list[LateRule]) -> list[LateRule]:
        for earlier, later in pairwise(rules):
            if later.days <= earlier.days or later.factor > earlier.factor:
                raise ValueError("days must rise from rule to rule, and factors must not")
        return rules

    @field_validator("defaults", mode="after")
    @classmethod
    def _defaults_are_fields(cls, defaults: dict[str, JsonValue]) -> dict[str, JsonValue]:
        refuse(defaults_findings(defaults, DEFAULT_FIELDS), "defaults")
        return defaults

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        names = reference_findings(plain(self.questions))
        found = [*names, *comparison_findings(self.questions), *pool_findings(self.questions)]
        refuse(((self._named_by_kind(location), message) for location, message in found), "lab")
        return self

    def _named_by_kind(self, location: Location) -> Location:
        """Put a question's kind behind its id, as in the locations of pydantic's own errors."""
        _, question_id, *inner = location
        if not inner or inner == ["[key]"]:
            return location
        return ("questions", question_id, self.questions[str(question_id)].kind, *inner)


def comparison_findings(questions: Mapping[str, QuestionBase]) -> Iterator[Finding]:
    """Find orders that say nothing, and measurements that one of the compared units cannot give.

    Unknown sides are passed.
    """
    recipes: dict[str, Training] = {}
    for question_id, question in questions.items():
        if isinstance(question, TrainingQuestion):
            for variant, recipe in variant_recipes(question).items():
                recipes[f"{question_id}[{variant}]" if variant else question_id] = recipe
    for question_id, question in questions.items():
        if not isinstance(question, ComparisonQuestion):
            continue
        for name, expectation in question.expect.items():
            place = ("questions", question_id, "expect", name)
            found = dict(order_findings(expectation))
            found |= dict(
                finding
                for side in reversed(expectation.sides)
                if side in recipes
                for finding in measure_findings(expectation, recipes[side], f" ({side})")
            )
            yield from (((*place, *location), message) for location, message in found.items())


def pool_findings(questions: Mapping[str, QuestionBase]) -> Iterator[Finding]:
    """Find expectations that share a standard deviation with those of another measurement."""
    measures: dict[str, str] = {}
    for question_id, question in questions.items():
        if not isinstance(question, TrainingQuestion):
            continue
        place: Location = ("questions", question_id)
        placed = {(*place, "expect", name): one for name, one in question.expect.items()}
        for variant, changes in question.variants.items():
            inner = (*place, "variants", variant, "expect")
            placed |= {(*inner, name): one for name, one in changes.expect.items()}
        for location, expectation in placed.items():
            if expectation.pool is None:
                continue
            known = measures.setdefault(expectation.pool, expectation.measure)
            if known != expectation.measure:
                yield (
                    (*location, "pool"),
                    f"pool {expectation.pool} is one of `{known}`, not of `{expectation.measure}`",
                )
