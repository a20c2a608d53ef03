"""Calls of a function with given arrays, made in a process of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assessment.boundary.messages import (
    LARGEST_TEXT,
    NUMBER_KINDS,
    Arrays,
    CallJob,
    Frame,
    ProtocolError,
)
from assessment.boundary.sizes import LARGEST_OUTPUT
from assessment.execution.conductor import Assignment, Attempt, Prepared
from assessment.execution.quoting import one_line
from assessment.execution.requests import Work
from assessment.spec.lab import Limits

Array = np.ndarray[Any, Any]

REASON_CHARACTERS = 300


@dataclass(frozen=True)
class CallRequest:
    """A function and the arguments of every call of it."""

    function: str
    """`module:qualname`; of a submission the function's name."""
    calls: Mapping[str, list[Array]]
    """Arguments of each call, by name."""
    forbid: tuple[str, ...]
    """Modules that it may not use."""
    limits: Limits
    import_path: Path
    """Folder put in front of `sys.path`: where the spec file lies."""
    work: Work | None = None
    """Whose function is called; None: one that is imported."""

    @cached_property
    def id(self) -> str:
        """Equal for equal functions called with equal arrays."""
        whose = None if self.work is None else self.work.digest
        digest = hashlib.sha256(
            repr((self.function, self.forbid, self.limits, self.import_path, whose)).encode()
        )
        for name, arguments in self.calls.items():
            for array in arguments:
                digest.update(f"{name} {array.dtype} {array.shape}".encode())
                digest.update(np.ascontiguousarray(array).tobytes())
        return f"call-{digest.hexdigest()[:16]}"

    def prepare(self, threads: int) -> Prepared[Respondent, Called]:
        """Return what a trainer needs; functions are called on the CPU."""
        job = CallJob(
            function=self.function,
            import_paths=[] if self.work else [str(self.import_path)],
            submission=str(self.work.submission.path) if self.work else None,
            forbid=list(self.forbid),
            threads=threads,
            calls={name: len(arguments) for name, arguments in self.calls.items()},
        )
        arrays = {
            f"{name}.{position}": array
            for name, arguments in self.calls.items()
            for position, array in enumerate(arguments)
        }
        return Prepared(
            Assignment("call", job.plain(), arrays, self.limits),
            lambda: Respondent(list(self.calls)),
            lambda heard, attempt: Called(attempt, heard.outputs, heard.errors),
        )


@dataclass(frozen=True)
class Called:
    """How the calls of a function ended."""

    attempt: Attempt
    outputs: Mapping[str, Array]
    """What each call returned, by name."""
    errors: Mapping[str, str]
    """Why a call returned nothing, in the function's own words."""


@dataclass
class Respondent:
    """Collects what a function returns, call by call."""

    calls: list[str]
    outputs: Arrays = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    work: str = "last call"
    finished: bool = False
    largest_text: int = LARGEST_TEXT

    @property
    def largest_arrays(self) -> int:
        """Bytes that one output may have."""
        return LARGEST_OUTPUT

    @property
    def stage(self) -> str:
        """How many calls are answered, in words."""
        return f"after {self._answered} of {len(self.calls)} calls"

    @property
    def _answered(self) -> int:
        return len(self.outputs) + len(self.errors)

    def hear(self, frame: Frame) -> None:
        """Take the answer to the next call, or the end."""
        if frame.kind == "done" and self._answered == len(self.calls):
            self.finished = True
            return
        if frame.kind != "case" or self._answered == len(self.calls):
            raise ProtocolError(f"a frame of unknown kind {frame.kind[:40]!r}")
        name = self.calls[self._answered]
        if frame.data.get("name") != name:
            raise ProtocolError(f"the answer to call {name} was due, another came")
        error, output = frame.data.get("error"), frame.arrays.get("output")
        if isinstance(error, str):
            self.errors[name] = one_line(error, REASON_CHARACTERS)
        elif output is None or output.dtype.kind not in NUMBER_KINDS:
            raise ProtocolError(f"the answer to call {name} holds no array of numbers")
        else:
            self.outputs[name] = output

    def objection(self) -> None:
        """Accept whatever was answered: it is compared later."""
