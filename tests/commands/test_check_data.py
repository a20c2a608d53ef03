"""What `assessment check` says of data that are not here, or are others than the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment import cli
from assessment.datasets import cache
from tests.commands.test_accounts import SPEC

ROOT = Path(__file__).parents[2]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a lab on MNIST that has been calibrated."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSESSMENT_CACHE", str(tmp_path / "cache"))
    path = Path("tiny.yaml")
    path.write_text(SPEC.replace("{name: digits}", "{name: mnist}"))
    lines = (ROOT / "specs/calibration/digits.jsonl").read_text().splitlines()
    Path("calibration").mkdir()
    Path("calibration/tiny.jsonl").write_text(f"{lines[0]}\n")
    Path("sets").mkdir()
    return path


def test_bands_that_cannot_be_checked_are_named(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(spec), "--data", "sets"]) == 0
    place = Path("sets").absolute()
    assert capsys.readouterr().out.splitlines() == [
        "tiny.yaml:12: warning: mlp and 1 other: bands are not checked here, MNIST is not in "
        f"{place}; its files: MNIST/raw/train-images-idx3-ubyte and 3 more",
        "1 file, 0 problems, 1 warning",
    ]


def test_other_images_than_the_published_ones_are_named(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec.write_text(spec.read_text().replace("{name: mnist}", "{name: digits}"))
    from assessment.datasets import published

    monkeypatch.setattr(published, "DECODED", {"digits": "0" * 64})
    assert cli.main(["check", str(spec), "--data", "sets"]) == 0
    digits = cache.load("digits")
    said = [line for line in capsys.readouterr().out.splitlines() if "published" in line]
    assert said == [
        "tiny.yaml:12: warning: mlp and 1 other: digits: not the published images of Digits "
        f"(scikit-learn), which hash to 000000000000, these to {digits.sha256[:12]}: other "
        "people's numbers are of other images"
    ]


def test_what_a_command_lacks_is_listed(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):  # nothing may be downloaded
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert cli.main(["calibrate", str(spec), "--data", "sets", "--seeds", "5"]) == 1
    said = capsys.readouterr()
    place = Path("sets").absolute()
    lines = said.err.splitlines()
    assert lines[0].startswith(f"assessment: MNIST is not in {place}, and it could not be ")
    assert lines[1] == f"Files of MNIST belong below {place}, as they are or with .gz appended:"
    assert lines[-1] == "Name another directory with --data DIR or ASSESSMENT_DATA."
