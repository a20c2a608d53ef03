"""How often a lab's bands and orders fail correct work: what that means for a class.

The rates of single expectations are added up, which is an upper limit for failing somewhere
(Bonferroni), whatever one expectation has to do with another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assessment.results.record import Result

HAND_INS = 100
"""Hand-ins that rates are told for where nobody knows how many there are."""


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
    hand_ins: int = HAND_INS
    """Those of the class, or as many as make a rate easy to read."""


def promise_of(results: Iterable[Result], hand_ins: int = HAND_INS) -> Promise | None:
    """Add the rates of all graded expectations of one solution up; None where none has one.

    Args:
        results: of a lab.
        hand_ins: of the class, where there is one.
    """
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
        hand_ins,
    )


def promise_words(promise: Promise) -> str:
    """Say in one sentence what a promise means for a class."""
    one = promise.expectations == 1
    what = "1 band or order" if one else f"{promise.expectations} bands and orders"
    size = promise.hand_ins
    whose = "1 correct hand-in" if size == 1 else f"{size} correct hand-ins"
    return (
        f"{what} from {promise.fewest_runs} or more reference runs fail at most "
        f"{_short(size * promise.rate)} of {whose} somewhere on average, "
        f"{_short(size * promise.upper_rate)} with reference runs as unlucky as 1 in 20"
    )


def _short(number: float) -> str:
    return f"{number:.2g}" if number < 99.5 else f"{number:.0f}"
