"""How often a lab's bands and orders fail correct work: what that means for a class.

The rates of single expectations are added up, which is an upper limit for failing somewhere
(Bonferroni), whatever one expectation has to do with another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assessment.results.record import Result

CLASS = 100
"""Hand-ins that rates are told for."""


@dataclass(frozen=True)
class Promise:
    """What chance takes from correct work in one lab."""

    expectations: int
    """Bands and orders with points that have a rate."""
    fewest_runs: int
    """Fewest reference runs that one of them rests on."""
    rate: float
    """Share of correct hand-ins that lose points somewhere, at most, averaged over calibrations."""
    upper_rate: float
    """The same with each expectation's rate that 95 of 100 calibrations stay below."""


def promise_of(results: Iterable[Result]) -> Promise | None:
    """Add the rates of all graded expectations up; None where none has one."""
    sources = [
        graded.source
        for result in results
        for graded in result.expectations
        if graded.points > 0 and graded.source is not None and graded.source.false_fails is not None
    ]
    if not sources:
        return None
    rates = [source.false_fails or 0.0 for source in sources]
    uppers = [max(s.false_fails_upper or 0.0, s.false_fails or 0.0) for s in sources]
    return Promise(
        len(sources),
        min(source.n or 0 for source in sources),
        min(1.0, sum(rates)),
        min(1.0, sum(uppers)),
    )


def promise_words(promise: Promise) -> str:
    """Say in one sentence what a promise means for a class."""
    one = promise.expectations == 1
    what = "1 band or order" if one else f"{promise.expectations} bands and orders"
    return (
        f"{what} from {promise.fewest_runs} or more reference runs fail at most "
        f"{CLASS * promise.rate:.2g} of {CLASS} correct hand-ins somewhere on average, "
        f"{CLASS * promise.upper_rate:.2g} with reference runs as unlucky as 1 in 20"
    )
