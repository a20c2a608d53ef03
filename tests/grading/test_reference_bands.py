"""The bands of the digits lab, whose data set and reference runs are always there."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.execution.preparation import Preparation
from assessment.grading.bands import Interval, alpha_per_expectation, calibrated_interval
from assessment.grading.measurements import is_below, measure
from assessment.results.calibration import for_key, path_for, read
from assessment.spec.expectations import Expectation
from assessment.spec.units import Unit, units

SPEC = Path(__file__).parents[2] / "specs" / "digits.yaml"
LAB = load_lab(SPEC).lab
CALIBRATED = [
    (unit, name)
    for unit in units(LAB).values()
    for name, expectation in unit.expect.items()
    if isinstance(expectation, Expectation) and expectation.band == "calibrated"
]


@pytest.mark.parametrize(
    ("unit", "name"), CALIBRATED, ids=[f"{unit.id}.{name}" for unit, name in CALIBRATED]
)
def test_reference_runs_lie_in_their_own_band(unit: Unit, name: str, tmp_path: Path) -> None:
    expectation = unit.expect[name]
    assert isinstance(expectation, Expectation)
    assert unit.training is not None
    preparation = Preparation(tmp_path)
    reference = for_key(read(path_for(SPEC)), preparation.key(unit.training, SPEC.parent), None)
    found = calibrated_interval(
        expectation,
        reference,
        runs=1,
        alpha=alpha_per_expectation(LAB),
        test_images=len(preparation.images(unit.training.dataset).test_images),
    )
    assert isinstance(found, Interval)
    assert found.low is not None
    assert found.high is not None
    for value in measure(reference.runs, expectation).values:
        assert value is not None
        assert not is_below(value, found.low)
        assert not is_below(found.high, value)
    if expectation.zero_at is not None:
        assert expectation.zero_at < found.low, "no partial credit is left below the band"
