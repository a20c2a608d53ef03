"""What an expectation asks of a measurement, decided: one function for each condition.

Measured values are compared as they are, not rounded; a difference in the last
bits of a float (a relative 1e-9) is none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assessment.grading import sentences
from assessment.grading.bands import Interval, Uncalibrated
from assessment.grading.bounds import find_bound
from assessment.grading.lateness import Ranking
from assessment.grading.measurements import Measurement, is_below
from assessment.grading.modes import Outcome, classify
from assessment.grading.ranks import rank_sum_p
from assessment.grading.readings import series
from assessment.grading.trends import FEWEST, rank_correlation
from assessment.grading.wording import write, write_range
from assessment.grading.yardsticks import Yardstick
from assessment.results.record import BandSource, Run
from assessment.spec.expectations import Band, Expectation

TREND_AT_LEAST = 0.5
"""Rank correlation between epoch and value, mean over the runs, that counts as a trend."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of one condition."""

    condition: str
    """What was asked, in words."""
    share: float | None
    """Share of the points, 0 to 1; None where nothing was asked or it cannot be decided."""
    why: str = ""
    low: float | None = None
    high: float | None = None
    source: BandSource | None = None
    flagged: bool = False
    at_once: bool = False
    """Good enough that a first run settles it."""


def decide(
    expectation: Expectation, found: Measurement, runs: Sequence[Run], yardstick: Yardstick
) -> Verdict:
    """Compare a measurement of runs with what the expectation asks.

    The bound is that of all runs of the unit, also where the first one alone is looked at.
    """
    verdict = _decide(expectation, found, runs, yardstick)
    return verdict if verdict.share is None else replace(verdict, at_once=_at_once(verdict, found))


def either(own: Verdict, others: Sequence[tuple[str, Verdict]]) -> Verdict:
    """Return what an expectation comes to that may be met as others instead: the best of all.

    Where none of them is met, one that cannot be decided leaves it undecided.

    Args:
        own: its verdict.
        others: those on what it may be met as, each with its place in the spec.
    """
    if not others:
        return own
    every = [("", own), *((f"as {place} ", other) for place, other in others)]
    _, best = max(every, key=lambda one: (one[1].share or 0.0, not one[1].flagged))
    settled = [best] if (best.share or 0.0) >= 1 else [one for _, one in every if one.share is None]
    chosen = settled[0] if settled else best
    return replace(
        chosen,
        condition=", or ".join(f"{place}{one.condition}" for place, one in every),
        why="; ".join(f"{place}{one.why}" for place, one in every if not settled or one is chosen),
        at_once=any(one.at_once for _, one in every),
    )


def _at_once(verdict: Verdict, found: Measurement) -> bool:
    assert verdict.share is not None
    source, amount = verdict.source, found.amount
    if verdict.share < 1 or source is None or source.at_once is None or amount is None:
        return verdict.share >= 1
    low, high = source.at_once
    return not (low is not None and is_below(amount, low)) and not (
        high is not None and is_below(high, amount)
    )


def _decide(
    expectation: Expectation, found: Measurement, runs: Sequence[Run], yardstick: Yardstick
) -> Verdict:
    if expectation.trend is not None:
        return _trending(expectation, found, runs)
    bound = find_bound(yardstick, expectation, len(runs))
    if isinstance(bound, Uncalibrated):
        return Verdict(asked(expectation, found), None, explain(bound, yardstick))
    if isinstance(bound, Ranking):
        return _ranked(expectation, found, bound)
    if isinstance(bound, list):
        return _in_modes(found, bound)
    condition = asked(expectation, found, bound)
    if found.amount is None:
        return Verdict(condition, None, f"not measured: {found.reason}")
    if bound is not None:
        verdict = _in_interval(expectation, found, bound, yardstick)
    elif expectation.equals is not None:
        verdict = _equal(expectation, found)
    else:
        verdict = Verdict("", None, found.reason)
    return replace(verdict, condition=condition)


def asked(expectation: Expectation, found: Measurement, interval: Interval | None = None) -> str:
    """Say in words what is asked; nothing where a value is only shown."""
    style = found.style
    if interval is not None:
        costly = interval.sides
        low = None if costly == "upper" else interval.low
        high = None if costly == "lower" else interval.high
        return write_range(low, high, style)
    if expectation.band == "calibrated":
        return "the calibrated band"
    if isinstance(expectation.band, Band):
        return write_range(expectation.band.low, expectation.band.high, style)
    if expectation.modes is not None:
        return " or ".join(
            f"{name} ({write_range(mode.low, mode.high, style)})"
            for name, mode in expectation.modes.items()
        )
    if expectation.equals is not None:
        return sentences.accepted_values(_accepted(expectation), expectation.tolerance, found)
    if expectation.at_least is not None or expectation.at_most is not None:
        return write_range(expectation.at_least, expectation.at_most, style)
    return sentences.trend_asked(found, expectation.trend) if expectation.trend else ""


