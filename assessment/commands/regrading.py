"""The stored results of one lab, graded again: what `assessment regrade` does before it tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assessment.catalogue import load_lab
from assessment.commands.stored import choose_spec
from assessment.errors import AssessmentError, ReferenceNotFound
from assessment.execution.preparation import Preparation
from assessment.execution.seeds import FAMILY_SIZE, GRADING_FROM
from assessment.grading.quantities import GRADIENT_COLUMNS
from assessment.grading.recipes import Recipes, recipe_keys
from assessment.grading.regrading import Fate, Regraded, Regrader, is_asked
from assessment.grading.rounds import most
from assessment.grading.setting import Setting
from assessment.report.text import count_text
from assessment.results import calibration
from assessment.results.record import Environment, Result, Run
from assessment.results.store.connection import Store
from assessment.results.store.graded import StoredResult
from assessment.results.store.numbers import list_places
from assessment.results.store.packing import written
from assessment.results.store.regradable import (
    find_repeats,
    load_standing,
    reference_keys,
    stored_seeds,
)
from assessment.results.store.surroundings import at_hand
from assessment.spec.expectations import ComparisonExpectation
from assessment.spec.reader import LabFile
from assessment.spec.recipe import Training
from assessment.spec.units import Unit, units

WITHIN = {
    *GRADIENT_COLUMNS,
    "first_gradient_norm",
    "last_gradient_norm",
    "first_batch_loss",
    "last_batch_loss",
}
"""Measurements that are taken from records within epochs."""


@dataclass(frozen=True)
class Item:
    """One stored result."""

    submission: str
    regraded: Regraded


@dataclass(frozen=True)
class LabRegraded:
    """All stored results of a lab."""

    lab_file: LabFile
    spec: str
    """As the store names the file."""
    items: Sequence[Item]
    """By submission, in the order of the spec."""
    never: Sequence[tuple[str, int]]
    """Units without a result, and of how many owners."""
    submissions: int
    """Whose results there are, the reference's not counted."""
    notes: Sequence[str] = field(default_factory=list)
    """What could not be checked."""

    def of(self, fate: Fate) -> dict[tuple[str, str], list[str]]:
        """Return whose results had a fate, by unit and reason."""
        found: dict[tuple[str, str], list[str]] = {}
        for item in self.items:
            if item.regraded.fate == fate:
                place = (item.regraded.before.unit, item.regraded.why)
                found.setdefault(place, []).append(item.submission)
        return found


def regrade_lab(store: Store, path: Path, data_dir: Path | None, *, whole: bool) -> LabRegraded:
    """Grade what a store has of a lab again.

    Args:
        store: where.
        path: the spec file as it is now.
        data_dir: of the data sets.
        whole: read all that was recorded, since the results will be written.

    Raises:
        AssessmentError: the lab has problems, its calibration file is damaged, or the store has
            no result of it.
    """
    lab_file = load_lab(path, data_dir)
    known = units(lab_file.lab)
    lines = calibration.read(calibration.path_for(path))
    spec = choose_spec(store, list_places(store), str(path))
    today = _Today(known.values(), lab_file, data_dir)
    # Without the data set the size of a test set is only known from confusion matrices.
    light = not whole and not today.absent
    stored = load_standing(store, spec, whole=_read_whole(known.values()) if light else None)
    if not stored:
        raise AssessmentError(f"{store.path}: there is no graded result of {spec} yet")
    by_submission: dict[str, dict[str, StoredResult]] = {}
    for each in sorted(stored, key=lambda each: each.submission):
        by_submission.setdefault(each.submission, {})[each.result.unit] = each
    recipes = Recipes(lab_file.sha256, today.keys, today.datasets, reference_keys(store, spec))
    setting = Setting(
        lab_file,
        lines,
        _known_keys(by_submission.get("", {}), lines, today.keys),
        test_images=today.test_images,
    )
    seeds = stored_seeds(store)
    regrader = Regrader(
        setting,
        lambda name, runs: _more(store, known[name], runs, seeds),
        shown=not light,
    )
    items, unchecked = [], 0
    for submission, own in by_submission.items():
        results = {name: each.result for name, each in own.items()}
        verdicts = {
            name: recipes.are_of(name, result, submission)
            for name, result in results.items()
            if name in known and known[name].training is not None
        }
        unchecked += sum(verdict is None for verdict in verdicts.values())
        stale = {name for name, verdict in verdicts.items() if verdict is False}
        again = regrader.regrade(results, stale, own=not submission)
        items += [Item(submission, regraded) for regraded in again]
    made = {
        name for own in by_submission.values() for name, each in own.items() if each.result.runs
    }
    graded = (unit.training for name, unit in known.items() if name in made)
    notes = [*today.tell(graded), *_tell_environments(stored)]
    if unchecked and not today.absent:
        notes.append(
            f"{count_text(unchecked, 'result')} of submissions were graded by an earlier version "
            "of the spec whose reference is not stored: their runs are taken as they are"
        )
    never = Counter(name for own in by_submission.values() for name in known if name not in own)
    lacking = [(name, never[name]) for name in known if never[name]]
    submissions = sum(map(bool, by_submission))
    return LabRegraded(lab_file, spec, items, lacking, submissions, notes)


