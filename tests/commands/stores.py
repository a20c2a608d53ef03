"""A small lab, and a store with results of it that nobody had to train for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from assessment.catalogue import load_lab
from assessment.execution.preparation import Preparation
from assessment.execution.seeds import calibration_seed, practice_seed
from assessment.grading.rounds import at_first
from assessment.grading.score import Setting, score, wanted
from assessment.results import calibration
from assessment.results.record import Result, Run
from assessment.results.store.files import open_store
from assessment.results.store.graded import put_result
from assessment.results.store.runs import put_run
from assessment.results.store.sessions import begin_session, end_session, name_session
from assessment.spec.reader import LabFile
from assessment.spec.units import units
from tests.report import builders
from tests.results.store.examples import TERMS

SPEC = """\
title: Tiny
defaults:
  training:
    dataset: {name: digits}
    optimizer: {name: sgd, learning_rate: 0.05, momentum: 0.9}
    epochs: 2
    batch_size: 64
questions:
  mlp:
    kind: training
    title: MLP
    training: {model: {name: digits/mlp}}
    seeds: 3
    expect:
      accuracy: {measure: test_accuracy, band: calibrated, points: 4}
      loss: {measure: train_loss}
  wide:
    kind: training
    title: Wider
    training: {model: {name: digits/mlp, arguments: {hidden: 64}}}
    expect: {accuracy: {measure: test_accuracy, at_least: 90, points: 2}}
  order:
    kind: comparison
    title: Order
    expect: {ahead: {measure: test_accuracy, descending: [wide, mlp], points: 1}}
  count:
    kind: answer
    title: Count
    answer: {value: 2410}
    points: 1
  why: {kind: written, title: Why, rubric: [{points: 2, text: t}]}
"""
STARTED = "2025-03-01T09:00:00+00:00"
REFERENCE = (93.0, 94.0, 93.5, 94.5, 93.8, 94.2)
"""Test accuracies of the calibration's runs."""


def make_run(lab: LabFile, unit: str, accuracy: float, seed: int, source: str = "") -> Run:
    """A run of a unit; with a source that of somebody's own solution."""
    training = units(lab.lab)[unit].training
    assert training is not None
    preparation = Preparation(None)
    return builders.run(
        seed,
        key=source or preparation.key(training, lab.path.parent),
        epochs={
            "train_loss": [1.0, 0.5],
            "train_accuracy": [80.0, 90.0],
            "test_loss": [0.6, 0.5],
            "test_accuracy": [85.0, accuracy],
        },
        dataset="digits",
        dataset_sha256=preparation.images(training.dataset).sha256,
        parameters=2410,
    )


def write_lab(text: str = SPEC, accuracies: Sequence[float] = REFERENCE) -> LabFile:
    """Write `specs/tiny.yaml` with its calibration below the working directory."""
    path = Path("specs/tiny.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    lab = load_lab(path)
    kept = calibration.path_for(path)
    kept.unlink(missing_ok=True)
    for index, accuracy in enumerate(accuracies):
        run = make_run(lab, "mlp", accuracy, calibration_seed(index))
        calibration.append(kept, "mlp", run)
    return lab


def fill(
    lab: LabFile,
    accuracies: Mapping[str, Sequence[float]],
    *,
    name: str | None = None,
    submission: str = "",
    answers: Mapping[str, str] | None = None,
    store: str = "reports/assessment.sqlite",
) -> int:
    """Store a session in which the lab's units ended with these accuracies."""
    source = f"source of {submission}" if submission else ""
    runs = {
        unit: [
            make_run(lab, unit, value, practice_seed(i), source and f"{source} {unit}")
            for i, value in enumerate(values)
        ]
        for unit, values in accuracies.items()
    }
    lines = calibration.read(calibration.path_for(lab.path))
    keys = {unit: make_run(lab, unit, 0.0, 0).key for unit in ("mlp", "wide")}
    setting = Setting(lab, lines, keys, test_images={"mlp": 899, "wide": 899}, answers=answers)
    with open_store(Path(store)) as opened:
        number = begin_session(
            opened,
            started=STARTED,
            command=["/usr/bin/pytest", "specs/tiny.yaml", "-k", "a long expression or another"],
            machine={},
            versions={},
            options={},
        )
        for of_unit in runs.values():
            for run in of_unit:
                put_run(opened, run, TERMS)
        for unit in units(lab.lab).values():
            if unit.training is None or unit.id in runs:
                put_result(
                    opened, number, _graded(unit.id, lab, setting, runs), submission=submission
                )
        end_session(opened, number, finished=STARTED, status="complete")
        if name is not None:
            name_session(opened, number, name)
    return number


def _graded(name: str, lab: LabFile, setting: Setting, runs: Mapping[str, Sequence[Run]]) -> Result:
    """Grade a unit on no more runs than that takes."""
    lab_units = units(lab.lab)
    unit = lab_units[name]
    taken = {other: own[: at_first(lab_units[other])] for other, own in runs.items()}
    for other in wanted(unit, setting, taken):
        taken[other] = runs[other]
    return score(unit, setting, taken)
