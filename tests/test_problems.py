from __future__ import annotations

from pathlib import Path

import pytest

from assessment.problems import Problem, shown_path


def test_the_place_is_underlined() -> None:
    problem = Problem("specs/x.yaml", "unknown key", "questions.q.a", 12, 3, "  momentun: 1", 8)
    assert str(problem) == (
        "specs/x.yaml:12:3: questions.q.a: unknown key\n  12 |   momentun: 1\n     |   ^^^^^^^^"
    )


def test_a_problem_of_the_whole_file_is_one_line() -> None:
    assert str(Problem("x.yaml", "no such file")) == "x.yaml: no such file"


def test_an_empty_line_is_not_drawn() -> None:
    assert (
        str(Problem("x.yaml", "the file is empty", "", 1, 1, "")) == "x.yaml:1:1: the file is empty"
    )


def test_wide_characters_and_tabs_keep_the_caret_in_place() -> None:
    *_, source, carets = str(Problem("x", "m", "", 1, 7, "a: [漢\t, b]", 1)).splitlines()
    assert source == "   1 | a: [漢 , b]"
    assert carets == "     |        ^"


@pytest.mark.parametrize("column", [1, 60, 150, 395])
def test_of_a_long_line_the_part_around_the_place_is_shown(column: int) -> None:
    line = "".join(f"{n:04d}." for n in range(80))
    *_, source, carets = str(Problem("x", "m", "", 7, column, line, 4)).splitlines()
    assert len(source) <= 107
    start = carets.index("^")
    assert source[start : start + 4] == line[column - 1 : column + 3]
    assert carets.strip(" |") == "^^^^"


def test_paths_below_the_working_directory_are_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below, beside = tmp_path / "here" / "specs" / "x.yaml", tmp_path / "x.yaml"
    below.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert shown_path(below) == "specs/x.yaml"
    assert shown_path(Path("specs/x.yaml")) == "specs/x.yaml"
    assert shown_path(beside) == str(beside)
