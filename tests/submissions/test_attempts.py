"""Which attempt of a student counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assessment.submissions.attempts import newest
from assessment.submissions.hand_ins import HandIn
from tests.submissions.places import change, fill, write


def hand_in(place: Path, name: str, **told: object) -> HandIn:
    """One of Jane's, of its own time unless told otherwise."""
    common = HandIn(place / name, account="jane", id="jane", batch=name, series=name)
    return replace(common, **told)  # type: ignore[arg-type]


def test_one_file(tmp_path: Path) -> None:
    fill(tmp_path, "a.py")
    found = newest([hand_in(tmp_path, "a.py", notes=("said",))])
    assert (found.path, found.notes) == (tmp_path / "a.py", ("said",))
    assert [file.name for file in found.contents.files] == ["a.py"]


def test_the_time_that_is_told_counts_most(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "b.py", "c.py")
    for name, changed in (("a.py", 3), ("b.py", 2), ("c.py", 1)):
        change(tmp_path / name, changed)
    told = {"a.py": (10.0, 3), "b.py": (30.0, 1), "c.py": (20.0, 2)}
    found = newest(
        [hand_in(tmp_path, name, when=when, turn=turn) for name, (when, turn) in told.items()]
    )
    assert found.path.name == "b.py"
    assert found.notes == ("3 attempts, the newest is graded: b.py; not graded: a.py, c.py",)


@pytest.mark.parametrize("times", [(None, None, None), (10.0, None, 5.0), (1.0, 1.0, 1.0)])
def test_numbers_count_where_times_are_not_told(
    tmp_path: Path, times: tuple[float | None, ...]
) -> None:
    fill(tmp_path, "a.py", "b.py", "c.py")
    change(tmp_path / "a.py", 9e9)
    found = newest(
        [
            hand_in(tmp_path, f"{name}.py", when=when, turn=turn)
            for turn, (name, when) in enumerate(zip("abc", times, strict=True), 1)
        ]
    )
    assert found.path.name == "c.py"


def test_when_files_were_changed_counts_last_and_is_said(tmp_path: Path) -> None:
    fill(tmp_path, "a/x.py", "a/y.py", "b.zip")
    for name, changed in (("a", 9), ("a/x.py", 1), ("a/y.py", 5), ("b.zip", 3)):
        change(tmp_path / name, changed)
    found = newest([hand_in(tmp_path, "a"), hand_in(tmp_path, "b.zip")])
    assert found.path.name == "a"
    assert found.notes == (
        "2 attempts, the newest, by when they were changed, is graded: a; not graded: b.zip",
    )
    change(tmp_path / "b.zip", 6)
    assert newest([hand_in(tmp_path, "a"), hand_in(tmp_path, "b.zip")]).path.name == "b.zip"


def test_the_choice_does_not_depend_on_the_order(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "b.py", "c.py")
    for name in ("a.py", "b.py", "c.py"):
        change(tmp_path / name, 7)
    every = [hand_in(tmp_path, name) for name in ("a.py", "b.py", "c.py")]
    chosen = {newest(order).path.name for order in (every, every[::-1], every[1:] + every[:1])}
    assert chosen == {"c.py"}


def test_of_files_of_one_time_the_newest_of_each_series(tmp_path: Path) -> None:
    fill(tmp_path, "1.py", "2.py", "3.py")
    every = [
        hand_in(tmp_path, "1.py", batch="", series="net", turn=1, given="net.py"),
        hand_in(tmp_path, "2.py", batch="", series="net", turn=2, given="net.py"),
        hand_in(tmp_path, "3.py", batch="", series="lab", turn=1, given="lab.py"),
    ]
    found = newest(every)
    assert [(file.name, file.given) for file in found.contents.files] == [
        ("2.py", "net.py"),
        ("3.py", "lab.py"),
    ]
    assert found.notes == ("2 attempts, the newest is graded: 2.py; not graded: 1.py",)


def test_the_newest_counts_also_where_it_is_no_good(tmp_path: Path) -> None:
    fill(tmp_path, "a.py")
    (tmp_path / "b.py").symlink_to("/etc/passwd")
    every = [hand_in(tmp_path, "a.py", turn=1), hand_in(tmp_path, "b.py", turn=2)]
    found = newest(every)
    assert found.contents.problem == "is a symbolic link, not a file"
    assert "not graded: a.py" in found.notes[0]


def test_what_is_not_there(tmp_path: Path) -> None:
    found = newest([hand_in(tmp_path, "a", problem="is gone")])
    assert (found.contents.files, found.contents.problem) == ((), "is gone")
    assert len(found.contents.sha256) == 64


def test_what_stands_aside(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "text.html")
    aside = hand_in(tmp_path, "text.html", aside="a person reads text.html")
    found = newest([aside, hand_in(tmp_path, "a.py")])
    assert (found.path.name, found.notes) == ("a.py", ("a person reads text.html",))
    alone = newest([aside])
    assert (alone.path.name, alone.notes) == ("text.html", ())


LOOSE = ["e1 lab.ipynb", "e1.ipynb", "e1 net.py", "e1 net (1).py", "e1 net - Copy.py", "e1.yaml"]


def test_of_loose_notebooks_a_student_means_one(tmp_path: Path) -> None:
    fill(tmp_path, *LOOSE)
    for when, name in enumerate(LOOSE):
        change(tmp_path / name, when)
    every = [
        hand_in(tmp_path, name, batch="", loose=True, account=f"name {name}") for name in LOOSE
    ]
    found = newest(every)
    assert [file.name for file in found.contents.files] == [
        "e1 net - Copy.py",
        "e1.ipynb",
        "e1.yaml",
    ]
    assert found.path.name == "e1.ipynb"
    assert "not graded: e1 lab.ipynb" in found.notes[0]


def test_accounts_are_not_mixed(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "b.py")
    every = [
        hand_in(tmp_path, "a.py", batch="", turn=1),
        hand_in(tmp_path, "b.py", batch="", turn=2, account="other"),
    ]
    assert [file.name for file in newest(every).contents.files] == ["b.py"]


def test_equal_given_names_of_two_files_keep_them_apart(tmp_path: Path) -> None:
    write(tmp_path, {"a_net.py": "1", "b_net.py": "2"})
    every = [
        hand_in(tmp_path, name, batch="", given=given)
        for name, given in (("a_net.py", "net.py"), ("b_net.py", "Net.py"))
    ]
    files = newest(every).contents.files
    assert [(file.name, file.given) for file in files] == [
        ("a_net.py", "net.py"),
        ("b_net.py", ""),
    ]
