"""What a run says at its end besides the table: files that are missing, labs left out.

Registered where `Publisher` is, and asked for its results.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assessment.collection import SPEC_SUFFIXES, data_directory_option, is_spec, runs_tests
from assessment.errors import DataError

if TYPE_CHECKING:
    from assessment.results.record import Result

NAME = "assessment-remarks"

NAMED = 5
"""Questions named before the rest is counted."""
_LOOKS_LIKE_A_LAB = re.compile(rb"^questions[ \t]*:", re.MULTILINE)
_LARGEST = 1_000_000
"""Bytes of a file that may be a spec."""


class Remarks:
    """Speaks after the table."""

    def __init__(self, config: pytest.Config) -> None:
        """Take pytest's configuration."""
        self._config = config

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        """Write what there is to say."""
        for line in self._lines(exitstatus):
            terminalreporter.write_line(line, yellow=True)

    def _lines(self, exitstatus: int) -> Iterator[str]:
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and runs_tests(self._config):
            yield from unmatched_specs(self._config)
        from assessment.publisher import publisher_of

        publisher = publisher_of(self._config)
        if publisher is not None and publisher.results:
            results = list(publisher.results.values())
            yield from other_data(results)
            yield from unseen_labels(results)
            with suppress(DataError):  # there is no home directory for a data directory
                yield from missing_files(results, data_directory_option(self._config))


def unmatched_specs(config: pytest.Config) -> Iterator[str]:
    """Name a lab in the folders asked for that no pattern of `assess_files` matches."""
    patterns = config.getini("assess_files")
    for argument in config.args:
        folder = Path(config.invocation_params.dir, str(argument).partition("::")[0])
        for path in _labs_in(folder):
            if not is_spec(path, patterns, config.rootpath, named=False):
                yield (
                    f"{path} looks like a lab, and no pattern of `assess_files` matches it "
                    f"({' '.join(patterns)}): name the file itself, or set `assess_files` in "
                    "pytest's configuration"
                )
                return


def _labs_in(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, and in those in it, that look like labs."""
    files = [path for pattern in ("*", "*/*") for path in sorted(folder.glob(f"{pattern}.y*ml"))]
    for path in files:
        with suppress(OSError):
            is_small = path.suffix in SPEC_SUFFIXES and path.stat().st_size <= _LARGEST
            if is_small and _LOOKS_LIKE_A_LAB.search(path.read_bytes()):
                yield path


def other_data(results: Iterable[Result]) -> Iterator[str]:
    """Name known data sets of which other images were used than the published ones."""
    from assessment.datasets.published import other_images

    used = {(run.dataset, run.dataset_sha256) for result in results for run in result.runs}
    for name, sha256 in sorted(used):
        if sha256 and (text := other_images(name, sha256)):
            yield text


def unseen_labels(results: Iterable[Result]) -> Iterator[str]:
    """Name the questions of a class in which answers from a table of test labels go unseen."""
    from assessment.grading.suspicion import unseen

    units = dict.fromkeys(
        result.unit
        for result in results
        if result.submission is not None and not result.submission.practice and unseen(result)
    )
    if units:
        more = f" and {len(units) - NAMED} more" if len(units) > NAMED else ""
        yield (
            "Answers from a table of test labels would not be seen in "
            f"{', '.join(list(units)[:NAMED])}{more}: their networks are not `fixed`, and nothing "
            "was trained on permuted labels (--control, of pytest --assess-control)"
        )


def missing_files(results: Iterable[Result], data_dir: Path | None) -> Iterator[str]:
    """Say which files belong where, once for each known data set that kept items from a grade."""
    reasons = [result.reason for result in results if result.status == "not_gradable"]
    if not reasons:
        return
    from assessment.datasets.places import data_directory
    from assessment.datasets.registry import KNOWN
    from assessment.datasets.sources import list_files, list_missing

    directory = data_directory(data_dir)
    for info in KNOWN.values():
        told = re.compile(rf"(?<![\w-]){re.escape(info.title)} is not (complete )?in ")
        if any(map(told.search, reasons)) and list_missing(info, directory):
            yield from list_files(info, directory).splitlines()
