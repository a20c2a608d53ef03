"""What holds for every lab of this project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.spec.lab import TrainingQuestion
from assessment.spec.units import points, units, waiting

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@pytest.fixture(params=SPECS, ids=[path.stem for path in SPECS])
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_is_valid_and_says_who_set_the_points(path: Path) -> None:
    lab = load_lab(path).lab
    assert lab.points_from
    assert lab.text


def test_total(path: Path) -> None:
    total = {"adelaide_a3": 20, "digits": 24}  # of the others 100
    every = units(load_lab(path).lab).values()
    assert sum(points(unit) + waiting(unit) for unit in every) == pytest.approx(
        total.get(path.stem, 100)
    )


def test_points_come_from_a_verified_number_a_fact_or_a_stated_exception(path: Path) -> None:
    """A lab may give points for what the run itself reports only as parameters or gradients."""
    for unit in units(load_lab(path).lab).values():
        for expectation in unit.expect.values():
            if getattr(expectation, "accept_reported", False):
                assert expectation.measure in ("parameters", "gradient_norm"), unit.id


def test_bands_by_hand_say_where_they_come_from(path: Path) -> None:
    for unit in units(load_lab(path).lab).values():
        for name, expectation in unit.expect.items():
            band = getattr(expectation, "band", None)
            if band not in (None, "calibrated"):
                assert band.source, f"{unit.id}: {name}"


def test_no_expectation_equals_what_a_report_gave(path: Path) -> None:
    """Parameters are facts; any other reported number is one noisy run."""
    for unit in units(load_lab(path).lab).values():
        if unit.training is None:
            continue
        for expectation in unit.expect.values():
            if expectation.measure != "parameters":
                assert getattr(expectation, "equals", None) is None, unit.id


def test_failing_on_purpose_earns_nothing_alone(path: Path) -> None:
    """Whoever is meant to fail must also have succeeded with the learning variant."""
    for unit in units(load_lab(path).lab).values():
        if not isinstance(unit.question, TrainingQuestion) or not unit.question.may_diverge:
            continue
        for name, expectation in unit.expect.items():
            by_hand = getattr(expectation, "band", None) not in (None, "calibrated") or (
                getattr(expectation, "modes", None) is not None
            )
            if by_hand and expectation.points:
                assert expectation.requires, f"{unit.id}: {name}"


def test_evaluates_after_every_epoch(path: Path) -> None:
    """Learning curves are part of every report."""
    for unit in units(load_lab(path).lab).values():
        if unit.training is not None:
            assert unit.training.record.evaluate == "epoch", unit.id


def test_are_read_without_torch() -> None:
    code = (
        "import sys, pathlib; from assessment.catalogue import load_lab\n"
        "[load_lab(pathlib.Path(name)) for name in sys.argv[1:]]\n"
        "sys.exit('torch imported' if 'torch' in sys.modules else 0)"
    )
    subprocess.run([sys.executable, "-c", code, *map(str, SPECS)], check=True)
