"""pytest run on courses of its own; runs in this process share one warm trainer."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest

from assessment.execution import hosts
from assessment.execution.server import TrainerServer
from tests.plugin.course import Course

COMPILED = ("matplotlib.pyplot", "scipy.stats", "sklearn.datasets", "safetensors.numpy", "psutil")
OURS = ("assessment.execution.engine", "assessment.execution.trainers")
"""What is first imported during a run in this process is forgotten after it; these must not be: a
second import of the compiled ones fails, one of ours makes classes that are no longer the same."""

for module in COMPILED + OURS:
    import_module(module)


class Borrowed:
    """A warm server that outlives the pytest run it is lent to."""

    def __init__(self, server: TrainerServer) -> None:
        self._server = server

    def __getattr__(self, name: str) -> object:
        return getattr(self._server, name)

    def start(self) -> None:
        """Be there already."""

    def stop(self) -> None:
        """Stay."""


@pytest.fixture(scope="session")
def warm_server() -> Iterator[TrainerServer]:
    server = TrainerServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def course(
    pytester: pytest.Pytester, warm_server: TrainerServer, monkeypatch: pytest.MonkeyPatch
) -> Course:
    """Give a directory for spec files, in which pytest can be run."""
    monkeypatch.setattr(hosts, "TrainerServer", lambda: Borrowed(warm_server))
    monkeypatch.delenv("ASSESSMENT_DATA", raising=False)
    for name in ("http_proxy", "https_proxy"):  # nothing may be downloaded
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return Course(pytester)
