"""What `assessment calibrate` and `assessment check` say of a lab's bands."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment import cli

SPEC = """\
title: Tiny
defaults:
  seeds: 3
  weaker: {linear: {name: linear}}
  training:
    dataset: {name: digits}
    optimizer: {name: sgd, learning_rate: 0.05, momentum: 0.9}
    epochs: 1
    batch_size: 64
    max_steps: 10
questions:
  mlp:
    kind: training
    title: MLP
    training: {model: {name: digits/mlp}}
    expect: {accuracy: {measure: test_accuracy, band: calibrated, points: 1}}
  wide:
    kind: training
    title: Wider
    training: {model: {name: digits/mlp, arguments: {hidden: 34}}}
    weaker: {}
    expect: {accuracy: {measure: test_accuracy}}
  order:
    kind: comparison
    title: A coin toss
    expect: {ahead: {measure: test_accuracy, descending: [wide, mlp], points: 1}}
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("tiny.yaml")
    path.write_text(SPEC)
    return path


def test_a_lab_that_was_never_calibrated_is_warned_of_once(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(spec)]) == 0, "a warning is no problem of the file"
    assert capsys.readouterr().out.splitlines() == [
        "tiny.yaml:1: warning: no band is calibrated yet: assessment calibrate tiny.yaml",
        "1 file, 0 problems, 1 warning",
    ]


def test_calibrate_says_which_bands_follow_and_what_changed(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["calibrate", str(spec), "--seeds", "5"]) == 1, "the order is refused"
    told = capsys.readouterr().out
    assert "tiny.yaml: 15 reference runs to make, 0 known" in told
    account = told.partition("\n\n")[2].splitlines()
    assert account[0].startswith("mlp.accuracy: at least ")
    assert " % (n 5, mean " in account[0]
    assert account[1] == "    was: the calibrated band"
    assert account[2].startswith("mlp~linear: linear reaches ")
    assert "`zero_at: " in account[2]
    order = next(i for i, line in enumerate(account) if line.startswith("order.ahead: wide > mlp"))
    refusal = [line for line in account[order:] if line.startswith("    ! ")]
    assert refusal[-1].startswith("    ! the reference itself breaks this order in ")

    assert cli.main(["check", str(spec)]) == 0
    warned = capsys.readouterr().out.splitlines()
    assert any(line.startswith("tiny.yaml:23: warning: order.ahead: ") for line in warned)
    assert any(
        line.startswith("tiny.yaml:12: warning: mlp~linear: linear earns ") for line in warned
    )

    assert cli.main(["calibrate", str(spec), "--seeds", "6", "-k", "mlp"]) == 0
    told = capsys.readouterr().out
    assert "1 reference runs to make, 15 known" in told
    account = told.partition("\n\n")[2]
    assert " % (n 6, mean " in account
    assert "    was: at least " in account
    assert "order" not in account, "-k chooses what is told as well"


def test_what_cannot_be_looked_up_is_not_warned_of(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`check` downloads nothing: without its data set a question has no run key."""
    monkeypatch.setenv("ASSESSMENT_CACHE", str(tmp_path / "cache"))
    spec.write_text(SPEC.replace("{name: digits}", "{name: kmnist}"))
    Path("calibration").mkdir()
    lines = Path("calibration/tiny.jsonl")
    lines.write_text("")
    assert cli.main(["check", str(spec), "--data", str(tmp_path)]) == 0
    assert "no band is calibrated yet" in capsys.readouterr().out
    assert list(tmp_path.glob("**/*ubyte*")) == []
