"""Jails started by an ordinary user, and jails that are nothing but a user id of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assessment.errors import AssessmentError
from assessment.execution.isolation import user as user_module
from assessment.execution.isolation.identities import FIRST, LAST, become, lend_identity
from assessment.execution.isolation.jail import PROCESSES, Jail
from assessment.execution.isolation.view import View
from tests.execution.isolation.conftest import require_bubblewrap
from tests.execution.isolation.nest import ORDINARY, nested

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that everybody can use: pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def call(function: str, folder: Path, user: int = 0) -> dict[str, Any]:
    """Call a function of `nest` and return what it told."""
    done = subprocess.run(
        nested(function, folder, user), capture_output=True, text=True, timeout=240, cwd="/"
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("TOLD ")]
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(lines[-1].removeprefix("TOLD "))
    return found


def test_bubblewrap_started_by_an_ordinary_user(open_folder: Path) -> None:
    require_bubblewrap()
    found = call("ordinary_user", open_folder, ORDINARY)
    if "fault" in found:
        pytest.skip(f"ordinary users cannot use bubblewrap here: {found['fault']}")
    assert found["user"] == ORDINARY
    assert found["works"] == "ba"
    assert found["standing"]["user"] == 1000
    assert set(found["standing"]["capabilities"].values()) == {"0" * 16}
    assert len(found["processes"]) == 2
    assert (found["server"], found["everybody"]) == ("did it", "ESRCH")
    assert (found["memory"], found["limits"]) == ("out_of_memory", "polling")
    assert 50 < found["threads"] <= PROCESSES
    assert (found["daemon"], found["left"]) == ("scored", 0)
    assert not found["staged"], "its own files need no copies"


def test_a_user_id_of_its_own(open_folder: Path) -> None:
    require_bubblewrap()
    found = call("user_level", open_folder)
    assert found["works"] == "ba"
    assert FIRST <= found["standing"]["user"] <= LAST
    assert found["standing"]["groups"] == []
    capabilities = found["standing"]["capabilities"]
    assert {capabilities[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}
    assert found["standing"]["no_new_privs"] == "1"
    assert set(found["server"].values()) == {"EACCES"}
    assert found["images"] == "images"
    assert found["pretrained"] == {
        "weights": [0.5],
        "files": ["hub/checkpoints/net-0a1b2c3d.pth"],
        "write": "EACCES",
        "remove": "EACCES",
    }
    assert found["readable"] == []
    assert found["home"].startswith(tempfile.gettempdir())
    assert found["models"] == []
    assert (found["tidy"], found["daemon"], found["left"]) == ("scored", "scored", 0)
    assert 50 < found["threads"] <= PROCESSES
    assert found["killed"] in ("crashed", "not_gradable"), "here, the server can be killed"
    assert found["again"] == "ba"
    assert found["built again"] == found["built"] + 1
    labels = open_folder / "labels.npy"
    assert found["refused"] == (
        f"{labels}: submissions could read this file; close it with `chmod o-rwx {labels}`"
    )


# --- ids ----------------------------------------------------------------------------------------


def test_each_identity_is_lent_once() -> None:
    first, second = lend_identity(), lend_identity()
    try:
        assert first.number != second.number
        assert {FIRST <= i.number <= LAST for i in (first, second)} == {True}
    finally:
        first.release()
        second.release()


def test_an_identity_ends_with_all_its_processes() -> None:
    identity = lend_identity()
    sleeping = [
        subprocess.Popen(become(identity.number, "/bin/sleep", "60"), env={}) for _ in range(3)
    ]
    who = subprocess.run(
        become(identity.number, "/bin/sh", "-c", "id -u; id -g; id -G"),
        capture_output=True,
        text=True,
    )
    assert who.stdout.split() == [str(identity.number)] * 3
    for _ in range(100):
        if all(_user_of(process.pid) == identity.number for process in sleeping):
            break
        subprocess.run(["/bin/sleep", "0.02"], check=True)
    identity.release()
    assert [process.wait(10) for process in sleeping] == [-9, -9, -9]


def _user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


# --- refusals -----------------------------------------------------------------------------------


@pytest.fixture
def anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let others use a Python, if not this one."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip("there is no Python that others can use")
    monkeypatch.setattr(sys, "executable", str(python))


@pytest.mark.usefixtures("anybody")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "open_"),
    [(0o755, 0o644, True), (0o755, 0o640, False), (0o750, 0o644, False), (0o711, 0o644, True)],
)
def test_what_strangers_could_read_is_refused(
    folder_mode: int, file_mode: int, open_: bool, open_folder: Path
) -> None:
    course = open_folder / "course"
    (course / "deep").mkdir(parents=True)
    labels = course / "deep" / "labels.npy"
    labels.touch()
    labels.chmod(file_mode)
    course.chmod(folder_mode)
    if not open_:
        hidden = (course, open_folder / "not there")
        user_module.refuse_readable(hidden, FIRST, needed=open_folder)
        return
    with pytest.raises(AssessmentError) as caught:
        user_module.refuse_readable((course,), FIRST, needed=open_folder)
    assert str(caught.value) == (
        f"{labels}: submissions could read this file; close it with `chmod o-rwx {course}`"
    )


@pytest.mark.usefixtures("anybody")
def test_all_that_has_to_be_closed_is_one_message(open_folder: Path) -> None:
    """A virtual environment within the course stays open, and the course around it with it."""
    course = (open_folder / "my course").resolve()
    jail = course / "tools" / "venv"
    for name in ("tools/venv/bin/python", "tools/key.py", "specs/a.yaml", "specs/b.yaml", "closed"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).touch()
    (course / "closed").chmod(0o600)
    store = open_folder.resolve() / "store.sqlite"
    store.touch()
    with pytest.raises(AssessmentError) as caught:
        user_module.refuse_readable((course, store), FIRST, needed=jail)
    assert str(caught.value) == (
        f"{course}/specs/a.yaml: submissions could read this file and 3 more; close them with "
        f"`chmod o-rwx '{course}/specs' '{course}/tools/key.py' {store}`"
    )


@pytest.mark.usefixtures("anybody")
def test_temporary_files_where_strangers_cannot_go_are_refused(open_folder: Path) -> None:
    (open_folder / "private" / "jail").mkdir(parents=True)
    (open_folder / "private").chmod(0o700)
    with pytest.raises(AssessmentError, match=r"private: other users cannot enter.*set TMPDIR"):
        user_module.refuse_readable((), FIRST, needed=open_folder / "private" / "jail")


def test_a_python_that_others_cannot_use_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    tmp_path.chmod(0o700)
    real = sys.executable
    (tmp_path / "submission.py").touch()
    monkeypatch.setattr(
        user_module, "become", lambda user, *command: [real, "-S", "-c", "raise SystemExit(1)"]
    )
    jail = Jail("user", View(tmp_path / "submission.py"))
    with pytest.raises(AssessmentError, match="other users cannot use this Python"):
        jail.start()
