# ruff: noqa: E501 - tables with one case a line
"""What is checked of answer questions before anybody answers them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from assessment.spec.kinds.answer import AnswerQuestion, Formula
from assessment.spec.reader import LabFile

HEAD = "title: T\nquestions:\n  a:\n    kind: answer\n    title: A\n    points: 1\n"


def formula(**parts: str) -> str:
    fields = {"expression": "sum(H) / n", "variables": "{n: scalar, H: vector}"} | parts
    body = ", ".join(f"{key}: {value}" for key, value in fields.items())
    return f"{HEAD}    answer: {{{body}}}\n"


@pytest.mark.parametrize(
    ("parts", "field", "message"),
    [
        ({"expression": "sum(H) ^ 2"}, "expression", "column 8: `^` cannot be read: write ** for a power"),
        ({"expression": "sum(G)"}, "expression", "column 5: `G` is an unknown name (allowed: the names n, H and the functions sum, len, min, max, abs, ceil, floor, round, sqrt, log, exp)"),
        ({"expression": "H / n"}, "expression", "column 1: the formula gives a vector of 1; a number is asked, such as its sum"),
        ({"expression": "len(n)"}, "expression", "column 5: `n` is a number where a vector is due"),
        ({"expression": "n if n < 5 else H"}, "expression", "column 1: the formula gives a vector of 1; a number is asked, such as its sum"),
        ({"expression": "sum(range(10 ** 8))"}, "expression", "column 5: the evaluation takes more than 50,000 steps"),
        ({"expression": "sqrt(-n)"}, "expression", "has no value at any of the points tried"),
        ({"also": "[n / sum(H), 1 / (n - n)]"}, "also[1]", "has no value at any of the points tried"),
        ({"also": "[n * ]"}, "also[0]", "column 4: something is missing here; allowed are numbers, names, + - * / // % **, parentheses, indices, and sum(... for k in range(...)) and the like"),
        ({"variables": "{n: scalar, H: vector, sum: scalar}"}, "variables.sum", "`sum` has a meaning of its own in formulas"),
        ({"variables": "{n: scalar, H: vector, lambda: scalar}"}, "variables.lambda", "`lambda` has a meaning of its own in formulas"),
        ({"variables": "{n: scalar, H: vector, a.b: scalar}"}, "variables.a.b", "a variable's name has only letters, digits and _, and begins with a letter"),
        ({"variables": "{n: scalar, H: vector, 2a: scalar}"}, "variables.2a", "a variable's name has only letters, digits and _, and begins with a letter"),
        ({"variables": "{H: vector, n: {kind: scalar, low: 0.5}}"}, "variables.n", "whole numbers lie between whole `low` and `high`"),
        ({"lengths": "[0]"}, "lengths[0]", "must be a whole number from 1 to 50, found the number 0"),
        ({"examples": "[{n: 1}]"}, "examples[0]", "every example gives all variables, this one lacks H"),
        ({"examples": "[{n: 1, H: [1], N: 2}]"}, "examples[0].N", "unknown variable, did you mean n? (allowed: n, H)"),
        ({"examples": "[{n: [1], H: [1]}]"}, "examples[0].n", "a scalar is one number"),
        ({"examples": "[{n: 1, H: 1}]"}, "examples[0].H", "a vector is a list of numbers"),
        ({"examples": "[{n: 1, H: []}]"}, "examples[0].H", "is empty"),
        ({"examples": "[{n: 1, H: [1]}, {n: 1.5, H: [1]}]"}, "examples[1].n", "whole numbers only, as `whole` says"),
        ({"examples": "[{n: 1, H: [1, 2], G: [3]}]", "variables": "{n: scalar, H: vector, G: vector}"}, "examples[0].G", "all vectors have one length: `H` has 2, `G` 1"),
        ({"examples": "[{n: 0, H: [1]}]"}, "examples[0]", "the expression has no value here: column 1: `sum(H) / n` divides by zero"),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_compared(
    says: Callable[..., list[str]], parts: dict[str, str], field: str, message: str
) -> None:
    (told,) = says(formula(**parts))
    place, _, rest = told.partition(" ")
    assert rest == f"questions.a.answer.{field}: {message}"
    assert place.startswith("7:")


def test_all_mistakes_of_a_formula_are_told_at_once(says: Callable[..., list[str]]) -> None:
    told = says(formula(expression="sum(G)", also='["n ^ 2", "len(n)"]'))
    assert [line.split()[1] for line in told] == [
        "questions.a.answer.expression:",
        "questions.a.answer.also[0]:",
        "questions.a.answer.also[1]:",
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("answer: maybe\n    choices: [yes, no]", "7:13 questions.a.answer: the answer 'maybe' is none of `choices` (yes, no)"),
        ("answer: yes\n    choices: [yes]", "8:14 questions.a.choices: a choice is between at least 2"),
        ("answer: yes\n    choices: [yes, no, ' YES ']", "8:24 questions.a.choices[2]: cannot be told from 'yes': letter case is ignored"),
        ("answer: yes\n    choices: [yes, '  ']", "8:20 questions.a.choices[1]: is empty"),
        ("answer: {value: 3}\n    choices: [yes, no]", "8:14 questions.a.choices: `choices` go with a text as `answer`"),
    ],
)  # fmt: skip
def test_choices(says: Callable[..., list[str]], fields: str, message: str) -> None:
    assert says(f"{HEAD}    {fields}\n") == [message]


def test_a_formula_with_everything(read: Callable[..., LabFile]) -> None:
    text = formula(
        expression="sum(H) / n * x",
        also='["x * sum(H) / n"]',
        variables="{n: {kind: scalar, low: 2, high: 5}, x: {kind: scalar, low: 0.5, high: 2.5, whole: false, text: a share}, H: vector}",
        lengths="[2, 5]",
        examples="[{n: 100, x: 3, H: [1]}]",
    )
    question = read(text).lab.questions["a"]
    assert isinstance(question, AnswerQuestion)
    assert isinstance(question.answer, Formula)
    assert question.answer.variables["H"].kind == "vector"
    assert (question.answer.variables["H"].low, question.answer.variables["H"].high) == (1, 50)
    assert question.answer.domain.lengths == [2, 5]


def test_a_formula_written_in_python_is_checked_too() -> None:
    with pytest.raises(ValidationError) as caught:
        Formula.model_validate({"expression": "n +", "variables": {"n": "scalar"}})
    assert [error["loc"] for error in caught.value.errors()] == [("expression",)]
