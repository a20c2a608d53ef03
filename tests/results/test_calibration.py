from __future__ import annotations

import json
import os
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from assessment.errors import AssessmentError
from assessment.results.calibration import (
    MINIMUM_RUNS,
    CalibrationRun,
    append,
    for_key,
    made_in,
    path_for,
    read,
)
from assessment.results.record import Environment, Mistake, Run

HERE = Environment(
    torch="2.15.0",
    device="cpu",
    capability="AVX512",
    threads=1,
    python="3.11.9",
    platform="Linux-x86_64",
)


def run(seed: int = 1_000_000, **values: Any) -> Run:
    plain: dict[str, Any] = {
        "key": "recipe",
        "outcome": "scored",
        "started": "2026-11-21T07:00:00+00:00",
        "seconds": 70.7449,
        "epochs": {"train_loss": [0.3065, None], "test_accuracy": [96.19, 97.28]},
        "steps": {"step": [0.0, 10.0], "batch_loss": [2.3, 0.5]},
        "environment": HERE,
        "dataset": "mnist",
        "dataset_sha256": "0" * 64,
    }
    return Run(seed=seed, **(plain | values))


def line(seed: int, key: str = "recipe", **environment: Any) -> CalibrationRun:
    place = HERE.model_copy(update=environment)
    return CalibrationRun(unit="q", run=run(seed, key=key, environment=place))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return path_for(tmp_path / "specs" / "lab.yaml")


def test_it_stands_beside_the_spec() -> None:
    assert path_for(Path("specs/co543_lab7.yaml")) == Path("specs/calibration/co543_lab7.jsonl")


class TestWriting:
    def test_runs_come_back_as_they_were(self, path: Path) -> None:
        append(path, "task2-1-model-a", run(1))
        append(path, "task2-5[lr-0.1]", run(2, epochs={"train_loss": [float("nan")]}))
        first, second = read(path)
        assert (first.unit, first.run) == ("task2-1-model-a", run(1))
        assert (second.unit, second.run.epochs) == ("task2-5[lr-0.1]", {"train_loss": [None]})

    def test_heavy_fields_are_left_out(self, path: Path) -> None:
        mistake = Mistake(index=0, label=1, predicted=2, pixels="AA==", shape=[1, 1, 1])
        heavy = run(
            mistakes=[mistake], first_layer=[[1.0]], confusion=[[1]], output="x", non_finite=3
        )
        append(path, "q", heavy)
        written = json.loads(path.read_text())
        assert set(written) == {"unit", "run"}
        assert {"mistakes", "first_layer", "confusion", "output"}.isdisjoint(written["run"])
        assert {"seed", "epochs", "steps", "environment", "dataset_sha256", "started"} <= set(
            written["run"]
        )
        assert read(path)[0].run == run(non_finite=3)

    def test_one_line_each(self, path: Path) -> None:
        for seed in range(3):
            append(path, "q", run(seed))
        assert path.read_bytes().count(b"\n") == 3
        assert path.read_bytes().endswith(b"}\n")

    def test_a_torn_line_is_repaired_first(self, path: Path) -> None:
        append(path, "q", run(1))
        whole = path.read_bytes()
        path.write_bytes(whole + whole[:100])
        append(path, "q", run(2))
        assert [one.run.seed for one in read(path)] == [1, 2]
        assert path.read_bytes().startswith(whole)

    def test_a_line_that_only_lacks_its_newline_is_kept(self, path: Path) -> None:
        append(path, "q", run(1))
        path.write_bytes(path.read_bytes()[:-1])
        append(path, "q", run(2))
        assert [one.run.seed for one in read(path)] == [1, 2]

    def test_several_processes_may_write(self, path: Path) -> None:
        append(path, "q", run(0))
        path.write_bytes(path.read_bytes() + b'{"unit": "q", "run": {"se')
        with get_context("spawn").Pool(3) as writers:
            writers.starmap(append, [(path, "q", run(seed)) for seed in range(1, 25)], chunksize=1)
        notes: list[str] = []
        assert sorted(one.run.seed for one in read(path, notes.append)) == list(range(25))
        assert notes == []

    def test_a_place_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "calibration").write_text("a file")
        with pytest.raises(AssessmentError, match=r"lab\.jsonl: cannot be written: "):
            append(path_for(tmp_path / "lab.yaml"), "q", run())


