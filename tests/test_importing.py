"""Folders of hand-ins on Python's path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.importing import refuse_imports_from


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "handed_in" / "ada").mkdir(parents=True)
    (tmp_path / "link").symlink_to("handed_in/ada")
    return tmp_path / "handed_in"


@pytest.mark.parametrize("entry", ["handed_in", "handed_in/ada", "link"])
def test_a_folder_of_hand_ins_on_the_path_is_refused(
    entry: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place.parent / entry
    with pytest.raises(AssessmentError, match="lies among the submissions, and Python imports"):
        refuse_imports_from(place, (folder,))
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    with pytest.raises(AssessmentError) as caught:
        refuse_imports_from(place)
    assert str(caught.value).startswith(f"{folder.resolve()} lies among the submissions")


def test_an_empty_entry_is_the_current_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.chdir(place / "ada")
    with pytest.raises(AssessmentError, match="ada lies among"):
        refuse_imports_from(place)


def test_folders_around_and_beside_them_are_no_matter(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.parent / "handed_in_too").mkdir()
    monkeypatch.setattr(sys, "path", [str(place.parent), str(place.parent / "handed_in_too")])
    refuse_imports_from(place)
