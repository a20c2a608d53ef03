"""Stores that cannot be used: one message, nothing trained in vain, nothing lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.plugin.course import training, written
from tests.plugin.test_status import COUNTING, counted, runs_made

if TYPE_CHECKING:
    from tests.plugin.course import Course

WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")])


@pytest.fixture
def lab(course: Course) -> Course:
    course.file("specs/counting.py", COUNTING)
    course.lab(a=counted("one"), essay=written())
    return course


def newer(path: Path) -> None:
    from assessment.results.store.files import open_store

    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=999")


def damaged(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be taken for one" * 20)


def a_folder(path: Path) -> None:
    path.mkdir()


@WORKERS
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (newer, "a results store of version 999, written by a newer pytest-assessment"),
        (damaged, "is not a results store, nor any SQLite database"),
        (a_folder, "is a directory; a results store is a file"),
    ],
)
def test_a_store_that_is_none_is_one_message_before_anything_is_trained(
    lab: Course, workers: tuple[str, ...], spoil: object, message: str
) -> None:
    path = lab.path / "own.sqlite"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    result = lab.run("specs", "--assess-store=own.sqlite", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    everything = result.stdout.str() + result.stderr.str()
    assert f"ERROR: --assess-store {path}: {message}" in result.stderr.str()
    assert everything.count(message) == 1
    assert "Traceback" not in everything
    assert runs_made(lab) == []
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not (lab.path / "reports/results.json").exists()


def test_a_damaged_default_store_is_no_reason_to_train_everything_anew(lab: Course) -> None:
    lab.file("reports/assessment.sqlite", "damaged " * 200)
    result = lab.run("specs")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *reports/assessment.sqlite: is not a results store*"])
    assert runs_made(lab) == []


def test_a_hand_written_test_says_what_is_wrong(lab: Course) -> None:
    lab.file(
        "tests/test_lab.py",
        """
        def test_lab(assessment):
            assessment("specs/lab.yaml::a")

        def test_plain():
            pass
        """,
    )
    damaged(lab.path / "own.sqlite")
    result = lab.run("tests", "--assess-store=own.sqlite")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*own.sqlite: is not a results store, nor any SQLite database*"])
    assert "Traceback" not in result.stdout.str()


@pytest.fixture
def sealed(lab: Course, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the default store look as one that this user may not write."""
    store = lab.path / "reports/assessment.sqlite"
    store.parent.mkdir()
    store.touch()
    usual = os.access

    def access(path: str | Path, mode: int, **how: object) -> bool:
        return (Path(path) != store or mode != os.W_OK) and usual(path, mode, **how)

    monkeypatch.setattr(os, "access", access)
    return store


@WORKERS
def test_where_nothing_can_be_written_the_reports_are_kept(
    lab: Course, sealed: Path, workers: tuple[str, ...]
) -> None:
    result = lab.run("specs", *workers)
    result.assert_outcomes(passed=1, skipped=1)
    message = "*reports/assessment.sqlite: cannot be written, the file is read-only; *; this run's"
    result.stdout.fnmatch_lines([f"{message} results are kept in the reports only"])
    assert result.stdout.str().count("kept in the reports only") == 1
    assert lab.statuses == {"a": "scored", "essay": "waiting"}
    assert sealed.read_bytes() == b""


def test_a_store_that_was_asked_for_is_not_replaced(lab: Course, sealed: Path) -> None:
    result = lab.run("specs", f"--assess-store={sealed}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --assess-store *: cannot be written, the file is *"])


FULL = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.name == "b":
        from assessment.session import session_of

        store = session_of(item.config).archive.open()
        with store.reading() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages}")
"""


@WORKERS
def test_a_disk_that_fills_up_costs_no_grade(lab: Course, workers: tuple[str, ...]) -> None:
    lab.file("conftest.py", FULL)
    many = {"batch_size": 1, "max_steps": 400, "record": {"every": 1}}
    lab.lab(
        a=counted("one"),
        b=training(training=many | {"epochs": 2}),
        c=training(training=many | {"epochs": 3}),
        d=training(training=many | {"epochs": 4}),
    )
    result = lab.run("specs", "--assess-trainers=1", *workers)
    result.assert_outcomes(passed=4)
    assert "INTERNALERROR" not in result.stdout.str()
    assert result.stdout.str().count("the disk is full; what was stored before is safe") == 1
    assert set(lab.statuses.values()) == {"scored"}
    assert lab.document["status"] == "complete"
    lab.file("conftest.py", "")
    again = lab.run("specs")
    again.assert_outcomes(passed=4)
    assert "taken from reports/assessment.sqlite" in again.stdout.str()
    with closing(sqlite3.connect(lab.path / "reports/assessment.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
