"""The list of what a class handed in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.submissions.files import SubmittedFile
from assessment.submissions.listing import Submission, list_submissions, single_submission
from assessment.submissions.metadata import FILE
from assessment.submissions.roster import read_roster
from tests.submissions.places import change, fill, write

ROOT = Path(__file__).parents[2]
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")


def failure(place: Path) -> str:
    with pytest.raises(AssessmentError) as caught:
        list_submissions(place)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(place))


def listed(place: Path) -> dict[str, Submission]:
    return {submission.id: submission for submission in list_submissions(place)}


def test_a_class_is_sorted_by_id(tmp_path: Path) -> None:
    fill(tmp_path, "zoe.ipynb", "al/b/net.py", "al/lab.ipynb", "Bo Li.zip")
    found = list_submissions(tmp_path)
    assert [(one.id, one.name, one.path) for one in found] == [
        ("Bo-Li", "Bo Li", tmp_path / "Bo Li.zip"),
        ("al", "al", tmp_path / "al"),
        ("zoe", "zoe", tmp_path / "zoe.ipynb"),
    ]
    assert [(file.name, file.size) for file in found[1].files] == [
        ("b/net.py", 11),
        ("lab.ipynb", 12),
    ]
    assert {(one.notes, one.problem) for one in found} == {((), "")}  # fmt: skip


def test_the_same_whatever_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "in", "a.py", "b.py")
    monkeypatch.chdir(tmp_path)
    found = list_submissions(Path("in"))
    assert found == list_submissions(tmp_path / "in")
    assert all(one.path.is_absolute() for one in found)
    (tmp_path / "link").symlink_to("in")
    assert list_submissions(tmp_path / "link") == found


def test_the_same_whatever_the_order_of_making(tmp_path: Path) -> None:
    names = ["Alice.py", "alice.py", "ALICE.ipynb", "b/x.py", "王伟.py", "王芳.py"]
    for folder, order in (("one", names), ("two", names[::-1])):
        fill(tmp_path / folder, *order)
    one, two = (list_submissions(tmp_path / folder) for folder in ("one", "two"))
    assert [(a.id, a.name, a.files, a.sha256) for a in one] == [
        (b.id, b.name, b.files, b.sha256) for b in two
    ]


@ON_LINUX
def test_hostile_names_are_listed_and_nothing_is_lost(tmp_path: Path) -> None:
    place = fill(tmp_path / "in")
    names = [
        b"caf\xe9.py",
        b"caf\xe8.py",
        b"a\nb.ipynb",
        b"\x1b[2J\x1b[31m.py",
        b"<script>alert(1)<|script>.py",
        b"x" * 252 + b".py",
        b"x" * 251 + b"y.py",
        b"-rf.py",
        b"...",
        "\u202egpj.exe".encode(),
        "王伟.py".encode(),
        b"Model.py",
        b"model.py",
        b"::[]::.py",
        b" .py",
    ]
    for name in names:
        (place / os.fsdecode(name)).write_bytes(name)
    found = list_submissions(place)
    assert {os.fsencode(one.path.name) for one in found} == set(names)
    assert len({one.id.casefold() for one in found}) == len(names)
    assert len({one.sha256 for one in found}) == len(names)
    for one in found:
        assert re.fullmatch(r"[A-Za-z0-9_.+:-]{1,40}", one.id)
        for text in (one.name, one.problem, *one.notes):
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", text)
            assert text.encode().decode() == text
        assert one.name
        (file,) = one.files
        assert (place / file.name).read_bytes() == os.fsencode(file.given or file.name)


@ON_LINUX
def test_a_list_can_be_handed_on_as_json(tmp_path: Path) -> None:
    """Workers get it from the controller, whatever the names."""
    fill(tmp_path, "a/b.py", os.fsdecode(b"caf\xe9/\xff.py"))
    for one in list_submissions(tmp_path):
        told = json.loads(json.dumps(asdict(one) | {"path": str(one.path)}))
        told |= {"path": Path(told["path"]), "notes": tuple(told["notes"])}
        files = tuple(SubmittedFile(**file) for file in told.pop("files"))
        assert Submission(**told, files=files) == one
        assert (told["path"] / files[0].name).is_file()


def test_what_is_no_good_is_listed_with_the_reason(tmp_path: Path) -> None:
    fill(tmp_path, "empty/", "junk/.DS_Store", "good.py")
    write(tmp_path, {"nothing.py": ""})
    (tmp_path / "link").symlink_to("good.py")
    (tmp_path / "folder-link").symlink_to("/etc")
    (tmp_path / "broken").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "huge.bin").touch()
    os.truncate(tmp_path / "huge.bin", 1 << 40)
    assert {one.id: one.problem for one in list_submissions(tmp_path)} == {
        "empty": "is empty",
        "junk": "is empty",
        "good": "",
        "nothing": "is empty (0 bytes)",
        "link": "is a symbolic link, not a file",
        "folder-link": "is a symbolic link, not a file",
        "broken": "is a symbolic link, not a file",
        "pipe": "is a named pipe, not a file",
        "huge.bin": "is too large: more than 2 GB",
    }


@pytest.mark.parametrize(
    "names",
    [
        ["alice/a.py"],
        ["alice/src/a.py", "bob/src/a.py"],
        ["alice/ps1/timestamp.txt", "bob/ps1/timestamp.txt"],
    ],
)
def test_one_folder_that_may_not_be_read_is_that_students_problem(
    open_folder: Path, names: list[str], request: pytest.FixtureRequest
) -> None:
    fill(open_folder, *names)
    (open_folder / "alice").chmod(0)
    request.getfixturevalue("somebody_else")
    found = listed(open_folder)
    assert found["alice"].problem == "cannot be read (Permission denied)"
    assert [one.problem for one in found.values() if one.id != "alice"] == [""] * (len(names) - 1)


def test_a_class_that_may_not_be_read(open_folder: Path, request: pytest.FixtureRequest) -> None:
    place = fill(open_folder / "in", "alice.py")
    place.chmod(0)
    request.getfixturevalue("somebody_else")
    assert failure(place) == ": cannot be listed (Permission denied)"


def test_nothing_submitted_is_parsed_or_changed(tmp_path: Path) -> None:
    broken = {
        "zip.zip": b"PK\x03\x04 no zip",
        "book.ipynb": b"[" * 100_000,
        "code.py": b"raise SystemExit\x00",
        "weights.pt": b"cos\nsystem\n(S'touch /tmp/owned'\ntR.",
        f"folder/{FILE}": b"submission_1: [",
        "folder/conftest.py": b"raise SystemExit",
    }
    write(tmp_path, broken)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert {one.problem for one in list_submissions(tmp_path)} == {""}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_loose_files_of_one_student(tmp_path: Path) -> None:
    """The folder holds what others handed in."""
    fill(
        tmp_path,
        "doejane_1_100_net-1.py",
        "doejane_1_101_lab 7.ipynb",
        "libo_2_102_lab.ipynb",
    )
    jane = listed(tmp_path)["1"]
    assert jane.path == tmp_path / "doejane_1_101_lab 7.ipynb"
    assert [(file.name, file.given) for file in jane.files] == [
        ("doejane_1_100_net-1.py", "net.py"),
        ("doejane_1_101_lab 7.ipynb", "lab 7.ipynb"),
    ]
    (file,) = listed(tmp_path)["2"].files
    assert (file.name, file.given) == ("libo_2_102_lab.ipynb", "lab.ipynb")


def test_the_hash_is_that_of_the_work_not_of_the_export(tmp_path: Path) -> None:
    """Canvas marks a submission late, or not; the work is the same."""
    write(tmp_path / "one", {"doe_1_10_lab.ipynb": "{}", "li_2_11_lab.ipynb": "{}"})
    write(tmp_path / "two", {"doe_LATE_1_10_lab.ipynb": "{}", "li_2_11_lab.ipynb": "{} "})
    one, two = listed(tmp_path / "one"), listed(tmp_path / "two")
    assert one["1"].sha256 == two["1"].sha256 == one["2"].sha256 != two["2"].sha256


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: None, ": there is no such folder of submissions"),
        (lambda path: path.mkdir(), ": this folder holds no submissions"),
        (lambda path: path.write_text("x"), ": a file, but a class is a folder of submissions"),
        (os.mkfifo, ": a named pipe, but a class is a folder of submissions"),
        (lambda path: path.symlink_to("away"), ": there is no such folder of submissions"),
        (lambda path: path.symlink_to(path), ": cannot be listed ("),
    ],
)
def test_no_class(tmp_path: Path, make: object, expected: str) -> None:
    make(tmp_path / "x")  # type: ignore[operator]
    assert failure(tmp_path / "x").startswith(expected)


def test_a_zip_of_a_class(tmp_path: Path) -> None:
    fill(tmp_path, "Lab 7.zip")
    assert failure(tmp_path / "Lab 7.zip") == (
        f": the zip of a class is not opened: unzip it (unzip '{tmp_path}/Lab 7.zip' "
        f"-d '{tmp_path}/Lab 7') and name the folder"
    )


ROSTER = """\
Name,SID,Email
Jane Doe,E/19/001,jane@uni.edu
Bo Li,E/19/002,bo@uni.edu
Al Ray,E/19/003,al@uni.edu
"""


def test_a_roster_gives_ids_names_and_who_is_missing(tmp_path: Path) -> None:
    write(tmp_path, {"roster.csv": ROSTER})
    roster = read_roster(tmp_path / "roster.csv")
    fill(tmp_path, "e19001.ipynb", "lab7_bo_li.py", "guest.py")
    found = list_submissions(tmp_path, roster)
    assert [(one.id, one.name, one.notes) for one in found] == [
        ("E-19-001", "Jane Doe", ()),
        ("E-19-002", "Bo Li", ("taken for Bo Li by a part of the name lab7_bo_li.py",)),
        ("guest", "guest", ("roster.csv does not say who this is",)),
    ]
    assert [student.id for student in roster.missing(one.id for one in found)] == ["E/19/003"]


def test_several_attempts_of_one_student_of_the_roster(tmp_path: Path) -> None:
    write(tmp_path, {"../roster.csv": ROSTER})
    roster = read_roster(tmp_path / "../roster.csv")
    fill(tmp_path, "e19001.zip", "Jane Doe/lab.ipynb", "e19002.py")
    change(tmp_path / "e19001.zip", 2e9)
    change(tmp_path / "Jane Doe" / "lab.ipynb", 1e9)
    jane, bo = list_submissions(tmp_path, roster)
    assert (jane.id, jane.path.name) == ("E-19-001", "e19001.zip")
    assert jane.notes == (
        "2 attempts, the newest, by when they were changed, is graded: e19001.zip; "
        "not graded: Jane Doe",
    )
    assert bo.notes == ()


def test_a_class_in_gradescopes_manner_with_a_roster(tmp_path: Path) -> None:
    write(tmp_path, {"roster.csv": ROSTER})
    place = fill(tmp_path / "in", "submission_1/a.py", "submission_2/b.py", "submission_3/c.py")
    text = "".join(
        f"submission_{number}:\n  :submitters:\n  - :name: {name}\n    :email: {email}\n"
        for number, name, email in (
            (1, "J. Doe", "jane@uni.edu"),
            (2, "Jane Doe", "evil@else.org"),
            (3, "Bo Li", ""),
        )
    )
    write(place, {FILE: text})
    found = list_submissions(place, read_roster(tmp_path / "roster.csv"))
    assert [(one.id, one.name, one.path.name) for one in found] == [
        ("E-19-001", "Jane Doe", "submission_1"),
        ("E-19-002", "Bo Li", "submission_3"),
        ("evil", "Jane Doe", "submission_2"),
    ]


def test_practice_with_a_file(tmp_path: Path) -> None:
    fill(tmp_path, "my lab.ipynb", "other.ipynb")
    found = single_submission(tmp_path / "my lab.ipynb")
    assert (found.id, found.name, found.path) == ("my-lab", "my lab", tmp_path / "my lab.ipynb")
    assert [file.name for file in found.files] == ["my lab.ipynb"]


def test_practice_with_a_folder_or_a_link_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "work", "lab.ipynb", "net.py")
    (tmp_path / "link").symlink_to("work")
    monkeypatch.chdir(tmp_path / "work")
    found = single_submission(Path())
    assert (found.id, len(found.files)) == ("work", 2)
    assert single_submission(tmp_path / "link") == found


def test_practice_and_class_have_one_hash(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "b/x.py")
    for name, path in (("a", "a.py"), ("b", "b")):
        assert single_submission(tmp_path / path) == listed(tmp_path)[name]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: None, ": there is no such submission"),
        (os.mkfifo, ": a named pipe, but a submission is a file or a folder"),
        (lambda path: path.symlink_to(path), ": cannot be read ("),
    ],
)
def test_no_practice(tmp_path: Path, make: object, expected: str) -> None:
    make(tmp_path / "x")  # type: ignore[operator]
    with pytest.raises(AssessmentError) as caught:
        single_submission(tmp_path / "x")
    assert str(caught.value).removeprefix(f"{tmp_path}/x").startswith(expected)


def test_an_empty_practice_folder_has_a_problem(tmp_path: Path) -> None:
    assert single_submission(fill(tmp_path / "x")).problem == "is empty"


def test_listing_loads_next_to_nothing() -> None:
    code = "import sys, assessment.submissions.listing; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"assessment", "yaml"} <= loaded
    assert not loaded & {"torch", "numpy", "pydantic", "pytest", "scipy", "psutil"}
