"""Accuracies are percentages: what can be none, and what was meant as a share of 1.

An accuracy of 0 to 1 percent is below guessing in every lab of fewer than a hundred classes. As an
end that lies below, it is met by every run, and earns points for nothing: such a number is refused.
As an end above, it fails whoever is right and is soon noticed, and a question about a run that must
fail may mean it: `assessment check` only asks back (`spec.doubts`).
"""

from __future__ import annotations

from collections.abc import Iterator

from assessment.spec.base import Finding, Location
from assessment.spec.expectations import (
    HIGHER_IS_BETTER,
    Band,
    ComparisonExpectation,
    Expectation,
    Measured,
)
from assessment.spec.percent import fraction_problem, is_fraction

Ends = tuple[Location, float | None, Location, float | None]
"""Where the lower end stands and what it is, then the same of the upper one."""


def percent_findings(measured: Measured) -> Iterator[Finding]:
    """Find numbers that no accuracy is, and those that must have been meant as shares of 1."""
    if measured.measure == "epochs_to_accuracy" and measured.target is not None:
        yield from _number_findings(("target",), measured.target)
        if is_fraction(measured.target):
            yield ("target",), fraction_problem(measured.target)
    if measured.measure not in HIGHER_IS_BETTER:
        return
    if isinstance(measured, ComparisonExpectation):
        gap = measured.by_at_least
        if not isinstance(gap, str) and gap > 100:
            yield (
                ("by_at_least",),
                f"accuracies are at most 100 percentage points apart, found {gap:g}",
            )
    elif isinstance(measured, Expectation):
        if measured.reported is not None:
            yield from _number_findings(("reported",), measured.reported)
        for low_at, low, high_at, high in _ends(measured):
            named = {
                place: end for place, end in ((low_at, low), (high_at, high)) if end is not None
            }
            for place, number in named.items():
                yield from _number_findings(place, number)
            if low is not None and is_fraction(low) and (high is None or high <= 1):
                yield low_at, fraction_problem(low)
                if high is not None and high_at != low_at and 0 < high <= 1:
                    yield high_at, fraction_problem(high)


def percent_doubts(expectation: Expectation) -> Iterator[str]:
    """Say which numbers of an accuracy look like shares of 1, though they may be meant."""
    if expectation.measure not in HIGHER_IS_BETTER:
        return
    for _, low, _, high in _ends(expectation):
        if low == 1 and (high is None or high <= 1):
            yield "1 is 1 %, which guessing reaches; if all images are meant, write 100"
        elif not low and high is not None and is_fraction(high):
            yield f"{fraction_problem(high)}, unless a run that must fail is meant"
    if expectation.reported is not None and is_fraction(expectation.reported):
        yield f"`reported` {fraction_problem(expectation.reported)}"


def _ends(expectation: Expectation) -> Iterator[Ends]:
    """Yield both ends of every interval that an expectation names."""
    if expectation.at_least is not None:
        yield ("at_least",), expectation.at_least, ("at_least",), None
    if expectation.at_most is not None:
        yield ("at_most",), None, ("at_most",), expectation.at_most
    if isinstance(expectation.band, Band):
        band = expectation.band
        yield ("band", "low"), band.low, ("band", "high"), band.high
    for name, mode in (expectation.modes or {}).items():
        yield ("modes", name, "low"), mode.low, ("modes", name, "high"), mode.high
    if isinstance(expectation.equals, list):
        for position, value in enumerate(expectation.equals):
            yield ("equals", position), value, ("equals", position), value
    elif expectation.equals is not None:
        yield ("equals",), expectation.equals, ("equals",), expectation.equals


def _number_findings(place: Location, number: float) -> Iterator[Finding]:
    if not 0 <= number <= 100:
        yield place, f"an accuracy is between 0 and 100 percent, found {number:g}"
