# ruff: noqa: E501 - one line a case
"""Names of questions as people write them, and what stands under them."""

from __future__ import annotations

import time

import pytest

from assessment.submissions.inside.headings import Line, rank, sections, tokens


@pytest.mark.parametrize(
    ("name", "title", "expected"),
    [
        ("Task 2.2", "Task 2.2", 3),
        ("task2-2", "TASK 2.2:", 3),
        ("Task 2.2", "Task 2.2 Comparison of A and B", 2),
        ("2.2", "2.2) Compare", 2),
        ("2.2", "Question 2.2 (discussion)", 1),
        ("2.2", "Question 12.2", 0),
        ("2.2", "Task 2.2.1", 0),
        ("2.2", "1.2.2", 0),
        ("2", "Task 2.2", 0),
        ("2", "Task 2a", 1),
        ("task2-4d", "Task 2.4 (d)", 3),
        ("discussion", "Discussion of the results", 2),
        ("discussion", "Results and discussion", 0),
        ("Réponse", "réponse", 3),
        ("Ⅱ.2", "ii 2", 3),
        ("", "Task", 0),
        ("!?", "Task", 0),
    ],
)
def test_rank(name: str, title: str, expected: int) -> None:
    assert rank(tokens(name), tokens(title)) == expected


def told(text: str) -> list[tuple[str, str]]:
    lines = [Line(line, "a.md") for line in text.split("\n")]
    return [(section.title, section.text) for section in sections(lines)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no heading", []),
        ("# A\none\ntwo\n# B\nthree", [("A", "one\ntwo"), ("B", "three")]),
        ("# A\none\n## B\ntwo\n# C", [("A", "one\n## B\ntwo"), ("B", "two"), ("C", "")]),
        ("## A ##\none\n### B\n## C\ntwo", [("A", "one\n### B"), ("B", ""), ("C", "two")]),
        ("#A\none", [("A", "one")]),
        ("<h2 align='left'>A <b>b</b></h2>\none", [("A b", "one")]),
        ("A\n===\none\nB\n===\ntwo", [("A", "one"), ("B", "two")]),
        ("A\n---\none\n\ntwo\nthree\n---\nfour", [("A", "one\n\ntwo\nthree\n---\nfour")]),
        ("**A**\none\n__B__:\ntwo", [("A", "one"), ("B", "two")]),
        ("# A\n```\n# no heading\n```\none", [("A", "```\n# no heading\n```\none")]),
        ("Q1.2: because\nof this\n\nQ1.3) that", [("Q1.2", "because\nof this"), ("Q1.3", "that")]),
        ("**Question 2 (b):** yes", [("Question 2 (b)", "yes")]),
        ("# A\n1. one\n2. two\n# B", [("A", "1. one\n2. two"), ("B", "")]),
        ("### 1.1 A\none\n# 1.1.1 B\ntwo\n#### Q1.2\nthree", [("1.1 A", "one\n# 1.1.1 B\ntwo"), ("1.1.1 B", "two"), ("Q1.2", "three")]),
        ("## Task 2.2\none\n### 3x3 kernels\ntwo", [("Task 2.2", "one\n### 3x3 kernels\ntwo"), ("3x3 kernels", "two")]),
        ("## Task 2.2\nPart 1: one\nPart 2: two", [("Task 2.2", "Part 1: one\nPart 2: two"), ("Part 1", "one"), ("Part 2", "two")]),
        ("## A\n# Answer\none\n# B\ntwo", [("A", "# Answer\none"), ("Answer", "one"), ("B", "two")]),
        ("## A\n# My answers:\none", [("A", "# My answers:\none"), ("My answers:", "one")]),
    ],
)  # fmt: skip
def test_sections(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "line", ["# a" + " " * 100_000 + "b", "**" + "a" * 200_000, "-" * 200_000 + "1"]
)
def test_long_lines_take_no_time(line: str) -> None:
    before = time.process_time()
    assert told(f"# A\n{line}\n# B") == [("A", line.strip()), ("B", "")]
    assert time.process_time() - before < 2
