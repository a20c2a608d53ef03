"""Training questions: a recipe, its variants, and what is expected of each."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from assessment.spec.base import SpecModel, refuse
from assessment.spec.consistency import question_findings
from assessment.spec.expectations import Expectation, Identifier
from assessment.spec.kinds.base import Limits, QuestionBase
from assessment.spec.recipe import ModelReference, NonEmpty, Training
from assessment.spec.variants import merged_recipes


class Repeated(SpecModel):
    """What a report made of several runs, by the names of `over_seeds`."""

    mean: float | None = None
    """Their mean, as a bare number is."""
    max: float | None = None
    """The highest."""
    min: float | None = None
    """The lowest."""


Reported = dict[str, float | list[float] | Repeated]
"""Measurement name to the value somebody's report gave, of one run or the mean of several; to one
value an epoch; or to what it made of several runs: `{max: 63.25}`. Evidence only."""


class SubmittedModel(SpecModel):
    """Where the network is found in what a student hands in."""

    names: list[NonEmpty] = []
    """Names of its class, of the function that makes it or of the object, looked for first; letter
    case, `_` and `-` are ignored. Without them, or where none is there: whatever fits."""
    architecture: Literal["free", "fixed"] = "free"
    """`fixed`: the reference's network is asked for, layer by layer, so that trained weights must
    predict the same in it."""


class Hardware(SpecModel):
    """What a question cannot reasonably do without."""

    accelerator: bool = False
    """Skipped where there is no accelerator, unless `--assess-anyway`."""
    cpu_seconds: PositiveFloat | None = None
    """About how long one run takes on one CPU core, for the estimate shown when skipping."""


class Variant(SpecModel):
    """One configuration of a training question."""

    title: str | None = None
    """Short name; the variant's key by default."""
    set: dict[str, Any] = {}
    """What differs from the question's `training` (maps merge, lists replace)."""
    submitted: SubmittedModel | None = None
    """Where its network is found in what is handed in; by default as for the question."""
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
    """Repeats of each variant at most; where the first one settles every point, it is the only."""
    all_seeds: bool = False
    """Make all repeats whatever the first one shows: for curves that are averages over them."""
    weaker: dict[Identifier, ModelReference] = {}
    """Solutions that should earn little, by name. `assessment calibrate` trains them like the
    reference and proposes `zero_at`; `assessment check` warns where one earns more than half."""
    may_diverge: bool = False
    """Score runs with non-finite logits too (such images count as wrong)."""
    sample_images: Annotated[int, Field(ge=0, le=16)] = 0
    """Show this many training images of different classes, in file order, with their labels."""
    submitted: SubmittedModel = SubmittedModel()
    """Where the network is found in what is handed in."""
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


def variant_recipes(question: TrainingQuestion) -> dict[str | None, Training]:
    """Return the recipe of each variant by its name; by None where there are no variants."""
    if not question.variants:
        return {None: question.training}
    changes = {name: variant.set for name, variant in question.variants.items()}
    return dict(merged_recipes(question.training, changes).items())
