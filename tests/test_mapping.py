"""The mapping file: words as they are written, students and questions that there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.errors import AssessmentError
from assessment.mapping import networks_asked_for, read_mapping, students_known
from assessment.spec.lab import Lab
from assessment.submissions.listing import Submission
from assessment.submissions.roster import read_roster

QUESTIONS = ["1.10", "task2", "task2[tanh]"]
STUDENTS = {"ada": "ada", "0123456": "0123456", "E-19-001": "E-19-001"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str | bytes, **known: Any) -> dict[str, Any]:
    path = Path("map.yaml")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found = read_mapping(path, **{"questions": QUESTIONS, "students": STUDENTS, **known})
    return {student: dict(names) for student, names in found.items()}


def test_every_word_is_a_text() -> None:
    """YAML 1.1 has an octal number for the student, 1.1 for the question and false for the name."""
    text = "0123456: {1.10: no}\nada: {task2: Net, 'task2[tanh]': 0x1F}\n"
    assert read(text) == {
        "0123456": {"1.10": "no"},
        "ada": {"task2": "Net", "task2[tanh]": "0x1F"},
    }


@pytest.mark.parametrize("name", ["E-19-001", "E/19/001", "'E 19 001'"])
def test_a_student_is_called_as_the_course_calls_her(name: str) -> None:
    assert read(f"{name}: {{task2: Net}}") == {"E-19-001": {"task2": "Net"}}


def test_who_is_on_the_roster_may_be_named_before_anything_is_handed_in() -> None:
    Path("roster.csv").write_text("id,name\nE/19/001,Ada\nMüller,Bo\n")
    roster = read_roster(Path("roster.csv"))
    guest = Submission("guest", "Guest", Path("/guest.py"), (), "")
    known = students_known([guest], roster)
    [ada, bo] = [student.key for student in roster.students]
    text = "E/19/001: {task2: A}\nMüller: {task2: B}\nguest: {task2: C}"
    assert read(text, students=known) == {
        ada: {"task2": "A"},
        bo: {"task2": "B"},
        "guest": {"task2": "C"},
    }


def test_for_practice_it_is_one_map() -> None:
    assert read("1.10: Net", practice=True) == {"": {"1.10": "Net"}}
    with pytest.raises(AssessmentError, match=r"no question .* called ada \(allowed: 1\.10, task2"):
        read("ada: {task2: Net}", practice=True)


def test_where_nobody_knows_who_or_what_there_is_all_names_pass() -> None:
    assert read("x: {y: Net}", questions=None, students=None) == {"x": {"y": "Net"}}


def test_what_may_be_named_are_questions_that_train(lab: Lab) -> None:
    assert networks_asked_for([lab, lab]) == ["q", "rates", "rates[fast]", "rates[slow]"]


@pytest.fixture
def lab() -> Lab:
    recipe = {
        "model": {"name": "digits/mlp"},
        "dataset": {"name": "digits"},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "epochs": 1,
        "batch_size": 32,
    }
    expect = {"accuracy": {"measure": "test_accuracy", "at_least": 0.0, "points": 1}}
    trained = {"kind": "training", "title": "Q", "training": recipe, "expect": expect}
    rates = {name: {"set": {"optimizer": {"learning_rate": 0.2}}} for name in ("fast", "slow")}
    written = {"kind": "written", "title": "W", "rubric": [{"points": 1, "text": "so"}]}
    questions = {"q": trained, "why": written, "rates": trained | {"variants": rates}}
    return Lab.model_validate({"title": "Lab", "questions": questions})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "bob: {task2: Net}",
            "map.yaml:1:1: nobody who is graded has the id bob (allowed: ada, 0123456, E-19-001)\n",
        ),
        ("ada: {task2: Net}\nAda: {}", "map.yaml:2:1: nobody * id Ada, did you mean ada? (*"),
        ("E/19/001: {}\nE-19-001: {}", "map.yaml:2:1: the student E-19-001 stands here a second*"),
        (
            "ada:\n  tsak2: Net",
            "map.yaml:2:3: no question that trains a network is called tsak2, did you mean task2? "
            "(allowed: 1.10, task2, task2[tanh])\n",
        ),
        ("ada: {1.1: Net}", "map.yaml:1:7: no question * called 1.1, did you mean 1.10? (*"),
        ("ada: {task2: [Net]}", "map.yaml:1:14: a map from * found a list of 1 for task2\n*"),
        ("ada: {task2: }", "map.yaml:1:7: a map from * found nothing for task2\n*"),
        ("ada: Net", 'map.yaml:1:6: a map from * `task2-1-model-a: Net2`, found the text "Net"\n*'),
        ("- ada", "map.yaml:1:1: a map of students is wanted, * found a list of 1*"),
        ("", "map.yaml:1:1: the file is empty: a map of students is wanted, *"),
        ("ada: {task2: A, task2: B}", "map.yaml:1:17: duplicate key, first at 1:7\n*"),
        ("ada: {task2: Net", "map.yaml:1:6: not YAML: what is opened here is not closed*"),
        ("ada: !!int {task2: Net}", "map.yaml:1:6: tags are not used here*"),
        (b"ada: {task2: \xff}", "map.yaml:1:14: byte 0xff is not UTF-8*"),
        ("#" * 1_000_001, "map.yaml: has 1,000,001 bytes, at most 1,000,000 are allowed"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str | bytes, message: str) -> None:
    with pytest.raises(AssessmentError) as caught:
        read(text)
    pytest.LineMatcher([str(caught.value).replace("\n", " | ")]).fnmatch_lines(
        [message.replace("[", "[[]").replace("?", "[?]").replace("\n", " | ").rstrip("*") + "*"]
    )


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(AssessmentError) as caught:
        read("bob: {}\nada:\n  x: Net\n  task2: {}\n")
    heads = [line for line in str(caught.value).splitlines() if line.startswith("map.yaml:")]
    assert [head.split(": ")[0] for head in heads] == [
        "map.yaml:1:1",
        "map.yaml:3:3",
        "map.yaml:4:10",
    ]


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(AssessmentError, match=r"^none\.yaml: cannot be read: No such file"):
        read_mapping(Path("none.yaml"))
