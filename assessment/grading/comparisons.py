"""One expectation of a comparison: an order among questions or variants."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from assessment.grading import sentences
from assessment.grading.expectations import absence
from assessment.grading.measurements import Measurement, is_below, label, measure
from assessment.grading.outcomes import Cause, Decided, failure
from assessment.grading.wording import write, write_pair
from assessment.results.record import Graded, Run
from assessment.spec.expectations import ComparisonExpectation
from assessment.spec.units import Unit

Found = Mapping[str, Measurement]


def compare(
    unit: Unit, name: str, lab: Mapping[str, Unit], runs: Mapping[str, Sequence[Run]]
) -> Decided:
    """Grade one order by itself; `requires` is not looked at.

    An order asks that neighbours differ: a tie is none. `best` asks that nothing
    is better: a tie is enough. With `by_at_least` both ask for that lead. A
    target never reached, and a loss not finite, come after every number.

    A side without a number leaves it undecided, never failed: that side has lost
    its own points already. `Graded.value` stays None, `values` holds the sides.

    Args:
        unit: the comparison.
        name: of its expectation.
        lab: all units of the lab, by id.
        runs: of every side, by unit id.
    """
    expectation = unit.expect[name]
    assert isinstance(expectation, ComparisonExpectation)
    found = {side: measure(runs.get(side, ()), expectation) for side in expectation.sides}
    one = next(iter(found.values()))
    undecided = dict(_undecided(expectation.sides, found, lab, runs))
    met: bool | None = None
    if expectation.show is None and not undecided:
        met, why = _decide(expectation, found)
    else:
        why = "; ".join(undecided)
    repeats = {len(measurement.amounts) for measurement in found.values()}
    graded = Graded(
        name=name,
        measure=expectation.measure,
        label=one.label if len(repeats) == 1 else label(expectation),
        unit=one.unit,
        value=None,
        values={side: measurement.value for side, measurement in found.items()},
        verified=one.verified,
        condition=_asked(expectation, one),
        met=met,
        earned=expectation.points if met else 0.0,
        points=expectation.points,
        why=why,
        note=expectation.note or "",
    )
    if expectation.show is not None or not undecided:
        return Decided(graded)
    return Decided(graded, max(undecided.values()))


def _undecided(
    sides: Sequence[str],
    found: Found,
    lab: Mapping[str, Unit],
    runs: Mapping[str, Sequence[Run]],
) -> Iterator[tuple[str, Cause]]:
    """Yield for each side without a number why, and whose fault that is."""
    for side in sides:
        failed = failure(runs.get(side, ()))
        if failed is not None:
            own_fault = failed.outcome != "not_gradable"
            outcome = failed.outcome.replace("_", " ")
            words = f"{side}: {outcome}: {failed.reason}".removesuffix(": ")
            yield words, Cause.SUBMISSION if own_fault else Cause.MACHINE
        elif not runs.get(side):
            yield f"{side}: no run was made", absence(lab[side])
        elif found[side].amount is None:
            yield f"{side}: {found[side].reason}", Cause.MACHINE


def _decide(expectation: ComparisonExpectation, found: Found) -> tuple[bool, str]:
    for first, second, falls in _pairs(expectation, found):
        larger, smaller = (first, second) if falls else (second, first)
        if not _ahead(expectation, found, larger, smaller):
            return False, _shortfall(expectation, found, first, second, falls=falls)
    return True, "; ".join(f"{side}: {_value(found[side])}" for side in found)


def _pairs(expectation: ComparisonExpectation, found: Found) -> Iterator[tuple[str, str, bool]]:
    """Yield the pairs of an order as it names them, and whether the first has to be larger."""
    if expectation.best is not None:
        for other in expectation.among or ():
            if other != expectation.best:
                yield expectation.best, other, found[other].higher_is_better
    for first, second in pairwise(expectation.descending or ()):
        yield first, second, True
    for first, second in pairwise(expectation.ascending or ()):
        yield first, second, False


def _ahead(expectation: ComparisonExpectation, found: Found, larger: str, smaller: str) -> bool:
    first, second = found[larger].amount, found[smaller].amount
    assert first is not None
    assert second is not None
    gap = expectation.by_at_least
    if first == second:
        # Of two that never arrive neither is best.
        return expectation.best is not None and gap == 0 and math.isfinite(first)
    if gap == 0 and expectation.best is not None:
        return not is_below(first, second)
    return is_below(second, first) and not is_below(first - second, gap)


def _asked(expectation: ComparisonExpectation, one: Measurement) -> str:
    gap = expectation.by_at_least
    lead = f", by at least {_apart(write(gap, one.style))}" if gap else ""
    if expectation.descending is not None:
        return " > ".join(expectation.descending) + lead
    if expectation.ascending is not None:
        return " < ".join(expectation.ascending) + lead
    if expectation.best is not None:
        return f"{expectation.best} is best{lead}"
    return ""


def _shortfall(
    expectation: ComparisonExpectation, found: Found, first: str, second: str, *, falls: bool
) -> str:
    """Say what is wrong with a pair, the first of which has to be larger where the order falls."""
    one, other = found[first], found[second]
    if one.value is None or other.value is None:
        if one.value == other.value and one.reason == other.reason:
            return f"{first} and {second}: {one.reason}"
        return f"{first}: {_value(one)}; {second}: {_value(other)}"
    larger, smaller = (one.value, other.value) if falls else (other.value, one.value)
    if not is_below(larger, smaller) and not is_below(smaller, larger):
        return f"{first} and {second} are equal: {_value(one)}"
    words = write_pair(one.value, other.value, one.style)
    if is_below(larger, smaller):
        return f"{first} {words[0]} is {'below' if falls else 'above'} {second} {words[1]}"
    lead, wanted = write_pair(larger - smaller, expectation.by_at_least, one.style)
    wanted = wanted.removesuffix(" %")
    ahead = f"only {_apart(lead)} {'above' if falls else 'below'}"
    return f"{first} {words[0]} is {ahead} {second} {words[1]}, at least {wanted} is asked"


def _apart(written: str) -> str:
    """Write a difference, which of percentages is in points of them."""
    return written.replace(" %", " percentage points")


def _value(found: Measurement) -> str:
    if found.value is None:
        return found.reason
    value = write(found.value, found.style)
    return sentences.with_unit(value) if found.unit == "epochs" else value
