"""Gradescope's metadata: what is read of them, and what cannot do harm."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.submissions import metadata
from assessment.submissions.metadata import FILE, Handed, Submitter, read_metadata

TWO = """---
submission_101:
  :submitters:
  - :name: Jane Doe
    :sid: '0042'
    :email: jane@uni.edu
  - :name: Bo Li
    :sid: 43
    :email:
  :created_at: 2023-09-21 10:11:12.123456789 Z
  :score: 4.5
  :status: processed
  :results:
    tests:
    - name: one
      output: ":submitters:"
      :submitters: [{':name': nobody}]
  :history:
  - :created_at: 2023-09-20 10:11:12.000000000 Z
submission_102:
  :submitters:
  - :name: Zoë
    :sid: e2
    :email: zoe@uni.edu
"""


def read(folder: Path, text: str | bytes) -> dict[str, Handed]:
    path = folder / FILE
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_metadata(path)


def failure(folder: Path, text: str | bytes) -> str:
    with pytest.raises(AssessmentError) as caught:
        read(folder, text)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(folder / FILE))


def test_who_handed_in_what_and_when(tmp_path: Path) -> None:
    found = read(tmp_path, TWO)
    assert list(found) == ["submission_101", "submission_102"]
    assert found["submission_101"].submitters == (
        Submitter("Jane Doe", "0042", "jane@uni.edu"),
        Submitter("Bo Li", "43", ""),
    )
    assert found["submission_101"].when == pytest.approx(
        datetime(2023, 9, 21, 10, 11, 12, 123456, tzinfo=UTC).timestamp()
    )
    assert found["submission_102"] == Handed((Submitter("Zoë", "e2", "zoe@uni.edu"),), None)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2023-09-21 10:11:12 Z", "2023-09-21T10:11:12+00:00"),
        ("2023-09-21 10:11:12", "2023-09-21T10:11:12+00:00"),
        ("2023-09-21T10:11:12.5-07:00", "2023-09-21T17:11:12.5+00:00"),
        ("2023-09-21 10:11:12 +0530", "2023-09-21T04:41:12+00:00"),
        ("2023-09-21 10:11:12 UTC", "2023-09-21T10:11:12+00:00"),
        ("2023-13-45 10:11:12", None),
        ("yesterday", None),
        ("", None),
        ("[2023]", None),
        ("0000-00-00 00:00:00 Z", None),
    ],
)
def test_times(tmp_path: Path, time: str, expected: str | None) -> None:
    found = read(tmp_path, f"submission_1:\n  :created_at: {time}\n")["submission_1"].when
    wanted = None if expected is None else datetime.fromisoformat(expected).timestamp()
    assert found == wanted


def test_times_of_ruby_and_aliases(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
submission_1: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
  :submitters:
  - :name: &1 Jane
    :sid: *1
    :email: *unheard
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: &2 2023-09-21 10:11:12.000000000 Z
    zone: &3 !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
    time: *2
""".replace("*unheard", "*1"),
    )
    assert found["submission_1"].submitters == (Submitter("Jane", "Jane", "Jane"),)
    assert found["submission_1"].when == datetime(2023, 9, 21, 10, 11, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text", ["", "---\n", "- 1\n- 2\n", "word", "a: 1", "a: [b]", "? [x]\n: y"]
)
def test_other_yaml_tells_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == {}


@pytest.mark.parametrize(
    "submitters", ["", "Jane", "{':name': Jane}", "[1, [2], null]", "[]", "[{[a]: b}]"]
)
def test_submitters_in_another_form(tmp_path: Path, submitters: str) -> None:
    found = read(tmp_path, f"submission_1:\n  :submitters: {submitters}\nsubmission_2: {{}}\n")
    assert {name for one in found["submission_1"].submitters for name in (one.name, one.sid)} <= {
        ""
    }
    assert found["submission_2"] == Handed()


def test_names_are_cleaned(tmp_path: Path) -> None:
    found = read(tmp_path, 'submission_1:\n  :submitters:\n  - :name: "a\\e[31m\\nb\\u202Ec"\n')
    assert found["submission_1"].submitters[0].name == "a[31m bc"


def test_neither_depth_nor_aliases_cost_anything(tmp_path: Path) -> None:
    bomb = "\n".join(
        f"  l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9) if level else 'lol'}]"
        for level in range(30)
    )
    deep = "[" * 90 + "]" * 90
    found = read(tmp_path, f"submission_0:\n{bomb}\n  :results: {deep}\n{TWO[4:]}")
    assert [len(one.submitters) for one in found.values()] == [0, 2, 1]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_absurd_depth_is_refused_at_once(tmp_path: Path, opening: str) -> None:
    found = failure(tmp_path, f"submission_1:\n  {opening * 1_000_000}")
    assert found.startswith(":2: no YAML (nested too deeply)")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("submission_1:\n  :submitters: [\n", ":3: no YAML ("),
        ("submission_1: *nobody\n", ""),
        (b"submission_1: \xff\n", ": no YAML ("),
        (b"a: \x00", ": no YAML ("),
        ("a: 'x\n", ":2: no YAML ("),
    ],
)
def test_broken_yaml_is_one_line(tmp_path: Path, text: str | bytes, start: str) -> None:
    if not start:  # an alias of nothing is never looked up
        assert read(tmp_path, text) == {}
        return
    found = failure(tmp_path, text)
    assert found.startswith(start)
    assert "then their ids are the folders' names" in found


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "MOST_BYTES", 2_000_000)
    assert failure(tmp_path, b" " * 2_000_001) == ": larger than 2 MB"


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(AssessmentError, match="no regular file"):
        read_metadata(tmp_path / FILE)
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(AssessmentError, match="cannot be read"):
        read_metadata(tmp_path / "link")
    with pytest.raises(AssessmentError, match=r"cannot be read \(No such file"):
        read_metadata(tmp_path / "absent")
