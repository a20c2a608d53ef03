from __future__ import annotations

from pathlib import Path

import pytest

from assessment.datasets.places import cache_directory, data_directory


def test_given_goes_before_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSESSMENT_DATA", "/elsewhere")
    assert data_directory(tmp_path) == tmp_path
    assert data_directory() == Path("/elsewhere")


def test_user_folders_without_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSESSMENT_DATA", "")
    monkeypatch.delenv("ASSESSMENT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data_directory() == tmp_path / "assessment" / "data"
    assert cache_directory() == tmp_path / "assessment" / "arrays"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache_directory() == Path("/home/someone/.cache/assessment/arrays")


def test_tilde_and_relative(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.chdir(tmp_path)
    assert data_directory(Path("~/data")) == Path("/home/someone/data")
    assert data_directory(Path("data")) == tmp_path / "data"
