"""What the server in a jail notices of what its runs leave behind."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assessment.sandbox.confinement import MOST_FOLDERS, Confinement


@pytest.fixture
def writable(tmp_path: Path) -> Path:
    (tmp_path / "made at first").mkdir()
    return tmp_path


@pytest.fixture
def confinement(writable: Path) -> Confinement:
    return Confinement(
        own_processes=False,
        own_user=None,
        writable=(str(writable),),
        file_bytes=2**20,
        descriptors=64,
        processes=None,
    )


def replace_folder(folder: Path) -> None:
    (folder / "made at first").rmdir()
    (folder / "made at first").write_text("a file now")


LITTER: dict[str, Callable[[Path], object]] = {
    "a file": lambda folder: (folder / "x").touch(),
    "a hidden file": lambda folder: (folder / ".x").touch(),
    "a folder": lambda folder: (folder / "x").mkdir(),
    "a link": lambda folder: (folder / "x").symlink_to("nowhere"),
    "a pipe": lambda folder: os.mkfifo(folder / "x"),
    "a file deeper down": lambda folder: (folder / "made at first" / "x").touch(),
    "another name": lambda folder: (folder / "made at first").rename(folder / "made at last"),
    "a file for a folder": replace_folder,
    "other permissions": lambda folder: folder.chmod(0o750),
    "other permissions deeper down": lambda folder: (folder / "made at first").chmod(0o711),
    "no permissions": lambda folder: folder.chmod(0),
    "an attribute": lambda folder: os.setxattr(folder, "user.words", b"for the next"),
}


@pytest.mark.parametrize("kind", LITTER)
def test_whatever_is_left_is_noticed(kind: str, confinement: Confinement, writable: Path) -> None:
    before = confinement.standing()
    try:
        LITTER[kind](writable)
    except OSError as error:
        pytest.skip(f"this file system does not have it: {error}")
    assert confinement.clear(before)
    writable.chmod(0o700)


@pytest.mark.parametrize(
    "action",
    [
        lambda folder: None,
        lambda folder: ((folder / "x").touch(), (folder / "x").unlink()),
        lambda folder: os.utime(folder, (123, 456)),
    ],
    ids=["nothing", "a file that is removed", "times"],
)
def test_nothing_is_noticed_where_nothing_is_left(
    action: Callable[[Path], object], confinement: Confinement, writable: Path
) -> None:
    before = confinement.standing()
    action(writable)
    assert not confinement.clear(before)
    times = writable.stat()
    assert times.st_mtime == 0
    assert times.st_atime != 123


def test_many_folders_do_not_keep_it_busy(confinement: Confinement, writable: Path) -> None:
    before = confinement.standing()
    for number in range(2 * MOST_FOLDERS):
        (writable / str(number)).mkdir()
    assert confinement.clear(before)


def test_a_changed_schedule_or_limit_is_noticed(confinement: Confinement) -> None:
    """In a process of its own: a limit once lowered cannot be raised."""
    code = f"""
import os, resource
from assessment.sandbox.confinement import Confinement
confinement = Confinement(**{confinement.plain()!r})
confinement.establish()
before = confinement.standing()
assert not confinement.clear(before)
assert resource.getrlimit(resource.RLIMIT_FSIZE) == ({2**20}, {2**20})
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (64, 64)
assert "NoNewPrivs:\\t1" in open("/proc/self/status").read()
resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))
assert confinement.clear(before)
before = confinement.standing()
os.nice(1)
assert confinement.clear(before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_who_is_not_alone_never_kills_what_it_has_not_started(confinement: Confinement) -> None:
    """Else a server outside a jail could end everything that its user does."""
    assert not confinement.alone
    namespace = replace(confinement, own_processes=True)
    assert not namespace.alone, "this process is not the first of a namespace"
    user = replace(confinement, own_user=os.getuid() + 1)
    assert not user.alone, "this process is somebody else's"
    assert not replace(confinement, own_user=0).alone, "root is everybody"
    for confused in (namespace, user):
        with pytest.raises(RuntimeError, match="neither a namespace nor a user of its own"):
            confused.establish()


def test_limits_never_rise(confinement: Confinement) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    code = f"""
import resource
from assessment.sandbox.confinement import Confinement
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
Confinement(**{confinement.plain()!r}).establish()
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (32, 32)
"""
    assert most == resource.RLIM_INFINITY or most >= 64
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
