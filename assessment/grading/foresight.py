"""What is known before anything is trained: bands that cannot be made of the reference's runs."""

from __future__ import annotations

from collections.abc import Iterator

from assessment.grading.bands import Uncalibrated
from assessment.grading.bounds import find_bound
from assessment.grading.conditions import explain
from assessment.grading.setting import Setting
from assessment.grading.yardsticks import Yardsticks
from assessment.results.calibration import MINIMUM_RUNS
from assessment.results.record import Environment
from assessment.spec.expectations import Expectation
from assessment.spec.units import Unit


def asks_for_bands(unit: Unit) -> bool:
    """Tell whether points of a unit hang on reference runs of its own."""
    return any(True for _ in _banded(unit))


def missing_band(unit: Unit, setting: Setting) -> str:
    """Say why a unit cannot be graded whatever its runs measure; empty where it may be.

    A band is missing for sure where the reference's runs make none in any environment that they
    were made in, since it is not known yet which one is nearest to that of the unit's own runs.
    Where one of them has as many as a band takes, nothing is said: whether they make one is a
    question for scipy's distributions, which nobody waits for before training.

    Args:
        unit: of the lab.
        setting: with its key; without one nothing is known.
    """
    key = setting.keys.get(unit.id)
    if key is None or setting.strict:
        return ""
    yardsticks = Yardsticks(setting)
    made_in = [line.run.environment for line in setting.calibrations if line.run.key == key]
    places: set[Environment | None] = {place and place.law() for place in made_in} or {None}
    known = [yardsticks.of(unit.id, (), place) for place in places]
    if any(len(yardstick.reference.runs) >= MINIMUM_RUNS for yardstick in known):
        return ""
    for name, expectation in _banded(unit):
        if any(yardstick.alternatives.get(name) for yardstick in known):
            continue
        bounds = [find_bound(yardstick, expectation, 1) for yardstick in known]
        missing = [bound for bound in bounds if isinstance(bound, Uncalibrated)]
        if len(missing) == len(known):
            nearest = max(range(len(known)), key=lambda at: len(known[at].reference.runs))
            return f"{name}: {explain(missing[nearest], known[nearest])}"
    return ""


def _banded(unit: Unit) -> Iterator[tuple[str, Expectation]]:
    """Yield the expectations with points whose band or modes are calibrated."""
    for name, expectation in unit.expect.items():
        if isinstance(expectation, Expectation) and expectation.points > 0:
            modes = (expectation.modes or {}).values()
            if expectation.band == "calibrated" or any(mode.calibrated for mode in modes):
                yield name, expectation
