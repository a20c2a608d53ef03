"""What people read of a class: a page a student, written as each is finished, and rows.

Results are kept without what only figures show as soon as these are drawn: those of hundreds of
students would fill the memory of the process that hears of them all.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assessment.archive import machine_of
from assessment.errors import AssessmentError
from assessment.results.classes import Absent, Pair, without_series
from assessment.results.record import Result

if TYPE_CHECKING:
    from assessment.report.html.figures import Further
    from assessment.results.document import Document, SessionStatus


class Classbook:
    """The students of a class and their pages."""

    def __init__(self, config: pytest.Config, folder: Path, further: Further) -> None:
        """Take where reports go, and read what the course handed out.

        Args:
            config: of pytest.
            folder: of the reports.
            further: draws figures beside the usual ones.

        Raises:
            pytest.UsageError: `--assess-template` cannot be read.
        """
        from assessment.report.html.students import FOLDER

        self.folder = folder / FOLDER
        self.complaints: list[str] = []
        """What could not be written."""
        self._config = config
        self._further = further
        self._planned: Counter[str] = Counter()
        self._order: dict[str, int] = {}
        self._results: dict[str, dict[str, Result]] = {}
        self._due: set[str] = set()
        self._fingerprints: dict[str, frozenset[str]] = {}
        self._given = _read_given(config)

    def expect(self, nodeids: Iterable[str]) -> None:
        """Take the ids of all items that were chosen, which end in `[student]`, `[...-student]`.

        Where one id is the end of another, the first student's page is written at the end.
        """
        for place, nodeid in enumerate(nodeids):
            self._order[nodeid] = place
            inner = nodeid.rpartition("[")[2].rstrip("]+")
            parts = inner.split("-")
            self._planned.update("-".join(parts[first:]) for first in range(len(parts)))

    def take(self, nodeid: str, result: Result) -> Mapping[str, Result]:
        """Take the result of an item; write the student's page where it was the last one.

        Returns:
            results by node id that are from now on to be kept as they are here.
        """
        if result.submission is None:
            return {}
        student = result.submission.id
        own = self._results.setdefault(student, {})
        own[nodeid] = result
        self._due.add(student)
        return self._write(student) if len(own) == self._planned[student] else {}

    def fingerprint(self, student: str, hashes: Iterable[str]) -> None:
        """Take what a submission's code is like, to be compared with those of others."""
        self._fingerprints[student] = frozenset(hashes)

    def finish(self, unreached: Mapping[str, Result]) -> Mapping[str, Result]:
        """Write the pages that are still due, of students of whom items may be missing.

        Args:
            unreached: of an interrupted run the items that nobody came to; who has no others gets
                no page.

        Returns:
            what `take` does.
        """
        for nodeid, result in unreached.items():
            if result.submission is not None and result.submission.id in self._due:
                self._results[result.submission.id][nodeid] = result
        kept: dict[str, Result] = {}
        for student in sorted(self._due):
            kept.update(self._write(student, interrupted=bool(unreached)))
        return {nodeid: result for nodeid, result in kept.items() if nodeid not in unreached}

    @property
    def absent(self) -> Sequence[Absent]:
        """Who is on the roster and handed in nothing."""
        from assessment.session import session_of

        return session_of(self._config).classroom.absent

    @cached_property
    def similar(self) -> list[Pair]:
        """Submissions that are much alike, those of one group left out; asked for at the end."""
        from assessment.session import session_of
        from assessment.submissions.similarity import similar_pairs

        submissions = session_of(self._config).classroom.submissions
        groups = {submission.id: str(submission.path) for submission in submissions}
        return similar_pairs(self._fingerprints, groups, self._given)

    # --- the report of the class -----------------------------------------------------------------

    def summary(self, results: Sequence[Result], document: Document) -> str:
        """Return the head of the report."""
        from assessment.report.html import class_summary_html

        pages = {student: self.address(student) for student in self._results}
        return class_summary_html(
            results, document, pages, absent=self.absent, similar=self.similar
        )

    def row(self, cells: Sequence[str], result: Result | None, nodeid: str) -> list[str]:
        """Return the cells of a row in place of pytest-html's."""
        from assessment.report.html import class_row_cells

        known = result is not None and result.submission is not None
        address = self.address(result.submission.id) if known else ""  # type: ignore[union-attr]
        return class_row_cells(cells, result, address, nodeid)

    def row_log(self, result: Result) -> list[str]:
        """Return what a row tells when it is opened."""
        from assessment.report.html import class_row_log

        return list(filter(None, [class_row_log(result)]))

    def address(self, student: str) -> str:
        """Return where a student's page is, seen from the report."""
        from assessment.report.html import page_name

        return f"{self._prefix}{page_name(student)}"

    @cached_property
    def _prefix(self) -> str:
        html = Path(os.path.expandvars(self._config.option.htmlpath)).expanduser()
        return Path(os.path.relpath(self.folder, Path.cwd() / html.parent)).as_posix() + "/"

    # --- pages -----------------------------------------------------------------------------------

    @cached_property
    def _shared(self) -> dict[str, Any]:
        """What every page tells of the run; no option, since one may name other students."""
        from assessment.results.machine import find_versions

        return {"machine": machine_of(self._config), "versions": find_versions()}

    def _write(self, student: str, *, interrupted: bool = False) -> Mapping[str, Result]:
        from assessment.report.html import page_name, student_page
        from assessment.writing import write_output

        own = self._results[student]
        self._due.discard(student)
        last = len(self._order)
        in_order = sorted(own, key=lambda nodeid: self._order.get(nodeid, last))
        page = student_page(
            [own[nodeid] for nodeid in in_order],
            self._shared | {"status": self._status(own.values(), interrupted)},
            written=datetime.now(UTC).isoformat(timespec="seconds"),
            further=self._further,
        )
        try:
            write_output(self.folder / page_name(student), page)
        except AssessmentError as error:
            self.complaints.append(str(error))
        kept = {nodeid: without_series(result) for nodeid, result in own.items()}
        own.update(kept)
        return kept

    def _status(self, results: Iterable[Result], interrupted: bool) -> SessionStatus:
        statuses = {result.status for result in results}
        if "smoke" in statuses:
            return "smoke"
        if interrupted:
            return "interrupted"
        return "shortened" if "shortened" in statuses else "complete"


def _read_given(config: pytest.Config) -> list[str]:
    """Return hashes of the code that the course handed out."""
    given = config.getoption("assess_template")
    if not given:
        return []
    from assessment.template import read_template

    try:
        return read_template(Path(config.invocation_params.dir, Path(given).expanduser()))
    except AssessmentError as error:
        raise pytest.UsageError(f"--assess-template {error}") from None
