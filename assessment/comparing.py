"""Saved runs of pytest: a name for this one, a comparison with an earlier one, rules for it.

Registered where `Publisher` is. What is wrong with the options is said before anything is trained;
what was measured is never lost to a comparison that cannot be made.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from assessment.archive import Archive
from assessment.errors import AssessmentError
from assessment.results.record import Result

if TYPE_CHECKING:
    from assessment.report.comparison import Compared
    from assessment.report.measured import Measured
    from assessment.report.rules import Rule
    from assessment.results.store.sessions import Session

LATEST = "latest"
"""What `--assess-compare` without a run means: the latest one that has a name."""


class Comparing:
    """What is done with a run beyond its own report."""

    def __init__(self, config: pytest.Config, archive: Archive) -> None:
        """Take pytest's configuration.

        Raises:
            pytest.UsageError: a rule is none.
        """
        self._config = config
        self._archive = archive
        get = config.getoption
        self._name: str | None = get("assess_save")
        if self._name is None and get("assess_autosave"):
            self._name = _automatic_name()
        self._rules = _read_rules(get("assess_compare_fail"))
        self._run: str | None = get("assess_compare")
        if self._run is None and self._rules:
            self._run = LATEST
        self._old: tuple[str, list[Measured]] | None = None
        self._rows: list[Compared] = []
        self.lines: list[str] = []
        """What broken rules have to say."""
        self.broken = False

    def begin(self) -> None:
        """Look the earlier run up, and see that the name is free.

        Raises:
            pytest.UsageError: the run is unknown, the name is taken, or there is no store.
        """
        if self._name is None and self._run is None:
            return
        try:
            self._begin()
        except AssessmentError as error:
            raise pytest.UsageError(str(error)) from None

    def _begin(self) -> None:
        from assessment.report.earlier import session_numbers
        from assessment.results.store.sessions import check_name, list_sessions

        store = self._archive.open()
        if store is None:
            raise AssessmentError("a smoke run is neither saved nor compared")
        if self._name is not None:
            check_name(store, self._name)
        if self._run is None:
            return
        called = self._run
        if called == LATEST:
            latest = _latest_saved(list_sessions(store))
            if latest is None:
                self._archive.complain(f"{self._archive.shown}: no saved run to compare with yet")
                return
            called = str(latest.number)
        self._old = session_numbers(store, called)

    def end(self, results: Sequence[Result]) -> None:
        """Name this run, and compare it with the earlier one."""
        try:
            if self._name is not None:
                self._archive.name(self._name)
        except AssessmentError as error:
            self._archive.complain(str(error))
        if self._old is None:
            return
        from assessment.report.comparison import compare
        from assessment.report.measured import list_measured
        from assessment.report.rules import check_rules, tell_checked
        from assessment.results.solution import owner_of

        ran = {(result.spec, result.unit, owner_of(result.submission)) for result in results}
        earlier = [one for one in self._old[1] if (one.spec, one.unit, one.submission) in ran]
        self._rows = compare(earlier, list_measured(results))
        checked = check_rules(self._rows, self._rules)
        self.lines = list(tell_checked(checked))
        self.broken = any(each.broken for each in checked)

    def tell(self, reporter: pytest.TerminalReporter, width: int) -> None:
        """Write the comparison below the table of results."""
        if self._old is None:
            return
        from assessment.report.comparison import write_comparison

        new = f"this run, {self._name}" if self._name else "this run"
        write_comparison(reporter._tw, self._rows, old=self._old[0], new=new, width=width)
        for line in self.lines:
            reporter.write_line(line, red=True)


def _read_rules(texts: Sequence[str]) -> list[Rule]:
    if not texts:
        return []
    from assessment.report.rules import parse_rule

    try:
        return [parse_rule(text) for text in texts]
    except AssessmentError as error:
        raise pytest.UsageError(str(error)) from None


def _latest_saved(sessions: Sequence[Session]) -> Session | None:
    return next((session for session in reversed(sessions) if session.name is not None), None)


def _automatic_name() -> str:
    """Return a name made of the commit at hand and the time."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        found = "no-commit"
    return f"{found}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
