"""One expectation of a comparison: an order among questions or variants."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

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
    if expectation.best is not None:
        for other in expectation.among or ():
            larger, smaller = expectation.best, other
            if not found[other].higher_is_better:
                larger, smaller = smaller, larger
            if other != expectation.best and not _ahead(expectation, found, larger, smaller):
                return False, _shortfall(expectation, found, larger, smaller)
    for larger, smaller in _neighbours(expectation):
        if not _ahead(expectation, found, larger, smaller):
            return False, _shortfall(expectation, found, larger, smaller)
    return True, "; ".join(f"{side}: {_value(found[side])}" for side in found)


def _neighbours(expectation: ComparisonExpectation) -> Iterator[tuple[str, str]]:
    """Yield (larger, smaller) of an order."""
    if expectation.descending is not None:
        yield from pairwise(expectation.descending)
    if expectation.ascending is not None:
        yield from ((larger, smaller) for smaller, larger in pairwise(expectation.ascending))


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
    lead = f", by at least {write(gap, one.style)}" if gap else ""
    if expectation.descending is not None:
        return " > ".join(expectation.descending) + lead
    if expectation.ascending is not None:
        return " < ".join(expectation.ascending) + lead
    if expectation.best is not None:
        return f"{expectation.best} is best{lead}"
    return ""


def _shortfall(expectation: ComparisonExpectation, found: Found, larger: str, smaller: str) -> str:
    first, second = found[larger], found[smaller]
    gap = expectation.by_at_least
    if first.value is None or second.value is None:
        return f"{larger}: {_value(first)}; {smaller}: {_value(second)}"
    one, other = write_pair(first.value, second.value, first.style)
    if first.value == second.value:
        return f"{larger} and {smaller} are equal: {one}"
    if is_below(first.value, second.value):
        return f"{larger} {one} is below {smaller} {other}"
    lead, wanted = write_pair(first.value - second.value, gap, first.style)
    return f"{larger} {one} is only {lead} above {smaller} {other}, at least {wanted} is asked"


def _value(found: Measurement) -> str:
    return found.reason if found.value is None else write(found.value, found.style)
