# ruff: noqa: E501 - one line a case
"""Numbers, choices and formulas: from `answers.yaml` and the like, or from variables."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.submissions.inside.answers import FoundAnswer, find_answer
from assessment.submissions.inside.reading import HandedIn, read_submission
from assessment.training.errors import SolutionError

HANDED_IN = Path(__file__).parent / "handed_in"
Make = Callable[[dict[str, str]], HandedIn]


@pytest.fixture
def handed_in(tmp_path: Path) -> Make:
    def make(files: dict[str, str]) -> HandedIn:
        for name, text in files.items():
            path = tmp_path / "handed_in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return read_submission(tmp_path / "handed_in", tmp_path / "workspace")

    return make


@pytest.mark.parametrize(
    ("names", "text", "where"),
    [
        # the file, with values as they are written
        (["task1_3"], "1.10", "answers.yaml, line 3"),
        (["task1-choice"], "no", "answers.yaml, line 4"),
        (["1.4"], "33,130", "answers.yaml, line 5"),
        (["vector"], "[1, 2, 3]", "answers.yaml, line 6"),
        (["formula"], "N * E\n/ B", "answers.yaml, line 7"),
        # variables
        (["1_2"], "(w_k - w_k1) / gamma", "report.ipynb, cell 4, line 2"),
        (["1.3"], "938", "report.ipynb, cell 7, line 3"),
        (["q"], "[1, 2]", "report.ipynb, cell 7, line 1"),
        (["1.6"], "-0.5", "report.ipynb, cell 7, line 2"),
        (["unheard-of", "1.6"], "-0.5", "report.ipynb, cell 7, line 2"),
    ],
)
def test_what_is_found(names: list[str], text: str, where: str, tmp_path: Path) -> None:
    found = find_answer(read_submission(HANDED_IN / "answers", tmp_path), names)
    assert found is not None
    assert (found.text, found.where) == (text, where)


@pytest.mark.parametrize("names", [["empty"], ["1.5"], ["1.7"], ["9"], [""], []])
def test_what_is_not_there(names: list[str], tmp_path: Path) -> None:
    assert find_answer(read_submission(HANDED_IN / "answers", tmp_path), names) is None


def test_a_file_goes_before_variables_and_the_last_counts(handed_in: Make) -> None:
    made = handed_in({
        "answers.yaml": "q1: 1\nq1: 2\n",
        "deeper/answers.json": '{"q1": 3, "q2": 1e3}',
        "lab.py": "answer_q1 = 4\nq2 = 1000\nq2 = '1e3'\n",
    })  # fmt: skip
    assert find_answer(made, ["q1"]) == FoundAnswer(
        "2",
        "answers.yaml, line 2",
        (
            "also answered in answers.yaml, line 1: 1",
            "also answered in deeper/answers.json: 3",
            "also answered in lab.py, line 1: 4",
        ),
    )
    found = find_answer(made, ["q2"])
    assert found == FoundAnswer(
        "1e3", "deeper/answers.json", ("also answered in lab.py, line 2: 1000",)
    )


@pytest.mark.parametrize(
    "name", ["answers.yml", "Answers.YAML", "doe_12_34_answers.yaml", "answers-1.yaml", "a/answers (2).yaml"]
)  # fmt: skip
def test_names_of_the_file(name: str, handed_in: Make) -> None:
    found = find_answer(handed_in({name: "q1: 7"}), ["Q1"])
    assert found is not None
    assert found.where == f"{name}, line 1"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"answers": {"task1": {"2": 1.10}}}', "1.10"),
        ('{"task1-2": true}', "true"),
        ('{"task1-2": [1, "a"]}', '["1", "a"]'),
        ('{"Task 1.2": " N / B "}', "N / B"),
        ('{"task1_2": null}', None),
        ('\ufeff{"task1_2": 123456789012345678901234567890}', "123456789012345678901234567890"),
        ('{"task1_2": ' + "9" * 5_000 + "}", "9" * 5_000),
        ("[1, 2]", None),
        ("3", None),
    ],
)
def test_json(text: str, answer: str | None, handed_in: Make) -> None:
    found = find_answer(handed_in({"answers.json": text}), ["task1_2"])
    assert (found and found.text) == answer


def test_a_file_that_a_notebook_writes(tmp_path: Path) -> None:
    made = read_submission(HANDED_IN / "writes_files.ipynb", tmp_path)
    assert find_answer(made, ["task1_2"]) == FoundAnswer("33130", "answers.yaml, line 1")
    assert find_answer(made, ["task1-3"]) == FoundAnswer("N / B", "answers.yaml, line 2")


LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("answers.yaml", "a: 1\nb: [1,\nc: 2", ", line 3: is no YAML: did not find expected ',' or ']'"),
        ("answers.yaml", "a: 1\n\tb: 2", ", line 2: is no YAML: "),
        ("answers.yaml", "a: 1\n--- \nb: 2", ", line 2: is no YAML: but found another document"),
        ("answers.yaml", "a: \x07", ": is no YAML: "),
        ("answers.yaml", LAUGHS, ", line 2: aliases such as *a0 are not read"),
        ("answers.yaml", "a: " + "[" * 100_000, ", line 1: is nested too deeply"),
        ("answers.yaml", "- " * 100_000, ", line 1: is nested too deeply"),
        ("answers.yaml", "- 1\n" * 60_000, ", line 9999: holds more than 10,000 values"),
        ("answers.yaml", "a: " + "x" * 300_000, ": is larger than 256 KB"),
        ("answers.json", '{"a": 1,\n}', ", line 2: is no JSON: "),
        ("answers.json", "", ", line 1: is no JSON: Expecting value"),
        ("answers.json", "[" * 100_000, ": is nested too deeply"),
        ("answers.json", '{"a":' * 30 + "1" + "}" * 30, ": is nested too deeply"),
    ],
    ids=range(13),
)  # fmt: skip
def test_files_that_cannot_be_read(name: str, text: str, message: str, handed_in: Make) -> None:
    made = handed_in({name: text})
    before = time.process_time()
    with pytest.raises(SolutionError) as caught:
        find_answer(made, ["q"])
    assert time.process_time() - before < 5
    told = str(caught.value)
    assert "\n" not in told
    if name.endswith("yaml") and "did not find" in message:
        assert told.startswith(f"{name}, line ")
    else:
        assert told.startswith(f"{name}{message}")


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [ls]", "!unheard_of x", "!!binary aa"]
)
def test_tags_are_texts_like_all_others(tag: str, handed_in: Make) -> None:
    found = find_answer(handed_in({"answers.yaml": f"q1: {tag}"}), ["q1"])
    assert found is not None
    assert found.text == tag.split(" ", 1)[1]


def test_long_answers_are_cut(handed_in: Make) -> None:
    made = handed_in({"answers.json": json.dumps({"q1": "x" * 100_000})})
    found = find_answer(made, ["q1"])
    assert found is not None
    assert len(found.text) == 65_536
