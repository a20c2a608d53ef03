# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assessment.errors import SpecError
from assessment.spec import reader
from assessment.spec.base import Finding
from assessment.spec.lab import Lab, TrainingQuestion
from assessment.spec.reader import LabFile, read_lab

GOLDEN = Path(__file__).parent / "golden"


def _refusal(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        read_lab(path)
    return str(caught.value)


def test_all_mistakes_of_a_file_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    expected = (GOLDEN / "mistakes.txt").read_text(encoding="utf-8")
    assert _refusal(Path("mistakes.yaml")) + "\n" == expected


def test_a_lab_knows_its_file(read: Callable[..., LabFile]) -> None:
    found = read("title: T\nquestions:\n  q: {kind: training, title: Q, training: TRAINING}\n")
    assert isinstance(found.lab, Lab)
    assert found.path == Path("lab.yaml")
    assert found.sha256 == hashlib.sha256(Path("lab.yaml").read_bytes()).hexdigest()
    assert found.lines == {"q": 3}


# --- files that are no spec ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "x.yaml:1:1: the file is empty: a lab needs `title` and `questions`"),
        (b"\n# nothing\n", "x.yaml:1:1: the file is empty: a lab needs `title` and `questions`"),
        (b"- a\n- b\n", "x.yaml:1:1: a lab is a map with at least `title` and `questions`, found a list of 2\n   1 | - a\n     | ^^^"),
        (b"hello", "x.yaml:1:1: a lab is a map with at least `title` and `questions`, found the text \"hello\"\n   1 | hello\n     | ^^^^^"),
        (b"null", "x.yaml:1:1: a lab is a map with at least `title` and `questions`, found nothing (null)\n   1 | null\n     | ^^^^"),
        (b"a: {}\ntitle: \xe9t\xe9\n", "x.yaml:2:8: byte 0xe9 is not UTF-8, save the file as UTF-8"),
        ("title: x".encode("utf-16"), "x.yaml:1:1: byte 0xff is not UTF-8, save the file as UTF-8"),
        (b"title: T\n\tquestions: {}\n", "x.yaml:2:1: not YAML: a tab cannot indent, use spaces\n   2 |  questions: {}\n     | ^"),
        (b"title: [T\nquestions: {}\n", "x.yaml:1:8: not YAML: what is opened here is not closed with ]\n   1 | title: [T\n     |        ^"),
        (b"{}", "x.yaml:1:1: needs the key `title`: a text\n   1 | {}\n     | ^^\nx.yaml:1:1: needs the key `questions`: a map with at least 1 key\n   1 | {}\n     | ^^"),
        (b"title: T\nquestions: {}", "x.yaml:2:12: questions: must be a map with at least 1 key, found an empty map\n   2 | questions: {}\n     |            ^^"),
        (b"title: T\nquestions:\n", "x.yaml:2:1: questions: must be a map with at least 1 key, found nothing (null)\n   2 | questions:\n     | ^^^^^^^^^"),
        (b"title: T\nquestions: [a]", "x.yaml:2:12: questions: must be a map with at least 1 key, found a list of 1\n   2 | questions: [a]\n     |            ^^^"),
    ],
)  # fmt: skip
def test_files_that_are_no_lab(
    content: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_bytes(content)
    assert _refusal(Path("x.yaml")) == message


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    text = "title: T\nquestions: {w: {kind: written, title: W, rubric: [{points: 1, text: t}]}}\n"
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_lab(tmp_path / "x.yaml").lab.title == "T"


def test_a_directory_and_a_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lab7.yaml").touch()
    Path("specs").mkdir()
    assert _refusal(Path("specs")) == "specs: is a directory, not a spec file"
    assert _refusal(Path("lab8.yaml")) == "lab8.yaml: no such file, did you mean lab7.yaml?"
    assert _refusal(Path("other.yaml")) == "other.yaml: no such file"
    assert _refusal(Path("no/such/dir.yaml")) == "no/such/dir.yaml: no such file"


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Simulated, because a root user reads everything.
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert _refusal(Path("x.yaml")) == "x.yaml: cannot be read: permission denied"


def test_a_file_of_absurd_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reader, "LARGEST", 1000)
    Path("x.yaml").write_bytes(b"a" * 1001)
    assert _refusal(Path("x.yaml")) == "x.yaml: is 0.0 MB large; a spec file has at most 0.001 MB"


