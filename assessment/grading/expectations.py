"""One unit's expectations against its runs, before anything that they require."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from assessment.grading.bands import Interval, Uncalibrated, calibrated_interval
from assessment.grading.measurements import Measurement, measure, reported_value
from assessment.grading.readings import series
from assessment.grading.wording import count, enumerate_words, write, write_pair, write_range
from assessment.results.calibration import Calibration
from assessment.results.record import BandSource, Graded, Run
from assessment.spec.expectations import Band, Expectation
from assessment.spec.units import Unit

TREND_AT_LEAST = 0.5
"""Kendall's rank correlation between epoch and value that counts as a trend."""


@dataclass(frozen=True)
class Yardstick:
    """What a unit is measured with."""

    reference: Calibration
    alpha: float
    """Of one expectation."""
    test_images: int | None


@dataclass(frozen=True)
class Verdict:
    """The outcome of one condition."""

    condition: str
    met: bool | None
    share: float = 0.0
    """Share of the points, 0 to 1."""
    why: str = ""
    low: float | None = None
    high: float | None = None
    source: BandSource | None = None
    flagged: bool = False


def judge(unit: Unit, runs: Sequence[Run], yardstick: Yardstick) -> list[Graded]:
    """Grade every expectation of a training unit by itself; `requires` is not looked at."""
    return [
        _graded(name, expectation, unit, runs, yardstick)
        for name, expectation in unit.expect.items()
        if isinstance(expectation, Expectation)
    ]


def _graded(
    name: str, expectation: Expectation, unit: Unit, runs: Sequence[Run], yardstick: Yardstick
) -> Graded:
    found = measure(runs, expectation)
    verdict = _decide(expectation, found, runs, yardstick)
    return Graded(
        name=name,
        measure=expectation.measure,
        label=found.label,
        unit=found.unit,
        value=found.value,
        verified=found.verified,
        condition=verdict.condition,
        low=verdict.low,
        high=verdict.high,
        source=verdict.source,
        reported=reported_value(unit.reported, expectation),
        met=verdict.met,
        flagged=verdict.flagged,
        earned=round(expectation.points * verdict.share, 4) if verdict.met is not None else 0.0,
        points=expectation.points,
        why=verdict.why,
        note=expectation.note or "",
    )


def _decide(
    expectation: Expectation, found: Measurement, runs: Sequence[Run], yardstick: Yardstick
) -> Verdict:
    if expectation.band == "calibrated":
        interval = calibrated_interval(
            expectation,
            yardstick.reference,
            runs=max(1, len(runs)),
            alpha=yardstick.alpha,
            test_images=yardstick.test_images,
        )
        if isinstance(interval, Uncalibrated):
            return Verdict("the calibrated band", None, why=interval.reason)
        return _missing(found, _range_of(interval, found)) or _in_band(
            expectation, found, interval, yardstick
        )
    if isinstance(expectation.band, Band):
        source = BandSource(kind="given", text=expectation.band.source or "")
        interval = Interval(expectation.band.low, expectation.band.high, "both", source)
        return _missing(found, _range_of(interval, found)) or _in_band(
            expectation, found, interval, yardstick
        )
    if expectation.modes is not None:
        return _in_modes(expectation, found)
    if expectation.equals is not None:
        return _equal(expectation, found)
    if expectation.at_least is not None or expectation.at_most is not None:
        return _beyond(expectation, found, yardstick)
    if expectation.trend is not None:
        return _trending(expectation, found, runs)
    return Verdict("shown only", None, why=found.reason)


def _missing(found: Measurement, condition: str) -> Verdict | None:
    if found.amount is not None:
        return None
    return Verdict(condition, None, why=f"not measured: {found.reason}")


def _range_of(interval: Interval, found: Measurement) -> str:
    if interval.source.kind == "given" or interval.sides == "both":
        return write_range(interval.low, interval.high, found.style)
    if interval.sides == "lower":
        return write_range(interval.low, None, found.style)
    return write_range(None, interval.high, found.style)


def _in_band(
    expectation: Expectation, found: Measurement, interval: Interval, yardstick: Yardstick
) -> Verdict:
    assert found.amount is not None
    below = interval.low is not None and found.amount < interval.low
    above = interval.high is not None and found.amount > interval.high
    costs = (below and interval.sides != "upper") or (above and interval.sides != "lower")
    bound = interval.low if below else interval.high
    verdict = Verdict(
        _range_of(interval, found),
        not costs,
        share=0.0 if costs else 1.0,
        low=interval.low,
        high=interval.high,
        source=interval.source,
        flagged=(below or above) and not costs,
    )
    if not (below or above):
        return replace(verdict, why=f"{_said(found)} is within {_range_of(interval, found)}")
    assert bound is not None
    side = "below" if below else "above"
    why = f"{_compared(found, side, bound)}"
    if not costs:
        return replace(verdict, why=f"{why}, better than expected: worth a look, costs nothing")
    share = _credit(expectation, found, interval.low, yardstick) if below else 0.0
    return replace(verdict, why=why, share=share)


