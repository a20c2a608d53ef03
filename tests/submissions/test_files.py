"""What a submission consists of, and what is never opened, followed or waited for."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.submissions import files
from assessment.submissions.files import Contents, examine_files, examine_folder
from tests.submissions.places import fill, write


def names(contents: Contents) -> list[str]:
    return [file.name for file in contents.files]


def test_a_folder_is_listed_with_all_below_it(tmp_path: Path) -> None:
    write(tmp_path / "x", {"b.py": "22", "a/c.py": "1", "a.py": "", "A/z.ipynb": "333"})
    found = examine_folder(tmp_path / "x")
    assert [(file.name, file.size) for file in found.files] == [
        ("A/z.ipynb", 3),
        ("a.py", 0),
        ("a/c.py", 1),
        ("b.py", 2),
    ]
    assert (found.notes, found.problem) == ((), "")


def test_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"lab.ipynb": "{}"})
    found = examine_files([(tmp_path / "lab.ipynb", "")])
    assert names(found) == ["lab.ipynb"]
    assert found.files[0].size == 2


CHANGES: list[tuple[str, Callable[[Path], object]]] = [
    ("a byte", lambda place: (place / "a.py").write_text("2")),
    ("a name", lambda place: (place / "a.py").rename(place / "b.py")),
    ("a place", lambda place: (place / "a.py").rename(place / "d" / "a.py")),
    ("one more", lambda place: (place / "b.py").write_text("")),
    ("one less", lambda place: (place / "d" / "e.py").unlink()),
    ("swapped", lambda place: write(place, {"a.py": "11", "d/e.py": "1"})),
]


@pytest.mark.parametrize(("what", "edit"), CHANGES, ids=[what for what, _ in CHANGES])
def test_any_change_gives_another_hash(
    tmp_path: Path, what: str, edit: Callable[[Path], object]
) -> None:
    place = write(tmp_path / "x", {"a.py": "1", "d/e.py": "11"})
    before = examine_folder(place).sha256
    assert examine_folder(place).sha256 == before
    edit(place)
    after = examine_folder(place).sha256
    assert len(after) == 64
    assert after != before


def test_the_hash_depends_on_nothing_else(tmp_path: Path) -> None:
    for number, where in enumerate(("one", "two")):
        write(tmp_path / where, {"b.py": "1", "a.py": "2"})
        (tmp_path / where / "a.py").chmod(0o600 + number)
        os.utime(tmp_path / where / "a.py", (number, number))
    assert examine_folder(tmp_path / "one").sha256 == examine_folder(tmp_path / "two").sha256


def test_names_and_contents_cannot_be_taken_for_each_other(tmp_path: Path) -> None:
    write(tmp_path / "one", {"a": "b", "c": "d"})
    write(tmp_path / "two", {"ab": "", "c": "d"})
    assert examine_folder(tmp_path / "one").sha256 != examine_folder(tmp_path / "two").sha256


def test_the_name_that_a_student_gave_counts(tmp_path: Path) -> None:
    fill(tmp_path, "doe_1_2_lab.ipynb")
    path = tmp_path / "doe_1_2_lab.ipynb"
    plain, given = examine_files([(path, "")]), examine_files([(path, "lab.ipynb")])
    assert plain.sha256 != given.sha256
    (tmp_path / "other").mkdir()
    again = path.rename(tmp_path / "other" / "doe_LATE_1_2_lab.ipynb")
    again.write_text("doe_1_2_lab.ipynb")
    assert examine_files([(again, "lab.ipynb")]).sha256 == given.sha256


@pytest.mark.parametrize(
    "junk",
    [
        "__MACOSX/._a.py",
        ".DS_Store",
        "d/.DS_Store",
        ".ipynb_checkpoints/a-checkpoint.ipynb",
        "__pycache__/a.pyc",
        "Thumbs.db",
        "desktop.ini",
        ".git/config",
        "._a.py",
    ],
)
def test_junk_is_neither_listed_nor_hashed(tmp_path: Path, junk: str) -> None:
    place = write(tmp_path / "x", {"a.py": "1", "d/b.py": "2"})
    before = examine_folder(place)
    assert examine_folder(write(place, {junk: "junk"})) == before


def test_only_junk_is_nothing(tmp_path: Path) -> None:
    assert examine_folder(fill(tmp_path / "x", ".DS_Store", "__pycache__/")).problem == "is empty"


def test_links_are_left_out_and_not_followed(tmp_path: Path) -> None:
    place = write(tmp_path / "x", {"a.py": "1"})
    secret = write(tmp_path, {"secret": "labels"}) / "secret"
    (place / "link.py").symlink_to(secret)
    (place / "folder").symlink_to(tmp_path)
    found = examine_folder(place)
    assert names(found) == ["a.py"]
    assert found.notes == ("2 symbolic links were left out: folder, link.py",)
    assert found.problem == ""


def test_a_link_in_place_of_a_submission(tmp_path: Path) -> None:
    write(tmp_path, {"secret": "labels"})
    (tmp_path / "x.py").symlink_to(tmp_path / "secret")
    found = examine_files([(tmp_path / "x.py", "")])
    assert (found.files, found.problem) == ((), "is a symbolic link, not a file")
    assert "cannot be read" in examine_folder(tmp_path / "x.py").problem


def test_what_would_block_is_not_opened(tmp_path: Path) -> None:
    place = write(tmp_path / "x", {"a.py": "1"})
    os.mkfifo(place / "fifo.py")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place / "s"))
        found = examine_folder(place)
    assert names(found) == ["a.py"]
    assert found.notes == ("a named pipe was left out: fifo.py", "a socket was left out: s")
    assert examine_files([(place / "fifo.py", "")]).problem == "is a named pipe, not a file"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make devices")
def test_devices_are_left_out(tmp_path: Path) -> None:
    place = write(tmp_path / "x", {"a.py": "1"})
    try:
        os.mknod(place / "zero", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no device can be made here")
    assert examine_folder(place).notes == ("a device was left out: zero",)


def test_only_links_and_pipes(tmp_path: Path) -> None:
    place = fill(tmp_path / "x")
    (place / "link").symlink_to("/etc/passwd")
    os.mkfifo(place / "one")
    os.mkfifo(place / "two")
    assert examine_folder(place).problem == "holds nothing but named pipes, a symbolic link"


@pytest.mark.parametrize("content", [None, ""])
def test_nothing_in_it(tmp_path: Path, content: str | None) -> None:
    if content is None:
        assert examine_folder(fill(tmp_path / "x")).problem == "is empty"
    else:
        write(tmp_path, {"x.py": content})
        assert examine_files([(tmp_path / "x.py", "")]).problem == "is empty (0 bytes)"


ODD = [
    b"caf\xe9.py",
    b"a\nb.py",
    b"\x1b[31m.py",
    b"<script>alert(1)</script>.py".replace(b"/", b"|"),
    b"x" * 252 + b".py",
    b"-rf",
    b"\xff\xfe",
    "\u202egpj.py".encode(),
]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_odd_names_are_kept_and_can_be_opened(tmp_path: Path) -> None:
    place = fill(tmp_path / "x", "Model.py", "model.py")
    for name in ODD:
        (place / os.fsdecode(name)).write_bytes(name)
    found = examine_folder(place)
    assert found.problem == ""
    assert {os.fsencode(name) for name in names(found)} == {*ODD, b"Model.py", b"model.py"}
    for file in found.files:
        assert (place / file.name).read_bytes() == os.fsencode(file.name)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_odd_names_in_notes_are_cleaned(tmp_path: Path) -> None:
    place = write(tmp_path / "x", {"a.py": "1"})
    (place / os.fsdecode(b"\x1b[2J\xff\n" + b"x" * 200)).symlink_to("/")
    (note,) = examine_folder(place).notes
    assert note.startswith("a symbolic link was left out: [2J? xxx")
    assert len(note) < 140


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 3)
    place = fill(tmp_path / "x", "1", "2", "a/3")
    assert examine_folder(place).problem == ""
    fill(place, "a/4")
    found = examine_folder(place)
    assert (found.problem, found.files) == ("holds more than 3 files", ())
    folders = fill(tmp_path / "y", "1/", "2/", "3/", "4/")
    assert examine_folder(folders).problem == "holds more than 3 folders"


def test_too_many_entries_of_any_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ENTRIES", 4)
    place = fill(tmp_path / "x", "a.py", *(f"._{number}" for number in range(4)))
    assert examine_folder(place).problem == "holds more than 4 files and folders"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """It has holes: nothing is on the disk, and reading it would take minutes."""
    place = write(tmp_path / "x", {"a.py": "1"})
    with (place / "huge.bin").open("wb") as file:
        file.truncate(1 << 42)
    found = examine_folder(place)
    assert found.problem == "is too large: more than 2 GB"
    assert [(file.name, file.size) for file in found.files] == [("a.py", 1), ("huge.bin", 1 << 42)]
    assert examine_files([(place / "huge.bin", "")]).problem == found.problem


def test_what_grows_while_it_is_read_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    write(tmp_path, {"a.py": "1234567890"})
    found = files._Finding()
    with found.watched():
        found.take("a.py", os.lstat(tmp_path / "a.py"))
        write(tmp_path, {"a.py": "12345678901"})
        found.hash(lambda name: files._opened(tmp_path / name, files._FILE))
    assert found.contents().problem.startswith("is too large")


def test_a_link_that_replaces_a_folder_is_not_followed(tmp_path: Path) -> None:
    place = write(tmp_path / "x", {"d/a.py": "1"})
    write(tmp_path / "labels", {"a.py": "secret"})
    found = files._Finding()
    with found.watched(), files._opened(place, files._FOLDER) as root:
        found.walk(root)
        (place / "d" / "a.py").unlink()
        (place / "d").rmdir()
        (place / "d").symlink_to(tmp_path / "labels")
        found.hash(lambda name: files._opened_below(root, name, files._FILE))
    assert found.contents().problem.startswith("cannot be read: d/a.py (")


def test_a_path_longer_than_systems_open(tmp_path: Path) -> None:
    place = fill(tmp_path / "x")
    descriptor = os.open(place, os.O_RDONLY)
    for _ in range(9):
        os.mkdir("n" * 250, dir_fd=descriptor)
        inner = os.open("n" * 250, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    assert examine_folder(place).problem == "has a path of more than 2,000 bytes"


def test_deep_folders(tmp_path: Path) -> None:
    place = write(tmp_path / "x", {"/".join("d" * 300) + "/a.py": "1"})
    found = examine_folder(place)
    assert (found.problem, len(found.files)) == ("", 1)


@pytest.mark.parametrize(("closed", "which"), [("x/d", ": d"), ("x/d/a.py", ": d/a.py"), ("x", "")])
def test_what_may_not_be_read_is_said(
    open_folder: Path, closed: str, which: str, request: pytest.FixtureRequest
) -> None:
    place = write(open_folder, {"x/d/a.py": "1", "x/z.py": "1"})
    (place / closed).chmod(0)
    request.getfixturevalue("somebody_else")
    assert examine_folder(place / "x").problem == f"cannot be read{which} (Permission denied)"


def test_what_is_gone(tmp_path: Path) -> None:
    assert examine_files([(tmp_path / "x", "")]).problem == (
        "cannot be read: x (No such file or directory)"
    )
    assert examine_folder(tmp_path / "x").problem == "cannot be read (No such file or directory)"


def test_the_newest_change_is_told(tmp_path: Path) -> None:
    place = fill(tmp_path / "x", "a", "d/b")
    os.utime(place / "a", (1000, 1000))
    os.utime(place / "d" / "b", (2000, 2000))
    assert examine_folder(place).changed == 2000.0