class TestReading:
    def test_no_file_holds_no_runs(self, path: Path) -> None:
        assert read(path) == []

    @pytest.mark.parametrize("kept", [1, 50, -2])
    def test_a_torn_last_line_is_left_out_with_a_note(self, path: Path, kept: int) -> None:
        append(path, "q", run(1))
        whole = path.read_bytes()
        path.write_bytes(whole + whole[:kept])
        notes: list[str] = []
        assert [one.run.seed for one in read(path, notes.append)] == [1]
        assert notes == [f"{path}:2: the last line was cut off and is left out"]
        assert len(read(path)) == 1

    def test_a_whole_last_line_without_newline_counts(self, path: Path) -> None:
        append(path, "q", run(1))
        path.write_bytes(path.read_bytes()[:-1])
        notes: list[str] = []
        assert len(read(path, notes.append)) == 1
        assert notes == []

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            (b"<<<<<<< HEAD\n", "damaged line: Invalid JSON"),
            (b'{"unit": "q"}\n', "damaged line: run: Field required"),
            (b"\x00\x00\n", "damaged line: Invalid JSON"),
            (b"\xff\n", "damaged line: Invalid JSON"),
            (b'{"unit": "q", "run": {"seed": "one"}}\n', "damaged line: run.key: Field required"),
        ],
    )
    def test_damage_elsewhere_names_the_line(self, path: Path, damage: bytes, said: str) -> None:
        append(path, "q", run(1))
        path.write_bytes(path.read_bytes() + damage + path.read_bytes())
        with pytest.raises(AssessmentError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}:2: {said}")
        assert "\n" not in str(caught.value)

    def test_empty_lines_are_passed_over(self, path: Path) -> None:
        append(path, "q", run(1))
        path.write_bytes(b"\n" + path.read_bytes() + b"  \n")
        assert len(read(path)) == 1

    def test_a_directory(self, tmp_path: Path) -> None:
        with pytest.raises(AssessmentError, match="cannot be read: Is a directory"):
            read(tmp_path)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
    def test_a_file_that_must_not_be_read(self, path: Path) -> None:
        append(path, "q", run(1))
        path.chmod(0)
        with pytest.raises(AssessmentError, match="cannot be read: Permission denied"):
            read(path)


