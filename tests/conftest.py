"""What all tests share: a cache of their own, and the way to the larger data sets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assessment.datasets.registry import KNOWN
from assessment.datasets.sources import list_missing

if TYPE_CHECKING:
    from tests.execution.pool import Pool

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session", autouse=True)
def _cache_of_this_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSESSMENT_CACHE", str(tmp_path_factory.mktemp("arrays")))
        yield


@pytest.fixture
def data_dir(request: pytest.FixtureRequest) -> Path:
    """Give ASSESSMENT_DATA; skip where what `data(name)` markers ask for is not there.

    A name is a known data set, or a file or folder below the directory.
    """
    named = os.environ.get("ASSESSMENT_DATA")
    if not named:
        pytest.skip("ASSESSMENT_DATA names no data directory")
    directory = Path(named)
    for marker in request.node.iter_markers("data"):
        for name in marker.args:
            if name in KNOWN:
                absent = bool(list_missing(KNOWN[name], directory))
            else:
                absent = not (directory / name).exists()
            if absent:
                pytest.skip(f"{name} is not in ASSESSMENT_DATA ({directory})")
    return directory


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Give warm trainers on the CPU: the server imports torch once for all tests."""
    from tests.execution.pool import Pool

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONUNBUFFERED", raising=False)  # output is buffered where users are
        started = Pool(slots=4)
    yield started
    started.trainers.close()
    started.finished.close()
