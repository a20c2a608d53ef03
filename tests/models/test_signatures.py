# ruff: noqa: E501 - tables with one case a line
"""What models take, read from their source."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from assessment.errors import ReferenceNotFound
from assessment.models.registry import REGISTERED
from assessment.models.signatures import Signature, find_signature, fits, shape_of

MODULE = '''
from typing import Literal, Optional
from torch import nn
from functools import wraps, partial
from other_solutions import Base, make as build


class Plain(nn.Module):
    def __init__(self, widths: list[int], dropout: float = 0.5, *, activation: "str" = "relu") -> None:
        """Say something."""
        super().__init__()


class Inherits(Plain):
    def forward(self, images):
        return images


class FromElsewhere(Base):
    pass


class Unknown(nn.Sequential):
    pass


class Open(nn.Module):
    def __init__(self, hidden: int, **others):
        super().__init__()


class Made(nn.Module):
    def __new__(cls, hidden):
        return super().__new__(cls)


class Chosen(nn.Module):
    if True:
        def __init__(self, hidden):
            super().__init__()


def factory(hidden: Optional[int] = None, classes: int = None, kind: Literal["a", "b"] = "a"):
    return Plain([hidden])


@wraps(factory)
def wrapped(*arguments):
    return factory(*arguments)


def unnamed(hidden, /):
    return Plain([hidden])


def patched(hidden):
    return Plain([hidden])


patched.hidden = 3
shortened = partial(Plain, widths=[3])
lambdas = lambda hidden: Plain([hidden])
if nn:
    def twice(hidden): ...
else:
    def twice(width): ...
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own_solutions.py").write_text(MODULE)
    (tmp_path / "other_solutions.py").write_text(
        "class Base:\n    def __init__(self, depth=3): ...\n\ndef make(size): ...\n"
    )
    return tmp_path


def names(signature: Signature | None) -> list[str] | None:
    if signature is None:
        return None
    return [f"{p.name}{'' if p.required else '='}" for p in signature.parameters]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Plain", ["widths", "dropout=", "activation="]),
        ("Inherits", ["widths", "dropout=", "activation="]),
        ("FromElsewhere", ["depth="]),
        ("Base", ["depth="]),
        ("build", ["size"]),
        ("Open", ["hidden"]),
        ("factory", ["hidden=", "classes=", "kind="]),
        ("Unknown", None),
        ("Made", None),
        ("wrapped", None),
        ("unnamed", None),
        ("patched", None),
        ("shortened", None),
        ("lambdas", None),
        ("twice", None),
    ],
)
def test_parameters(folder: Path, name: str, expected: list[str] | None) -> None:
    signature = find_signature(f"own_solutions:{name}", folder)
    assert names(signature) == expected
    assert signature is None or signature.is_open == (name == "Open")


@pytest.mark.parametrize("name", REGISTERED)
def test_of_every_registered_model_they_are_what_python_says(name: str) -> None:
    module, _, attribute = REGISTERED[name].partition(":")
    real = inspect.signature(getattr(import_module(module), attribute))
    signature = find_signature(REGISTERED[name])
    assert signature is not None
    assert {p.name: p.required for p in signature.parameters} == {
        p.name: p.default is p.empty for p in real.parameters.values()
    }


def test_a_module_that_is_not_there(folder: Path) -> None:
    with pytest.raises(ReferenceNotFound, match=r"there is no module no_solutions on sys\.path"):
        find_signature("no_solutions:Net", folder)


@pytest.mark.parametrize(
    ("annotation", "right", "wrong"),
    [
        ("int", [3, -1], [3.0, "3", True, None, [3]]),
        ("float", [3, 0.5], ["0.5", False, None]),
        ("str", ["relu"], [3, None, ["relu"]]),
        ("bool", [True, False], [0, "yes", None]),
        ("list[int]", [[], [1, 2]], [1, [1, "2"], [[1]], None]),
        ("list", [[], [1, "a"]], ["ab", None]),
        ("Sequence[float]", [[0.1, 1]], [0.1]),
        ("tuple[int, ...]", [[1, 2]], [12]),
        ("dict[str, int]", [{"a": 1}], [[1]]),
        ("int | None", [3, None], ["3"]),
        ("Optional[list[str]]", [None, ["a"]], ["a", [1]]),
        ("Union[int, str]", [1, "a"], [None, 1.5]),
        ("typing.Literal['relu', 'tanh']", ["relu"], ["rel", 1]),
        ("type[nn.Module]", ["anything", 1, None], []),
        ("int | Device", ["anything", 1, None], []),
        ("Callable[[], int]", ["anything", 1, None], []),
        ("Any", ["anything", 1, None], []),
    ],
)  # fmt: skip
def test_values_that_an_annotation_allows(
    annotation: str, right: list[Any], wrong: list[Any]
) -> None:
    shape = shape_of(ast.parse(annotation, mode="eval").body)
    assert [value for value in right if not fits(value, shape)] == []
    assert [value for value in wrong if fits(value, shape)] == []
