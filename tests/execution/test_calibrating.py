"""Reference runs are made seed by seed, kept as they end, and never made again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.execution.calibrating import calibrate, missing
from assessment.execution.preparation import Preparation
from assessment.execution.seeds import calibration_seed
from assessment.results import calibration
from assessment.results.calibration import CalibrationRun
from assessment.spec.units import Unit, units
from tests.execution.test_finished import ENVIRONMENT, a_run
from tests.execution.test_plan import LAB


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "lab.yaml"
    path.write_text(LAB)
    return path


def make(spec: Path, seeds: int, names: Sequence[str]) -> tuple[int, list[str]]:
    """Calibrate units; return how many runs failed, and what was said."""
    known, said = known_units(spec), list[str]()
    made = calibrate(
        [known[name] for name in names],
        spec,
        seeds,
        data_dir=None,
        device="cpu",
        trainers=2,
        say=said.append,
    )
    return made.failed, said


def known_units(spec: Path) -> dict[str, Unit]:
    return units(load_lab(spec).lab)


def test_all_units_get_their_first_seed_before_any_gets_its_second(spec: Path) -> None:
    found = missing(known_units(spec).values(), spec, 2, [], Preparation(None))
    assert [(w.unit.id, w.request.seed - calibration_seed(0)) for w in found] == [
        ("one", 0),
        ("rates[low]", 0),
        ("rates[high]", 0),
        ("one", 1),
        ("rates[low]", 1),
        ("rates[high]", 1),
    ], "`same` has the recipe of `one`"


def test_what_is_known_is_not_made_again_but_failures_are(spec: Path) -> None:
    preparation = Preparation(None)
    wanted = missing(known_units(spec).values(), spec, 1, [], preparation)
    keys = {w.unit.id: preparation.key(w.request.training, w.request.import_path) for w in wanted}
    known = [
        CalibrationRun(unit="one", run=a_run(key=keys["one"], seed=calibration_seed(0))),
        CalibrationRun(
            unit="rates[low]",
            run=a_run(key=keys["rates[low]"], seed=calibration_seed(0), outcome="crashed"),
        ),
        CalibrationRun(unit="rates[high]", run=a_run(key="another recipe", seed=1_000_000)),
    ]
    found = missing(known_units(spec).values(), spec, 1, known, preparation)
    assert [w.unit.id for w in found] == ["rates[low]", "rates[high]"]


def test_calibrating_twice_trains_once_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    (tmp_path / "half_broken.py").write_text(
        "from torch import nn\n\n"
        "def net(width):\n"
        "    if width == 0:\n"
        "        raise ValueError('no width')\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.Linear(width, 10))\n"
    )
    spec = tmp_path / "lab.yaml"
    spec.write_text(
        LAB.replace("digits/mlp", '"half_broken:net", arguments: {width: 4}')
        .replace('"half_broken:net", arguments: {width: 4}, arguments: {}', "digits/mlp")
        .replace("low: {set: {", "low: {set: {model: {arguments: {width: 0}}, ")
    )
    failed, said = make(spec, 1, ["one", "rates[low]"])
    assert failed == 1
    assert said[0] == f"{spec}: 2 reference runs to make, 0 known"
    assert any("rates[low] seed 1000000: invalid ValueError: no width" in line for line in said)
    lines = calibration.read(calibration.path_for(spec))
    assert [(line.unit, line.run.seed) for line in lines] == [("one", calibration_seed(0))]
    assert lines[0].run.environment is not None
    assert lines[0].run.environment.threads == 1
    assert len(lines[0].run.epochs["test_accuracy"]) == 2

    assert make(spec, 1, ["one"]) == (0, [f"{spec}: 0 reference runs to make, 1 known"])
    assert calibration.read(calibration.path_for(spec)) == lines


def test_only_runs_of_the_environment_at_hand_count_and_the_others_are_kept(spec: Path) -> None:
    training = known_units(spec)["one"].training
    assert training is not None
    key = Preparation(None).key(training, spec.parent)
    place = ENVIRONMENT.model_copy(update={"torch": "1.0.0"})
    path = calibration.path_for(spec)
    calibration.append(path, "one", a_run(key=key, seed=calibration_seed(0), environment=place))
    [elsewhere] = calibration.read(path)
    failed, said = make(spec, 1, ["one"])
    assert failed == 0
    others = "1 of other environments beside them"
    assert said[0] == f"{spec}: 1 reference runs to make, 0 known, {others}"
    first, made = calibration.read(path)
    assert first == elsewhere
    assert (made.run.key, made.run.seed) == (key, calibration_seed(0))


SLOW = """
import time
from pathlib import Path

import torch
from torch import nn


def net():
    if torch.initial_seed() != 1000000:  # only the first run ends by itself
        while not Path(__file__).with_name("go").exists():
            time.sleep(0.01)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
"""


def test_killed_it_goes_on_with_what_is_missing(spec: Path) -> None:
    spec.with_name("slow.py").write_text(SLOW)
    spec.write_text(LAB.replace("digits/mlp", '"slow:net"'))
    path = calibration.path_for(spec)
    command = [sys.executable, "-m", "assessment", "calibrate", str(spec)]
    asked = ["--seeds=3", "-k=one", "--device=cpu", "--trainers=1"]
    process = subprocess.Popen([*command, *asked], stdout=subprocess.DEVNULL)
    try:
        while not (path.exists() and path.read_bytes().endswith(b"\n")):
            assert process.poll() is None, "it ended before its first run was kept"
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    kept = path.read_bytes()
    assert kept.count(b"\n") == 1
    spec.with_name("go").touch()
    failed, said = make(spec, 3, ["one"])
    assert failed == 0
    assert said[0] == f"{spec}: 2 reference runs to make, 1 known"
    assert path.read_bytes().startswith(kept)
    made = [line.run.seed for line in calibration.read(path)]
    assert sorted(made) == [calibration_seed(number) for number in range(3)]
