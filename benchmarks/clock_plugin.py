"""A pytest plugin that notes when things happen, and changes nothing.

    PYTHONPATH=benchmarks CLOCK_FILE=clock.json pytest -p clock_plugin specs/digits.yaml

Times are of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable, Generator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

MOMENTS: dict[str, float] = {"pytest imported": time.monotonic()}
"""When something happened first, or, for what ends, last."""
SPENT: dict[str, float] = {}
"""Seconds within a function, added up over its calls and threads."""


def _timed(
    owner: Any, name: str, label: str, *, begins: str | None = None, ends: str | None = None
) -> None:
    """Replace a function by itself with a clock around it."""
    function: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(function)
    def clocked(*arguments: Any, **named: Any) -> Any:
        began = time.monotonic()
        if begins is not None:
            MOMENTS.setdefault(begins, began)
        try:
            return function(*arguments, **named)
        finally:
            ended = time.monotonic()
            SPENT[label] = SPENT.get(label, 0.0) + ended - began
            if ends is not None:
                MOMENTS[ends] = ended

    setattr(owner, name, clocked)


def _watch_imports() -> None:
    load = EntryPoint.load

    def clocked(entry: EntryPoint) -> Any:
        began = time.monotonic()
        try:
            return load(entry)
        finally:
            SPENT[f"import plugin {entry.name}"] = time.monotonic() - began

    EntryPoint.load = clocked  # type: ignore[method-assign, assignment]


_watch_imports()


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Put clocks around what is not a hook; the plugin has imported all of these by now."""
    from assessment.execution import hosts, marking
    from assessment.execution.referee import Referee
    from assessment.execution.server import TrainerServer

    _timed(TrainerServer, "fork", "fork runs", begins="first run forked")
    _timed(TrainerServer, "stop", "stop the trainers' server")
    _timed(Referee, "started", "hear that runs start", begins="first run ready")
    _timed(hosts, "conduct", "runs", ends="last run over")
    _timed(marking, "score", "grade")
    MOMENTS["configured"] = time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Note when collection begins."""
    MOMENTS["collection began"] = time.monotonic()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection_finish() -> Generator[None, Any, Any]:
    """Note when the items are known."""
    MOMENTS["collected"] = time.monotonic()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish() -> Generator[None, Any, Any]:
    """Note when the last item is done and when the reports are written."""
    MOMENTS["items done"] = began = time.monotonic()
    from assessment.report import figures, html
    from assessment.results import document

    SPENT["import matplotlib"] = time.monotonic() - began
    _timed(document, "write", "write results.json")
    _timed(figures, "draw", "draw figures")
    _timed(figures, "encode", "encode figures")
    _timed(html, "summary_html", "HTML summary, figures included")
    outcome = yield
    MOMENTS["reports written"] = time.monotonic()
    return outcome


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Write everything down."""
    MOMENTS["unconfigured"] = time.monotonic()
    clock = {"moments": MOMENTS, "spent": SPENT, "peak_megabytes": _peak_megabytes()}
    Path(os.environ["CLOCK_FILE"]).write_text(json.dumps(clock))


def _peak_megabytes() -> float | None:
    """Return this process's largest resident memory, MB (10^6 bytes); None outside Linux.

    `ru_maxrss` would not do: it also counts what the process was before `exec`.
    """
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6
