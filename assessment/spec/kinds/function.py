"""Function questions: a callable compared with a reference callable on the same arrays."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from assessment.spec.base import SpecModel
from assessment.spec.expectations import Identifier
from assessment.spec.kinds.base import Limits, QuestionBase

WHOLE = ("uint8", "int64")
"""Types whose random numbers are whole ones."""


LARGEST = {"int64": 2.0**53, "float32": 3.4e38, "float64": 1e308}
"""Size of the numbers that may be drawn: what a double can tell, and the type can hold."""
MOST_DIMENSIONS = 16
MOST_NUMBERS = 2**24


class ArrayInput(SpecModel):
    """One argument of a function: an array from a file, or one drawn at random."""

    file: str | None = None
    """A `.npy` file below the data directory."""
    shape: list[PositiveInt] | None = None
    """Shape of the random array; an empty list is a single number."""
    dtype: Literal["uint8", "int64", "float32", "float64"] = "float64"
    """Type of the random numbers."""
    low: float = 0.0
    """Smallest number drawn."""
    high: float = 1.0
    """Upper end of the numbers drawn: whole numbers reach it, others stay below."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the generator."""

    @model_validator(mode="after")
    def _file_or_shape(self) -> Self:
        if (self.file is None) == (self.shape is None):
            raise ValueError("an argument is a `file` or has a `shape`")
        drawn = {"shape", "dtype", "low", "high", "seed"} & self.model_fields_set
        if self.file is not None and drawn:
            raise ValueError(f"a `file` takes no `{sorted(drawn)[0]}`")
        if self.low > self.high:
            raise ValueError(f"`low` {self.low:g} is above `high` {self.high:g}")
        if self.dtype in WHOLE and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError(f"numbers of type {self.dtype} are whole, and so are `low` and `high`")
        largest = LARGEST.get(self.dtype, math.inf)
        if max(abs(self.low), abs(self.high)) > largest:
            raise ValueError(
                f"numbers of type {self.dtype} lie between -{largest:g} and {largest:g}"
            )
        if self.high - self.low > LARGEST["float64"]:
            raise ValueError("`low` and `high` are too far apart")
        if self.shape is not None and (
            len(self.shape) > MOST_DIMENSIONS or math.prod(self.shape) > MOST_NUMBERS
        ):
            raise ValueError(
                f"an array has at most {MOST_DIMENSIONS} dimensions and {MOST_NUMBERS:,} numbers"
            )
        if self.dtype == "uint8" and not 0 <= self.low <= self.high <= 255:
            raise ValueError("numbers of type uint8 lie between 0 and 255")
        return self


class FunctionCase(SpecModel):
    """One call that both functions have to answer alike."""

    arguments: list[ArrayInput] = Field(min_length=1)
    """The arguments, in order."""


class FunctionQuestion(QuestionBase):
    """A callable compared with a reference callable on the same arrays."""

    kind: Literal["function"]
    function: Identifier
    """Name of the function in what is handed in."""
    solution: str
    """The instructor's own solution, graded where nothing is handed in: a registered name or an
    importable `module:name`."""
    reference: str
    """What gives the right outputs: a registered name or an importable `module:name`."""
    cases: dict[Identifier, FunctionCase] = Field(min_length=1)
    """The calls, by name; each is worth the same share of the points."""
    absolute_tolerance: NonNegativeFloat = 1e-6
    """Difference that is accepted whatever the size of a number."""
    relative_tolerance: NonNegativeFloat = 1e-6
    """Difference that is accepted as a share of the right number, added to the absolute one."""
    forbid: list[Identifier] = []
    """Modules that it may not use, such as `torch`."""
    limits: Limits = Limits(seconds=60)
    """When it is ended from outside, all cases together."""
    points: NonNegativeFloat
    """What all cases together are worth."""

    @model_validator(mode="after")
    def _arguments_are_numpy_arrays(self) -> Self:
        if "numpy" in self.forbid:
            raise ValueError("`forbid` cannot name numpy: the arguments are its arrays")
        return self
