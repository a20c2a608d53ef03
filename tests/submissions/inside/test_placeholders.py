"""What cannot be had may be bound, passed on and shown; every real use says why it is not there."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from assessment.submissions.inside.placeholders import (
    AbsentPackage,
    NobodyThere,
    NotHere,
    Placeholder,
    explain,
)
from assessment.training.errors import SolutionError

WHY = "`width` comes from lab.py, line 3, which is not run here: it waits for input"


def inherit(nothing: Any) -> Any:
    class Net(nothing):
        pass

    return Net


@pytest.mark.parametrize(
    "use",
    [
        lambda nothing: nothing(),
        lambda nothing: nothing.classes,
        lambda nothing: nothing[0],
        lambda nothing: len(nothing),
        lambda nothing: list(nothing),
        lambda nothing: 1 in nothing,
        lambda nothing: bool(nothing),
        lambda nothing: int(nothing),
        lambda nothing: float(nothing),
        lambda nothing: range(nothing),
        lambda nothing: [0] * nothing,
        lambda nothing: nothing + 1,
        lambda nothing: 2 * nothing,
        lambda nothing: -nothing,
        lambda nothing: nothing == 3,
        lambda nothing: nothing < 3,
        lambda nothing: {nothing: 1},
        lambda nothing: f"{nothing}",
        lambda nothing: isinstance(3, nothing),
        lambda nothing: setattr(nothing, "x", 1),
        lambda nothing: pickle.dumps(nothing),
        inherit,
        lambda nothing: np.zeros(nothing),
        lambda nothing: np.asarray(nothing),
        lambda nothing: np.arange(3) * nothing,
        lambda nothing: nn.Linear(64, nothing),
        lambda nothing: nn.Linear(nothing, 10),
        lambda nothing: nn.Conv2d(1, nothing, 3),
        lambda nothing: nn.Conv2d(1, 8, nothing),
        lambda nothing: nn.BatchNorm2d(nothing),
        lambda nothing: nn.Dropout(nothing),
        lambda nothing: nn.Linear(3, 3)(nothing),
        lambda nothing: torch.zeros(3) * nothing,
        lambda nothing: nothing @ torch.zeros(3),
        lambda nothing: torch.zeros(4).view(-1, nothing),
        lambda nothing: torch.zeros(4).to(nothing),
        lambda nothing: functional.relu(nothing),
        lambda nothing: torch.randn(2, nothing),
    ],
)
def test_using_it_says_why(use: Callable[[Any], Any]) -> None:
    with pytest.raises(NotHere) as caught:
        use(Placeholder(WHY))
    assert str(caught.value) == WHY
    assert isinstance(caught.value, SolutionError)


def test_errors_of_torch_that_name_a_class_name_the_reason() -> None:
    with pytest.raises(TypeError, match="it waits for input is not a Module subclass"):
        nn.Sequential(Placeholder(WHY))  # type: ignore[arg-type]


def test_what_may_be_done_with_it() -> None:
    nothing = Placeholder(WHY, "it waits for input")
    assert repr(nothing) == str(nothing) == f"<nothing: {WHY}>"
    assert copy.deepcopy({"a": nothing})["a"] is nothing
    assert copy.copy(nothing) is nothing
    assert not hasattr(nothing, "shape")
    assert getattr(nothing, "shape", 5) == 5
    assert nothing is not None
    assert explain(nothing) == (WHY, "it waits for input")
    assert explain(Placeholder(WHY)) == (WHY, WHY)


def test_an_absent_package_is_an_import_error() -> None:
    with pytest.raises(ImportError) as caught:
        raise AbsentPackage("needs einops", name="einops")
    assert caught.value.name == "einops"
    assert isinstance(caught.value, SolutionError)
    assert issubclass(NobodyThere, EOFError)
