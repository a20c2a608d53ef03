"""Sessions that are killed at any moment lose nothing that was finished, and do nothing twice."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_ten_blows_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`benchmarks/crash_safety.py` deals a hundred of them."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    crashes = importlib.import_module("crashes")
    found = crashes.survive(tmp_path, blows=10, seed=0)
    assert found["runs"] == crashes.SEEDS * 11
    assert len(found["blows"]) == 10
    assert found["begun"] >= found["runs"]
    counts = [blow["stored"] for blow in found["blows"]]
    assert counts == sorted(counts)
    assert counts[-1] > 0, "some were finished between the blows"
    assert any(blow["training"] for blow in found["blows"])
    whole = ("group", "group -n 2")
    assert all(blow["hit"] in (blow["blow"], *whole) for blow in found["blows"])
