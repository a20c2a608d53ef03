"""What a measurement must be, what that is worth, and on what it depends."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from assessment.spec.base import SpecModel
from assessment.spec.percent import Percent

Measure = Literal[
    "test_accuracy",
    "test_loss",
    "validation_accuracy",
    "validation_loss",
    "train_accuracy",
    "train_loss",
    "first_batch_loss",
    "last_batch_loss",
    "gradient_norm",
    "gradient_mean",
    "first_gradient_norm",
    "last_gradient_norm",
    "epochs",
    "epochs_to_accuracy",
    "epochs_to_train_loss",
    "parameters",
    "seconds",
]
"""Names of measurements; units and definitions stand in `assessment.grading.measurements`."""

VERIFIED: frozenset[str] = frozenset(
    {
        "test_accuracy",
        "test_loss",
        "validation_accuracy",
        "validation_loss",
        "epochs",
        "epochs_to_accuracy",
        "seconds",
    }
)
"""Computed by the grader from predictions and its own clock; all others are reported by the run."""

HIGHER_IS_BETTER: frozenset[str] = frozenset(
    {"test_accuracy", "validation_accuracy", "train_accuracy"}
)
"""The accuracies, in percent. `epochs_to_accuracy` is a count and none of them."""

Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+-]+(\[[A-Za-z0-9_.+-]+\])?$")]
"""`question` or `question[variant]` of the same lab."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$")]
"""What may stand in a pytest id and after `-k`."""