# --- where merged values stand ------------------------------------------------------------------

DEFAULTS = """\
title: T
defaults:
  training:
    model: {name: m}
    dataset: {name: d}
    optimizer: {name: sgd, learning_rate: wrong}
    epochs: 1
    batch_size: 8
  reported: {test_loss: x}
questions:
  a: {kind: training, title: A}
  b:
    kind: training
    title: B
    training: {optimizer: {momentum: 2}}
    variants:
      v: {set: {optimizer: {nesterov: 5}}}
      w: {set: {epochs: 2}}
  c:
    kind: training
    title: C
    training:
      optimizer: {name: adam}
    reported: {test_loss: 1}
"""


def test_mistakes_in_defaults_are_told_once_where_they_stand(
    says: Callable[..., list[str]],
) -> None:
    assert says(DEFAULTS) == [
        '6:43 defaults.training.optimizer.learning_rate: must be a number above 0, found the text "wrong"',
        "9:25 defaults.reported.test_loss: must be a number or a list of numbers or a map with the keys "
        'mean, max, min, found the text "x"',
        "15:38 questions.b.training.optimizer.momentum: "
        "must be a number of at least 0 and below 1, found the number 2",
        "17:39 questions.b.variants.v.set.optimizer.nesterov: must be true or false, found the number 5",
    ]


def test_a_key_that_is_missing_in_defaults_too(says: Callable[..., list[str]]) -> None:
    text = """\
    title: T
    defaults:
      training: {model: {name: m}, dataset: {name: d}, epochs: 1, optimizer: {name: sgd}}
    questions:
      a:
        kind: training
        title: A
        training:
          batch_size: 3
      b:
        kind: training
        title: B
      c: {kind: training, title: C, training: {batch_size: 1, optimizer: {momentum: 0.5}}}
    """
    missing = "needs the key `learning_rate`: a number above 0"
    assert says(text) == [
        "3:13 defaults.training: needs the key `batch_size`: a whole number of at least 1",
        f"3:74 defaults.training.optimizer: {missing}",
        f"13:70 questions.c.training.optimizer: {missing}",
    ]


@pytest.mark.parametrize(
    ("defaults", "message"),
    [
        (
            "seed: 3",
            "no kind of question has this key, did you mean seeds? (allowed: absolute_tolerance, ",
        ),
        ("kind: training", "every question names its own `kind`"),
        ("questions: {}", "no kind of question has this key"),
    ],
)
def test_keys_of_defaults(says: Callable[..., list[str]], defaults: str, message: str) -> None:
    text = "title: T\ndefaults: {DEFAULTS}\nquestions: {q: {kind: training, title: Q, training: TRAINING}}"
    [line] = says(text.replace("DEFAULTS", defaults))
    assert line.startswith(f"2:12 defaults.{defaults.partition(':')[0]}: {message}")


@pytest.mark.parametrize("number", [".nan", "-.inf", "1e999"])
def test_a_number_that_is_none_is_told_once(says: Callable[..., list[str]], number: str) -> None:
    text = "title: T\ndefaults: {training: {epochs: NUMBER, model: {arguments: {a: [NUMBER]}}}}\n"
    text += "questions: {q: {kind: training, title: Q, training: TRAINING}}"
    found = says(text.replace("NUMBER", number))
    assert [line.partition(": ")[0].partition(" ")[2] for line in found] == [
        "defaults.training.epochs",
        "defaults.training.model.arguments.a[0]",
    ]


