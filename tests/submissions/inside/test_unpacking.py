# ruff: noqa: E501 - one line a case
"""Files of a submission, zips among them, made as an attacker or an operating system makes them."""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.boundary.sizes import FILE_BYTES, TEMPORARY_BYTES
from assessment.submissions.inside import archives
from assessment.submissions.inside.unpacking import Gathered, gather
from assessment.training.errors import SolutionError

Entry = tuple[str | zipfile.ZipInfo, bytes]


def packed(entries: list[Entry], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def info(name: str, mode: int = 0, **more: int) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    for key, value in more.items():
        setattr(made, key, value)
    return made


def names(gathered: Gathered) -> list[str]:
    return [file.name for file in gathered.files]


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed_in"
    folder.mkdir()
    return folder


@pytest.fixture
def refusal(tmp_path: Path, handed_in: Path) -> Callable[[bytes], str]:
    """Give what is said of a zip, which leaves nothing behind, inside the workspace or outside."""

    def refuse(content: bytes) -> str:
        (handed_in / "work.zip").write_bytes(content)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(SolutionError) as caught:
            gather(handed_in / "work.zip", tmp_path / "workspace")
        left = [path for path in sorted(tmp_path.rglob("*")) if path not in before]
        assert left in ([], [tmp_path / "workspace"])
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return refuse


@pytest.mark.parametrize("name", ["lab7.ipynb", "model.py", "resnet18_mnist.pth", "notes"])
def test_a_single_file_is_taken_as_it_is(name: str, handed_in: Path, tmp_path: Path) -> None:
    (handed_in / name).write_bytes(packed([("data.pkl", b"")]))
    gathered = gather(handed_in / name, tmp_path / "workspace")
    assert [(file.name, file.path) for file in gathered.files] == [(name, handed_in / name)]
    assert not (tmp_path / "workspace").exists()


def test_a_folder_is_a_tree_without_junk(handed_in: Path, tmp_path: Path) -> None:
    for name in (
        *("src/net.py", "lab.ipynb", "src/__pycache__/net.cpython-311.pyc", ".DS_Store"),
        *(".ipynb_checkpoints/lab-checkpoint.ipynb", ".git/config", "venv/lib/torch.py", "._lab"),
    ):
        (handed_in / name).parent.mkdir(parents=True, exist_ok=True)
        (handed_in / name).write_text("x")
    gathered = gather(handed_in, tmp_path / "workspace")
    assert names(gathered) == ["lab.ipynb", "src/net.py"]
    assert gathered.notes == ()


def test_links_and_what_is_no_file_are_left_out_with_a_note(
    handed_in: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("labels")
    (handed_in / "net.py").write_text("x = 1")
    (handed_in / "secret.py").symlink_to(tmp_path / "secret")
    (handed_in / "above").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(handed_in / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(handed_in)  # names of sockets are short
        server.bind("socket")
        os.chdir(here)
        gathered = gather(handed_in, tmp_path / "workspace")
    assert names(gathered) == ["net.py"]
    assert list(gathered.notes) == [
        "left out: above is a link; hand in the file itself",
        "left out: pipe.py is no ordinary file",
        "left out: secret.py is a link; hand in the file itself",
        "left out: socket is no ordinary file",
    ]


def test_a_name_that_is_no_utf8_is_left_out(handed_in: Path, tmp_path: Path) -> None:
    (handed_in / "net.py").write_text("")
    try:
        Path(os.fsdecode(bytes(handed_in) + b"/r\xe9seau.py")).write_text("")
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    gathered = gather(handed_in, tmp_path / "workspace")
    assert names(gathered) == ["net.py"]
    assert gathered.notes == ("left out: r seau.py has a name that is no UTF-8",)


@pytest.mark.parametrize("kind", ["link", "pipe", "absent"])
def test_a_submission_that_is_no_file(kind: str, handed_in: Path, tmp_path: Path) -> None:
    path = handed_in / "lab.ipynb"
    if kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(SolutionError, match=r"^lab\.ipynb: (is no ordinary file|cannot be read)"):
        gather(path, tmp_path / "workspace")


def test_nothing_but_junk(handed_in: Path, tmp_path: Path) -> None:
    (handed_in / ".DS_Store").write_text("")
    (handed_in / "lab.rar").write_bytes(b"Rar!\x1a\x07")
    with pytest.raises(SolutionError) as caught:
        gather(handed_in, tmp_path / "workspace")
    told = "handed_in: holds no files: left out: lab.rar is not opened; hand in a zip"
    assert str(caught.value) == told
    (tmp_path / "work.zip").write_bytes(packed([("__MACOSX/a", b""), ("lab/", b"")]))
    with pytest.raises(SolutionError, match=r"^work\.zip: holds no files$"):
        gather(tmp_path / "work.zip", tmp_path / "workspace")


def test_too_many_files(handed_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assessment.submissions.inside.unpacking.MOST_ENTRIES", 3)
    for number in range(4):
        (handed_in / f"{number}.py").write_text("")
    with pytest.raises(SolutionError, match="holds more than 3 files"):
        gather(handed_in, tmp_path / "workspace")


def test_folders_deeper_than_anybody_makes(handed_in: Path, tmp_path: Path) -> None:
    (handed_in / "net.py").write_text("")
    deep = handed_in.joinpath(*["a"] * 45)
    deep.mkdir(parents=True)
    (deep / "net.py").write_text("")
    gathered = gather(handed_in, tmp_path / "workspace")
    assert names(gathered) == ["net.py"]
    assert gathered.notes[0].endswith("lies more than 40 folders deep")


def test_a_zip_is_unpacked_into_the_workspace(handed_in: Path, tmp_path: Path) -> None:
    content = packed([
        ("lab7/", b""),
        ("lab7/lab.ipynb", b"{}"),
        ("lab7\\src\\net.py", b"x = 1"),
        ("./lab7//notes.md", b"# Notes"),
        ("__MACOSX/lab7/._lab.ipynb", b"junk"),
        (info("lab7/réseau.py", flag_bits=0x800), b""),
    ])  # fmt: skip
    (handed_in / "Work.ZIP").write_bytes(content)
    gathered = gather(handed_in / "Work.ZIP", tmp_path / "workspace")
    assert names(gathered) == [
        *("lab7/lab.ipynb", "lab7/notes.md", "lab7/réseau.py", "lab7/src/net.py"),
    ]
    by_name = {file.name: file.path for file in gathered.files}
    assert by_name["lab7/src/net.py"].read_text() == "x = 1"
    assert all(path.is_relative_to(tmp_path / "workspace") for path in by_name.values())
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in by_name.values())


def test_names_that_macos_writes_without_saying_so_are_utf8(
    handed_in: Path, tmp_path: Path
) -> None:
    placeholder = b"r__seau.py"
    content = packed([(placeholder.decode(), b"")]).replace(placeholder, "réseau.py".encode())
    (handed_in / "work.zip").write_bytes(content)
    assert names(gather(handed_in / "work.zip", tmp_path / "workspace")) == ["réseau.py"]


def test_zips_in_folders_and_in_zips(handed_in: Path, tmp_path: Path) -> None:
    third = packed([("c.py", b"")])
    second = packed([("b.py", b""), ("third.zip", third)])
    first = packed([("a.py", b""), ("second.zip", second)])
    (handed_in / "first.zip").write_bytes(first)
    (handed_in / "0.py").write_text("")
    gathered = gather(handed_in, tmp_path / "workspace")
    assert names(gathered) == ["0.py", "first.zip/a.py", "first.zip/second.zip/b.py"]
    assert gathered.notes == (
        "left out: first.zip/second.zip/third.zip is a zip in a zip in a zip and is not opened",
    )
    alone = gather(handed_in / "first.zip", tmp_path / "workspace2")
    assert names(alone) == ["a.py", "second.zip/b.py"]


def test_a_bad_zip_beside_good_files_costs_only_itself(handed_in: Path, tmp_path: Path) -> None:
    (handed_in / "lab.py").write_text("")
    (handed_in / "bad.zip").write_bytes(packed([("../net.py", b"")]))
    gathered = gather(handed_in, tmp_path / "workspace")
    assert names(gathered) == ["lab.py"]
    assert gathered.notes == ("left out: bad.zip: holds the name `../net.py`, which leads outside",)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([("a.py", b""), ("../evil.py", b"")], "holds the name `../evil.py`, which leads outside"),
        ([("a/../../evil.py", b"")], "holds the name `a/../../evil.py`, which leads outside"),
        ([("a\\..\\..\\evil.py", b"")], "holds the name `a/../../evil.py`, which leads outside"),
        ([("/etc/passwd", b"")], "holds the absolute name `/etc/passwd`"),
        ([("\\\\host\\share", b"")], "holds the absolute name `//host/share`"),
        ([("C:\\evil.py", b"")], "holds the name `C:/evil.py`, which begins with a drive"),
        ([(info("link.py", 0o120777), b"/etc/passwd")], "holds a link, `link.py`; put the file itself there"),
        ([(info("sda", 0o060600), b"")], "holds `sda`, which is no ordinary file"),
        ([(info("pipe", 0o010600), b"")], "holds `pipe`, which is no ordinary file"),
        ([("a\x1b[2J.py", b"")], "holds a name with control characters, `a [2J.py`"),
        ([("x" * 256 + ".py", b"")], f"holds a name that is too long, `{'x' * 77}...`"),
        ([("d/" * 600 + "x.py", b"")], f"holds a name that is too long, `{'d/' * 38}d...`"),
        ([("net.py", b"1"), ("./net.py", b"2")], "holds two files named `net.py`"),
        ([("net.py", b"1"), ("net.py/b.py", b"2")], "holds two files named `net.py/b.py`"),
        ([(info("a.py", compress_type=zipfile.ZIP_LZMA), b"")], "packs `a.py` by a method that is not read; use an ordinary zip"),
    ],
)  # fmt: skip
def test_a_zip_that_breaks_a_rule(
    entries: list[Entry], message: str, refusal: Callable[[bytes], str]
) -> None:
    assert refusal(packed(entries)) == f"work.zip: {message}"


def test_a_name_that_no_encoding_explains(refusal: Callable[[bytes], str]) -> None:
    content = packed([("r__seau.py", b"")])
    message = "work.zip: holds a name that is no UTF-8, `rΘΘseau.py`; give it a plain name"
    assert refusal(content.replace(b"r__seau", b"r\xe9\xe9seau")) == message
    marked = packed([(info("r__séau.py", flag_bits=0x800), b"")])
    broken = marked.replace("s\u00e9au".encode(), b"s\xe9\xe9au")
    assert refusal(broken).startswith("work.zip: has a file name that is no UTF-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "work.zip: is empty"),
        (b"Rar!\x1a\x07\x00", "work.zip: is a RAR archive and no zip; pack it as a zip"),
        (b"7z\xbc\xaf\x27\x1c", "work.zip: is a 7z archive and no zip; pack it as a zip"),
        (b"\x1f\x8b\x08", "work.zip: is a gzip archive and no zip; pack it as a zip"),
        (b"not a zip", "work.zip: is damaged or no zip: File is not a zip file"),
    ],
)
def test_no_zip(content: bytes, message: str, refusal: Callable[[bytes], str]) -> None:
    assert refusal(content) == message


