"""Where reports and store go, whatever pytest takes for its rootdir."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.plugin.course import training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

HAND_WRITTEN = """
def test_lab(assessment):
    assessment("lab.yaml::a")
"""


@pytest.fixture
def bare(course: Course) -> Course:
    """Take the configuration file away, so that pytest has to guess its rootdir."""
    (course.path / "tox.ini").unlink()
    return course


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_a_folder_named_in_two_words_does_not_draw_reports_and_store_away(
    bare: Course, tmp_path_factory: pytest.TempPathFactory, workers: tuple[str, ...]
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    bare.lab(folder=".", a=training(), essay=written())
    bare.file("test_written.py", HAND_WRITTEN)
    result = bare.run("lab.yaml", "test_written.py", "--assess-data", str(elsewhere), *workers)
    result.assert_outcomes(passed=2, skipped=1)
    assert f"rootdir: {elsewhere.parent}\n" in result.stdout.str(), "as pytest guesses it"
    assert not (elsewhere.parent / "reports").exists()
    assert bare.statuses == {"a": "scored", "essay": "waiting"}
    assert (bare.path / "reports/assessment.sqlite").is_file()
    assert "<h1" in bare.page
    again = bare.run("lab.yaml", "--assess-data", str(elsewhere), *workers)
    assert "taken from reports/assessment.sqlite" in again.stdout.str()


def test_a_configuration_beside_the_data_is_not_where_reports_go(
    bare: Course, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "pytest.ini").write_text("[pytest]\n")
    bare.lab(folder=".", essay=written())
    bare.run("lab.yaml", "--assess-data", str(elsewhere)).assert_outcomes(skipped=1)
    assert bare.statuses == {"essay": "waiting"}
    assert [path.name for path in elsewhere.iterdir() if path.name == "reports"] == []


@pytest.mark.parametrize("mark", ["pytest.ini", "setup.py", "--rootdir"])
def test_a_rootdir_that_somebody_chose_has_the_reports(
    bare: Course, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    chosen: tuple[str, ...] = (f"--rootdir={bare.path}",)
    if not mark.startswith("--"):
        bare.file(mark, "[pytest]\n" if mark.endswith(".ini") else "")
        chosen = ()
    bare.lab(essay=written())
    started = bare.path / "specs"
    monkeypatch.chdir(started)
    bare.run("lab.yaml", *chosen).assert_outcomes(skipped=1)
    assert bare.statuses == {"essay": "waiting"}
    assert not (started / "reports").exists()


def test_without_a_configuration_they_lie_where_pytest_was_started(
    bare: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.lab(essay=written())
    started = bare.path / "here"
    started.mkdir()
    monkeypatch.chdir(started)
    bare.run("../specs/lab.yaml").assert_outcomes(skipped=1)
    assert Path(started, "reports/results.json").is_file()
    assert not (bare.path / "reports").exists()
