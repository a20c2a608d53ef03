from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from assessment.results.store import journal
from assessment.results.store.journal import is_on_network, wal_works


def test_the_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    assert wal_works(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("vfs", ["unix-dotfile", "unix-none", "no-such-vfs"])
def test_the_probe_fails_where_there_is_no_shared_memory(tmp_path: Path, vfs: str) -> None:
    assert not wal_works(tmp_path, vfs)
    assert list(tmp_path.iterdir()) == []


def test_the_probe_wants_to_read_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As between two machines that share files but no memory."""
    connections = []
    real = journal.connect

    def astray(path: Path, mode: str, *, patience: float, vfs: str | None = None) -> object:
        connections.append(mode)
        if mode == "rw":
            path = path.with_name("stale.sqlite")
            with closing(real(path, "rwc", patience=patience)) as stale:
                stale.execute("CREATE TABLE numbers (number)")
        return real(path, mode, patience=patience)

    monkeypatch.setattr(journal, "connect", astray)
    assert not wal_works(tmp_path)
    assert connections == ["rwc", "rw"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        wal_works(tmp_path / "gone")


@pytest.mark.parametrize(
    ("mounted", "expected"),
    [
        ([("/", "ext4")], False),
        ([("/", "ext4"), ("/home", "nfs4")], True),
        ([("/home", "nfs4"), ("/", "ext4")], True),
        ([("/", "nfs"), ("/home/course", "ext4")], False),
        ([("/", "ext4"), ("/home", "nfs4"), ("/home", "ext4")], False),
        ([("/", "ext4"), ("/home", "ext4"), ("/home", "FUSE.sshfs")], True),
        ([("/", "ext4"), ("/hom", "nfs4"), ("/home/courses", "nfs4")], False),
        ([("/", "overlay"), ("/home", "fuseblk")], False),
        ([], False),
    ],
)
def test_the_deepest_mount_that_is_seen_decides(
    monkeypatch: pytest.MonkeyPatch, mounted: list[tuple[str, str]], expected: bool
) -> None:
    parts = [SimpleNamespace(mountpoint=place, fstype=kind) for place, kind in mounted]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: parts)
    assert is_on_network(Path("/home/course/reports")) is expected
    if expected:
        assert not wal_works(Path("/home/course/reports"))  # and nothing is tried there
