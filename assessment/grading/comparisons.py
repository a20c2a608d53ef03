"""Orders among questions and variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from assessment.grading.measurements import Measurement, measure
from assessment.grading.wording import write, write_pair
from assessment.results.record import Graded, Run
from assessment.spec.expectations import ComparisonExpectation
from assessment.spec.units import Unit


def compare(unit: Unit, runs: Mapping[str, Sequence[Run]]) -> list[Graded]:
    """Grade every expectation of a comparison; a side without a number leaves it undecided.

    Args:
        unit: the comparison.
        runs: of every side, by unit id.
    """
    return [
        _graded(name, expectation, runs)
        for name, expectation in unit.expect.items()
        if isinstance(expectation, ComparisonExpectation)
    ]


def _graded(
    name: str, expectation: ComparisonExpectation, runs: Mapping[str, Sequence[Run]]
) -> Graded:
    found = {side: measure(runs.get(side, ()), expectation) for side in expectation.sides}
    any_side = next(iter(found.values()))
    met, why = _decide(expectation, found)
    return Graded(
        name=name,
        measure=expectation.measure,
        label=any_side.label,
        unit=any_side.unit,
        value=None,
        values={side: measurement.value for side, measurement in found.items()},
        verified=any_side.verified,
        condition=_condition(expectation, any_side),
        met=met,
        earned=expectation.points if met else 0.0,
        points=expectation.points,
        why=why,
        note=expectation.note or "",
    )


def _condition(expectation: ComparisonExpectation, any_side: Measurement) -> str:
    gap = ""
    if expectation.by_at_least:
        gap = f" by at least {write(expectation.by_at_least, any_side.style)}"
    if expectation.descending is not None:
        return " > ".join(expectation.descending) + gap
    if expectation.ascending is not None:
        return " < ".join(expectation.ascending) + gap
    if expectation.best is not None:
        return f"{expectation.best} is best" + gap
    return "shown only"


def _decide(
    expectation: ComparisonExpectation, found: Mapping[str, Measurement]
) -> tuple[bool | None, str]:
    missing = [
        f"{side}: {measurement.reason}"
        for side, measurement in found.items()
        if measurement.amount is None
    ]
    if expectation.show is not None:
        return None, "; ".join(missing)
    if missing:
        return None, f"not measured: {'; '.join(missing)}"
    for larger, smaller in _pairs(expectation, found):
        first, second = found[larger].amount, found[smaller].amount
        assert first is not None
        assert second is not None
        # Two sides that never arrive are equally late: no order can be seen between them.
        enough = first > second and first - second >= expectation.by_at_least
        if not enough:
            return False, _shortfall(expectation, found, larger, smaller)
    return True, "; ".join(
        f"{side} {write(measurement.amount, measurement.style)}"
        for side, measurement in found.items()
        if measurement.amount is not None
    )


def _pairs(
    expectation: ComparisonExpectation, found: Mapping[str, Measurement]
) -> list[tuple[str, str]]:
    """Return (larger, smaller) pairs that the expectation asserts."""
    if expectation.descending is not None:
        return list(pairwise(expectation.descending))
    if expectation.ascending is not None:
        return [(larger, smaller) for smaller, larger in pairwise(expectation.ascending)]
    assert expectation.best is not None
    assert expectation.among is not None
    best = expectation.best
    others = [side for side in expectation.among if side != best]
    if found[best].higher_is_better:
        return [(best, other) for other in others]
    return [(other, best) for other in others]


def _shortfall(
    expectation: ComparisonExpectation,
    found: Mapping[str, Measurement],
    larger: str,
    smaller: str,
) -> str:
    first, second = found[larger].amount, found[smaller].amount
    assert first is not None
    assert second is not None
    style = found[larger].style
    one, other = write_pair(first, second, style)
    gap = expectation.by_at_least
    wanted = f"above by at least {write(gap, style)}" if gap else "above"
    return f"{larger} {one} is not {wanted} {smaller} {other}"
