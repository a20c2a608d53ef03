from __future__ import annotations

from pathlib import Path

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.benchmarks.test_quick import measure


def test_jail_compares_a_jail_with_a_trainer_without_walls(tmp_path: Path) -> None:
    if (fault := bubblewrap_fault()) is not None:
        pytest.skip(f"bubblewrap does not work here: {fault}")
    result, printed = measure("jail", tmp_path)
    places = ["without walls", "bubblewrap"]
    assert [row["place"] for row in result["raw"]["start"]] == places
    assert [row["place"] for row in result["raw"]["train"]] == [*places[::-1], *places]
    assert all(row["cpu"] > 0.2 for row in result["raw"]["start"]), "torch was imported"
    assert all(row["megabytes"] > 100 for row in result["raw"]["start"])
    first, second = (row["cpu"] for row in result["raw"]["train"][:2])
    ratios = result["summary"]["ratio_cpu"]
    assert min(ratios["smallest"], ratios["largest"]) > 0
    assert first / second in (pytest.approx(ratios["smallest"]), pytest.approx(ratios["largest"]))
    graded = result["raw"]["graded"]
    assert [row["who"] for row in graded] == ["the reference", "a submission"] * 2
    assert all(0 < row["epochs"] < row["seconds"] for row in graded)
    assert "jailed / outside, pair by pair: " in printed
    assert "a run beyond training " in printed
