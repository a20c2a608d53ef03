"""The six kinds of question, as the instructor writes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from assessment.spec.base import SpecModel, refuse
from assessment.spec.consistency import question_findings
from assessment.spec.expectations import (
    ComparisonExpectation,
    Expectation,
    Identifier,
    Reference,
)
from assessment.spec.recipe import Training
from assessment.spec.variants import merged_recipes

Reported = dict[str, float | list[float]]
"""Measurement name to the value somebody's report gave, or to one value an epoch. Evidence only."""


class Limits(SpecModel):
    """When a run is ended from outside."""

    seconds: PositiveFloat = 3600.0
    """Wall-clock time of one run."""
    megabytes: PositiveInt = 8192
    """Resident memory of one run and its children, MB (10^6 bytes)."""


class Hardware(SpecModel):
    """What a question cannot reasonably do without."""

    accelerator: bool = False
    """Skipped where there is no accelerator, unless `--assess-anyway`."""
    cpu_seconds: PositiveFloat | None = None
    """About how long one run takes on one CPU core, for the estimate shown when skipping."""


class QuestionBase(SpecModel):
    """What every kind of question has."""

    title: str
    """Short name, shown in tables."""
    text: str = ""
    """What the student is asked."""


class Variant(SpecModel):
    """One configuration of a training question."""

    title: str | None = None
    """Short name; the variant's key by default."""
    set: dict[str, Any] = {}
    """What differs from the question's `training` (maps merge, lists replace)."""
    expect: dict[Identifier, Expectation] = {}
    """Added to the question's own expectations; the same name replaces."""
    reported: Reported = {}
    """Values from somebody's report, shown beside the measured ones."""


class TrainingQuestion(QuestionBase):
    """Train a model and measure it."""

    kind: Literal["training"]
    training: Training
    """The recipe."""
    variants: dict[Identifier, Variant] = {}
    """Configurations, each run and graded on its own; none means the recipe as it stands."""
    seeds: PositiveInt = 1
    """Repeats of each variant."""
    may_diverge: bool = False
    """Score runs with non-finite logits too (such images count as wrong)."""
    sample_images: Annotated[int, Field(ge=0, le=16)] = 0
    """Show this many training images of different classes, in file order, with their labels."""
    hardware: Hardware = Hardware()
    """What the question needs."""
    limits: Limits = Limits()
    """When a run is ended from outside."""
    expect: dict[Identifier, Expectation] = {}
    """What is graded, by name; holds for every variant."""
    reported: Reported = {}
    """Values from somebody's report, shown beside the measured ones."""

    @model_validator(mode="after")
    def _variants_and_expectations_hold(self) -> Self:
        recipes = variant_recipes(self)
        of_variants = {name: variant.expect for name, variant in self.variants.items()}
        refuse(question_findings(recipes, self.expect, of_variants), "training question")
        return self


class ComparisonQuestion(QuestionBase):
    """Compare measurements of training questions of the same lab."""

    kind: Literal["comparison"]
    expect: dict[Identifier, ComparisonExpectation] = Field(min_length=1)
    """What is graded, by name."""


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
    reported: str | None = None
    """What somebody's report answered, right or wrong."""


class ArrayInput(SpecModel):
    """One argument of a function: a file, or numbers drawn at random."""

    file: str | None = None
    """A `.npy` file below the data directory."""
    shape: list[PositiveInt] | None = None
    """Shape of the random array."""
    dtype: Literal["uint8", "int64", "float32", "float64"] = "float64"
    """Type of its elements."""
    low: float = 0.0
    """Smallest value drawn."""
    high: float = 1.0
    """Upper end of the values drawn."""
    seed: int = 0
    """Seed of the generator."""


class FunctionQuestion(QuestionBase):
    """A callable compared with a reference callable."""

    kind: Literal["function"]
    function: Identifier
    """Name of the student's function."""
    reference: str
    """The instructor's: `module:name`."""
    cases: list[list[ArrayInput]] = Field(min_length=1)
    """Each case is a list of arguments."""
    tolerance: NonNegativeFloat = 1e-6
    """Largest accepted difference, absolute and relative."""
    forbid: list[str] = []
    """Modules that it may not use."""
    limits: Limits = Limits(seconds=60)
    """When it is ended from outside."""
    points: NonNegativeFloat
    """What all cases together are worth."""


class Number(SpecModel):
    """A number with a tolerance."""

    value: float
    """The right answer."""
    tolerance: NonNegativeFloat = 0.0
    """Distance that still counts."""


class Formula(SpecModel):
    """An expression in named variables, compared at many points."""

    expression: str
    """The right answer, in arithmetic, `sum`, `len` and indexing."""
    variables: dict[Identifier, Literal["scalar", "vector"]] = Field(min_length=1)
    """The names it may use."""


class AnswerQuestion(QuestionBase):
    """A number, a choice or a formula."""

    kind: Literal["answer"]
    answer: Number | Formula | str
    """The right answer; a text is one of `choices`."""
    choices: list[str] = []
    """What may be chosen."""
    points: NonNegativeFloat
    """What it is worth."""

    @model_validator(mode="after")
    def _text_is_a_choice(self) -> Self:
        if isinstance(self.answer, str) and self.answer not in self.choices:
            raise ValueError(
                f"the answer {self.answer!r} is none of `choices` ({', '.join(self.choices)})"
            )
        return self


class CheckpointQuestion(QuestionBase):
    """Saved weights that must score what the trained model scored."""

    kind: Literal["checkpoint"]
    of: Reference
    """The training question whose model was saved."""
    file: str
    """Name of the file handed in."""
    tolerance: NonNegativeFloat = 0.05
    """Largest accepted difference of test accuracy, percentage points."""
    points: NonNegativeFloat
    """What it is worth."""


Question = Annotated[
    TrainingQuestion
    | ComparisonQuestion
    | WrittenQuestion
    | FunctionQuestion
    | AnswerQuestion
    | CheckpointQuestion,
    Field(discriminator="kind"),
]


KINDS: dict[str, type[QuestionBase]] = {
    get_args(kind.model_fields["kind"].annotation)[0]: kind
    for kind in get_args(get_args(Question)[0])
}
"""Model of each kind of question."""


def variant_recipes(question: TrainingQuestion) -> dict[str | None, Training]:
    """Return the recipe of each variant by its name; by None where there are no variants."""
    if not question.variants:
        return {None: question.training}
    changes = {name: variant.set for name, variant in question.variants.items()}
    return dict(merged_recipes(question.training, changes).items())
