"""What the units of a lab are measured with, worked out once for all who are graded."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple

from assessment.grading.bands import alpha_per_expectation
from assessment.grading.findings import image_count
from assessment.grading.measurements import measure
from assessment.grading.pooling import Pooled, Refused, pool
from assessment.grading.requirements import alternatives_of, pool_members, pools_of
from assessment.grading.rounds import at_first, most
from assessment.grading.setting import Setting
from assessment.grading.wording import count, enumerate_words
from assessment.results.calibration import Calibration, for_key
from assessment.results.record import Environment, Run
from assessment.spec.expectations import Expectation, Measured
from assessment.spec.units import Unit, units

Asked = TypeVar("Asked", bound=Measured)
Further = TypeVarTuple("Further")
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Yardstick:
    """What a unit is measured with."""

    reference: Calibration
    alpha: float
    """Share of correct solutions that one expectation with points may fail."""
    alpha_shown: float = 0.01
    """The same of one without points: the lab's, which is not divided for their sake."""
    test_images: int | None = None
    """Size of the test set."""
    command: str = ""
    """What makes the reference runs that are missing."""
    lost: str = ""
    """What has become of reference runs that were made of the unit, where none of them counts."""
    most: int = 1
    """Runs that are made of the unit at most (M)."""
    hasty: bool = True
    """A first run may settle it."""
    pooled: Mapping[str, Pooled | Refused] = field(default_factory=dict)
    """Standard deviations shared with like expectations, by the pool's name."""
    alternatives: Mapping[str, Sequence[Alternative]] = field(default_factory=dict)
    """What else the unit's expectations may be met as, by their names."""
    known: dict[Hashable, tuple[Measured, Any]] = field(default_factory=dict, repr=False)
    """What functions that ask `once` have found with it, each beside its expectation."""


@dataclass(frozen=True)
class Alternative:
    """What an expectation may be met as instead, by the same runs."""

    place: str
    """Its name, with that of its unit where it is another one's."""
    expectation: Expectation
    """Worth what the expectation is worth that it stands for, so that its band fails as rarely."""
    yardstick: Yardstick
    """Of the unit that is graded, with the reference runs of the one that this is an expectation
    of."""


def once(
    work: Callable[[Yardstick, Asked, *Further], Found],
) -> Callable[[Yardstick, Asked, *Further], Found]:
    """Let a yardstick remember what is worked out with it for an expectation.

    What a function is given besides these two has to be hashable.
    """

    @wraps(work)
    def recall(yardstick: Yardstick, expectation: Asked, *further: *Further) -> Found:
        # Expectations hold lists and have no hash. Known by its identity, one is kept, so that no
        # other can take its place in memory.
        question = (work, id(expectation), *further)
        if question not in yardstick.known:
            yardstick.known[question] = expectation, work(yardstick, expectation, *further)
        found: Found = yardstick.known[question][1]
        return found

    return recall


class Yardsticks:
    """Finds reference runs and shared spreads, each once for an environment."""

    def __init__(self, setting: Setting) -> None:
        """Take the lab, its calibration and its run keys."""
        self._setting = setting
        self.units = units(setting.lab_file.lab)
        """Of the lab, by id."""
        self._alpha = alpha_per_expectation(setting.lab_file.lab)
        self._command = f"assessment calibrate {setting.lab_file.shown}"
        self._known: dict[tuple[str, str, int | None, Environment | None], Yardstick] = {}
        self._pools: dict[tuple[str, Environment | None], Pooled | Refused] = {}

    def of(self, unit_id: str, runs: Sequence[Run], here: Environment | None) -> Yardstick:
        """Return what a unit is measured with.

        Args:
            unit_id: the unit.
            runs: of it, which say its key and its test set where the setting does not.
            here: the environment at hand, whatever the processor.
        """
        key = self._setting.keys.get(unit_id) or next((run.key for run in runs), "")
        images = next((count for run in runs if (count := image_count(run))), None)
        wanted = (unit_id, key, images, here)
        if wanted not in self._known:
            unit = self.units[unit_id]
            reference = self._reference(key, here)
            own = Yardstick(
                reference=reference,
                alpha=self._alpha,
                alpha_shown=self._setting.lab_file.lab.alpha,
                test_images=images or self._setting.test_images.get(unit_id),
                command=self._command,
                lost="" if reference.runs else self._lost(unit_id, key, runs),
                most=most(unit),
                hasty=at_first(unit) < most(unit),
                pooled={name: self._pool(name, here) for name in pools_of(unit)},
            )
            alternatives = {
                name: list(self._alternatives(unit, name, own, here)) for name in unit.expect
            }
            self._known[wanted] = replace(own, alternatives=alternatives)
        return self._known[wanted]

    def _alternatives(
        self, unit: Unit, name: str, own: Yardstick, here: Environment | None
    ) -> Iterator[Alternative]:
        """Yield what an expectation may be met as instead."""
        for found in alternatives_of(self.units, unit, name):
            other, yardstick, place = self.units[found.unit], own, found.name
            if other is not unit:
                place = f"{other.id}.{found.name}"
                yardstick = replace(
                    own,
                    reference=self._reference(self._setting.keys.get(other.id, ""), here),
                    pooled={pool: self._pool(pool, here) for pool in pools_of(other)},
                    known={},
                )
            asked = other.expect[found.name].model_copy(update={"points": unit.expect[name].points})
            assert isinstance(asked, Expectation)
            yield Alternative(place, asked, yardstick)

    def _reference(self, key: str, here: Environment | None) -> Calibration:
        return for_key(self._setting.calibrations, key, here, strict=self._setting.strict)

    def _lost(self, unit_id: str, key: str, runs: Sequence[Run]) -> str:
        """Say why none of the reference runs that were made of a unit is of its recipe."""
        lines = self._setting.calibrations
        made = [line.run for line in lines if line.unit == unit_id]
        if not made or not key or any(run.key == key for run in made):
            return ""
        here = self._setting.datasets.get(unit_id) or next(
            (run.dataset_sha256 for run in runs if run.dataset_sha256), ""
        )
        there = {run.dataset_sha256 for run in made}
        its = f"its {count(len(made), 'reference run')} {'are' if len(made) > 1 else 'is'} of"
        if here and here not in there:
            hashes = enumerate_words([text[:12] for text in sorted(there)])
            return (
                f"{its} other images of {made[-1].dataset}, which hash to {hashes}, those here to "
                f"{here[:12]}"
            )
        return f"{its} another recipe, which has been changed since"

    def _pool(self, name: str, here: Environment | None) -> Pooled | Refused:
        """Return what all expectations in a pool scatter by, each recipe once."""
        if (name, here) not in self._pools:
            groups: dict[str, list[float]] = {}
            seen: set[str] = set()
            for unit, expectation in pool_members(self.units, name):
                key = self._setting.keys.get(unit.id, "")
                amounts = measure(self._reference(key, here).runs, expectation).amounts
                values = [x for x in amounts if x is not None and math.isfinite(x)]
                if values and key not in seen:  # two units may share a recipe
                    groups[unit.id] = values
                seen.add(key)
            found = pool(groups) if groups else Refused("no run of its pool is known")
            self._pools[name, here] = found
        return self._pools[name, here]
