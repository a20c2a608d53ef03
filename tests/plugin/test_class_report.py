"""What a class run leaves to be read: table, rows, a page a student; and what practice leaves."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from assessment.publisher import UNREACHED
from assessment.report.html import page_name
from assessment.results.store.files import open_store
from assessment.results.store.numbers import list_submissions
from tests.plugin.course import training, written
from tests.report.pages import Page

if TYPE_CHECKING:
    from tests.plugin.course import Course

LEVEL = "process" if bubblewrap_fault() else "bubblewrap"

MINE = """
import torch
import torch.nn as nn

class Network(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.first = nn.Linear(64, width)
        self.norm = nn.BatchNorm1d(width, momentum=0.2)
        self.last = nn.Linear(width, 10)

    def forward(self, images):
        images = images.view(images.size(0), 8 * 8)
        images = self.norm(torch.relu(self.first(images)))
        return torch.log_softmax(self.last(images), dim=1)
"""
DISGUISED = MINE.replace("images", "x").replace("width", "n").replace("first", "fc1")
RAISES = """
import torch.nn as nn

class Theirs(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, images):
        raise RuntimeError("<script>alert(1)</script> \\x1b[31m\\u202e")
"""
ROSTER = "id,name\nada,Ada\nzoe,Zoe <b>Q</b>\nbob,Bob\ncem,Cem\n"


@pytest.fixture
def lab(course: Course) -> Course:
    course.lab(net=training(training={"epochs": 3}), essay=written())
    return course


def grade(course: Course, *arguments: str, spawn: bool = False) -> pytest.RunResult:
    how = course.spawn if spawn else course.run
    return how("specs", "--submissions=handed_in", f"--assess-isolation={LEVEL}", *arguments)


def hand_in(course: Course, **texts: str) -> None:
    for name, text in texts.items():
        course.file(f"handed_in/{name}.py", text)


def page_of(course: Course, student: str) -> str:
    path: Path = course.path / "reports/students" / page_name(student)
    return path.read_text(encoding="utf-8")


def rows(page: str) -> dict[str, list[dict[str, Any]]]:
    [blob] = re.findall(r'data-jsonblob="([^"]*)"', page)
    tests: dict[str, list[dict[str, Any]]] = json.loads(unescape(blob))["tests"]
    return tests


@pytest.fixture
def graded(lab: Course) -> tuple[Course, pytest.RunResult]:
    lab.file("roster.csv", ROSTER)
    hand_in(lab, ada=MINE, bob=DISGUISED, cem=RAISES)
    return lab, grade(lab, "--roster=roster.csv")


def test_what_is_left_of_a_class(graded: tuple[Course, pytest.RunResult]) -> None:
    lab, result = graded
    result.stdout.fnmatch_lines(
        [
            "student  *points*of*waiting*failed*seconds",
            "ada * 2 * 2 * 3 *",
            "bob * 2 * 2 * 3 *",
            "cem * 0 * 2 * 3 * 1 *",
            "3 students: mean 1.33 of 2 points, median 2, *from 0 to 2",
            "look at ada and bob side by side: 100 % of what only they wrote is the same",
            "no submission of 1 student: zoe (Zoe <b>Q</b>)",
            f"? submission* ran in a *{'bubblewrap' if LEVEL == 'bubblewrap' else 'process'}*",
        ]
    )
    page = lab.page
    assert "data:image" not in page  # figures are on the students' pages
    assert "Zoe &lt;b&gt;Q&lt;/b&gt;" in page
    for student in ("ada", "bob", "cem"):
        assert f'href="students/{student}.html"' in page
    assert lab.document["class"] == {
        "absent": [{"id": "zoe", "name": "Zoe <b>Q</b>"}],
        "similar": [{"first": "ada", "second": "bob", "share": 1.0}],
    }

    tests = rows(page)
    assert len(tests) == 6
    assert all(len(of_item) == 1 for of_item in tests.values())
    row = tests["specs/lab.yaml::net[ada]"][0]
    assert row["who"] == "<a href=students/ada.html>ada</a>"
    assert (row["unit"], row["points"].strip()) == ("net", "2 / 2")
    head = page[page.index('id="results-table-head"') :].partition("</thead>")[0]
    assert len(row["resultsTableRow"]) == head.count("<th ") + head.count("<th>")
    assert row["extras"] == []
    assert row["log"] == ""
    failed = tests["specs/lab.yaml::net[cem]"][0]
    assert "RuntimeError: &lt;scrip" in failed["log"]
    made = json.dumps(tests)
    assert "<script" not in made
    assert "\\u001b" not in made

    own = {student: page_of(lab, student) for student in ("ada", "bob", "cem")}
    for student, text in own.items():
        others = set(own) - {student}
        assert not [other for other in others if re.search(rf"\b{other}\b", text)]
        Page(text.removeprefix("<!doctype html>"))
        assert "<script" not in text
        assert "http" not in re.sub(r'xmlns="[^"]*"', "", text)
    assert "Network(" in own["ada"]
    assert own["ada"].count("<svg class=") >= 2
    assert "Zoe" not in own["ada"]
    assert "RuntimeError: &lt;script&gt;" in own["cem"]


def test_pages_are_written_as_students_are_finished(lab: Course) -> None:
    """A run that ends early leaves whole pages of those who were graded."""
    hand_in(lab, ada=MINE, bob=MINE, cem=MINE)
    lab.file(
        "conftest.py",
        """
        from pathlib import Path

        def pytest_runtest_setup(item):
            if item.name == "essay[bob]":
                assert [page.name for page in Path("reports/students").iterdir()] == ["ada.html"]
                raise KeyboardInterrupt
        """,
    )
    result = grade(lab, spawn=True)
    words = "questions that are missing here were not reached"
    assert words not in page_of(lab, "ada")
    assert words in page_of(lab, "bob")
    assert words in lab.page
    assert UNREACHED in page_of(lab, "bob")
    assert not (lab.path / "reports/students/cem.html").exists()

    result.stdout.fnmatch_lines(["cem *", f"not gradable: {UNREACHED} (3 items of 2 students)"])
    result.stdout.fnmatch_lines(["interrupted: 3 of 6 items were reached"])
    assert lab.statuses == {
        "net[ada]": "scored",
        "essay[ada]": "waiting",
        "net[bob]": "scored",
        **dict.fromkeys(["essay[bob]", "net[cem]", "essay[cem]"], "not_gradable"),
    }
    cem = lab.results["net[cem]"]
    assert (cem["submission"]["id"], cem["submission"]["isolation"]) == ("cem", None)
    assert cem["points"] == 2
    with open_store(lab.path / "reports/assessment.sqlite", read_only=True) as store:
        assert list_submissions(store) == ["ada", "bob"]


def test_workers_leave_the_same_pages(lab: Course) -> None:
    hand_in(lab, ada=MINE, bob=MINE)
    grade(lab, "-knet")
    one = {student: page_of(lab, student) for student in ("ada", "bob")}
    grade(lab, "-knet", "-n2", spawn=True)
    stamp = re.compile(r"Written [\d: -]+ UTC")
    for student, text in one.items():
        assert stamp.sub("", page_of(lab, student)) == stamp.sub("", text)


def test_wherever_the_report_is_it_links_to_pages_and_shows_other_tests(lab: Course) -> None:
    hand_in(lab, ada=MINE)
    lab.file("specs/broken.yaml", "title: Broken\nquestions: 3\n")
    lab.file("tests/test_own.py", "def test_own():\n    pass\n")
    place = lab.path / "elsewhere/deep"
    grade(lab, "tests", "-knet or own or spec", f"--html={place}/a.html", "--self-contained-html")
    page = (place / "a.html").read_text(encoding="utf-8")
    [address] = set(re.findall(r'href="([^"]*ada\.html)"', page))
    assert (place / address).resolve() == lab.path / "reports/students/ada.html"
    cells = {name: of_test[0]["resultsTableRow"] for name, of_test in rows(page).items()}
    assert {len(row) for row in cells.values()} == {5}
    assert "tests/test_own.py::test_own" in "".join(cells["tests/test_own.py::test_own"])
    assert "broken.yaml has mistakes" in page


def test_a_folder_that_cannot_be_written_costs_no_grade(lab: Course) -> None:
    hand_in(lab, ada=MINE)
    lab.file("reports/students", "a file, where a folder is wanted")
    result = grade(lab, "-kessay")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*reports/students/ada.html: cannot be written: *"])
    assert lab.results["essay[ada]"]["waiting"] == 3


def test_practice_says_what_was_found_and_that_it_is_no_grade(lab: Course) -> None:
    path = lab.file("mine.py", MINE)
    result = lab.run("specs", f"--submission={path}", f"--assess-isolation={LEVEL}")
    result.stdout.fnmatch_lines(
        [
            "found: net: Network(*), in mine.py, line 5",
            "guessed: *",
            "note: *log-softmax*",
            "practice: no grade; it ran *",
        ]
    )
    page = lab.page
    assert "Practice: the points say how it would go, and are no grade." in page
    assert "Found in the submission" in page
    assert "mine.py, line 5" in page
    assert "Adapted, and what it costs:" in page
    assert not (lab.path / "reports/students").exists()
