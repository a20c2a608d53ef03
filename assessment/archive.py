"""The store of one pytest process: found, opened when first needed, told of every result.

The controller of pytest-xdist opens it before it starts workers, so that what is wrong with it
is said once and before anything is trained; its workers are told where it lies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from assessment.collection import asks_for_labs, runs_tests
from assessment.errors import AssessmentError
from assessment.execution.devices import visible_gpus
from assessment.home import home_of

if TYPE_CHECKING:
    from assessment.results.document import SessionStatus
    from assessment.results.record import Result
    from assessment.results.store.connection import Store

NAME = "assessment.sqlite"
"""Of the file, among the reports, unless `--assess-store` names another."""

ONLY_REPORTS = "this run's results are kept in the reports only"


class Archive:
    """Keeps what a pytest run finds out, as far as that is possible."""

    def __init__(self, config: pytest.Config, told: Mapping[str, Any] | None = None) -> None:
        """Take pytest's configuration.

        Args:
            config: of this process.
            told: by the controller of pytest-xdist, what `share` returned there.
        """
        self._config = config
        given = config.getoption("assess_store")
        reports = Path(config.getoption("assess_reports")).expanduser()
        place = Path(given).expanduser() if given else reports / NAME
        self._path = Path(home_of(config), place)
        self._reports = Path(home_of(config), reports)
        self._is_given = bool(given)
        self._is_wanted = not config.getoption("assess_smoke")  # nothing of it is worth keeping
        self._store: Store | None = None
        self._temporary: TemporaryDirectory[str] | None = None
        self._started = _now("microseconds")
        self._words: dict[str, Any] | None = None
        self._since: int | None = None
        self._number: int | None = None
        self.complaints: dict[str, None] = {}
        """What could not be kept, each said once, in the order in which it happened."""
        if told:
            self._path = Path(told["path"])
            self._words, self._since = told["words"], told["since"]

    @property
    def shown(self) -> str:
        """The file as people read it: seen from the run's home, where it lies below."""
        root = home_of(self._config)
        inside = self._path.is_relative_to(root)
        return str(self._path.relative_to(root) if inside else self._path)

    @property
    def private(self) -> tuple[Path, ...]:
        """What of this and earlier runs lies on the disk: the reports, the store's files."""
        beside = (self._path.with_name(f"{self._path.name}{end}") for end in ("-wal", "-journal"))
        return (self._reports, self._path, *beside)

    def open(self) -> Store | None:
        """Open the store, once; None where nothing is to be kept.

        Where the default one cannot be written, a temporary one serves as long as this run does.

        Raises:
            AssessmentError: it is damaged, newer than this program, or was asked for and cannot
                be written.
        """
        if self._store is None and self._is_wanted:
            from assessment.results.store.files import open_store
            from assessment.results.store.runs import latest_run

            try:
                self._store = open_store(self._path, note=self.complain)
            except AssessmentError as error:
                if self._is_given or not _is_sealed(self._path):
                    raise
                self.complain(f"{error}; {ONLY_REPORTS}")
                self._temporary = TemporaryDirectory(prefix="assessment-store-")
                self._path = Path(self._temporary.name, NAME)
                self._store = open_store(self._path, note=self.complain)
            if self._since is None:
                fresh = self._config.getoption("assess_fresh")
                self._since = latest_run(self._store) if fresh else 0
        return self._store

    def check(self) -> None:
        """Open the store before anything is trained.

        Raises:
            pytest.UsageError: it cannot be used.
        """
        try:
            self.open()
        except AssessmentError as error:
            option = "--assess-store " if self._is_given else ""
            raise pytest.UsageError(f"{option}{error}") from None

    @property
    def since(self) -> int:
        """The stored run after which runs are taken; 0: all of them."""
        return self._since or 0

    def share(self) -> dict[str, Any] | None:
        """Return what a worker has to know; None where it finds its own way."""
        if not (self._is_wanted and runs_tests(self._config)):
            return None
        if not asks_for_labs(self._config):  # hand-written tests may open it, or not
            if not self._config.getoption("assess_fresh"):
                return None
            with suppress(AssessmentError):
                self.open()
        else:
            self.check()
        if self._store is None:
            return None
        return {"path": str(self._path), "words": self._session_words(), "since": self.since}

    def keep(self, result: Result) -> None:
        """Write the result of an item that was just graded."""
        from assessment.results.solution import owner_of
        from assessment.results.store.graded import put_result

        def put(store: Store) -> None:
            put_result(store, self._begin(store), result, submission=owner_of(result.submission))

        self._try(put)

    def end(self, status: SessionStatus) -> None:
        """Note how the session ended; for the process that hears of all items."""
        from assessment.results.store.sessions import end_session

        def put(store: Store) -> None:
            end_session(store, self._begin(store), finished=_now("seconds"), status=status)

        self._try(put)

    def name(self, name: str) -> None:
        """Give this session a name.

        Raises:
            AssessmentError: it is taken, or the store cannot be written.
        """
        from assessment.results.store.sessions import name_session

        store = self.open()
        if store is not None:
            name_session(store, self._begin(store), name)

    def complain(self, text: str) -> None:
        """Take a line for the end of the run."""
        self.complaints[text] = None

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _try(self, action: Callable[[Store], None]) -> None:
        try:
            store = self.open()
            if store is not None:
                action(store)
        except AssessmentError as error:
            self.complain(str(error))

    def _begin(self, store: Store) -> int:
        """Return the session's number, the same in all processes of this run."""
        if self._number is None:
            from assessment.results.store.sessions import begin_session

            self._number = begin_session(store, **self._session_words(), join=True)
        return self._number

    def _session_words(self) -> dict[str, Any]:
        if self._words is None:
            from assessment.results.machine import find_versions

            self._words = {
                "started": self._started,
                "command": [str(word) for word in self._config.invocation_params.args],
                # Two runs that begin in one microsecond are two processes.
                "machine": machine_of(self._config) | {"process": os.getpid()},
                "versions": find_versions(),
                "options": chosen_options(self._config),
            }
        return self._words


def machine_of(config: pytest.Config) -> dict[str, Any]:
    """Describe this machine, with what hooks have to add."""
    from assessment.results.machine import describe_machine

    machine = describe_machine([gpu.name for gpu in visible_gpus()])
    config.hook.pytest_assessment_update_machine_info(config=config, machine=machine)
    return machine


def chosen_options(config: pytest.Config) -> dict[str, Any]:
    """Return this plugin's options that say something."""
    return {
        name: value
        for name, value in sorted(vars(config.option).items())
        if name.startswith("assess_") and value not in (None, False)
    }


def _is_sealed(path: Path) -> bool:
    """Tell whether it is for want of permission that nothing can be written there."""
    places = [path] if path.exists() else []
    places += [next(folder for folder in path.absolute().parents if folder.exists())]
    return any(not os.access(place, os.W_OK) for place in places)


def _now(precision: str) -> str:
    return datetime.now(UTC).isoformat(timespec=precision)
