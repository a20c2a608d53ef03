"""The units of a lab of this project, by file name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.spec.units import Unit, units

SPECS = Path(__file__).parents[2] / "specs"


@cache
def _units(stem: str) -> dict[str, Unit]:
    return units(load_lab(SPECS / f"{stem}.yaml").lab)


@pytest.fixture
def units_of() -> Callable[[str], dict[str, Unit]]:
    """Give the units of `specs/<stem>.yaml` by id."""
    return _units
