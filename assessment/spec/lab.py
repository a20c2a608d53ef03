"""A lab: its questions, of six kinds, as the instructor writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    Field,
    JsonValue,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from assessment.spec.base import Finding, Location, SpecModel, refuse
from assessment.spec.consistency import measure_findings, question_findings
from assessment.spec.expectations import (
    ComparisonExpectation,
    Expectation,
    Identifier,
    Reference,
)
from assessment.spec.merge import defaults_findings, merge_defaults, plain
from assessment.spec.recipe import Training
from assessment.spec.references import reference_findings
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

    @model_validator(mode="before")
    @classmethod
    def _merge_defaults(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("questions"), dict):
            return data
        defaults = data.get("defaults")
        known = defaults if isinstance(defaults, dict) else {}
        return data | {"questions": merge_defaults(data["questions"], known, DEFAULT_FIELDS)}

    @field_validator("defaults", mode="after")
    @classmethod
    def _defaults_are_fields(cls, defaults: dict[str, JsonValue]) -> dict[str, JsonValue]:
        refuse(defaults_findings(defaults, DEFAULT_FIELDS), "defaults")
        return defaults

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        names = reference_findings(plain(self.questions))
        found = [*names, *comparison_findings(self.questions)]
        refuse(((self._named_by_kind(location), message) for location, message in found), "lab")
        return self

    def _named_by_kind(self, location: Location) -> Location:
        """Put a question's kind behind its id, as in the locations of pydantic's own errors."""
        _, question_id, *inner = location
        if not inner or inner == ["[key]"]:
            return location
        return ("questions", question_id, self.questions[str(question_id)].kind, *inner)


def variant_recipes(question: TrainingQuestion) -> dict[str | None, Training]:
    """Return the recipe of each variant by its name; by None where there are no variants."""
    if not question.variants:
        return {None: question.training}
    changes = {name: variant.set for name, variant in question.variants.items()}
    return dict(merged_recipes(question.training, changes).items())


def comparison_findings(questions: Mapping[str, QuestionBase]) -> Iterator[Finding]:
    """Find measurements that one of the compared units cannot give; unknown sides are passed."""
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
            found = dict(
                finding
                for side in reversed(expectation.sides)
                if side in recipes
                for finding in measure_findings(expectation, recipes[side], f" ({side})")
            )
            yield from (((*place, *location), message) for location, message in found.items())