def test_an_encrypted_zip(refusal: Callable[[bytes], str]) -> None:
    content = bytearray(packed([("lab.py", b"x = 1")]))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.index(signature) + offset] |= 1
    told = "work.zip: is encrypted (`lab.py`); pack it without a password"
    assert refusal(bytes(content)) == told


@pytest.mark.parametrize("cut", [30, 60, 200, -30])
def test_a_damaged_zip(cut: int, refusal: Callable[[bytes], str]) -> None:
    content = packed([("lab.py", os.urandom(200)), ("b.py", os.urandom(200))])
    assert refusal(content[:cut]).startswith("work.zip: is damaged")


def test_contents_that_do_not_match_their_checksum(refusal: Callable[[bytes], str]) -> None:
    content = packed([("a.py", b""), ("lab.py", b"x = 1")], zipfile.ZIP_STORED)
    told = "work.zip: is damaged or no zip: Bad CRC-32 for file 'lab.py'"
    assert refusal(content.replace(b"x = 1", b"x = 2")) == told


def test_a_bomb_is_noticed_while_it_is_unpacked(refusal: Callable[[bytes], str]) -> None:
    """Also one whose headers claim that it is small."""
    content = bytearray(packed([("lab.py", bytes(80_000_000))]))
    assert refusal(bytes(content)) == "work.zip: unpacks to more than 200 times its own size"
    where = content.index(b"PK\x01\x02") + 24
    content[where : where + 4] = struct.pack("<I", 10)
    assert "work.zip: " in refusal(bytes(content))


