"""One expectation of a comparison: an order among questions or variants."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assessment.grading import sentences
from assessment.grading.bands import Uncalibrated
from assessment.grading.expectations import absence
from assessment.grading.leads import Lead, required_lead
from assessment.grading.measurements import Measurement, is_below, label, measure
from assessment.grading.outcomes import Cause, Decided, failure
from assessment.grading.rounds import at_first, lacks
from assessment.grading.wording import enumerate_words, write, write_pair
from assessment.grading.yardsticks import Yardstick
from assessment.results.record import BandSource, Graded, Run
from assessment.spec.expectations import HIGHER_IS_BETTER, ComparisonExpectation
from assessment.spec.units import Unit

Found = Mapping[str, Measurement]


def compare(
    unit: Unit,
    name: str,
    lab: Mapping[str, Unit],
    runs: Mapping[str, Sequence[Run]],
    yardsticks: Callable[[str], Yardstick],
) -> Decided:
    """Grade one order by itself; `requires` is not looked at.

    An order asks that neighbours differ: a tie is none, not even with `by_at_least: 0`.
    `best` asks that nothing is better: a tie is enough. With `by_at_least` above 0 both ask for
    that lead. A target never reached, and a loss not finite, come after every number.

    First runs that are far enough apart settle it, also where more are at hand;
    otherwise it wants all runs of both sides.

    A side without a number leaves it undecided, never failed: that side has lost
    its own points already. `Graded.value` stays None, `values` holds the sides.

    Args:
        unit: the comparison.
        name: of its expectation.
        lab: all units of the lab, by id.
        runs: of every side, by unit id.
        yardsticks: what each side is measured with, by unit id.
    """
    expectation = unit.expect[name]
    assert isinstance(expectation, ComparisonExpectation)
    sides = expectation.sides
    at_hand = {side: runs.get(side, ()) for side in sides}
    first = {side: at_hand[side][: at_first(lab[side])] for side in sides}
    found = _measured(expectation, at_hand)
    undecided = dict(_undecided(expectation, at_hand, found, lab))
    pairs = list(_pairs(expectation, yardsticks))
    undecided |= {
        f"{pair.first} and {pair.second}: {pair.lead.reason}": Cause.MACHINE
        for pair in pairs
        if isinstance(pair.lead, Uncalibrated)
    }
    wants: frozenset[str] = frozenset()
    met, why = None, "; ".join(undecided)
    if pairs and not undecided:
        alone = _measured(expectation, first)
        if all(_settled(expectation, alone, pair) for pair in pairs):
            found = alone
        else:
            wants = frozenset(side for side in sides if lacks(lab[side], at_hand[side]))
        met, why = _decide(expectation, found, pairs)
    one = next(iter(found.values()))
    repeats = {len(measurement.amounts) for measurement in found.values()}
    graded = Graded(
        name=name,
        measure=expectation.measure,
        label=one.label if len(repeats) == 1 else label(expectation),
        unit=one.unit,
        value=None,
        values={side: measurement.value for side, measurement in found.items()},
        verified=one.verified,
        condition=_asked(expectation, one, pairs),
        source=_weakest(pairs),
        met=met,
        earned=expectation.points if met else 0.0,
        points=expectation.points,
        why=why,
        note=expectation.note or "",
    )
    if expectation.show is not None or not undecided:
        return Decided(graded, wants=wants if expectation.points else frozenset())
    return Decided(graded, max(undecided.values()))


@dataclass(frozen=True)
class _Pair:
    """Two sides as the order names them."""

    first: str
    second: str
    falls: bool
    """The first has to be larger."""
    lead: Lead | Uncalibrated

    @property
    def ranked(self) -> tuple[str, str]:
        """The side that has to be larger, and the other."""
        return (self.first, self.second) if self.falls else (self.second, self.first)


def _weakest(pairs: Sequence[_Pair]) -> BandSource | None:
    """Return what is known of the pair that chance breaks most often."""
    known = [pair.lead.source for pair in pairs if isinstance(pair.lead, Lead)]
    sources = [source for source in known if source is not None]
    return max(sources, key=lambda source: source.false_fails or 0.0, default=None)


def _measured(expectation: ComparisonExpectation, runs: Mapping[str, Sequence[Run]]) -> Found:
    return {side: measure(runs[side], expectation) for side in expectation.sides}


def _settled(expectation: ComparisonExpectation, found: Found, pair: _Pair) -> bool:
    """Tell whether first runs are so far apart that no more are needed."""
    assert isinstance(pair.lead, Lead)
    larger, smaller = pair.ranked
    first, second = found[larger].amount, found[smaller].amount
    if pair.lead.at_once is None or first is None or second is None:
        return False
    if not math.isfinite(first - second) or is_below(first - second, pair.lead.at_once):
        return False
    return _ahead(expectation, found, larger, smaller, pair.lead.least)


def _undecided(
    expectation: ComparisonExpectation,
    runs: Mapping[str, Sequence[Run]],
    found: Found,
    lab: Mapping[str, Unit],
) -> Iterator[tuple[str, Cause]]:
    """Yield why sides have no number, and whose fault that is; once where they have one reason."""
    sides: dict[tuple[str, Cause], list[str]] = {}
    for side in expectation.sides:
        if (without := _without_number(runs[side], found[side], lab[side])) is not None:
            sides.setdefault(without, []).append(side)
    for (reason, cause), names in sides.items():
        yield f"{enumerate_words(names)}: {reason}", cause


def _without_number(
    runs: Sequence[Run], found: Measurement, unit: Unit
) -> tuple[str, Cause] | None:
    failed = failure(runs)
    if failed is not None:
        own_fault = failed.outcome != "not_gradable"
        words = f"{failed.outcome.replace('_', ' ')}: {failed.reason}".removesuffix(": ")
        return words, Cause.SUBMISSION if own_fault else Cause.MACHINE
    if not runs:
        return "no run was made", absence(unit)
    return (found.reason, Cause.MACHINE) if found.amount is None else None


def _decide(
    expectation: ComparisonExpectation, found: Found, pairs: Sequence[_Pair]
) -> tuple[bool, str]:
    for pair in pairs:
        assert isinstance(pair.lead, Lead)
        if not _ahead(expectation, found, *pair.ranked, pair.lead.least):
            return False, _shortfall(found, pair, pair.lead.least)
    held = "; ".join(f"{side}: {_value(found[side])}" for side in found)
    ties = [pair.second for pair in pairs if _ties(found, pair)]
    if ties:
        held += f" (a tie with {enumerate_words(ties)}: nothing is better, which is enough)"
    return True, held


def _pairs(
    expectation: ComparisonExpectation, yardsticks: Callable[[str], Yardstick]
) -> Iterator[_Pair]:
    """Yield the pairs of an order as it names them, each with the lead that is asked."""
    named: list[tuple[str, str, bool]] = []
    if expectation.best is not None:
        rises = expectation.measure in HIGHER_IS_BETTER
        others = [other for other in expectation.among or () if other != expectation.best]
        named += [(expectation.best, other, rises) for other in others]
    named += [(*pair, True) for pair in pairwise(expectation.descending or ())]
    named += [(*pair, False) for pair in pairwise(expectation.ascending or ())]
    for first, second, falls in named:
        larger, smaller = (first, second) if falls else (second, first)
        lead = required_lead(yardsticks(larger), expectation, yardsticks(smaller))
        yield _Pair(first, second, falls, lead)


def _ahead(
    expectation: ComparisonExpectation, found: Found, larger: str, smaller: str, gap: float
) -> bool:
    first, second = found[larger].amount, found[smaller].amount
    assert first is not None
    assert second is not None
    if first == second:
        # Of two that never arrive neither is best.
        return expectation.best is not None and gap == 0 and math.isfinite(first)
    if gap == 0 and expectation.best is not None:
        return not is_below(first, second)
    return is_below(second, first) and not is_below(first - second, gap)


def _ties(found: Found, pair: _Pair) -> bool:
    one, other = found[pair.first].value, found[pair.second].value
    if one is None or other is None:
        return False
    return not is_below(one, other) and not is_below(other, one)


def _asked(expectation: ComparisonExpectation, one: Measurement, pairs: Sequence[_Pair]) -> str:
    gap, lead = expectation.by_at_least, ""
    if gap == "calibrated":
        lead = ", by at least the calibrated lead"
        if len(pairs) == 1 and isinstance(pairs[0].lead, Lead):
            lead = f", by at least {_apart(write(pairs[0].lead.least, one.style))}"
    elif gap:
        lead = f", by at least {_apart(write(gap, one.style))}"
    if expectation.descending is not None:
        return " > ".join(expectation.descending) + lead
    if expectation.ascending is not None:
        return " < ".join(expectation.ascending) + lead
    if expectation.best is not None:
        return f"{expectation.best} is best{lead}"
    return ""


def _shortfall(found: Found, pair: _Pair, gap: float) -> str:
    """Say what is wrong with a pair."""
    first, second, falls = pair.first, pair.second, pair.falls
    one, other = found[first], found[second]
    if one.value is None or other.value is None:
        if one.value == other.value and one.reason == other.reason:
            return f"{first} and {second}: {one.reason}"
        return f"{first}: {_value(one)}; {second}: {_value(other)}"
    larger, smaller = (one.value, other.value) if falls else (other.value, one.value)
    if _ties(found, pair):
        asked = "a lead is asked" if gap else "an order needs a difference"
        return f"{first} and {second} tie, and {asked}: {_value(one)}"
    words = write_pair(one.value, other.value, one.style)
    if is_below(larger, smaller):
        return f"{first} {words[0]} is {'below' if falls else 'above'} {second} {words[1]}"
    lead, wanted = write_pair(larger - smaller, gap, one.style)
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
