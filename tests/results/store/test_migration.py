from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.results.store.files import open_store
from assessment.results.store.layout import CURRENT, VERSION, Layout, Step
from tests.results.store.examples import contents, put, seeds_in

PUBLISHED = sorted(Path(__file__).parent.glob("version*.sql"))
"""Every layout that was ever written to a user's disk, as SQL."""


def add_column(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN remark TEXT NOT NULL DEFAULT ''")
    connection.execute("UPDATE runs SET remark = 'seed ' || seed")


def add_table(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE remarks (run INTEGER REFERENCES runs, text TEXT)")
    connection.execute("INSERT INTO remarks SELECT id, remark FROM runs")


def fail_late(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM runs")
    connection.execute("INSERT INTO remarks VALUES (1, 'there is no such table')")


def orphan(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM places")


def later(**steps: Step) -> Layout:
    numbered = {int(name.removeprefix("v")): step for name, step in steps.items()}
    return replace(CURRENT, version=max(numbered) + 1, steps=numbered)


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


@pytest.fixture(params=["wal", "delete"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "store.sqlite"
    with open_store(path, probe=lambda folder: request.param == "wal") as store:
        put(store, 1, 2, 3)
    return path


def statements(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {
        re.sub(r"\s+", " ", sql) for (sql,) in rows if not sql.startswith("CREATE TABLE sqlite_")
    }


def test_the_current_layout_is_the_published_one(tmp_path: Path) -> None:
    """Whoever changes a table raises the version, adds a step, and keeps the older SQL here."""
    names = [f"version{number}.sql" for number in range(1, VERSION + 1)]
    assert [path.name for path in PUBLISHED] == names
    with closing(sqlite3.connect(":memory:")) as frozen:
        frozen.executescript(PUBLISHED[-1].read_text())
        assert frozen.execute("PRAGMA user_version").fetchone() == (VERSION,)
        with open_store(tmp_path / "store.sqlite") as store, store.reading() as connection:
            assert statements(connection) == statements(frozen)


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda path: path.stem)
def test_every_published_layout_is_opened(tmp_path: Path, published: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(published.read_text())
    with open_store(path) as store:
        assert seeds_in(store, 10) == [5]  # which the file puts
        put(store, 6)
        assert seeds_in(store, 10) == [5, 6]
    assert version_of(path) == VERSION


def test_an_older_store_is_migrated_after_a_copy(path: Path) -> None:
    with open_store(path, layout=later(v1=add_column, v2=add_table)) as store:
        assert seeds_in(store, 5) == [1, 2, 3]
        with store.reading() as connection:
            found = connection.execute("SELECT run, text FROM remarks ORDER BY run").fetchall()
            assert found == [(1, "seed 1"), (2, "seed 2"), (3, "seed 3")]
            assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert version_of(path) == 3
    copy = path.with_name("store.sqlite.before-v3")
    assert sorted(contents(path.parent)) == [path.name, copy.name]
    assert version_of(copy) == 1
    with open_store(copy) as store:
        assert seeds_in(store, 5) == [1, 2, 3]


def test_what_only_the_log_holds_is_copied_too(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with open_store(path) as store:
        put(store, 1, 2, 3)  # not yet in the file itself, while this connection is open
        open_store(path, layout=later(v1=add_column)).close()
    with open_store(path.with_name("store.sqlite.before-v2")) as copy:
        assert seeds_in(copy, 5) == [1, 2, 3]


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (later(v1=add_column, v2=fail_late), r"from version 1 to 3 \(no such table: remarks\); it"),
        (later(v1=orphan), r"to 2 \(row \d of runs would be left alone\); it is as it was, and"),
    ],
)
def test_a_migration_that_fails_changes_nothing(path: Path, layout: Layout, message: str) -> None:
    before = path.read_bytes()
    with pytest.raises(AssessmentError, match=message) as caught:
        open_store(path, layout=layout)
    copy = path.with_name(f"store.sqlite.before-v{layout.version}")
    assert str(caught.value).endswith(f"a copy is {copy}")
    assert path.read_bytes() == before
    with open_store(path) as store:
        assert seeds_in(store, 5) == [1, 2, 3]
        put(store, 4)


def test_a_copy_that_is_there_already_stays(path: Path) -> None:
    copy = path.with_name("store.sqlite.before-v2")
    copy.write_text("precious")
    path.with_name("store.sqlite.before-v2.2.part").write_text("of a copy that was cut off")
    open_store(path, layout=later(v1=add_column)).close()
    assert copy.read_text() == "precious"
    assert sorted(contents(path.parent)) == [path.name, copy.name, f"{copy.name}.2"]
    assert version_of(path.with_name(f"{copy.name}.2")) == 1


def test_no_way_from_a_version(path: Path) -> None:
    with pytest.raises(AssessmentError, match="of version 1, which this pytest-assessment cannot"):
        open_store(path, layout=later(v2=add_table))
    assert sorted(contents(path.parent)) == [path.name]


def test_reading_migrates_nothing(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(AssessmentError, match="of version 1, this pytest-assessment reads version"):
        open_store(path, read_only=True, layout=later(v1=add_column))
    assert contents(path.parent) == {path.name: before}


def test_a_disk_too_small_for_the_copy(small_disk: Path) -> None:
    path = small_disk / "store.sqlite"
    with open_store(path, probe=lambda folder: False) as store:
        put(store, *range(4))
    (small_disk / "filler").write_bytes(b"x" * (230_000 - path.stat().st_size))
    before = path.read_bytes()
    with pytest.raises(
        AssessmentError, match=r"store.sqlite.before-v2: the disk is full; what was"
    ):
        open_store(path, layout=later(v1=add_column))
    assert path.read_bytes() == before
    assert sorted(contents(small_disk)) == ["filler", path.name]


def test_several_processes_open_an_older_store(path: Path) -> None:
    """Connections lock each other out as processes do; the first one migrates."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with open_store(path, layout=later(v1=add_column)) as store:
                assert seeds_in(store, 5) == [1, 2, 3]
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(contents(path.parent)) == [path.name, "store.sqlite.before-v2"]