def test_defaults_that_are_no_map(says: Callable[..., list[str]]) -> None:
    text = "title: T\ndefaults: 3\nquestions: {q: {kind: training, title: Q, training: TRAINING}}"
    assert says(text) == ["2:11 defaults: must be a map, found the number 3"]


def test_defaults_for_training_questions_leave_other_kinds_alone(
    read: Callable[..., LabFile],
) -> None:
    lab = read(
        """\
        title: T
        defaults:
          expect: {acc: {measure: test_accuracy, at_least: 5}}
          reported: {test_accuracy: 50}
          text: Explain.
        questions:
          q: {kind: training, title: Q, training: TRAINING}
          r: {kind: training, title: R, training: TRAINING}
          c: {kind: comparison, title: C, expect: {o: {measure: test_loss, ascending: [q, r]}}}
          w: {kind: written, title: W, rubric: [{points: 1, text: t}]}
        """
    ).lab
    assert isinstance(lab.questions["q"], TrainingQuestion)
    assert list(lab.questions["q"].expect) == ["acc"]
    assert list(lab.questions["c"].expect) == ["o"]  # type: ignore[union-attr]
    assert lab.questions["w"].reported is None  # type: ignore[union-attr]
    assert {question.text for question in lab.questions.values()} == {"Explain."}


# --- rules from outside, and one mistake beside another -----------------------------------------


def _no_d(lab: Lab) -> Iterator[Finding]:
    for name, question in lab.questions.items():
        if isinstance(question, TrainingQuestion) and question.training.dataset.name == "d":
            yield ("questions", name, "training", "dataset", "name"), "d is not known"


def test_rules_from_outside_get_places(says: Callable[..., list[str]]) -> None:
    text = "title: T\nquestions:\n  q:\n    kind: training\n    title: Q\n    training: TRAINING\n"
    assert says(text, [_no_d]) == ["6:50 questions.q.training.dataset.name: d is not known"]


def test_one_mistake_does_not_hide_another(says: Callable[..., list[str]]) -> None:
    text = """\
    title: 3
    questions:
      q:
        kind: training
        title: Q
        training: {model: {name: m}, dataset: {name: d}, optimizer: {name: sgd}, epochs: 1, batch_size: 8}
        expect:
          late: {measure: test_accuracy, at: 3, requires: [nothing]}
        variants:
          v: {set: {epoch: 3}}
      r:
        kind: training
        title: 4
        training: TRAINING
        expect:
          late: {measure: test_accuracy, at: 9}
        variants:
          v: {set: {epoch: 3}}
          w: {set: {epochs: 4}}
      c:
        kind: comparison
        title: C
        expect:
          o: {measure: test_loss, best: "q[w]", among: [q, s]}
    """
    found = says(text, [_no_d])
    assert [line.partition(" (allowed")[0] for line in found] == [
        "1:8 title: must be a text, found the number 3: put it in quotes",
        "6:50 questions.q.training.dataset.name: d is not known",
        "6:65 questions.q.training.optimizer: needs the key `learning_rate`: a number above 0",
        "8:56 questions.q.expect.late.requires[0]: no expectation nothing (here: late; elsewhere: r[v].late, r[w].late, c.o)",
        "10:17 questions.q.variants.v.set.epoch: unknown key, did you mean epochs?",
        "13:12 questions.r.title: must be a text, found the number 4: put it in quotes",
        "14:50 questions.r.training.dataset.name: d is not known",
        "16:42 questions.r.expect.late.at: epoch 9 is beyond `training.epochs: 4` (variant w)",
        "18:17 questions.r.variants.v.set.epoch: unknown key, did you mean epochs?",
        "24:37 questions.c.expect.o.best: no such variant, did you mean q[v]? (q has q[v])",
        "24:53 questions.c.expect.o.among[0]: q has variants, name one of them: q[v]",
        "24:56 questions.c.expect.o.among[1]: no training question s (there are: q[v], r[v], r[w])",
    ]