class TestChoosing:
    def test_the_runs_of_the_key_whatever_their_unit(self) -> None:
        lines = [line(1), line(2, key="other"), line(3).model_copy(update={"unit": "another"})]
        found = for_key(lines, "recipe", HERE)
        assert [one.seed for one in found.runs] == [1, 3]
        assert found.environment == HERE
        assert found.text == (
            "2 reference runs in this environment (torch 2.15.0 on cpu, 1 thread)"
        )

    def test_none(self) -> None:
        found = for_key([line(1)], "unknown", HERE)
        assert (found.runs, found.environment) == ([], None)
        assert found.text == "no reference run of this recipe"

    def test_only_scored_runs_and_each_seed_once(self) -> None:
        failed = CalibrationRun(unit="q", run=run(3, outcome="crashed"))
        again = CalibrationRun(unit="q", run=run(1, seconds=5.0))
        found = for_key([line(2), line(1), failed, again], "recipe", HERE)
        assert [(one.seed, one.seconds) for one in found.runs] == [(1, 5.0), (2, 70.7449)]

    def seeds(self, count: int, first: int = 0, **environment: Any) -> list[CalibrationRun]:
        return [line(seed, **environment) for seed in range(first, first + count)]

    @pytest.mark.parametrize(
        ("nearer", "farther"),
        [
            ({"threads": 2}, {"device": "NVIDIA H200", "capability": "9.0"}),
            ({"torch": "2.14.0"}, {"threads": 2}),
            ({"precision": "tf32"}, {"torch": "2.14.0"}),
            ({"capability": "AVX2"}, {"precision": "tf32"}),
            ({"torch": "2.15.1"}, {"capability": "AVX2"}),
            ({"platform": "Darwin-arm64"}, {"torch": "2.15.1"}),
            ({"python": "3.12.1"}, {"platform": "Darwin-arm64"}),
        ],
    )
    def test_the_nearest_environment(self, nearer: dict[str, Any], farther: dict[str, Any]) -> None:
        lines = [*self.seeds(20, **farther), *self.seeds(5, **nearer)]
        found = for_key(lines, "recipe", HERE)
        assert len(found.runs) == 5
        assert found.environment == HERE.model_copy(update=nearer)

    def test_the_environment_at_hand_comes_first(self) -> None:
        found = for_key([*self.seeds(30, python="3.12.1"), *self.seeds(5)], "recipe", HERE)
        assert (len(found.runs), found.environment) == (5, HERE)

    def test_enough_runs_elsewhere_before_too_few_here(self) -> None:
        lines = [*self.seeds(MINIMUM_RUNS - 1), *self.seeds(MINIMUM_RUNS, threads=2)]
        found = for_key(lines, "recipe", HERE)
        assert len(found.runs) == 5
        assert found.text == "5 reference runs in another environment (threads 2 instead of 1)"

    def test_repeated_seeds_are_not_enough_runs(self) -> None:
        lines = [*self.seeds(4), *self.seeds(4), *self.seeds(5, threads=2)]
        assert len(for_key(lines, "recipe", HERE).runs) == 5
        assert len(for_key(lines[:8], "recipe", HERE).runs) == 4

    def test_an_environment_that_is_not_known(self) -> None:
        found = for_key([*self.seeds(5), *self.seeds(7, threads=2)], "recipe", None)
        assert len(found.runs) == 7
        assert found.text == "7 reference runs made with torch 2.15.0 on cpu, 2 threads"
        unknown = [CalibrationRun(unit="q", run=run(i, environment=None)) for i in range(6)]
        found = for_key([*unknown, *self.seeds(5, device="NVIDIA H200")], "recipe", HERE)
        assert len(found.runs) == 5
        assert for_key(unknown, "recipe", HERE).text.endswith("in an unknown environment")


def test_the_project_s_own_files_can_be_read() -> None:
    folder = Path(__file__).parents[2] / "specs" / "calibration"
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        pytest.skip("no calibration files yet")
    for file in files:
        assert all(one.run.environment is not None for one in read(file))


def test_runs_of_two_processors_follow_one_law() -> None:
    lines = [line(seed, processor="one (6-143)") for seed in range(3)]
    lines += [line(seed, processor="another (25-1)") for seed in range(3, 5)]
    lines += [line(2, processor="another (25-1)")]

    found = for_key(lines, "recipe", HERE.model_copy(update={"processor": "a third (6-85)"}))

    assert [run.seed for run in found.runs] == [0, 1, 2, 3, 4]
    assert "in this environment" in found.text


def test_strictly_only_the_environment_at_hand_will_do() -> None:
    elsewhere = [line(seed, torch="2.14.0") for seed in range(8)]
    here = [line(seed) for seed in range(6)]
    assert for_key(elsewhere, "recipe", HERE).runs
    refused = for_key(elsewhere, "recipe", HERE, strict=True)
    assert refused.runs == []
    assert refused.text == "no reference run of this recipe in this environment"
    assert len(for_key([*elsewhere, *here], "recipe", HERE, strict=True).runs) == 6
    assert for_key(here, "recipe", None, strict=True).runs == []
    assert made_in([*elsewhere, *here], HERE) == here