def test_a_file_larger_than_a_run_may_write(refusal: Callable[[bytes], str]) -> None:
    noise = os.urandom(1_000_000)  # no bomb, which it would be called else
    message = f"holds `data/train.bin`, of more than 64 MB; {archives.ADVICE}"
    content = packed([("data/train.bin", noise * 70)], zipfile.ZIP_STORED)
    assert refusal(content) == f"work.zip: {message}"


def test_zips_unpack_to_what_a_jail_has_room_for() -> None:
    """Each of so many files takes up to a page more than its bytes, and runs write as well."""
    pages = archives.MOST_ENTRIES * 4096
    assert archives.Budget().bytes + pages + FILE_BYTES <= TEMPORARY_BYTES


def test_limits_hold_for_all_zips_together(
    handed_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        archives.Budget, "__init__", lambda self: vars(self).update(entries=3, bytes=250)
    )
    for number in range(3):
        (handed_in / f"{number}.zip").write_bytes(packed([("a.py", bytes(100))]))
    (handed_in / "many.zip").write_bytes(packed([(f"{n}.py", b"") for n in range(4)]))
    gathered = gather(handed_in, tmp_path / "workspace")
    assert names(gathered) == ["0.zip/a.py", "1.zip/a.py"]
    assert gathered.notes == (
        f"left out: 2.zip: unpacks to more than 384 MB; {archives.ADVICE}",
        "left out: many.zip: has more than 5,000 entries",
    )


def test_more_entries_than_anybody_hands_in(refusal: Callable[[bytes], str]) -> None:
    entries: list[Entry] = [(f"{number}.py", b"") for number in range(5_001)]
    assert refusal(packed(entries)) == "work.zip: has more than 5,000 entries"


def test_a_list_of_entries_of_many_megabytes_is_not_read(refusal: Callable[[bytes], str]) -> None:
    long = "x" * 200
    entries: list[Entry] = [(f"__MACOSX/{long}{number}", b"") for number in range(20_000)]
    assert refusal(packed(entries, zipfile.ZIP_STORED)) == "work.zip: has more than 5,000 entries"


def test_a_full_disk(handed_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    monkeypatch.setattr(os, "open", lambda *_: os.dup(full.fileno()))
    (handed_in / "work.zip").write_bytes(packed([("a.py", b"x" * 100_000)]))
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(SolutionError, match="unpacks to more than there is room for"),
    ):
        gather(handed_in / "work.zip", tmp_path / "workspace")
