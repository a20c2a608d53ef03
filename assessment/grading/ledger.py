"""Every expectation of a lab graded when somebody asks for it, requirements included, once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assessment.grading.bands import alpha_per_expectation
from assessment.grading.comparisons import compare
from assessment.grading.conditions import Yardstick
from assessment.grading.expectations import grade
from assessment.grading.findings import image_count
from assessment.grading.measurements import measure
from assessment.grading.outcomes import Decided
from assessment.grading.pooling import Pooled, Refused, pool
from assessment.grading.requirements import Expected, pool_members, pools_of, resolve, settle
from assessment.grading.rounds import most
from assessment.results.calibration import Calibration, CalibrationRun, for_key
from assessment.results.record import Mistake, Run
from assessment.spec.problems import shown_path
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit, units


@dataclass(frozen=True)
class Setting:
    """What an item is graded with, besides its runs."""

    lab_file: LabFile
    calibrations: Sequence[CalibrationRun] = ()
    """Every line of the lab's calibration file."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Run key of each training unit concerned, and of those that share a pool with one, by unit id;
    else that of its runs is taken."""
    classes: Sequence[str] = ()
    """Names of the data set's classes."""
    test_images: Mapping[str, int] = field(default_factory=dict)
    """Sizes of test sets by unit id, for units whose runs do not tell."""
    strict: bool = False
    """Take bands of the environment at hand only."""
    samples: Sequence[Mistake] = ()
    """Training images to show."""
    answers: Mapping[str, str] | None = None
    """What was handed in to answer and written questions, by question id; None where nothing is
    handed in, so that the instructor's own answers are graded."""


class Ledger:
    """Grades expectations on demand; those that require each other may lie in several units."""

    def __init__(self, setting: Setting, runs: Mapping[str, Sequence[Run]]) -> None:
        """Take what is graded.

        Args:
            setting: calibrations, keys and names.
            runs: of every unit concerned, by unit id.
        """
        self._setting = setting
        self._runs = runs
        self._units = units(setting.lab_file.lab)
        self._alpha = alpha_per_expectation(setting.lab_file.lab)
        environments = (run.environment for own in runs.values() for run in own)
        self._here = next(filter(None, environments), None)
        self._yardsticks: dict[str, Yardstick] = {}
        self._pools: dict[str, Pooled | Refused] = {}
        self._settled: dict[Expected, Decided] = {}

    def of(self, unit_id: str) -> list[Decided]:
        """Return all expectations of a unit, in the order of the spec."""
        return [self._decide(Expected(unit_id, name)) for name in self._units[unit_id].expect]

    def _decide(self, expected: Expected) -> Decided:
        if expected not in self._settled:
            unit = self._units[expected.unit]
            required = [
                (name, self._decide(resolve(self._units, unit, name)))
                for name in unit.expect[expected.name].requires
            ]
            self._settled[expected] = settle(self._alone(unit, expected.name), required)
        return self._settled[expected]

    def _alone(self, unit: Unit, name: str) -> Decided:
        if unit.training is None:
            return compare(unit, name, self._units, self._runs, self.yardstick)
        return grade(unit, name, self._runs.get(unit.id, ()), self.yardstick(unit.id))

    def yardstick(self, unit_id: str) -> Yardstick:
        """Return what a unit is measured with."""
        if unit_id not in self._yardsticks:
            runs = self._runs.get(unit_id, ())
            images = next((count for run in runs if (count := image_count(run))), None)
            unit = self._units[unit_id]
            spec = shown_path(self._setting.lab_file.path)
            self._yardsticks[unit_id] = Yardstick(
                reference=self._reference(unit_id),
                alpha=self._alpha,
                alpha_shown=self._setting.lab_file.lab.alpha,
                test_images=images or self._setting.test_images.get(unit_id),
                command=f"assessment calibrate {spec}",
                most=most(unit),
                pooled={name: self._pool(name) for name in pools_of(unit)},
            )
        return self._yardsticks[unit_id]

    def _reference(self, unit_id: str) -> Calibration:
        runs = self._runs.get(unit_id, ())
        key = self._setting.keys.get(unit_id) or next((run.key for run in runs), "")
        return for_key(self._setting.calibrations, key, self._here, strict=self._setting.strict)

    def _pool(self, name: str) -> Pooled | Refused:
        """Return what all expectations in a pool scatter by, each recipe once."""
        if name not in self._pools:
            groups: dict[str, list[float]] = {}
            seen: set[str] = set()
            for unit, expectation in pool_members(self._units, name):
                reference = self._reference(unit.id)
                amounts = measure(reference.runs, expectation).amounts
                values = [x for x in amounts if x is not None and math.isfinite(x)]
                if values and reference.key not in seen:  # two units may share a recipe
                    groups[unit.id] = values
                seen.add(reference.key)
            self._pools[name] = pool(groups) if groups else Refused("no run of its pool is known")
        return self._pools[name]

    def wanted(self, unit_id: str) -> frozenset[str]:
        """Return the ids of the units of which all runs have to be made before a unit is graded."""
        return frozenset().union(*(one.wants for one in self.of(unit_id)))
