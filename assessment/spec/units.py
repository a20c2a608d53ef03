"""Units: what becomes one pytest item each - a question, or one variant of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from assessment.spec.expectations import ComparisonExpectation, Expectation
from assessment.spec.lab import (
    AnswerQuestion,
    CheckpointQuestion,
    ComparisonQuestion,
    FunctionQuestion,
    Lab,
    Question,
    SubmittedModel,
    TrainingQuestion,
    WrittenQuestion,
    variant_recipes,
)
from assessment.spec.recipe import Training


@dataclass(frozen=True)
class Unit:
    """A question, or one variant of a training question, with everything merged."""

    lab: Lab
    question_id: str
    variant: str | None
    """Key of the variant; None where the question has none."""
    question: Question
    training: Training | None
    """The recipe with the variant's `set` laid on it; None for the other kinds."""
    expect: dict[str, Expectation | ComparisonExpectation]
    """The question's expectations, then the variant's; the same name replaces."""
    reported: dict[str, Any]
    """Somebody's values, as a question has them: its own, then the variant's."""
    title: str
    """`Learning rates`, or `Learning rates: lr-0.1` for a variant."""
    submitted: SubmittedModel | None = None
    """Where its network is found in what is handed in; None for the other kinds."""

    @property
    def id(self) -> str:
        """Id within the lab: `question` or `question[variant]`."""
        return f"{self.question_id}[{self.variant}]" if self.variant else self.question_id


def units(lab: Lab) -> Mapping[str, Unit]:
    """Return the units of a lab by id, in file order; the same objects each time.

    A training question with variants gives one unit per variant and none for
    itself.
    """
    return _units(_Identical(lab))


class _Identical:
    """A lab as a key: labs are too large to be compared, and cannot be hashed."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identical) and other.lab is self.lab

    def __hash__(self) -> int:
        return id(self.lab)


@lru_cache(maxsize=32)
def _units(identical: _Identical) -> Mapping[str, Unit]:
    """Merging variants validates their recipes anew; every item of a class asks for all units."""
    lab = identical.lab
    found = {
        unit.id: unit
        for question_id, question in lab.questions.items()
        for unit in _units_of(lab, question_id, question)
    }
    return MappingProxyType(found)


def weaker_units(unit: Unit) -> dict[str, Unit]:
    """Return a training unit's weaker solutions by name: its recipe with another model.

    Their ids are those of the unit with `~name` behind the question's.
    """
    if not isinstance(unit.question, TrainingQuestion) or unit.training is None:
        return {}
    return {
        name: replace(
            unit,
            question_id=f"{unit.question_id}~{name}",
            training=unit.training.model_copy(update={"model": model, "trainable": None}),
            title=f"{unit.title}: {name}",
        )
        for name, model in unit.question.weaker.items()
    }


def points(unit: Unit) -> float:
    """Return the points that can be earned without a person."""
    match unit.question:
        case TrainingQuestion() | ComparisonQuestion():
            return float(sum(expectation.points for expectation in unit.expect.values()))
        case FunctionQuestion() | AnswerQuestion() | CheckpointQuestion():
            return float(unit.question.points)
        case WrittenQuestion():
            return 0.0


def waiting(unit: Unit) -> float:
    """Return the points that wait for a person."""
    if isinstance(unit.question, WrittenQuestion):
        return float(sum(criterion.points for criterion in unit.question.rubric))
    return 0.0


def _units_of(lab: Lab, question_id: str, question: Question) -> Iterator[Unit]:
    training = question.training if isinstance(question, TrainingQuestion) else None
    expect: dict[str, Expectation | ComparisonExpectation] = {}
    if isinstance(question, TrainingQuestion | ComparisonQuestion):
        expect.update(question.expect)
    reported: Any = getattr(question, "reported", None)
    base = Unit(
        lab=lab,
        question_id=question_id,
        variant=None,
        question=question,
        training=training,
        expect=expect,
        reported=dict(reported) if isinstance(reported, dict) else {},
        title=question.title,
        submitted=question.submitted if isinstance(question, TrainingQuestion) else None,
    )
    if not isinstance(question, TrainingQuestion) or not question.variants:
        yield base
        return
    recipes = variant_recipes(question)
    for name, variant in question.variants.items():
        yield Unit(
            lab=lab,
            question_id=question_id,
            variant=name,
            question=question,
            training=recipes[name],
            expect={**expect, **variant.expect},
            reported={**base.reported, **variant.reported},
            title=f"{question.title}: {variant.title or name}",
            submitted=variant.submitted or question.submitted,
        )
