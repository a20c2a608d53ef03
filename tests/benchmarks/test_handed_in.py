from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.benchmarks.test_quick import BENCHMARKS, measure
from tests.submissions.inside.imitations import EXPECTED


@pytest.fixture
def handed_in(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("handed_in")


def test_handed_in_grades_through_the_command_and_says_why_not(tmp_path: Path) -> None:
    if (fault := bubblewrap_fault()) is not None:
        pytest.skip(f"bubblewrap does not work here: {fault}")
    result, printed = measure("handed_in", tmp_path)
    found = {row["name"]: (row["status"], row["reason"]) for row in result["raw"]}
    assert found["defined_twice.ipynb"] == ("scored", "")
    assert found["from_scratch.ipynb"][0] == "invalid"
    assert f"- `from_scratch.ipynb`: {found['from_scratch.ipynb'][1]}" in printed
    assert result["summary"]["notebook"] == {"graded": 1, "told why not": 1}
    assert "100 % graded or told why not, all of them: met" in printed


@pytest.mark.parametrize(
    ("status", "reason", "fate"),
    [
        ("scored", "", "graded"),
        ("invalid", "no model was found", "told why not"),
        ("invalid", "", "neither"),
        ("crashed", "SIGSEGV", "neither"),
        ("not_gradable", "the disk is full", "neither"),
        ("lost", "", "neither"),
    ],
)
def test_who_has_neither_a_grade_nor_a_reason_ends_it_with_1(
    handed_in: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: str,
    reason: str,
    fate: str,
) -> None:
    row = {"name": "colab.ipynb", "form": "notebook", "status": status, "reason": reason}
    monkeypatch.setattr(handed_in, "measure", lambda _: [row])
    monkeypatch.setattr(sys, "argv", ["handed_in.py", "--quick", "--level=process"])
    with pytest.raises(SystemExit) as ended:
        handed_in.main()
    assert handed_in.summarise([row])["notebook"] == {fate: 1}
    assert ended.value.code == (fate == "neither")
    met = "MISSED" if fate == "neither" else "met"
    assert f"graded or told why not, all of them: {met}" in capsys.readouterr().out


def test_enough_is_imitated_and_half_of_it_in_notebooks(handed_in: ModuleType) -> None:
    notebooks = [name for name in EXPECTED if name.endswith(".ipynb")]
    assert len(EXPECTED) >= handed_in.WANTED
    assert len(notebooks) >= handed_in.WANTED_NOTEBOOKS * len(EXPECTED)


@pytest.mark.parametrize(
    ("name", "transforms"),
    [
        ("colab.ipynb", []),
        ("two_outputs.ipynb", []),
        ("trainer_class.ipynb", [{"kind": "resize", "size": 32}]),
        ("typed.py", None),
    ],
)
def test_an_imitation_gets_images_of_its_size(
    handed_in: ModuleType, name: str, transforms: list[dict[str, object]] | None
) -> None:
    wanted = {"name": "digits_28", "transforms": transforms}
    assert handed_in.dataset_for(name) == ({"name": "digits"} if transforms is None else wanted)
