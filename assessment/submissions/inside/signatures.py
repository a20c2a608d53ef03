"""What a constructor says about its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn


def parameters_of(target: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a class's constructor or of a function; none where it has no say."""
    if isinstance(target, type) and getattr(target, "__init__", None) is nn.Module.__init__:
        return {}  # its `*args, **kwargs` refuse everything
    try:
        return inspect.signature(target).parameters
    except Exception:  # a signature of the student's own making
        return {}


def annotation_of(parameter: inspect.Parameter) -> str:
    """Return a parameter's annotation as text."""
    annotation = parameter.annotation
    if annotation is parameter.empty:
        return ""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def takes_list(parameter: inspect.Parameter) -> bool:
    """Tell whether a parameter's default or annotation is some list."""
    words = ("list", "tuple", "sequence", "iterable")
    return isinstance(parameter.default, list | tuple) or any(
        word in annotation_of(parameter).lower() for word in words
    )


def takes_number(parameter: inspect.Parameter) -> bool:
    """Tell whether a parameter's default or annotation is a whole number."""
    return type(parameter.default) is int or annotation_of(parameter) == "int"