class Band(SpecModel):
    """An interval given by hand, ends included; a missing end is open."""

    low: float | None = None
    """Smallest value inside, in the measurement's unit."""
    high: float | None = None
    """Largest value inside."""
    source: str | None = None
    """Where the numbers come from."""

    @model_validator(mode="after")
    def _some_end(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("a band needs `low`, `high` or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"`low` {self.low:g} is above `high` {self.high:g}")
        return self


class Mode(SpecModel):
    """One of several outcomes that correct work can have; each run is in one mode or in none."""

    low: float
    """Smallest value of this mode."""
    high: float
    """Largest value of this mode."""
    share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the points that a run in this mode earns."""
    calibrated: bool = False
    """`low` and `high` only say which runs belong here; those of the reference that do say how low
    a run may be (of a loss: how high)."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"`low` {self.low:g} is above `high` {self.high:g}")
        return self


class Measured(SpecModel):
    """Which number is meant, and how epochs and seeds become one."""

    measure: Measure
    """The measurement."""
    at: Literal["last", "best", "first"] | PositiveInt = "last"
    """Which epoch: the last, the best, the first, or a number counted from 1."""
    over_seeds: Literal["mean", "max", "min"] = "mean"
    """How the repeats become one number."""
    target: float | None = None
    """The accuracy or train loss to reach, for `epochs_to_accuracy` and `epochs_to_train_loss`."""

    @model_validator(mode="after")
    def _target_where_needed(self) -> Self:
        needs = self.measure in ("epochs_to_accuracy", "epochs_to_train_loss")
        if needs and self.target is None:
            raise ValueError(f"`measure: {self.measure}` needs a `target`")
        if not needs and self.target is not None:
            raise ValueError(f"`measure: {self.measure}` takes no `target`")
        return self


class Graded(SpecModel):
    """Points, and what must hold before they can be earned."""

    points: NonNegativeFloat = 0.0
    """What meeting the expectation is worth; 0 only shows it."""
    requires: list[str] = []
    """Expectations that must be met first: `name`, or `question.name`, `question[variant].name`."""
    note: str | None = None
    """A sentence for the reader of the report."""


class Expectation(Graded, Measured):
    """What one measurement of a question must be: exactly one condition."""

    band: Literal["calibrated"] | Band | None = None
    """`calibrated`: the prediction interval of the reference's repeats; or an interval by hand."""
    sides: Literal["lower", "upper", "both"] | None = None
    """Which ends of a calibrated band cost points; by default the worse one of the measurement."""
    pool: Identifier | None = None
    """Name of a group: calibrated bands of one measurement in it share their standard deviation."""
    modes: dict[Identifier, Mode] | None = None
    """Several outcomes of correct work, run by run."""
    equals: float | list[float] | None = None
    """The value, or the values that are accepted."""
    tolerance: NonNegativeFloat = 0.0
    """Distance from `equals` that still counts."""
    at_least: float | None = None
    """Smallest value that earns the points."""
    at_most: float | None = None
    """Largest value that earns the points."""
    trend: Literal["falling", "rising"] | None = None
    """Direction of the values: Spearman's rank correlation with epoch or step, at least 0.5."""
    zero_at: Percent | None = None
    """Accuracy of a weaker solution that earns nothing; credit is linear in log error above it."""
    accept_reported: bool = False
    """Give points for a measurement that only the run itself reports."""
    or_as: list[str] = []
    """Expectations whose condition, met by the runs of this unit, earns the points as well: `name`,
    or `question.name`, `question[variant].name` of the same measurement. What those require and
    are worth plays no part."""
    reported: float | None = None
    """What somebody's report gave for exactly this, where the question's `reported` does not tell:
    a value of the first epoch, say."""

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        given = [name for name in CONDITIONS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(
                f"one condition only, found {', '.join(f'`{name}`' for name in given)}"
            )
        if not given and self.points > 0:
            raise ValueError(f"points need a condition: one of {', '.join(CONDITIONS)}")
        if not given and self.or_as:
            raise ValueError(f"`or_as` needs a condition: one of {', '.join(CONDITIONS)}")
        if self.sides is not None and self.band != "calibrated":
            raise ValueError("`sides` goes with `band: calibrated`")
        if self.pool is not None and self.band != "calibrated":
            raise ValueError("`pool` goes with `band: calibrated`")
        if self.zero_at is not None and not (
            self.measure in HIGHER_IS_BETTER
            and (self.band is not None or self.at_least is not None)
        ):
            raise ValueError("`zero_at` needs an accuracy with a `band` or `at_least`")
        if self.points > 0 and self.measure not in VERIFIED and not self.accept_reported:
            raise ValueError(
                f"`{self.measure}` is reported by the run itself; say `accept_reported: true` "
                "to give points for it"
            )
        return self


CONDITIONS = ("band", "modes", "equals", "at_least", "at_most", "trend")


class ComparisonExpectation(Graded, Measured):
    """An order among questions or variants: exactly one of the conditions, or `show`."""

    descending: list[Reference] | None = Field(default=None, min_length=2)
    """From the largest to the smallest value; two that are equal are in no order."""
    ascending: list[Reference] | None = Field(default=None, min_length=2)
    """From the smallest to the largest value; two that are equal are in no order."""
    by_at_least: NonNegativeFloat | Literal["calibrated"] = 0.0
    """Smallest difference between neighbours of the order, or between `best` and the others; 0: any
    difference, for `best` also none. `calibrated`: the prediction limit of the reference's own
    differences."""
    best: Reference | None = None
    """Which of `among` is best: highest accuracy, lowest of anything else. A tie is enough: none of
    the others is better."""
    among: list[Reference] | None = Field(default=None, min_length=1)
    """What `best` is compared with: at least one other; itself included or not."""
    show: list[Reference] | None = Field(default=None, min_length=2)
    """Measured and shown only: an order too close to be asserted."""

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        given = [
            name
            for name in ("descending", "ascending", "best", "show")
            if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError(
                "needs exactly one of `descending`, `ascending`, `best`, `show`; "
                f"found {', '.join(given) or 'none'}"
            )
        if (self.best is None) != (self.among is None):
            raise ValueError("`best` and `among` go together")
        if self.show is not None and self.points > 0:
            raise ValueError("`show` earns no points")
        return self

    @property
    def sides(self) -> list[str]:
        """Every question or variant compared, in the order given."""
        named = self.descending or self.ascending or self.show
        if named is not None:
            return list(named)
        assert self.best is not None
        assert self.among is not None
        return list(dict.fromkeys([self.best, *self.among]))
