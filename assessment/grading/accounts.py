"""What the reference runs of a lab make of its expectations: bands, orders, weaker solutions.

The account that `assessment calibrate` gives and that `assessment check` warns by. The reference is
graded on its own calibration runs; each expectation that chance can fail becomes one entry, and an
entry with a complaint wants somebody to act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from assessment.grading.bands import Uncalibrated, alpha_per_expectation, is_promised
from assessment.grading.bounds import find_bound
from assessment.grading.ledger import Ledger
from assessment.grading.measurements import measure
from assessment.grading.requirements import requirements
from assessment.grading.rounds import most
from assessment.grading.setting import Setting
from assessment.grading.wording import count, write, write_share
from assessment.grading.yardsticks import Yardstick
from assessment.results.calibration import CalibrationRun, for_key
from assessment.results.record import BandSource, Environment, Graded, Run
from assessment.spec.expectations import HIGHER_IS_BETTER, ComparisonExpectation, Expectation
from assessment.spec.units import Unit, points, units, weaker_units

TOO_MUCH = 0.5
"""Share of a question's points that a weaker solution should not reach."""


@dataclass(frozen=True)
class Entry:
    """What came of one expectation, or of one weaker solution."""

    unit: str
    """Id of the unit."""
    place: str
    """`unit.expectation`, the id of a weaker solution, or `weaker` for those without runs."""
    text: str
    """What is asked, and what that rests on."""
    complaint: str = ""
    """What is wrong with it."""
    refused: bool = False
    """The reference itself fails it too often: it cannot be asked of anybody."""


def account(
    setting: Setting, weaker_keys: Mapping[str, str], here: Environment | None = None
) -> list[Entry]:
    """Return an entry for each expectation of a lab that reference runs decide.

    Args:
        setting: the lab, its calibration lines, and the run keys of its units.
        weaker_keys: run keys of its weaker solutions, by their ids.
        here: the environment whose runs are accounted for, or else the nearest ones; None: of each
            recipe those of the environment with most.
    """
    lab = units(setting.lab_file.lab)
    alpha = alpha_per_expectation(setting.lab_file.lab)
    runs = {
        name: _runs(setting.calibrations, key, here)[: most(lab[name])]
        for name, key in setting.keys.items()
        if name in lab
    }
    ledger = Ledger(setting, runs)
    found = []
    for unit in lab.values():
        concerned = {unit.id, *requirements(unit)}
        if any(lab[name].training is not None and name not in setting.keys for name in concerned):
            continue  # without its data set or model nothing is known of it
        for expectation, decided in zip(unit.expect.values(), ledger.of(unit.id), strict=True):
            if is_promised(expectation) or getattr(expectation, "band", None) == "calibrated":
                entry = _entry(unit, expectation, decided.graded, alpha)
                found.append(entry)
            found += _missing_entries(unit, decided.graded, ledger.yardstick(unit.id))
        found += _weaker_entries(unit, setting, weaker_keys, here)
    found += _untried_entries(lab.values(), setting, weaker_keys)
    return found


def describe_source(source: BandSource, alpha: float | None = None) -> str:
    """Say what a band rests on: `n 10, mean 98.2, s 0.31, M 3, alpha 0.1 %, ...`."""
    parts = [f"n {source.n}"]
    if source.mean is not None and source.sd is not None:
        parts += [f"mean {source.mean:.5g}", f"s {source.sd:.2g}"]
    if source.pooled_sd is not None:
        parts.append(f"pooled s {source.pooled_sd:.2g} with {source.df} degrees of freedom")
    if source.runs is not None:
        parts.append(f"M {source.runs}")
    known = source.alpha if source.alpha is not None else alpha
    if known is not None:
        parts.append(f"alpha {write_share(known)}")
    if source.false_fails is not None:
        parts.append(f"false fails {write_share(source.false_fails)} on average")
    if source.false_fails_upper is not None:
        parts.append(f"{write_share(source.false_fails_upper)} as an upper rate")
    return ", ".join(parts)


def credited(unit: Unit) -> list[Expectation]:
    """Return the expectations of a unit that give points for an accuracy."""
    return [
        expectation
        for expectation in unit.expect.values()
        if isinstance(expectation, Expectation)
        and expectation.points > 0
        and expectation.measure in HIGHER_IS_BETTER
    ]


