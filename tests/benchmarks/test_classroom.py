from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.benchmarks.test_quick import BENCHMARKS, measure


@pytest.fixture
def students(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("students")


def test_classroom_grades_a_small_class_in_all_ways(tmp_path: Path) -> None:
    if (fault := bubblewrap_fault()) is not None:
        pytest.skip(f"bubblewrap does not work here: {fault}")
    result, printed = measure("classroom", tmp_path)
    found = result["raw"]
    assert len(found["kinds"]) == result["settings"]["students"] == 5
    assert found["items"] == 5
    assert 2 <= found["blow"]["results"] < 5
    assert found["blow"]["runs"] < found["runs"]
    assert found["undisturbed"]["servers"] >= 5
    assert "no process, control group or file left behind: met" in printed


def test_a_class_has_everybody_once_and_files_of_their_own(
    students: ModuleType, tmp_path: Path
) -> None:
    kinds = students.enrol(tmp_path, 60)
    assert len(kinds) == 60
    assert set(kinds.values()) == set(students.KINDS)
    for kind in ("hangs", "eats memory", "kills its process", "original", "copied"):
        assert list(kinds.values()).count(kind) == 1
    handed_in = [
        tuple(sorted((path.name, path.read_text()) for path in (tmp_path / student).iterdir()))
        for student in kinds
    ]
    assert len(set(handed_in)) == 60


@pytest.mark.parametrize(
    ("kind", "question", "status", "earned", "fault"),
    [
        ("plain", "q1-mlp", "scored", 2, ""),
        ("plain", "q1-mlp", "scored", 1.5, "plain, q1-mlp: less, not full: because"),
        ("plain", "q1-mlp", "timeout", 0, "plain, q1-mlp: timeout, not full: because"),
        ("plain", "q8-checkpoint", "invalid", 0, ""),
        ("narrow", "q1-mlp", "scored", 2, "narrow, q1-mlp: full, not less: because"),
        ("narrow", "q1-mlp", "scored", 0, ""),
        ("hangs", "q2-cnn", "timeout", 0, ""),
        ("hangs", "q2-cnn", "crashed", 0, "hangs, q2-cnn: crashed, not timeout: because"),
        ("hangs", "q1-mlp", "scored", 2, ""),
        ("essay", "q4-comparison", "not_gradable", 0, ""),
    ],
)
def test_what_is_wrong_with_a_grade(
    students: ModuleType, kind: str, question: str, status: str, earned: float, fault: str
) -> None:
    record = {"question": question, "status": status, "earned": earned, "points": 2}
    assert students.faults(kind, {**record, "reason": "because"}) == fault
