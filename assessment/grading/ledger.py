"""Every expectation of a lab graded when somebody asks for it, requirements included, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assessment.grading.comparisons import compare
from assessment.grading.expectations import grade
from assessment.grading.outcomes import Decided
from assessment.grading.requirements import Expected, resolve, settle
from assessment.grading.setting import Setting
from assessment.grading.yardsticks import Yardstick, Yardsticks
from assessment.results.record import Run
from assessment.spec.units import Unit


class Ledger:
    """Grades expectations on demand; those that require each other may lie in several units."""

    def __init__(
        self,
        setting: Setting,
        runs: Mapping[str, Sequence[Run]],
        *,
        yardsticks: Yardsticks | None = None,
        chosen: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Take what is graded.

        Args:
            setting: calibrations, keys and names.
            runs: of every unit concerned, by unit id.
            yardsticks: those of the setting, where others have been graded with it.
            chosen: the expectations that are looked at, by unit id; by default all.
        """
        self._runs = runs
        self._shared = yardsticks or Yardsticks(setting)
        self._units = self._shared.units
        self._chosen = chosen
        environments = (run.environment for own in runs.values() for run in own)
        here = next(filter(None, environments), None)
        self._here = here and here.law()
        self._settled: dict[Expected, Decided] = {}

    def of(self, unit_id: str) -> list[Decided]:
        """Return the expectations of a unit, in the order of the spec."""
        names = self._units[unit_id].expect if self._chosen is None else self._chosen[unit_id]
        return [self._decide(Expected(unit_id, name)) for name in names]

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
        return self._shared.of(unit_id, self._runs.get(unit_id, ()), self._here)

    def wanted(self, unit_id: str) -> frozenset[str]:
        """Return the ids of the units of which all runs have to be made before a unit is graded."""
        return frozenset().union(*(one.wants for one in self.of(unit_id)))