class _Today:
    """The recipes of a lab as they are now, as far as their data sets are here."""

    def __init__(self, known: Iterable[Unit], lab_file: LabFile, data_dir: Path | None) -> None:
        self._preparation = Preparation(data_dir, download=False)
        self._folder = lab_file.path.resolve().parent
        self.absent: dict[str, str] = {}
        """Why a recipe's key is not known, by data set."""
        self.weights: dict[str, str] = {}
        """The same by file of pretrained weights."""
        self.keys = recipe_keys(known, self._key)
        self.datasets: dict[str, str] = {}
        self.test_images: dict[str, int] = {}
        for unit in known:
            if unit.training is not None and unit.id in self.keys:
                images = self._preparation.images(unit.training.dataset)
                self.datasets[unit.id] = images.sha256
                self.test_images[unit.id] = images.test_size

    def _key(self, training: Training) -> str:
        try:
            return self._preparation.key(training, self._folder)
        except AssessmentError as error:
            weights = training.model.weights
            if weights is not None and isinstance(error, ReferenceNotFound):
                self.weights[weights] = str(error)
            else:
                self.absent.setdefault(training.dataset.name, str(error))
            return ""

    def tell(self, graded: Iterable[Training | None]) -> Iterator[str]:
        """Say what cannot be checked of the recipes whose runs are graded."""
        started = {training.model.weights for training in graded if training is not None}
        unknown = [(f"on {name}", reason) for name, reason in self.absent.items()]
        unknown += [(f"from {n}", why) for n, why in self.weights.items() if n in started]
        for which, reason in unknown:
            first = " ".join(reason.split())
            yield f"recipes {which} cannot be checked, stored runs are taken as theirs: {first}"


def _read_whole(known: Iterable[Unit]) -> set[str]:
    """Return the units whose grades look at records within epochs."""
    found = set()
    for unit in known:
        for expectation in unit.expect.values():
            if expectation.measure not in WITHIN or not is_asked(expectation):
                continue
            if isinstance(expectation, ComparisonExpectation):
                found.update(expectation.sides)
            else:
                found.add(unit.id)
    return found


def _known_keys(
    reference: dict[str, StoredResult],
    lines: Iterable[calibration.CalibrationRun],
    today: dict[str, str],
) -> dict[str, str]:
    """Return keys of all units: today's, else those of stored and of reference runs."""
    calibrated = {line.unit: line.run.key for line in lines}
    stored = {
        name: run.key for name, each in reference.items() for run in each.result.runs if run.key
    }
    return calibrated | stored | today


def _more(
    store: Store, unit: Unit, runs: Sequence[Run], seeds: Mapping[str, Collection[int]]
) -> list[Run]:
    """Return all runs of a unit, those at hand first, then others of their family of seeds.

    Args:
        store: where.
        unit: which.
        runs: those at hand.
        seeds: of all stored runs, by their key.
    """
    if not runs or not runs[0].key:
        return list(runs)
    own, family = {run.seed for run in runs}, _family(runs[0].seed)
    others = {
        seed
        for seed in seeds.get(written(runs[0].key), ())
        if seed not in own and _family(seed) == family
    }
    further = find_repeats(store, runs[0], others) if others else []
    return [*runs, *further][: max(len(runs), most(unit))]


def _family(seed: int) -> int:
    return GRADING_FROM if seed >= GRADING_FROM else seed // FAMILY_SIZE


def _tell_environments(stored: Iterable[StoredResult]) -> Iterator[str]:
    """Yield how many results stand on runs of another torch, Python or platform than is here."""
    here = at_hand("cpu", 1)
    others: Counter[Environment] = Counter()
    for each in stored:
        made_in = {run.environment.law() for run in each.result.runs if run.environment}
        others.update(
            place
            for place in made_in
            if (place.torch, place.python, place.platform)
            != (here.torch, here.python, here.platform)
        )
    for place, count in others.items():
        yield (
            f"{count_text(count, 'result')} on runs of another environment, taken as they are: "
            f"torch {place.torch} on {place.device}, Python {place.python}, {place.platform}"
        )


def reference_results(labs: Iterable[LabRegraded]) -> list[Result]:
    """Return the reference's results as they are now."""
    return [item.regraded.after for lab in labs for item in lab.items if not item.submission]
