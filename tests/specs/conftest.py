"""The units of a lab of this project, by file name, and runs of them graded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.grading.ledger import Ledger
from assessment.grading.setting import Setting
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Graded, Run
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit, units

SPECS = Path(__file__).parents[2] / "specs"


@cache
def _lab_file(stem: str) -> LabFile:
    return load_lab(SPECS / f"{stem}.yaml")


@cache
def _units(stem: str) -> dict[str, Unit]:
    return units(_lab_file(stem).lab)


@pytest.fixture
def units_of() -> Callable[[str], dict[str, Unit]]:
    """Give the units of `specs/<stem>.yaml` by id."""
    return _units


@pytest.fixture
def grade_unit() -> Callable[..., dict[str, Graded]]:
    """Give the grades of one unit of `specs/<stem>.yaml`, by expectation.

    Called with the stem, the unit and the runs of units by id; `reference` holds each unit's
    reference runs, whose key is the unit's id.
    """

    def graded(
        stem: str,
        unit: str,
        runs: Mapping[str, Sequence[Run]],
        reference: Mapping[str, Sequence[Run]] | None = None,
    ) -> dict[str, Graded]:
        lines = [
            CalibrationRun(unit=name, run=run.model_copy(update={"key": name}))
            for name, made in (reference or {}).items()
            for run in made
        ]
        keys = {name: name for name in _units(stem)}
        setting = Setting(_lab_file(stem), calibrations=lines, keys=keys)
        decided = Ledger(setting, runs).of(unit)
        return {one.graded.name: one.graded for one in decided}

    return graded
