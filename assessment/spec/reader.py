"""Reading one spec file: bytes to a checked Lab, or every problem with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import ValidationError

from assessment.errors import SpecError
from assessment.spec.base import Finding
from assessment.spec.lab import Lab
from assessment.spec.problems import Problem, shown_path

Check = Callable[[Lab], Iterable[Finding]]
"""A rule from outside the spec, such as `is this data set known`; gives locations and messages."""


@dataclass(frozen=True)
class LabFile:
    """A lab, and where its parts stand in the file it was read from."""

    lab: Lab
    path: Path
    sha256: str
    """Hash of the file's bytes, hexadecimal."""
    lines: dict[str, int] = field(default_factory=dict)
    """Line of each question and of each unit (`question[variant]`), counted from 1."""


def read_lab(path: Path, checks: Sequence[Check] = ()) -> LabFile:
    """Read and check a spec file.

    Args:
        path: the YAML file.
        checks: further rules, asked once the lab itself is sound.

    Raises:
        SpecError: holds all problems of the file.
    """
    shown = shown_path(path)
    try:
        content = path.read_bytes()
        data = yaml.safe_load(content)
        lab = Lab.model_validate(data)
    except (OSError, yaml.YAMLError) as error:
        raise SpecError([Problem(shown, str(error))]) from None
    except ValidationError as error:
        raise SpecError(
            [
                Problem(shown, e["msg"], ".".join(str(part) for part in e["loc"]))
                for e in error.errors()
            ]
        ) from None
    problems = [
        Problem(shown, message, ".".join(str(part) for part in location))
        for check in checks
        for location, message in check(lab)
    ]
    if problems:
        raise SpecError(problems)
    from assessment.spec.units import units

    names = [*lab.questions, *units(lab)]
    return LabFile(lab, path, hashlib.sha256(content).hexdigest(), dict.fromkeys(names, 1))
