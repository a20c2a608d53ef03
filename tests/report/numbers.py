"""Measured numbers of two runs, and text as a terminal shows it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from _pytest._io import TerminalWriter

from assessment.report.blocks import Writer
from assessment.report.measured import Measured, list_measured
from tests.report.examples import whole_lab
from tests.report.extremes import many_variants, to_target

ESCAPE = re.compile("\x1b\\[[0-9;]*m")

ACCURACY = Measured(
    spec="specs/co543_lab7.yaml",
    lab="CO543 Image Processing, Lab 7",
    unit="task2-1-model-a",
    submission="",
    name="accuracy",
    measure="test_accuracy",
    label="test accuracy, last epoch",
    unit_word="%",
    value=98.31,
    low=97.61,
    high=98.83,
    met=True,
    earned=3.0,
    points=3.0,
    seconds=210.4,
)


def number(**values: Any) -> Measured:
    return replace(ACCURACY, **values)


def loss(value: float | None = 0.0251, **values: Any) -> Measured:
    return number(
        name="loss", measure="test_loss", label="test loss", unit_word="nats", value=value,
        low=None, high=None, met=None, earned=0.0, points=0.0, **values,
    )  # fmt: skip


def reached(value: float | None = 17.0, **values: Any) -> Measured:
    return number(
        **{
            "name": "epochs",
            "measure": "epochs_to_accuracy",
            "label": "epochs to test accuracy 85.0 %",
            "unit_word": "epochs",
            "value": value,
            "low": None,
            "high": 20.0,
            **values,
        }
    )


def two_runs() -> tuple[list[Measured], list[Measured]]:
    """Real-looking numbers of two runs: some better, some worse, one gone, one new."""
    old = list_measured([*whole_lab(), *to_target(), *many_variants()])
    new = []
    for at, each in enumerate(old):
        value = None if each.value is None else each.value * (0.99 + 0.004 * (at % 6))
        whole = value is not None and each.unit_word in ("epochs", "")
        new.append(replace(each, value=round(value) if whole and value is not None else value))
    new[1] = replace(new[1], met=False, earned=1.5)
    return old[1:], new[:-1]


def terminal(write: Callable[[Writer], None], *, markup: bool = False) -> str:
    """Return what a function writes to a terminal."""
    file = io.StringIO()
    writer = TerminalWriter(file)
    writer.hasmarkup = markup
    write(writer)
    return file.getvalue()
