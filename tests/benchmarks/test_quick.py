from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
LONGEST = 1200
"""Seconds after which a benchmark hangs; on a busy machine some take minutes."""
FRAMEWORKS = [
    name for name in ("lightning", "keras", "skorch") if importlib.util.find_spec(name) is not None
]


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / f"{script}.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)


def measure(script: str, folder: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    output = folder / "results.json"
    done = run(script, "--quick", "--output", str(output), *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(output.read_text())
    assert result["benchmark"] == script
    assert result["machine"]["cores"] >= 1
    assert result["versions"]["torch"]
    return result, done.stdout


def test_epoch_speed_lets_contestants_train_the_same_number_of_epochs(tmp_path: Path) -> None:
    names = ["labs", "limit", *FRAMEWORKS]
    result, printed = measure("epoch_speed", tmp_path, "--contestants", *names)
    found = {row["contestant"]: row["seconds"] for row in result["raw"]}
    assert list(found) == ["ours", *names]  # ours is what the others are compared with
    assert {len(seconds) for seconds in found.values()} == {result["settings"]["epochs"]}
    assert min(min(seconds) for seconds in found.values()) > 0
    summary = result["summary"]["digits"]
    assert summary["ours"]["times_ours"] == 1
    for name, seconds in found.items():
        counted = seconds[1:]
        assert summary[name]["count"] == len(counted)
        assert min(counted) <= summary[name]["median"] <= max(counted)
    assert "labs' loop / ours = " in printed
    assert "ours / the limit = " in printed


def test_image_speed_compares_with_the_labs_loop_and_the_limit(tmp_path: Path) -> None:
    result, printed = measure("image_speed", tmp_path)
    assert set(result["summary"]["digits"]) == {"ours", "labs", "limit"}
    assert "seconds an epoch" in printed


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], ["cifar-gray", "mnist-224"]),
        (["--device", "cuda"], ["cifar-gray", "mnist-224", "resnet18-224"]),
        (["--device", "cuda", "--cases", "digits"], ["digits"]),
        (["--device", "cuda", "--quick"], ["digits"]),
    ],
)
def test_a_gpu_also_trains_resnet18(
    options: list[str], wanted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    cases, image_speed = (importlib.import_module(name) for name in ("cases", "image_speed"))
    chosen: list[str] = []
    monkeypatch.setattr(sys, "argv", ["image_speed.py", *options])
    monkeypatch.setattr(cases, "need", chosen.extend)
    monkeypatch.setattr(importlib.import_module("epoch_speed"), "measure", lambda _: sys.exit())
    with pytest.raises(SystemExit):
        image_speed.main()
    assert chosen == wanted


@pytest.mark.data("cifar10.zip", "MNIST")
def test_larger_images_are_the_first_of_their_sets(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what a contestant steps on is what the recipe's own pipeline makes of them."""
    import torch

    from assessment.training.data import load_images
    from assessment.training.transforms import Pipeline

    monkeypatch.syspath_prepend(BENCHMARKS)
    cases, material = (importlib.import_module(name) for name in ("cases", "material"))
    cases.need(cases.LARGER)
    for case, shape in (("cifar-gray", (1, 32, 32)), ("mnist-224", (3, 224, 224))):
        for name, value in cases.variables(case).items():
            monkeypatch.setenv(name, value)
        images = material.image_set(case)
        assert images.train_size == cases.CASES[case].train_images
        batch, labels = material.first_batch(case, 4)
        assert batch.shape == (4, *shape)
        assert labels.tolist() == images.train_labels[:4].tolist()
        device = torch.device("cpu")
        pipeline = Pipeline(cases.CASES[case].training.dataset.transforms, device)
        ours = pipeline(load_images(images.paths["train_images"], device)[:4])
        assert (ours - batch).abs().max() <= 2 / 255  # of inputs twice as wide as [0, 1]
        monkeypatch.setenv("ASSESSMENT_DATA", str(data_dir))


def test_throughput_makes_the_same_runs_in_both_ways(tmp_path: Path) -> None:
    result, printed = measure("throughput", tmp_path, "--epochs", "2", "--cores", "2")
    assert [row["epochs"] for row in result["raw"]] == [4, 4]
    for row in result["raw"]:
        training = [sum(seconds) for seconds in row["runs"]]
        assert row["seconds"] > max(training)
    rates = result["summary"]["digits"]
    together, apart = (row["way"] for row in result["raw"])
    assert rates["ratio"] == pytest.approx(rates[apart]["median"] / rates[together]["median"])
    assert "side by side / together = " in printed


def test_startup_cuts_the_digits_lab_into_phases_that_add_up(tmp_path: Path) -> None:
    result, printed = measure("startup", tmp_path)
    (first,), (digits,) = result["raw"]["first_step"], result["raw"]["digits"]
    assert 0 < first["first step"] < first["exit"]
    phases = digits["phases"]
    assert sum(phases.values()) == pytest.approx(digits["seconds"])
    assert min(phases.values()) >= 0
    assert digits["spent"]["grade"] > 0
    assert digits["spent"]["draw figures"] < phases["reports: results.json, figures, HTML"]
    assert len(result["raw"]["added"]) == 4
    assert "pytest --collect-only specs" in printed


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells proportional set sizes")
def test_memory_sees_the_run_and_pytest_and_all_together(tmp_path: Path) -> None:
    result, printed = measure("memory", tmp_path)
    (row,) = result["raw"]
    assert row["samples"] > 1
    assert row["pytest"] > 20  # MB; an interpreter with NumPy is larger
    assert row["trainer"] > 100  # one with torch
    assert row["tree"] > row["pytest"] / 2  # PSS halves what two processes share
    assert "all processes together" in printed


def test_crash_safety_counts_blows_and_runs(tmp_path: Path) -> None:
    result, printed = measure("crash_safety", tmp_path)
    assert sum(result["summary"]["blows"].values()) == result["settings"]["blows"] == 2
    assert result["summary"]["runs"] == 9, "three for each blow, and for the session left alone"
    for blow in result["raw"][0]["blows"]:
        assert blow["hit"] in (blow["blow"], "group"), (
            "the session, where the one meant is not there"
        )
    hit_training = sum(blow["training"] for blow in result["raw"][0]["blows"])
    assert result["summary"]["blows_while_training"] == hit_training
    assert "2 blows: no finished run lost, none trained again, equal results: met" in printed


def test_regrade_grades_a_class_again_with_other_points(tmp_path: Path) -> None:
    result, printed = measure("regrade", tmp_path, "--results", "20")
    ways = ("compare two sessions", "grade again, nothing changed")
    ways += ("grade again, other points for a question",)
    assert [row["what"] for row in result["raw"]["seconds"]] == list(ways)
    assert all(0 < row["system"] < row["seconds"] for row in result["raw"]["seconds"])
    assert all(f"- {way}: " in printed for way in ways)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repeats", "0"], "--repeats must be at least 1"),
        (["--epochs", "1"], "--epochs must be at least 2"),
        (["--contestants", "jax"], "invalid choice: 'jax'"),
    ],
)
def test_impossible_options_are_refused_with_a_message(arguments: list[str], message: str) -> None:
    done = run("epoch_speed", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_readme_shows_the_kept_results() -> None:
    done = run("fill_readme", "--check")
    assert done.returncode == 0, done.stderr
