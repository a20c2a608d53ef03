"""pytest-xdist: which device each worker trains on, and items whose worker died."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.archive import Archive
from assessment.classroom import Entry
from assessment.collection import asks_for_labs, data_directory_option, shown
from assessment.errors import AssessmentError
from assessment.execution.devices import choose_devices, cpu_cores, visible_gpus


def count_gpu_workers(config: pytest.Config) -> int | None:
    """Return how many workers `-n auto` means: one a GPU; None where the CPU is used."""
    devices = _devices(config)
    return len(devices) if devices != ["cpu"] else None


class DistributedHooks:
    """Hooks of the controller; registered only where pytest-xdist is active."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._entries: dict[Path, dict[str, Entry]] = {}
        self._device: str = config.getoption("assess_device")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config, specs: list[Any]) -> None:
        """Give each worker its own GPU, or its share of the cores, through its environment.

        A replacement of a crashed worker inherits the environment of its predecessor.
        Workers of a run without labs are left alone.
        """
        if not asks_for_labs(config):
            return
        self._archive.check()
        devices = _devices(config)
        if devices == ["cpu"]:
            self._device = "cpu"
            threads = str(max(1, cpu_cores() // len(specs)))
            for spec in specs:
                spec.env.setdefault("OMP_NUM_THREADS", threads)
            return
        self._device = "cuda"
        gpus = visible_gpus()
        for number, spec in enumerate(specs):
            index = int(devices[number % len(devices)].removeprefix("cuda:"))
            spec.env["CUDA_VISIBLE_DEVICES"] = gpus[index].selector

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the store is, how many workers there are, and its device."""
        from assessment.session import session_of

        node.workerinput["assessment"] = {
            "store": self._archive.share(),
            "workers": len(node.nodemanager.specs),
            "device": self._device,
            "classroom": self._classroom_told(),
            "news": session_of(self._config).watch() if asks_for_labs(self._config) else None,
        }

    def _classroom_told(self) -> dict[str, Any]:
        """Return who has handed in; listed once, by this process."""
        from assessment.roll import give_classroom
        from assessment.session import session_of

        return give_classroom(session_of(self._config).classroom)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Say what is ahead, once: the controller itself collects nothing."""
        from assessment.session import session_of

        session = session_of(self._config)
        if session.forecast is not None:
            return
        found = {nodeid: item for nodeid in ids if (item := self._find(nodeid)) is not None}
        if not found:
            return
        session.plan(found)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(session.describe())

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Turn the report about a dead worker into one that has a row in the HTML report.

        A graded item becomes an error with a result; it was not graded through
        no fault of the solution.
        """
        found = self._find(crashitem)
        if found is None:
            if asks_for_labs(self._config):
                report.when = "call"
                report.assessment_crash = True  # type: ignore[attr-defined]
            return
        from assessment.session import session_of, ungraded

        lab_file, unit = found.lab_file, found.unit
        reason = "the pytest worker died while it graded this item"
        classroom = session_of(self._config).classroom
        result = ungraded(found, classroom, "not_gradable", reason)
        file, line = crashitem.partition("::")[0], lab_file.lines.get(unit.id, 1)
        message = f"not gradable: {reason}"
        report.when = "setup"  # pytest's way to say error, not failure
        report.location = (file, line - 1, unit.id)
        report.longrepr = shown(Path(file), line, message, f"{file}:{line}: {message}")
        self._archive.keep(result)
        report.assessment = result.plain()  # type: ignore[attr-defined]
        report.assessment_crash = True  # type: ignore[attr-defined]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Any:
        """Follow a crash with the teardown report that pytest-html needs to write a row."""
        outcome = yield
        if getattr(report, "assessment_crash", False):
            end = pytest.TestReport(
                report.nodeid, report.location, {}, "passed", None, when="teardown"
            )
            self._config.hook.pytest_runtest_logreport(report=end)
        return outcome

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker could not keep."""
        told = getattr(node, "workeroutput", {}).get("assessment", {})
        for complaint in told.get("complaints", ()):
            self._archive.complain(complaint)

    @property
    def _archive(self) -> Archive:
        from assessment.session import session_of

        return session_of(self._config).archive

    def _find(self, nodeid: str) -> Entry | None:
        """Return what an item's id stands for; None for tests that are no questions."""
        from assessment.catalogue import load_lab
        from assessment.session import session_of

        file, _, name = nodeid.partition("@")[0].partition("::")  # loadgroup adds `@group`
        if not file.endswith((".yaml", ".yml")):
            return None
        path = Path(self._config.rootpath, file)
        known = self._entries.get(path)
        if known is None:
            try:
                lab_file = load_lab(path, data_directory_option(self._config))
            except AssessmentError:
                return None
            known = self._entries[path] = session_of(self._config).classroom.entries(lab_file)
        return known.get(name)


def _devices(config: pytest.Config) -> list[str]:
    try:
        return choose_devices(config.getoption("assess_device"), visible_gpus())
    except AssessmentError as error:
        raise pytest.UsageError(str(error)) from None
