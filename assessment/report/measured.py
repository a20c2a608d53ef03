"""Numbers that outlive their session: what is compared, and what has a history.

A store reads thousands of them without the records that they come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assessment.results.record import Result
from assessment.results.solution import owner_of

Place = tuple[str, str, str, str]
"""Lab, unit, submission and name of an expectation: what makes two numbers the same question."""


@dataclass(frozen=True)
class Measured:
    """One measured number of one graded item."""

    spec: str
    """Spec file, relative to where pytest ran."""
    lab: str
    """Title of the lab."""
    unit: str
    """`question` or `question[variant]`."""
    submission: str
    """Whose it is; empty for the reference."""
    name: str
    """Key of the expectation in the spec."""
    measure: str
    """Name of the measurement."""
    label: str
    """The measurement in words."""
    unit_word: str
    """`%`, `nats`, `epochs`, `s` or nothing."""
    value: float | None
    """None where there is no finite number."""
    low: float | None
    """Lower end of what was asked; None where it is open."""
    high: float | None
    """Upper end of what was asked."""
    met: bool | None
    """None where nothing was asked or it could not be decided."""
    earned: float
    points: float
    seconds: float = 0.0
    """Training time of the item, that of all its runs."""

    @property
    def place(self) -> Place:
        """What it is matched by."""
        return self.lab, self.unit, self.submission, self.name


def list_measured(results: Iterable[Result]) -> list[Measured]:
    """Return the number of each expectation of some items, in their order."""
    return [
        Measured(
            spec=result.spec,
            lab=result.lab,
            unit=result.unit,
            submission=owner_of(result.submission),
            name=graded.name,
            measure=graded.measure,
            label=graded.label,
            unit_word=graded.unit,
            value=graded.value,
            low=graded.low,
            high=graded.high,
            met=graded.met,
            earned=graded.earned,
            points=graded.points,
            seconds=result.seconds,
        )
        for result in results
        for graded in result.expectations
    ]
