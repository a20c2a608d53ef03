"""A lab: its questions, of six kinds, as the instructor writes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, NonNegativeFloat, PositiveFloat, PositiveInt

from assessment.spec.base import SpecModel
from assessment.spec.expectations import (
    ComparisonExpectation,
    Expectation,
    Identifier,
    Reference,
)
from assessment.spec.recipe import Training

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
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    """How often correct work may fail somewhere in this lab, as a share of students."""
    defaults: dict[str, JsonValue] = {}
    """Merged into every question that has such a field (maps merge, lists replace)."""
    questions: dict[Identifier, Question] = Field(min_length=1)
    """The questions, by id, in order."""