def _entry(
    unit: Unit, expectation: Expectation | ComparisonExpectation, graded: Graded, alpha: float
) -> Entry:
    place = f"{unit.id}.{graded.name}"
    text = graded.condition
    source = graded.source
    if source is not None:
        text = f"{text} ({describe_source(source, alpha)})"
    if graded.met is None:
        return Entry(unit.id, place, text, graded.why)
    if isinstance(expectation, ComparisonExpectation):
        if source is None:
            return Entry(
                unit.id, place, text, "no reference runs say how often chance breaks this order"
            )
        broken = source.false_fails or 0.0
        if broken > alpha and expectation.by_at_least != "calibrated":
            return Entry(
                unit.id,
                place,
                text,
                f"the reference itself breaks this order in {write_share(broken)} of cases, more "
                f"than {write_share(alpha)}: ask for less, for more `seeds`, or `show` it only",
                refused=True,
            )
    if not graded.met:
        return Entry(
            unit.id, place, text, f"the reference's own runs miss it: {graded.why}", refused=True
        )
    return Entry(unit.id, place, text)


def _missing_entries(unit: Unit, graded: Graded, yardstick: Yardstick) -> Iterator[Entry]:
    """Yield the bands that are missing of an expectation that is met by another one of them."""
    expectation, others = unit.expect[graded.name], yardstick.alternatives.get(graded.name, ())
    if not graded.met or not others or not isinstance(expectation, Expectation):
        return
    named = [(other.place, other.expectation, other.yardstick) for other in others]
    for place, one, of in ((graded.name, expectation, yardstick), *named):
        bound = find_bound(of, one, most(unit))
        if isinstance(bound, Uncalibrated):
            text = f"{unit.id}.{graded.name}"
            yield Entry(unit.id, text, f"as {place}, the calibrated band", bound.reason)


def _weaker_entries(
    unit: Unit, setting: Setting, weaker_keys: Mapping[str, str], here: Environment | None
) -> Iterator[Entry]:
    """Yield what each weaker solution of a unit reaches and earns."""
    asked = credited(unit)
    for name, weaker in weaker_units(unit).items():
        runs = _runs(setting.calibrations, weaker_keys.get(weaker.id, ""), here)
        if not runs or not asked:
            continue
        graded = [one.graded for one in Ledger(setting, {unit.id: runs}).of(unit.id)]
        share = fsum(one.earned for one in graded) / points(unit)
        reached = measure(runs, asked[0])
        mean = "nothing" if reached.value is None else write(reached.value, reached.style)
        text = f"{name} reaches {mean} ({count(len(runs), 'run')}) and earns {write_share(share)}"
        if reached.value is not None and asked[0].zero_at is None:
            text += f"; `zero_at: {reached.value:.1f}` would give nothing for it"
        elif reached.value is not None:
            text += f"; `zero_at` is {asked[0].zero_at:g}, its own would be {reached.value:.1f}"
        complaint = ""
        if share > TOO_MUCH:
            complaint = f"{name} earns {write_share(share)} of the points of {unit.id}"
        yield Entry(unit.id, weaker.id, text, complaint)


def _untried_entries(
    of_lab: Iterable[Unit], setting: Setting, weaker_keys: Mapping[str, str]
) -> Iterator[Entry]:
    """Yield one entry for all weaker solutions of a lab that nobody has trained yet."""
    made = {line.run.key for line in setting.calibrations if line.run.outcome == "scored"}
    untried: dict[str, list[str]] = {}
    for unit in of_lab:
        for name, weaker in weaker_units(unit).items() if credited(unit) else ():
            if weaker.id in weaker_keys and weaker_keys[weaker.id] not in made:
                untried.setdefault(name, []).append(unit.id)
    if not untried:
        return
    parts = []
    for name, (first, *others) in untried.items():
        more = f" and {count(len(others), 'other')}" if others else ""
        parts.append(f"~{name} for {first}{more}")
    command = f"assessment calibrate {setting.lab_file.shown}"
    complaint = f"no runs of {', '.join(parts)}: {command}"
    first = next(iter(untried.values()))[0]
    yield Entry(first, "weaker", "what solutions earn that should earn little", complaint)


def _runs(lines: Sequence[CalibrationRun], key: str, here: Environment | None) -> list[Run]:
    return list(for_key(lines, key, here).runs) if key else []