def credit(amount: float, full_at: float, zero_at: float, test_images: int | None) -> float:
    """Return the share of points, 0 to 1, that an accuracy below `full_at` earns, all in percent.

    Linear in the logarithm of the error rate, from none at `zero_at` to all at
    `full_at`. An error rate below half a test image counts as that.
    """
    least = 50 / (test_images or 10_000)
    zero, reached, full = (
        math.log(max(least, 100 - accuracy)) for accuracy in (zero_at, amount, full_at)
    )
    if zero <= full:
        return 0.0
    return min(1.0, max(0.0, (zero - reached) / (zero - full)))


def explain(found: Uncalibrated, yardstick: Yardstick) -> str:
    """Say why there is no band, and what can be done about it."""
    reason = f"{found.reason}, {yardstick.lost}" if yardstick.lost else found.reason
    mends = found.more_runs_help and yardstick.command
    return f"{reason}; to make more: {yardstick.command}" if mends else reason


def _in_interval(
    expectation: Expectation, found: Measurement, interval: Interval, yardstick: Yardstick
) -> Verdict:
    assert found.amount is not None
    low, high, amount = interval.low, interval.high, found.amount
    verdict = Verdict(
        "",
        1.0,
        low=low,
        high=high,
        source=interval.source if expectation.band is not None else None,
    )
    end: sentences.End
    if low is not None and is_below(amount, low):
        end, bound, costs = "below", low, interval.sides != "upper"
    elif high is not None and is_below(high, amount):
        end, bound, costs = "above", high, interval.sides != "lower"
    else:
        costly_low = None if interval.sides == "upper" else low
        costly_high = None if interval.sides == "lower" else high
        return replace(verdict, why=sentences.met(found, costly_low, costly_high))
    if not costs:
        return replace(verdict, why=sentences.flagged(found, end, bound), flagged=True)
    share, why = 0.0, sentences.missed(found, end, bound)
    if end == "below" and expectation.zero_at is not None:
        share = credit(amount, bound, expectation.zero_at, yardstick.test_images)
        end_of_credit = write(expectation.zero_at, found.style)
        if share > 0:
            why += f", with partial credit down to {end_of_credit}"
        else:
            why += f" and earns nothing, as partial credit ends at {end_of_credit}"
    return replace(verdict, share=share, why=why)


def _in_modes(found: Measurement, modes: Sequence[Outcome]) -> Verdict:
    condition = " or ".join(
        f"{mode.name} ({write_range(mode.low, mode.high, found.style)})" for mode in modes
    )
    if found.amount is None:
        return Verdict(condition, None, f"not measured: {found.reason}")
    known = [amount for amount in found.amounts if amount is not None]
    if len(known) < len(found.amounts):
        return Verdict(condition, None, "not measured: one of the runs does not have the number")
    names, shares = classify(modes, known)
    share = math.fsum(shares) / len(shares)
    return Verdict(condition, share, sentences.in_modes(found, names, shares))


def _ranked(expectation: Expectation, found: Measurement, ranked: Ranking) -> Verdict:
    known = [amount for amount in found.amounts if amount is not None]
    condition = "no later than the reference's runs, by rank"
    if len(known) < len(found.amounts) or not known:
        return Verdict(condition, None, f"not measured: {found.reason}", source=ranked.source)
    p = rank_sum_p(ranked.reference, known)
    why = sentences.ranked(found, p, ranked.alpha)
    return Verdict(condition, float(p > ranked.alpha), why, source=ranked.source)


def _equal(expectation: Expectation, found: Measurement) -> Verdict:
    assert found.amount is not None
    accepted, amount = _accepted(expectation), found.amount
    tolerance = expectation.tolerance
    if any(
        not is_below(amount, value - tolerance) and not is_below(value + tolerance, amount)
        for value in accepted
    ):
        return Verdict("", 1.0, f"{sentences.said(found)}, as asked")
    return Verdict("", 0.0, sentences.unequal(found, accepted, tolerance))


def _trending(expectation: Expectation, found: Measurement, runs: Sequence[Run]) -> Verdict:
    assert expectation.trend is not None
    condition = asked(expectation, found)
    columns = [series(run, expectation.measure) for run in runs]
    found_in = [rank_correlation(column) for column in columns]
    known = [value for value in found_in if value is not None]
    if not known or len(known) < len(found_in):
        fewest = min(map(len, columns), default=0)
        reason = found.reason or f"a trend needs at least {FEWEST} values, there {_are(fewest)}"
        return Verdict(condition, None, f"not measured: {reason}")
    mean = math.fsum(known) / len(known)
    met = not is_below(-mean if expectation.trend == "falling" else mean, TREND_AT_LEAST)
    why = sentences.trending(found, expectation.trend, mean, TREND_AT_LEAST, met=met)
    return Verdict(condition, float(met), why)


def _are(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {number}"


def _accepted(expectation: Expectation) -> list[float]:
    equals = expectation.equals
    return equals if isinstance(equals, list) else [] if equals is None else [equals]
