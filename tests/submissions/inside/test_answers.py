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


@pytest.mark.parametrize("names", [["empty"], ["1.5"], ["9"], [""], []])
def test_what_is_not_there(names: list[str], tmp_path: Path) -> None:
    assert find_answer(read_submission(HANDED_IN / "answers", tmp_path), names) is None


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("1.3", "938", "arithmetic_answers.ipynb, cell 3, line 3"),
        ("1.4", "79510", "arithmetic_answers.ipynb, cell 3, line 8"),
    ],
)
def test_what_is_worked_out(name: str, text: str, where: str, tmp_path: Path) -> None:
    found = find_answer(read_submission(HANDED_IN / "arithmetic_answers.ipynb", tmp_path), [name])
    assert found == FoundAnswer(text, where)


def test_what_only_running_would_tell_says_so(tmp_path: Path) -> None:
    made = read_submission(HANDED_IN / "arithmetic_answers.ipynb", tmp_path)
    assert find_answer(made, ["1.5"]) == FoundAnswer(
        "",
        "arithmetic_answers.ipynb, cell 4, line 2",
        untold="`answer_1_5` (arithmetic_answers.ipynb, cell 4, line 2) is told only by running the "
        "code, which nobody does: `train` cannot be told: `datasets` is imported. Write a value, "
        "arithmetic such as `784 * 100 + 100`, or the name of a number that is assigned once; a "
        "formula stands in quotes",
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("q = 784*100 + 100", "78500"),
        ("q = (28 - 5) // 2 + 1", "12"),
        ("q = 7 / 2", "3.5"),
        ("q = 10 / 2", "5"),
        ("q = -(2 ** 10)", "-1024"),
        ("q = 2 ** 70", "1.1805916207174113e+21"),
        ("q: float = 1 / 8", "0.125"),
        ("x = 3\nq = x", "3"),
        ("q = x\nx = 3", "3"),  # cells are run in any order
        ("x = 3\ny = x + 1\nq = y * y - x", "13"),
        ("x, y = 3, 4\nq = x * y", "12"),
        ("x = y = 4\nq = x * y", "16"),
        ("x = 'relu'\nq = x", "relu"),
        ("x = True\nq = x", "True"),
        ("import math\nq = math.ceil(60000 / 64)", "938"),
        ("from math import sqrt\nq = sqrt(16) + 1", "5"),
        ("import numpy as np\nq = np.log(np.exp(2))", "2"),
        ("q = int(60000 / 64)", "937"),
        ("q = int(-7 / 2)", "-3"),
        ("q = float(3)", "3.0"),
        ("q = round(2 / 3, 2)", "0.67"),
        ("q = sum(k * k for k in range(4))", "14"),
        ("k = 9\nq = sum(k for k in range(4)) + k", None),
        ("q = max(3, 4) * len([1, 2])", "8"),
        ("answers = {'q': 6 * 7}", "42"),
        ("x = 6\nanswers['q'] = x * 7", "42"),
        ("q = 5\nq = read()", "5"),
    ],
)
def test_arithmetic(code: str, text: str | None, handed_in: Make) -> None:
    found = find_answer(handed_in({"lab.py": code}), ["q"])
    assert found is not None
    assert (found.text or None) == text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("q = compute()", "unknown function `compute`"),
        ("q = N * E / B", "`B` has no value in this file"),
        ("x = 1\nx = 2\nq = x", "`x` has more than one value"),
        ("x = 1\nx += 1\nq = x + 1", "`x` has more than one value"),
        ("x = 1\ndef f():\n    global x\n    x = 2\nq = x", "`x` has more than one value"),
        ("x = 1\nfor x in range(3): pass\nq = x", "`x` has more than one value"),
        ("for x in range(3): pass\nq = x", "`x` is no `x = ...` at the top of a cell or file"),
        ("x, y = pair\nq = x", "`x` is no `x = ...`"),
        ("x, *y = 1, 2\nq = x", "`x` is no `x = ...`"),
        ("from lib import x\nq = x", "`x` is imported"),
        ("x = y\ny = x\nq = x", "`x` cannot be told: `x` has more than one value"),
        ("x = y + 1\ny = read()\nq = x", "`x` cannot be told: unknown function `read`"),
        ("if 1 > 0:\n    q = 3", "it is no assignment of a value by itself"),
        ("for q in [1, 2]:\n    pass", "it is no assignment of a value by itself"),
        ("q = w + 'a'", "`w` has no value in this file"),
        ("x = 'a'\nq = x * 2", "`x` is no number"),
        ("x = [1, 2]\nq = x[0]", "`x` is no number"),
        ("q = len([0] * 5)", "lists are put together"),
        ("q = len('abc')", "texts have no place in a formula"),
        ("def ceil(x): return 0\nq = ceil(2 / 3)", "`ceil` is a function of its own"),
        ("q = 1 / 0", "`1 / 0` divides by zero"),
        ("q = 9 ** 9 ** 9", "is too large"),
        (f"q = 0x{'f' * 5000}", "it is too large"),
        (f"x = 0x{'f' * 500}\nq = x / 2", "`x` is too large"),
        ("q = sum(k for k in range(10 ** 9))", "takes more than 50,000 steps"),
        ("q = " + "-(" * 60 + "x" + ")" * 60 + "\nx = 1", "nested too deeply"),
        ("q = " + " + ".join(["1"] * 300), "a formula has at most 1,000 characters"),
        ("q = (lambda: 3)()", "only functions are called"),
        ("q = __import__('os').system('ls')", "texts have no place in a formula"),
        ("x = 3\nq = x.real", "has a dot: names have no parts"),
        ("q = 1 if open('x') else 2", "texts have no place in a formula"),
    ],
)
def test_what_only_running_the_code_tells(code: str, why: str, handed_in: Make) -> None:
    found = find_answer(handed_in({"lab.py": code}), ["q"])
    assert found is not None
    assert found.text == ""
    assert found.untold.startswith("`q` (lab.py, line ")
    assert why in found.untold.partition("is told only by running the code, which nobody does: ")[2]
    assert len(found.untold) < 400


@pytest.mark.parametrize(
    "code", ["q = None", "q = ...", "def q(): return 3", "import q", "class q: pass", "del q"]
)
def test_what_is_no_answer_at_all(code: str, handed_in: Make) -> None:
    assert find_answer(handed_in({"lab.py": code}), ["q"]) is None


def test_names_of_names_are_worked_out_once(handed_in: Make) -> None:
    """Else every line would double the work."""
    lines = "".join(f"a{n + 1} = a{n} + b{n}\nb{n + 1} = a{n} + b{n}\n" for n in range(18))
    found = find_answer(handed_in({"lab.py": f"a0 = 1\nb0 = 2\n{lines}q = a18"}), ["q"])
    assert found is not None
    assert found.text == str(3 * 2**17)


def test_a_value_that_is_known_goes_before_one_that_is_not(handed_in: Make) -> None:
    made = handed_in({"answers.yaml": "q: 3\n", "lab.py": "q = compute()\np = compute()\np = 4"})
    assert find_answer(made, ["q"]) == FoundAnswer("3", "answers.yaml, line 1")
    assert find_answer(made, ["p"]) == FoundAnswer("4", "lab.py, line 3")


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
