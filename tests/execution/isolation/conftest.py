"""A jail shared by the tests of this folder, and what must be gone after each of them."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.execution.isolation.cell import Cell, leaving_nothing


def require_bubblewrap() -> None:
    """Skip where there is no bubblewrap that works."""
    if (fault := bubblewrap_fault()) is not None:
        pytest.skip(f"bubblewrap does not work here: {fault}")


@pytest.fixture(scope="session")
def shared_cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    require_bubblewrap()
    with leaving_nothing() as watch:
        cell = Cell("bubblewrap", tmp_path_factory.mktemp("cell"))
        yield cell
        watch(cell.jail)
        cell.stop()


@pytest.fixture
def cell(shared_cell: Cell) -> Iterator[Cell]:
    """Give a jail in which nothing of earlier tests is left, and look whether that stays so."""
    mounts = psutil.disk_partitions(all=True)
    yield shared_cell
    assert psutil.disk_partitions(all=True) == mounts
    assert shared_cell.left_running() == []
