"""Each run is planned once, with about the time that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.classroom import Entry
from assessment.execution.plan import Costs, Planned, distinct, estimate, plan_item
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest, requests_of
from assessment.execution.seeds import calibration_seed, practice_seed
from assessment.results import calibration
from assessment.results.calibration import CalibrationRun
from assessment.spec.reader import LabFile
from assessment.spec.units import units
from tests.execution.test_finished import a_run

LAB = """
title: A lab
defaults:
  training:
    dataset: {name: digits}
    optimizer: {name: sgd, learning_rate: 0.1}
    epochs: 2
    batch_size: 64
questions:
  one:
    kind: training
    title: One
    training: {model: {name: digits/mlp}}
    seeds: 3
    all_seeds: true
    expect:
      accuracy: {measure: test_accuracy, at_least: 50, points: 1}
  same:
    kind: training
    title: The same recipe, spelt out
    training:
      model: {name: digits/mlp, arguments: {}}
      loss: cross_entropy
      schedule: {name: constant}
      shuffle: true
    seeds: 2
    all_seeds: true
  rates:
    kind: training
    title: Rates
    training: {model: {name: digits/mlp}}
    hardware: {cpu_seconds: 4}
    variants:
      low: {set: {optimizer: {learning_rate: 0.01}}}
      high:
        set: {optimizer: {learning_rate: 1.0}}
        expect:
          accuracy: {measure: test_accuracy, at_most: 50, points: 1, requires: [one.accuracy]}
  order:
    kind: comparison
    title: Order
    expect:
      best: {measure: test_accuracy, best: one, among: [one, "rates[low]"], points: 1}
  words:
    kind: written
    title: Words
    rubric: [{points: 1, text: says why}]
"""


@pytest.fixture
def lab_file(tmp_path: Path) -> LabFile:
    path = tmp_path / "lab.yaml"
    path.write_text(LAB)
    return load_lab(path)


def plans(lab_file: LabFile) -> dict[str, Planned]:
    return {unit.id: plan_item(Entry(lab_file, unit)) for unit in units(lab_file.lab).values()}


def test_an_item_needs_its_own_runs_and_those_it_is_judged_by(lab_file: LabFile) -> None:
    found = plans(lab_file)
    assert {name: list(item.runs) for name, item in found.items()} == {
        "one": ["one"],
        "same": ["same"],
        "rates[low]": ["rates[low]"],
        "rates[high]": ["rates[high]", "one"],
        "order": ["one", "rates[low]"],
        "words": [],
    }
    assert [request.seed for request in found["one"].all] == [
        practice_seed(index) for index in range(3)
    ]
    assert len(found["rates[high]"].all) == 1 + 3


def test_a_run_wanted_by_several_items_is_planned_once_and_first_come_first(
    lab_file: LabFile,
) -> None:
    requests = distinct(run for item in plans(lab_file).values() for run in item.all)
    assert [(request.unit, request.seed - practice_seed(0)) for request in requests] == [
        ("one", 0),
        ("one", 1),
        ("one", 2),
        ("rates[low]", 0),
        ("rates[high]", 0),
    ]
    assert len({request.id for request in requests}) == 5


def test_seeds_and_counts_may_be_others(lab_file: LabFile) -> None:
    unit = units(lab_file.lab)["one"]
    found = list(requests_of(unit, lab_file.path, calibration_seed, 5))
    assert [request.seed for request in found] == [calibration_seed(index) for index in range(5)]
    assert {request.import_path for request in found} == {lab_file.path.parent}
    assert list(requests_of(units(lab_file.lab)["words"], lab_file.path, practice_seed)) == []


@pytest.mark.parametrize(
    ("seconds", "slots", "expected"),
    [
        ([10.0, 10.0, 10.0, 10.0], 1, (40.0, 0)),
        ([10.0, 10.0, 10.0, 10.0], 2, (20.0, 0)),
        ([100.0, 10.0, 10.0, 10.0], 4, (100.0, 0)),  # never less than the longest
        ([None, 10.0, None, 10.0], 2, (10.0, 2)),
        ([None, None, None, None], 2, (0.0, 4)),
    ],
)
def test_estimate(
    seconds: list[float | None], slots: int, expected: tuple[float, int], lab_file: LabFile
) -> None:
    requests = distinct(run for item in plans(lab_file).values() for run in item.all)[:4]
    times = {request.id: value for request, value in zip(requests, seconds, strict=True)}
    assert estimate(requests, times, slots) == expected
    assert estimate([], {}, slots) == (0.0, 0)


def test_costs_come_from_reference_runs_and_else_from_the_spec(lab_file: LabFile) -> None:
    preparation = Preparation(None)
    costs = Costs(preparation)
    known = units(lab_file.lab)
    training = known["one"].training
    assert training is not None
    key = preparation.key(training, lab_file.path.parent)
    lines = [
        CalibrationRun(unit="one", run=a_run(key=key, seed=seed, seconds=value))
        for seed, value in enumerate((1.0, 30.0, 2.0))
    ]
    costs.calibrations[lab_file.path] = lines
    assert costs.seconds(lab_file, known["one"]) == 2.0, "the median"
    assert costs.seconds(lab_file, known["same"]) == 2.0, "the same recipe under another name"
    assert costs.seconds(lab_file, known["rates[low]"]) == 4.0
    assert costs.seconds(lab_file, known["order"]) is None
    assert Costs(preparation).seconds(lab_file, known["one"]) is None


def test_calibration_files_lie_beside_the_specs(lab_file: LabFile) -> None:
    path = calibration.path_for(lab_file.path)
    assert path == lab_file.path.parent / "calibration" / "lab.jsonl"


def test_equal_requests_have_equal_ids(lab_file: LabFile) -> None:
    one, same = (plans(lab_file)[name].all[0] for name in ("one", "same"))
    assert one.id == same.id
    assert isinstance(one, RunRequest)
    assert one.id != plans(lab_file)["one"].all[1].id


def test_one_run_is_made_at_first_unless_all_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(LAB.replace("    seeds: 3\n    all_seeds: true\n", "    seeds: 3\n"))
    found = plans(load_lab(path))
    assert [request.seed for request in found["one"].first] == [practice_seed(0)]
    assert len(found["one"].all) == 3
    assert len(found["rates[high]"].first) == 1 + 1
    assert len(found["same"].first) == 2

    path.write_text(
        LAB.replace("all_seeds: true", "all_seeds: false").replace(
            "at_least: 50,", "at_least: 50, over_seeds: max,"
        )
    )
    found = plans(load_lab(path))
    assert len(found["one"].first) == 3, "the best of all takes all"
    assert len(found["same"].first) == 1
