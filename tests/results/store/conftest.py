"""Stores for tests: with a write-ahead log and without, and places where none can be made."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from assessment.results.store.connection import Store
from assessment.results.store.files import open_store

NOBODY = 65534


@pytest.fixture(params=["wal", "delete"])
def journal(request: pytest.FixtureRequest) -> str:
    """Give the journal mode of the stores that a test makes."""
    mode: str = request.param
    return mode


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, notes: list[str]) -> Iterator[Store]:
    with open_store(tmp_path / "store.sqlite", note=notes.append) as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of its own with room for 256 KB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that everybody may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="store-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def powerless() -> Callable[[], AbstractContextManager[None]]:
    """Give a way to lose root's power over permissions for a while."""

    @contextmanager
    def lose() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        if not hasattr(os, "setresuid"):
            pytest.skip("root writes everywhere")
        os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)

    return lose
