"""From items to results: how many runs at once, how many threads, what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assessment.catalogue import load_lab
from assessment.classroom import Classroom, Entry
from assessment.errors import AssessmentError, DeviceError
from assessment.execution import capacity
from assessment.execution.devices import Gpu
from assessment.execution.engine import Engine
from assessment.execution.isolation import view
from assessment.execution.options import Options
from assessment.results import calibration
from assessment.spec.units import units
from tests.execution.test_finished import a_run
from tests.execution.test_plan import LAB

Items = list[Entry]


@pytest.fixture
def items(tmp_path: Path) -> Items:
    path = tmp_path / "lab.yaml"
    path.write_text(LAB)
    lab_file = load_lab(path)
    return [Entry(lab_file, unit) for unit in units(lab_file.lab).values()]


def chosen(items: Items, *names: str) -> Items:
    return [entry for entry in items if entry.unit.id in names]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the engine see so many cores and GPUs."""

    def see(cores: int, gpus: int = 0) -> None:
        monkeypatch.setattr(capacity, "cpu_cores", lambda: cores)
        found = [Gpu(str(index), "H100") for index in range(gpus)]
        monkeypatch.setattr(capacity, "visible_gpus", lambda: found)

    return see


def forecast(items: Items, **options: Any) -> tuple[int, int, int, str]:
    """Return runs, slots, threads and devices."""
    found = Engine(Options(**options), None, lambda *_: None).plan(items)
    return found.runs, found.slots, found.threads, found.device


def test_many_runs_take_one_thread_each_and_fill_the_cores(items: Items, machine: Any) -> None:
    machine(cores=4)
    assert forecast(items) == (5, 4, 1, "cpu")
    assert forecast(items, threads=2) == (5, 2, 2, "cpu")
    assert forecast(items, threads=8) == (5, 1, 8, "cpu")
    assert forecast(items, trainers=3) == (5, 3, 1, "cpu")
    machine(cores=16)
    assert forecast(items) == (5, 5, 1, "cpu"), "no more at once than there are"


def test_a_single_run_takes_all_cores(items: Items, machine: Any) -> None:
    machine(cores=4)
    assert forecast(chosen(items, "rates[low]")) == (1, 1, 4, "cpu")


def test_a_grade_does_not_depend_on_who_else_is_graded(items: Items, machine: Any) -> None:
    machine(cores=4)
    of_class = Classroom(is_class=True)
    assert forecast(chosen(items, "rates[low]"), classroom=of_class) == (1, 1, 1, "cpu")
    assert forecast(items, classroom=of_class) == (5, 4, 1, "cpu")
    assert forecast(chosen(items, "rates[low]"), classroom=of_class, threads=2)[2] == 2


def test_several_workers_share_the_cores(items: Items, machine: Any) -> None:
    machine(cores=4)
    assert forecast(items, workers=2) == (5, 4, 1, "cpu")
    assert forecast(chosen(items, "rates[low]"), workers=2) == (1, 1, 2, "cpu")
    assert forecast(items, workers=8) == (5, 5, 1, "cpu")


def test_gpus_take_one_run_each(items: Items, machine: Any) -> None:
    machine(cores=4, gpus=2)
    assert forecast(items) == (5, 2, 1, "cuda:0, cuda:1")
    assert forecast(items, trainers=2) == (5, 4, 1, "cuda:0, cuda:1")
    assert forecast(items, device="cuda:1") == (5, 1, 1, "cuda:1")
    assert forecast(items, device="cpu") == (5, 4, 1, "cpu")


def test_a_device_that_is_not_here(machine: Any) -> None:
    machine(cores=4, gpus=1)
    with pytest.raises(DeviceError, match="cuda:3: not here"):
        Engine(Options(device="cuda:3"), None, lambda *_: None)


def test_nothing_to_train(items: Items, machine: Any) -> None:
    machine(cores=4)
    engine = Engine(Options(), None, lambda *_: None)
    found = engine.plan(chosen(items, "words"))
    assert (found.runs, found.seconds, found.unknown) == (0, 0.0, 0)
    engine.start(ahead=True)
    assert engine._trainers is None, "no server is warmed up for nothing"
    engine.close()


def test_the_runs_of_a_comparison_are_counted_with_their_times(items: Items, machine: Any) -> None:
    machine(cores=1)
    found = Engine(Options(), None, lambda *_: None).plan(chosen(items, "order"))
    assert (found.runs, found.seconds, found.unknown) == (4, 4.0, 3)


