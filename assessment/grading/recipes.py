"""Run keys of units: whose reference runs make their bands, and whose stored runs are theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from assessment.grading.requirements import band_mates
from assessment.results.record import Result, Run
from assessment.spec.recipe import Training
from assessment.spec.units import Unit


def recipe_keys(needed: Iterable[Unit], key: Callable[[Training], str]) -> dict[str, str]:
    """Return the run keys of some units and of all that the bands of one are made of, by unit id.

    Args:
        needed: the units that are graded.
        key: of a recipe; nothing where it is not known. What it raises goes through.
    """
    found: dict[str, str] = {}
    for mate in (mate for unit in needed for mate in band_mates(unit).values()):
        if mate.training is not None and mate.id not in found:
            found[mate.id] = key(mate.training)
    return {name: known for name, known in found.items() if known}


@dataclass(frozen=True)
class Recipes:
    """What the training units of a lab are today; units whose data set is not here are missing."""

    lab_sha256: str
    keys: Mapping[str, str]
    """Run key of the reference, by unit id."""
    datasets: Mapping[str, str]
    """Hash of the data set, by unit id."""
    earlier: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Run key of the reference by hash of an earlier lab and unit id."""

    def are_of(self, unit: str, result: Result, submission: str) -> bool | None:
        """Tell whether a result's runs are those of the unit as it is now; None where unknown.

        A submission's own source is part of its runs' keys, so it is the reference, graded by the
        same version of the lab, that tells whether the recipe is another one by now.
        """
        known = [run for run in result.runs if run.key]
        current = self.keys.get(unit)
        if not known or current is None:
            return None if known else True
        if all(run.key == current for run in known):
            return True
        if not submission or self._other_data(unit, known):
            return False
        if result.lab_sha256 == self.lab_sha256:
            return True
        before = self.earlier.get((result.lab_sha256, unit))
        return None if before is None else before == current

    def _other_data(self, unit: str, runs: Iterable[Run]) -> bool:
        here = self.datasets.get(unit)
        return here is not None and any(run.dataset_sha256 != here for run in runs)