def _credit(
    expectation: Expectation, found: Measurement, full_at: float | None, yardstick: Yardstick
) -> float:
    """Return partial credit: linear in the log of the error rate from `zero_at` to `full_at`."""
    if expectation.zero_at is None or full_at is None or found.amount is None:
        return 0.0
    if found.amount <= expectation.zero_at or full_at <= expectation.zero_at:
        return 0.0
    least = 0.5 / (yardstick.test_images or 10_000)  # half an image: no error rate is exactly 0

    def log_error(accuracy: float) -> float:
        return math.log(max(least, 1 - accuracy / 100))

    zero = log_error(expectation.zero_at)
    share = (zero - log_error(found.amount)) / (zero - log_error(full_at))
    return min(1.0, max(0.0, share))


def _in_modes(expectation: Expectation, found: Measurement) -> Verdict:
    assert expectation.modes is not None
    condition = " or ".join(
        f"{name} ({write_range(mode.low, mode.high, found.style)})"
        for name, mode in expectation.modes.items()
    )
    if found.amount is None or None in found.amounts:
        return Verdict(condition, None, why=f"not measured: {found.reason}")
    shares, names = [], []
    for amount in found.amounts:
        assert amount is not None
        inside = [
            (mode.share, name)
            for name, mode in expectation.modes.items()
            if mode.low <= amount <= mode.high
        ]
        share, name = max(inside, default=(0.0, "no mode"))
        shares.append(share)
        names.append(name)
    seen = enumerate_words(
        [f"{count(names.count(name), 'run')} {name}" for name in sorted({*names})]
    )
    return Verdict(
        condition,
        all(name != "no mode" for name in names),
        share=sum(shares) / len(shares),
        why=f"{_said(found)}: {seen}",
    )


def _equal(expectation: Expectation, found: Measurement) -> Verdict:
    equals = expectation.equals
    accepted = equals if isinstance(equals, list) else [equals]
    words = " or ".join(write(value, found.style) for value in accepted if value is not None)
    if expectation.tolerance:
        words += f" +/- {write(expectation.tolerance, found.style)}"
    missing = _missing(found, words)
    if missing is not None:
        return missing
    amount = found.amount
    assert amount is not None
    met = any(v is not None and abs(amount - v) <= expectation.tolerance for v in accepted)
    why = f"{_said(found)}, {words} {'was' if met else 'is'} expected"
    return Verdict(words, met, share=float(met), why=why)


def _beyond(expectation: Expectation, found: Measurement, yardstick: Yardstick) -> Verdict:
    low, high = expectation.at_least, expectation.at_most
    condition = write_range(low, high, found.style)
    missing = _missing(found, condition)
    if missing is not None:
        return missing
    amount = found.amount
    assert amount is not None
    met = amount >= low if low is not None else high is not None and amount <= high
    bound = low if low is not None else high
    assert bound is not None
    side = ("below" if low is not None else "above") if not met else "within"
    why = f"{_said(found)} is {condition}" if met else _compared(found, side, bound)
    share = 1.0 if met else _credit(expectation, found, low, yardstick)
    return Verdict(condition, met, share=share, why=why, low=low, high=high)


def _trending(expectation: Expectation, found: Measurement, runs: Sequence[Run]) -> Verdict:
    condition = f"{expectation.trend} from epoch to epoch"
    if not runs:
        return Verdict(condition, None, why=f"not measured: {found.reason}")
    correlations = [kendall(series(run, expectation.measure)) for run in runs]
    known = [value for value in correlations if value is not None]
    if not known:
        return Verdict(condition, None, why="not measured: fewer than two values")
    mean = sum(known) / len(known)
    met = mean <= -TREND_AT_LEAST if expectation.trend == "falling" else mean >= TREND_AT_LEAST
    why = f"rank correlation with the epoch is {mean:+.2f}"
    return Verdict(condition, met, share=float(met), why=why)


def kendall(values: Sequence[float]) -> float | None:
    """Return Kendall's tau-a between position and value, -1 to 1; None for fewer than two."""
    pairs = list(combinations(values, 2))
    if not pairs:
        return None
    return sum((later > earlier) - (later < earlier) for earlier, later in pairs) / len(pairs)


def _said(found: Measurement) -> str:
    assert found.amount is not None
    return f"{found.label.split(',')[0]} {write(found.amount, found.style)}"


def _compared(found: Measurement, side: str, bound: float) -> str:
    assert found.amount is not None
    if math.isinf(found.amount):
        return f"{found.reason}; at most {write(bound, found.style)} was expected"
    value, limit = write_pair(found.amount, bound, found.style)
    return f"{found.label.split(',')[0]} {value} is {side} {limit}"


Requirement = Callable[[str], Graded]
"""Gives the graded expectation that a `requires` entry names."""


def settle(graded: Graded, requires: Sequence[str], required: Requirement) -> Graded:
    """Take back what an expectation earned when something that it requires was not met."""
    for name in requires:
        other = required(name)
        if other.met:
            continue
        if other.met is None:
            why = f"needs {name}, which could not be decided ({other.why})"
            return graded.model_copy(update={"met": None, "earned": 0.0, "why": why})
        why = f"needs {name}, which was not met: {other.why}"
        return graded.model_copy(update={"met": False, "earned": 0.0, "why": why})
    return graded
