"""Whether SQLite's write-ahead log works in a folder: tried, not believed.

With it, readers and a writer do not wait for each other, and a commit costs one
`fsync`. It needs memory that all processes share, which network file systems
lack or only pretend to have between two machines.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from os import fsencode
from pathlib import Path
from urllib.parse import quote

Probe = Callable[[Path], bool]
"""Tells of a folder whether the write-ahead log works there."""

NETWORK = re.compile(
    r"9p|afpfs|afs|beegfs|ceph|cifs|davfs|gpfs|lustre|ncpfs|nfs4?|smb2|smb3|smbfs|vboxsf|virtiofs"
    r"|webdav|fuse\.(ceph|davfs|glusterfs|rclone|s3fs|sshfs)"
)
"""File systems of several machines: shared memory is that of one of them, so a probe that
succeeds on one says nothing."""


def connect(
    path: Path, mode: str, *, patience: float, vfs: str | None = None, immutable: bool = False
) -> sqlite3.Connection:
    """Open a connection in autocommit mode that any thread may use.

    Args:
        path: the file.
        mode: SQLite's: `ro`, `rw` or `rwc`.
        patience: seconds to wait for a lock.
        vfs: SQLite's way to the file system; None for its default.
        immutable: nobody writes it meanwhile; neither locks nor logs are looked at.
    """
    # As bytes: a file's name need not be text.
    address = f"file:{quote(fsencode(path.absolute()))}?mode={mode}"
    if vfs is not None:
        address += f"&vfs={vfs}"
    if immutable:
        address += "&immutable=1"
    return sqlite3.connect(
        address, uri=True, timeout=patience, isolation_level=None, check_same_thread=False
    )


def wal_works(folder: Path, vfs: str | None = None) -> bool:
    """Write through one connection and read through another, in a file that goes away again.

    Raises:
        OSError: nothing can be made in the folder.
    """
    if is_on_network(folder):
        return False
    with tempfile.TemporaryDirectory(
        prefix=".assessment-probe-", dir=folder, ignore_cleanup_errors=True
    ) as temporary:
        path = Path(temporary) / "probe.sqlite"
        try:
            with closing(connect(path, "rwc", patience=1, vfs=vfs)) as writer:
                if set_mode(writer, "wal") != "wal":
                    return False
                writer.execute("CREATE TABLE numbers (number)")
                with closing(connect(path, "rw", patience=1, vfs=vfs)) as reader:
                    for count in (1, 2):
                        writer.execute("INSERT INTO numbers VALUES (1)")
                        (seen,) = reader.execute("SELECT count(*) FROM numbers").fetchone()
                        if seen != count:
                            return False
        except sqlite3.Error:
            return False
    return True


def set_mode(connection: sqlite3.Connection, mode: str) -> str:
    """Ask for a journal mode; return the one that is then in force."""
    found: str = connection.execute(f"PRAGMA journal_mode={mode}").fetchone()[0]
    return found


def is_on_network(folder: Path) -> bool:
    """Tell whether a folder lies on a file system that several machines may share."""
    import psutil

    folder = folder.resolve()
    inside = [
        (len(Path(part.mountpoint).parts), part.fstype)
        for part in psutil.disk_partitions(all=True)
        if folder.is_relative_to(part.mountpoint)
    ]
    # Of several mounted at one place the last is seen.
    deepest = max((depth for depth, _ in inside), default=0)
    kinds = [kind for depth, kind in inside if depth == deepest]
    return bool(kinds) and NETWORK.fullmatch(kinds[-1].lower()) is not None
