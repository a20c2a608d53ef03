from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.results.store.connection import Store
from assessment.results.store.files import DEFAULT, open_store
from assessment.results.store.journal import wal_works
from assessment.results.store.runs import count_runs, put_run
from tests.results.store.examples import TERMS, contents, put, run, seeds_in

Powerless = Callable[[], AbstractContextManager[None]]


def mode_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return mode


def setting(store: Store, name: str) -> int:
    with store.reading() as connection:
        value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def test_folder_and_file_are_made_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "a b?c#d%20" / DEFAULT.name
    with open_store(path) as store:
        put(store, 1, 2)
        assert mode_of(path) == "wal"
        assert setting(store, "synchronous") == 2
        assert setting(store, "foreign_keys") == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    with open_store(path) as store:
        assert seeds_in(store, 5) == [1, 2]


@pytest.mark.skipif(os.name != "posix", reason="names of files are text there")
def test_a_name_need_not_be_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"store-\xff.sqlite")
    try:
        path.touch()
    except OSError:
        pytest.skip("this file system wants text")
    path.unlink()
    with open_store(path) as store:
        put(store, 1)
    assert [os.fsencode(each.name) for each in tmp_path.iterdir()] == [b"store-\xff.sqlite"]


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.touch()
    with open_store(path) as store:
        put(store, 1)
        assert count_runs(store) == 1


def test_without_a_write_ahead_log_a_rollback_journal_serves(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    asked: list[Path] = []

    def probe(folder: Path) -> bool:
        asked.append(folder)
        return False

    for seed in (1, 2):
        with open_store(path, probe=probe) as store:
            put(store, seed)
    assert asked == [tmp_path]  # when it was made
    assert mode_of(path) == "delete"
    with open_store(path) as store:  # where the probe would succeed, it stays
        assert seeds_in(store, 5) == [1, 2]
        assert setting(store, "synchronous") == 2
    assert mode_of(path) == "delete"


def test_a_store_moved_to_where_no_log_works_goes_back_to_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with open_store(path) as store:
        put(store, 1)
    assert mode_of(path) == "wal"
    with open_store(path, vfs="unix-dotfile", read_only=True) as store:
        assert seeds_in(store, 5) == [1]
    assert mode_of(path) == "wal"
    with open_store(path, vfs="unix-dotfile") as store:  # it has no shared memory
        assert seeds_in(store, 5) == [1]
        put(store, 2)
    assert mode_of(path) == "delete"
    with open_store(path) as store:
        assert seeds_in(store, 5) == [1, 2]


def test_nor_is_a_log_kept_on_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.sqlite"
    with open_store(path) as store:
        put(store, 1)
    monkeypatch.setattr("assessment.results.store.files.is_on_network", lambda folder: True)
    with open_store(path) as store:
        assert seeds_in(store, 5) == [1]
    assert mode_of(path) == "delete"


def text_file(path: Path) -> None:
    path.write_text("Not a database, however long this text goes on about it.\n" * 20)


def short_text(path: Path) -> None:
    path.write_text("x")


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
        connection.commit()


def same_version_of_other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id=77")
        connection.execute("PRAGMA user_version=1")


def newer(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=7")


def cut_off(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    filled(path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\x55" * (size - 16384))


def filled(path: Path) -> None:
    with open_store(path) as store:
        put(store, *range(12))


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (text_file, r"is not a results store, nor any SQLite database; name another file with"),
        (short_text, r"is not a results store, nor any SQLite database"),
        (other_program, r"is an SQLite database of another program, not a results store; name an"),
        (same_version_of_other_program, r"is an SQLite database of another program"),
        (
            newer,
            r"a results store of version 7, written by a newer pytest-assessment; this one reads "
            r"up to version 1: upgrade it, or name another file with --assess-store",
        ),
        (cut_off, r"is damaged \(.*malformed\); move it away and a new one is made, `sqlite3 FILE"),
        (overwritten, r"is damaged \(.*\); move it away"),
        (Path.mkdir, r"is a directory; a results store is a file, such as .*assessment\.sqlite"),
        (os.mkfifo, r"is not a regular file; name another"),
    ],
)
def test_what_is_no_store_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], message: str, read_only: bool
) -> None:
    path = tmp_path / "store.sqlite"
    make(path)
    regular = path.is_file()
    before = path.read_bytes() if regular else None
    with pytest.raises(AssessmentError, match=message) as caught:
        open_store(path, read_only=read_only)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert (path.read_bytes() if regular else None) == before
    assert [each.name for each in tmp_path.iterdir()] == ["store.sqlite"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file/store.sqlite", "cannot be opened: "),
        ("x" * 300, "cannot be opened: File name too long"),
    ],
)
def test_where_no_file_can_be(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AssessmentError, match=message):
        open_store(tmp_path / name)
    assert contents(tmp_path) == {"file": b"in the way"}


