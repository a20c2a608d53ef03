"""Spec files written for one test, and the problems found in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from assessment.errors import SpecError
from assessment.problems import Problem
from assessment.spec.reader import Check, LabFile, read_lab

TRAINING = """
{model: {name: m}, dataset: {name: d}, optimizer: {name: sgd, learning_rate: 0.1},
 epochs: 3, batch_size: 32}
"""


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LabFile]:
    """Return what reads a text as `lab.yaml`; TRAINING in it stands for a whole recipe."""
    monkeypatch.chdir(tmp_path)

    def read_text(text: str, checks: Sequence[Check] = ()) -> LabFile:
        content = dedent(text).replace("TRAINING", TRAINING.replace("\n", " ").strip())
        Path("lab.yaml").write_text(content, encoding="utf-8")
        return read_lab(Path("lab.yaml"), checks)

    return read_text


@pytest.fixture
def problems(read: Callable[..., LabFile]) -> Callable[..., list[Problem]]:
    """Return what reads a text that must be refused, and gives its problems."""

    def refused(text: str, checks: Sequence[Check] = ()) -> list[Problem]:
        with pytest.raises(SpecError) as caught:
            read(text, checks)
        return list(caught.value.problems)

    return refused


@pytest.fixture
def says(problems: Callable[..., list[Problem]]) -> Callable[..., list[str]]:
    """Return what gives the problems of a text as `line:column field: message`."""

    def lines(text: str, checks: Sequence[Check] = ()) -> list[str]:
        return [f"{p.line}:{p.column} {p.field}: {p.message}" for p in problems(text, checks)]

    return lines
