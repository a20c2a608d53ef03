"""`assessment calibrate` and `assessment export`: the commands that keep measured values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assessment import cli
from assessment.results import calibration, document

SPEC = """\
title: Tiny
defaults:
  training:
    dataset: {name: digits}
    optimizer: {name: sgd, learning_rate: 0.05, momentum: 0.9}
    epochs: 1
    batch_size: 64
questions:
  mlp:
    kind: training
    title: MLP
    training: {model: {name: digits/mlp}}
    expect: {accuracy: {measure: test_accuracy, band: calibrated, points: 1}}
  again:
    kind: training
    title: The same recipe
    training: {model: {name: digits/mlp}, record: {every: 5}}
  broken:
    kind: training
    title: Fails
    training: {model: {name: digits/mlp, arguments: {hidden: -3}}}
  text:
    kind: written
    title: Text
    rubric: [{points: 1, text: anything}]
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(SPEC)
    return path


def test_calibrate_trains_what_is_missing_once_and_goes_on(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["calibrate", str(spec), "--seeds", "2", "-k", "m"]) == 0
    kept = calibration.read(calibration.path_for(spec))
    assert sorted((line.unit, line.run.seed) for line in kept) == [
        ("mlp", 1_000_000),
        ("mlp", 1_000_001),
    ]
    run = kept[0].run
    assert run.outcome == "scored"
    assert run.environment is not None
    assert run.environment.threads == 1
    assert len(run.epochs["test_accuracy"]) == 1
    # Another question with the same recipe needs no run of its own, whatever it records.
    capsys.readouterr()
    assert cli.main(["calibrate", str(spec), "--seeds", "2", "-k", "a"]) == 0
    assert "0 reference runs to make, 2 known" in capsys.readouterr().out
    assert len(calibration.read(calibration.path_for(spec))) == 2


def test_calibrate_keeps_no_failed_run(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrate", str(spec), "--seeds", "1", "-k", "broken"]) == 1
    assert "negative dimension -3" in capsys.readouterr().out
    assert calibration.read(calibration.path_for(spec)) == []


def test_calibrate_says_when_nothing_is_chosen(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["calibrate", str(spec), "-k", "text"]) == 1
    assert "no training question contains 'text'" in capsys.readouterr().err


def test_export_writes_a_table_from_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.json"
    document.write(results, document.build([], {}, started="", finished=""))
    target = tmp_path / "docs" / "results.md"
    assert cli.main(["export", str(target), str(results)]) == 0
    assert target.read_text().startswith("# Measured beside reported\n")


@pytest.mark.parametrize(
    ("content", "target", "message"),
    [
        (None, "out.md", "there is no such results file"),
        ("{", "out.md", "not JSON"),
        (json.dumps({"schema_version": 99}), "out.md", "newer pytest-assessment"),
        (json.dumps({"schema_version": 1}), "out.html", "only Markdown"),
    ],
)
def test_export_of_what_is_none(
    content: str | None,
    target: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = tmp_path / "results.json"
    if content is not None:
        results.write_text(content)
    assert cli.main(["export", str(tmp_path / target), str(results)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / target).exists()