@pytest.mark.parametrize("how", ["nothing", "empty"])
def test_reading_makes_nothing(tmp_path: Path, how: str) -> None:
    path = tmp_path / "reports" / "store.sqlite"
    if how == "empty":
        path.parent.mkdir()
        path.touch()
    with pytest.raises(AssessmentError, match=r"there is no results store; pytest makes|is empty"):
        open_store(path, read_only=True)
    assert path.exists() == (how == "empty")
    assert not path.exists() or path.stat().st_size == 0


def test_what_is_opened_for_reading_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    filled(path)
    with open_store(path, read_only=True) as store:
        assert seeds_in(store, 20) == list(range(12))
        with pytest.raises(AssessmentError, match="was opened to be read only"):
            put(store, 99)


def test_a_folder_that_cannot_be_written(open_folder: Path, powerless: Powerless) -> None:
    path = open_folder / "store.sqlite"
    filled(path)
    path.chmod(0o644)
    open_folder.chmod(0o555)
    before = contents(open_folder)
    with powerless():
        with pytest.raises(AssessmentError, match=r"the file is read-only|its folder is read-only"):
            open_store(path)
        with pytest.raises(AssessmentError, match=r"cannot be written, its folder is read-only"):
            open_store(open_folder / "other.sqlite")
        with pytest.raises(AssessmentError, match=r"cannot be opened: Permission denied; name"):
            open_store(open_folder / "new" / "store.sqlite")
        with open_store(path, read_only=True) as store:  # which is enough to read
            assert seeds_in(store, 20) == list(range(12))
    assert contents(open_folder) == before


@pytest.mark.parametrize(
    ("permissions", "message"),
    [(0o444, "cannot be written, the file is read-only; name"), (0o000, "cannot be read: permis")],
)
def test_a_file_that_cannot_be_written(
    open_folder: Path, powerless: Powerless, permissions: int, message: str
) -> None:
    path = open_folder / "store.sqlite"
    filled(path)
    path.chmod(permissions)
    with powerless(), pytest.raises(AssessmentError, match=message):
        open_store(path)
    assert stat.S_IMODE(path.stat().st_mode) == permissions
    with open_store(path) if os.geteuid() == 0 else open_store(path, read_only=True) as store:
        assert count_runs(store) == 12


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_full_disk_loses_nothing(small_disk: Path, mode: str) -> None:
    path = small_disk / "store.sqlite"
    with open_store(path, probe=lambda folder: mode == "wal") as store:
        with suppress(AssessmentError):
            for stored in range(100):
                put(store, stored)
        with pytest.raises(AssessmentError, match=r"the disk is full; what was stored before is"):
            put(store, stored)
        assert 3 < stored < 100
        assert seeds_in(store, 100) == list(range(stored))
    with open_store(path) as store:
        assert seeds_in(store, 100) == list(range(stored))


@pytest.mark.parametrize("wal", [True, False])
def test_a_disk_that_was_full_before(small_disk: Path, wal: bool) -> None:
    (small_disk / "filler").write_bytes(b"x" * 250_000)
    with pytest.raises(AssessmentError, match=r"store.sqlite: the disk is full"):
        open_store(small_disk / "store.sqlite", probe=lambda folder: wal and wal_works(folder))
    assert (small_disk / "filler").stat().st_size == 250_000
    (small_disk / "filler").unlink()
    with open_store(small_disk / "store.sqlite") as store:
        put(store, 1)


def test_no_more_pages(tmp_path: Path) -> None:
    """As with a full disk, where none can be mounted."""
    with open_store(tmp_path / "store.sqlite") as store:
        put(store, 1)
        with store.reading() as connection:
            connection.execute("PRAGMA max_page_count=24")
        with pytest.raises(AssessmentError, match="the disk is full"):
            put_run(store, run(2), TERMS, weights=b"x" * 100_000)
        assert seeds_in(store, 5) == [1]
        with store.reading() as connection:
            connection.execute("PRAGMA max_page_count=1000")
        put(store, 2)
        assert seeds_in(store, 5) == [1, 2]


def test_a_lock_that_is_never_given_up(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with open_store(path, patience=0.05) as store:
            assert len(seeds_in(store, 20)) == 12
            with pytest.raises(AssessmentError, match="another process kept it locked for too lo"):
                put(store, 20)
            other.execute("ROLLBACK")
            put(store, 20)
            assert count_runs(store) == 13
