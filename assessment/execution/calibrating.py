"""Reference runs for the bands: train what a calibration file lacks, seed by seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from assessment.errors import ReferenceNotFound
from assessment.execution.devices import choose_devices, cpu_cores, visible_gpus
from assessment.execution.finished import FinishedRuns, places
from assessment.execution.preparation import Preparation
from assessment.execution.referee import Referee
from assessment.execution.requests import RunRequest, requests_of
from assessment.execution.seeds import calibration_seed
from assessment.execution.trainers import Trainers
from assessment.grading.accounts import credited
from assessment.results import calibration
from assessment.results.calibration import MINIMUM_RUNS, CalibrationRun
from assessment.results.record import Environment, Run
from assessment.spec.lab import TrainingQuestion
from assessment.spec.units import Unit, weaker_units

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """One run that a calibration file lacks."""

    unit: Unit
    request: RunRequest


@dataclass(frozen=True)
class Calibrated:
    """What calibrating has come to."""

    failed: int
    """How many runs did not end as `scored`; they were reported and are not kept."""
    environment: Environment
    """Where the runs were made, or would have been."""


def missing(
    units: Iterable[Unit],
    spec: Path,
    seeds: int,
    known: Sequence[CalibrationRun],
    preparation: Preparation,
) -> list[Wanted]:
    """Return the runs still needed: all units' first seeds, then their second ones, and so on.

    Of a weaker solution `MINIMUM_RUNS` are enough: only its mean is used. A recipe shared by
    several units is trained once. A band is made of runs of one environment: of those `known`
    that are of another one, none should be given.

    Raises:
        AssessmentError: a data set or model cannot be had.
    """
    have = {(line.run.key, line.run.seed) for line in known if line.run.outcome == "scored"}
    rounds: dict[int, list[Wanted]] = {}
    for unit, count in _with_weaker(units, seeds):
        if unit.training is None:
            continue
        key = preparation.key(unit.training, spec.resolve().parent)
        for request in requests_of(_lean(unit), spec, calibration_seed, count):
            if (key, request.seed) not in have:
                have.add((key, request.seed))
                rounds.setdefault(request.seed, []).append(Wanted(unit, request))
    return [wanted for seed in sorted(rounds) for wanted in rounds[seed]]


def calibrate(
    units: Iterable[Unit],
    spec: Path,
    seeds: int,
    *,
    data_dir: Path | None,
    device: str,
    trainers: int | None,
    say: Say,
) -> Calibrated:
    """Make the missing reference runs, one thread each, and append each as it ends.

    What counts as known is what was made in the environment at hand; other runs stay in the file.
    Interrupted, it keeps what is finished; called again, it goes on from there.

    Raises:
        AssessmentError: there is no such device, the trainer does not start, or the file cannot be
            read or written.
    """
    path = calibration.path_for(spec)
    gpus = visible_gpus()
    devices = choose_devices(device, gpus)
    at_hand = places(devices, gpus, 1)
    chosen = list(units)
    if devices == ["cpu"]:
        left_out = [unit for unit in chosen if _wants_accelerator(unit)]
        chosen = [unit for unit in chosen if not _wants_accelerator(unit)]
        if left_out:
            names = ", ".join(unit.id for unit in left_out)
            say(f"{spec}: needs an accelerator, there is none: {names}")
    devices = [each for each in devices if at_hand[each] == at_hand[devices[0]]]
    if len(devices) < len(at_hand):
        name = at_hand[devices[0]].device
        say(f"{spec}: runs are made on {name} only, since a band takes runs of one kind of device")
    slots = devices * trainers if trainers else devices * (cpu_cores() if devices == ["cpu"] else 1)
    preparation, finished = Preparation(data_dir), FinishedRuns()
    finished.settle(at_hand)
    pool = Trainers(slots, 1, preparation, finished, _silent)
    pool.start()
    failed = 0
    try:
        chosen = [unit for unit in chosen if _has_weights(unit, preparation, say)]
        here = pool.environment(devices[0])
        kept = calibration.read(path, say)
        known = calibration.made_in(kept, here)
        wanted = missing(chosen, spec, seeds, known, preparation)
        others = len(kept) - len(known)
        beside = f", {others} of other environments beside them" if others else ""
        say(f"{spec}: {len(wanted)} reference runs to make, {len(known)} known{beside}")
        futures: dict[Future[Run], Wanted] = {pool.submit(w.request): w for w in wanted}
        for done, future in enumerate(as_completed(futures), 1):
            unit, run = futures[future].unit, future.result()
            last = {name: column[-1] for name, column in run.epochs.items() if column}
            say(
                f"[{done}/{len(wanted)}] {unit.id} seed {run.seed}: {run.outcome} {run.reason}"
                f" test accuracy {last.get('test_accuracy')}, {run.seconds:.1f} s"
            )
            if run.outcome == "scored":
                calibration.append(path, unit.id, run)
            else:
                failed += 1
    finally:
        pool.close()
    return Calibrated(failed, here)


def _with_weaker(units: Iterable[Unit], seeds: int) -> Iterator[tuple[Unit, int]]:
    for unit in units:
        yield unit, seeds
        if credited(unit):
            for weaker in weaker_units(unit).values():
                yield weaker, min(seeds, MINIMUM_RUNS)


def _has_weights(unit: Unit, preparation: Preparation, say: Say) -> bool:
    """Tell whether a unit's pretrained weights are here, downloaded where they can be."""
    try:
        if unit.training is not None:
            preparation.weights(unit.training.model)
    except ReferenceNotFound as error:
        say(f"{unit.id}: {error}")
        return False
    return True


def _wants_accelerator(unit: Unit) -> bool:
    return isinstance(unit.question, TrainingQuestion) and unit.question.hardware.accelerator


def _lean(unit: Unit) -> Unit:
    """Leave out validation within epochs: no band is made of it, and it can take most of a run."""
    assert unit.training is not None
    record = unit.training.record.model_copy(update={"validate_every": None})
    return replace(unit, training=unit.training.model_copy(update={"record": record}))


def _silent(request: RunRequest, referee: Referee | None, run: Run | None) -> None:
    """Ignore progress: each finished run is one line."""
