"""An activation as students take it: its name, a function, a module, a class."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import nn

from assessment.boundary.layers import ACTIVATIONS
from assessment.submissions.inside.candidates import plain_name


@dataclass(frozen=True)
class Option:
    """One value that an argument may take, and how one would write it."""

    text: str
    make: Callable[[], Any]


_KINDS = {plain_name(kind): kind for kind in (*ACTIVATIONS, "Identity")}
_KINDS |= {"logistic": "Sigmoid", "linear": "Identity", "none": "Identity", "swish": "SiLU"}
_EVERYDAY = ("linear", "none", "logistic", "identity", "threshold")
"""Words that name a model for other reasons than its activation."""
_SNAKE = {"LeakyReLU": "leaky_relu", "LogSigmoid": "logsigmoid"}
_CANONICAL = {kind: _SNAKE.get(kind, plain_name(kind)) for kind in _KINDS.values()}


def activation_kind(value: object) -> str | None:
    """Return the type, as `torch.nn` names it, of an activation named in a spec; None: no such."""
    return _KINDS.get(plain_name(value)) if isinstance(value, str) else None


def kinds_in_name(name: str) -> set[str]:
    """Return the types of the activations that a name speaks of: `ModelA_LeakyReLU`, `CNNTanh`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name) + re.split(r"[^A-Za-z]+", name)
    # The short ones stand within others, and within words that are about something else.
    found = {_KINDS[word] for word in map(str.lower, words) if word in ("elu", "glu")}
    text = plain_name(name)
    for plain in sorted(_KINDS, key=len, reverse=True):
        if len(plain) > 3 and plain not in _EVERYDAY and plain in text:
            found.add(_KINDS[plain])
            text = text.replace(plain, " ")
    return found


def activation_options(kind: str, default: object, annotation: str) -> list[Option]:
    """Return the forms in which an argument may want an activation, the likeliest first.

    Args:
        kind: its type, `ReLU`.
        default: of the argument; `inspect.Parameter.empty` where it has none.
        annotation: of the argument, as text.
    """
    forms = {
        "name": _names(kind, default),
        "callable": _callables(kind),
        "instance": _instances(kind),
        "class": _classes(kind),
    }
    guided = _form_of(default) or _form_named(annotation)
    order = [guided] if guided is not None else []
    order += [form for form in forms if form != guided]
    return [option for form in order for option in forms[form]]


def _names(kind: str, default: object) -> list[Option]:
    snake = _CANONICAL[kind]
    styles = [snake, kind, plain_name(kind), snake.upper(), snake.capitalize()]
    if isinstance(default, str) and default:
        usual = activation_kind(default)
        if usual is not None:
            # In the style of the default: "relu", "ReLU", "RELU" or "Relu".
            own = [_CANONICAL[usual], usual, plain_name(usual)]
            own += [_CANONICAL[usual].upper(), _CANONICAL[usual].capitalize()]
            if default in own:
                styles.insert(0, styles[own.index(default)])
    return [Option(f'"{style}"', partial(str, style)) for style in dict.fromkeys(styles)]


def _callables(kind: str) -> list[Option]:
    name = _CANONICAL[kind]
    for module, prefix in ((torch, "torch"), (F, "F")):
        if hasattr(module, name):
            return [Option(f"{prefix}.{name}", partial(getattr, module, name))]
    return []


def _instances(kind: str) -> list[Option]:
    return [Option(f"nn.{kind}()", lambda: getattr(nn, kind)())]


def _classes(kind: str) -> list[Option]:
    return [Option(f"nn.{kind}", lambda: getattr(nn, kind))]


def _form_of(default: object) -> str | None:
    if default is inspect.Parameter.empty or default is None:
        return None
    if isinstance(default, str):
        return "name"
    if isinstance(default, type):
        return "class"
    if isinstance(default, nn.Module):
        return "instance"
    return "callable" if callable(default) else None


def _form_named(annotation: str) -> str | None:
    words = re.findall(r"\w+", annotation)
    for word, form in (
        ("type", "class"),
        ("Type", "class"),
        ("str", "name"),
        ("Literal", "name"),
        ("Module", "instance"),
        ("Callable", "callable"),
    ):
        if word in words:
            return form
    return None
