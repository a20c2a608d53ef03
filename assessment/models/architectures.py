"""What torchvision offers, read from its source files: importing it takes seconds, and torch."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from assessment.parsing import parse_python


@cache
def architectures() -> frozenset[str]:
    """Return the names of torchvision's classifiers, such as `resnet18`."""
    return frozenset(
        statement.name
        for statement in _statements("*.py")  # detection, video and others are in folders
        if isinstance(statement, ast.FunctionDef) and _is_registered(statement)
    )


@cache
def weight_files() -> Mapping[str, str]:
    """Return the file of each weights' name, such as `ResNet18_Weights.IMAGENET1K_V1`."""
    found: dict[str, str] = {}
    for statement in _statements("**/*.py"):
        if isinstance(statement, ast.ClassDef) and statement.name.endswith("_Weights"):
            found |= _files(statement)
    return found


def _statements(pattern: str) -> Iterator[ast.stmt]:
    """Yield the top-level statements of the modules that define models."""
    spec = importlib.util.find_spec("torchvision")  # of a top-level package: imports nothing
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for path in sorted(Path(place, "models").glob(pattern)):
            try:
                tree = parse_python(path.read_text(encoding="utf-8"))
            except (OSError, SyntaxError, ValueError):
                continue
            if isinstance(tree, ast.Module):
                yield from tree.body


def _is_registered(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "register_model"
        for call in function.decorator_list
    )


def _files(weights: ast.ClassDef) -> dict[str, str]:
    """Return the file of every member, and of `DEFAULT`, which is another name of one."""
    found: dict[str, str] = {}
    for statement in weights.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        name, value = f"{weights.name}.{statement.targets[0].id}", statement.value
        if isinstance(value, ast.Call):
            for keyword in value.keywords:
                if keyword.arg == "url" and isinstance(keyword.value, ast.Constant):
                    found[name] = PurePosixPath(urlsplit(str(keyword.value.value)).path).name
        elif isinstance(value, ast.Name) and f"{weights.name}.{value.id}" in found:
            found[name] = found[f"{weights.name}.{value.id}"]
    return found