def test_what_needs_an_accelerator_is_skipped_with_an_estimate(
    tmp_path: Path, machine: Any
) -> None:
    text = LAB.replace("{cpu_seconds: 4}", "{cpu_seconds: 7200, accelerator: true}")
    (tmp_path / "lab.yaml").write_text(text)
    lab_file = load_lab(tmp_path / "lab.yaml")
    items = [Entry(lab_file, unit) for unit in units(lab_file.lab).values()]
    machine(cores=4)
    engine = Engine(Options(), None, lambda *_: None)
    assert engine.plan(items).runs == 3
    results = {one.unit.id: engine.grade(one) for one in items if "[" in one.unit.id}
    assert {result.status for result in results.values()} == {"skipped"}
    assert results["rates[low]"].reason == (
        "needs an accelerator, there is none: about 2 h a run on one CPU core "
        "(--assess-anyway runs it)"
    )
    [order] = chosen(items, "order")
    assert engine.grade(order).reason.startswith("rates[low] needs an accelerator")
    assert Engine(Options(anyway=True), None, lambda *_: None).plan(items).runs == 5
    assert Engine(Options(smoke=True), None, lambda *_: None).plan(items).runs == 5
    machine(cores=4, gpus=1)
    assert Engine(Options(), None, lambda *_: None).plan(items).runs == 5


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Grade a whole lab."""
    path = tmp_path_factory.mktemp("lab") / "lab.yaml"
    path.write_text(LAB.replace("at_least: 50, points: 1", "at_least: 12, points: 2"))
    lab_file = load_lab(path)
    known = units(lab_file.lab)
    engine = Engine(Options(device="cpu", trainers=2), None, lambda *_: None)
    engine.plan([Entry(lab_file, unit) for unit in known.values()])
    engine.start(ahead=True)
    yield {name: engine.grade(Entry(lab_file, unit)) for name, unit in known.items()}
    engine.close()


def test_a_whole_lab_is_graded(graded: dict[str, Any]) -> None:
    assert {name: result.status for name, result in graded.items()} == {
        "one": "scored",
        "same": "scored",
        "rates[low]": "scored",
        "rates[high]": "scored",
        "order": "scored",
        "words": "waiting",
    }
    assert (graded["one"].earned, graded["one"].points) == (2, 2)
    assert graded["words"].waiting == 1
    assert len(graded["one"].runs) == 3
    assert graded["one"].classes == list("0123456789")


def test_a_shared_run_is_in_every_result_that_used_it(graded: dict[str, Any]) -> None:
    first, second = graded["one"].runs, graded["same"].runs
    assert [run.started for run in second] == [run.started for run in first[:2]]


def test_a_session_that_was_closed_grades_no_more(items: Items, machine: Any) -> None:
    machine(cores=2)
    engine = Engine(Options(device="cpu"), None, lambda *_: None)
    engine.plan(items)
    engine.start(ahead=True)
    assert engine._trainers is not None
    engine._trainers.close()
    with pytest.raises(AssessmentError, match="the session ended before its runs did"):
        engine.grade(items[0])
    engine.close()


def test_a_damaged_calibration_file_costs_only_what_needs_it(items: Items, machine: Any) -> None:
    machine(cores=2)
    path = calibration.path_for(items[0].lab_file.path)
    calibration.append(path, "one", a_run())
    path.write_text("not JSON\n" + path.read_text())
    engine = Engine(Options(), None, lambda *_: None)
    assert engine.plan(items).runs == 5
    [words] = chosen(items, "words")
    assert engine.grade(words).status == "waiting"


@pytest.mark.parametrize(
    ("gpus", "options", "shown"),
    [(1, {}, ["nvidia0"]), (1, {"device": "cpu"}, []), (0, {}, [])],
)
def test_jails_are_shown_gpus_where_runs_use_them(
    tmp_path: Path,
    machine: Any,
    monkeypatch: pytest.MonkeyPatch,
    gpus: int,
    options: dict[str, Any],
    shown: list[str],
) -> None:
    machine(cores=2, gpus=gpus)
    (tmp_path / "nvidia0").symlink_to("/dev/null")
    monkeypatch.setattr(view, "DEVICES", tmp_path)
    session = Engine(Options(**options), None, lambda *_: None)
    found = session._preparation.view(tmp_path / "lab.py", None).devices
    assert [path.name for path in found] == shown
