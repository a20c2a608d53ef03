"""What is known of items before anything is trained: obstacles, and how long runs take here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.catalogue import load_lab
from assessment.classroom import Classroom, Entry
from assessment.execution.capacity import Capacity
from assessment.execution.engine import Engine
from assessment.execution.finished import FinishedRuns, Made
from assessment.execution.options import Options
from assessment.execution.planning import Planner
from assessment.execution.preparation import Preparation
from assessment.results import calibration
from assessment.results.record import Run
from assessment.spec.reader import LabFile
from assessment.spec.units import units
from assessment.submissions.listing import single_submission
from tests.execution.test_finished import a_run
from tests.execution.test_plan import LAB

BANDED = LAB.replace("at_least: 50, points: 1", "band: calibrated, points: 1")


def lab_of(folder: Path, text: str) -> LabFile:
    path = folder / "lab.yaml"
    path.write_text(text)
    return load_lab(path)


def entries(lab_file: LabFile) -> dict[str, Entry]:
    return {name: Entry(lab_file, unit) for name, unit in units(lab_file.lab).items()}


def engine(**options: Any) -> Engine:
    return Engine(Options(device="cpu", **options), None, lambda *_: None)


def test_nothing_is_trained_for_a_band_that_nobody_can_make(tmp_path: Path) -> None:
    found = entries(lab_of(tmp_path, BANDED))
    session = engine()
    forecast = session.plan([found["one"]])
    assert (forecast.runs, forecast.most) == (0, 0)
    result = session.grade(found["one"])
    assert result.status == "not_gradable"
    assert result.reason.startswith("accuracy: uncalibrated: 0 of at least 5 reference runs")
    assert result.runs == []


def test_what_is_compared_with_it_is_trained_all_the_same(tmp_path: Path) -> None:
    found = entries(lab_of(tmp_path, BANDED))
    assert engine().plan([found["one"], found["order"]]).runs == 4, "three of one, one of low"


@pytest.mark.parametrize("options", [{"smoke": True}, {"most_epochs": 1}])
def test_what_is_not_graded_anyway_needs_no_band(tmp_path: Path, options: dict[str, Any]) -> None:
    found = entries(lab_of(tmp_path, BANDED))
    assert engine(**options).plan([found["one"]]).runs > 0


def test_a_damaged_calibration_file_is_the_reason(tmp_path: Path) -> None:
    lab_file = lab_of(tmp_path, BANDED)
    path = calibration.path_for(lab_file.path)
    calibration.append(path, "one", a_run())
    path.write_text("not JSON\n" + path.read_text())
    found = entries(lab_file)
    session = engine()
    assert session.plan([found["one"]]).runs == 0
    assert "lab.jsonl:1:" in session.grade(found["one"]).reason


class Stored(FinishedRuns):
    """Has made the first run of a question before, in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    @property
    def is_empty(self) -> bool:
        return False

    def find(self, request: Any, key: str) -> Run | None:
        if not request.unit.startswith("one") or request.seed % 1000 or request.work is not None:
            return None
        self.put(request, Made(a_run(seconds=self.seconds)), "cpu")
        return self.known(request)


@pytest.mark.parametrize(("here", "expected"), [(20.0, 20.0), (0.5, 0.5)])
def test_the_time_ahead_is_that_of_this_machine(
    tmp_path: Path, here: float, expected: float
) -> None:
    """The reference took two seconds a run where it was made."""
    lab_file = lab_of(tmp_path, LAB)
    one = units(lab_file.lab)["one"]
    assert one.training is not None
    key = Preparation(None).key(one.training, tmp_path)
    for seed in range(5):
        run = a_run(seconds=2.0, key=key, seed=1_000_000 + seed)
        calibration.append(calibration.path_for(lab_file.path), "one", run)
    found = entries(lab_file)
    options = Options(device="cpu", trainers=2)
    assert Engine(options, None, lambda *_: None).plan([found["one"]]).seconds == 3.0
    forecast = Engine(options, Stored(here), lambda *_: None).plan([found["one"]])
    assert (forecast.runs, forecast.taken) == (2, 1)
    assert forecast.seconds == pytest.approx(expected)


@pytest.mark.parametrize(
    ("here", "elsewhere", "allowed"),
    [
        (20.0, None, 256.0),
        (0.5, None, 60.0),
        (6.5, None, 128.0),
        (26.0, None, 300.0),  # ten times as long is more than the question allows
        (None, None, 300.0),
        (None, 4.0, 64.0),
        (20.0, 4.0, 256.0),
    ],
)
@pytest.mark.parametrize("is_class", [True, False])
def test_a_submission_may_take_some_times_as_long_as_the_reference(
    tmp_path: Path,
    here: float | None,
    elsewhere: float | None,
    allowed: float,
    is_class: bool,
) -> None:
    """On this machine, where that is known, rounded up to a power of two."""
    limits = "seeds: 3\n    limits: {seconds: 300}"
    lab_file = lab_of(tmp_path, LAB.replace("seeds: 3", limits))
    one = units(lab_file.lab)["one"]
    assert one.training is not None
    if elsewhere is not None:
        key = Preparation(None).key(one.training, tmp_path)
        run = a_run(seconds=elsewhere, key=key, seed=1_000_000)
        calibration.append(calibration.path_for(lab_file.path), "one", run)
    (tmp_path / "ada.py").write_text("x = 1\n")
    ada = single_submission(tmp_path / "ada.py")
    options = Options(device="cpu", classroom=Classroom((ada,), is_class, "process"))
    finished = FinishedRuns() if here is None else Stored(here)
    planner = Planner(options, Capacity(options), Preparation(None), finished)
    entry = Entry(lab_file, one, ada)
    planner.plan([entry])
    requests = planner.item(entry).runs["one"]
    assert [request.limits.seconds for request in requests] == [allowed] * 3
    assert {request.work is not None for request in requests} == {True}
    assert one.question.limits.seconds == 300.0  # type: ignore[union-attr]
