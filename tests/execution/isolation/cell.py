"""A jail to attack: calls functions of `attacks.py` in it, and looks what is left afterwards."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from assessment.execution.calls import CallRequest
from assessment.execution.conductor import Attempt, conduct
from assessment.execution.isolation.cgroups import PREFIX as GROUP_PREFIX
from assessment.execution.isolation.cgroups import find_homes
from assessment.execution.isolation.jail import Jail
from assessment.execution.isolation.staging import PREFIX as FOLDER_PREFIX
from assessment.execution.isolation.view import View
from assessment.results.isolation import Isolation
from assessment.spec.lab import Limits
from tests.hostile.surroundings import is_alive

ATTACKS = Path(__file__).with_name("attacks.py")


@dataclass(frozen=True)
class Told:
    """How an attack ended, and what it told."""

    attempt: Attempt
    answer: Any
    """None where it told nothing."""
    error: str

    @property
    def outcome(self) -> str:
        return self.attempt.outcome


class Cell:
    """A jail with the attacks as its submission; a new one is built where the last is used up."""

    def __init__(self, level: Isolation, folder: Path, **view: Any) -> None:
        self.submission = folder / "submission"
        self.submission.mkdir()
        shutil.copy(ATTACKS, self.submission)
        self.level = level
        self.view = View(self.submission, **view)
        self.built = 0
        self.jail = self._build()

    def attack(
        self, name: str, given: Any = "", *, seconds: float = 60.0, megabytes: int = 700
    ) -> Told:
        """Call a function of the attacks."""
        if not self.jail.alive:
            self.jail.stop()
            self.jail = self._build()
        text = given if isinstance(given, str) else json.dumps(given)
        array = np.frombuffer((text or "\0").encode(), dtype=np.uint8)
        place = Path(self.jail.inside(self.submission))
        limits = Limits(seconds=seconds, megabytes=megabytes)
        request = CallRequest(f"attacks:{name}", {"c": [array]}, (), limits, place)
        prepared = request.prepare(1)
        witness = prepared.make_witness()
        self.jail.wait_ready()
        attempt = conduct(self.jail, prepared.assignment, witness, lambda: None, lambda: False)
        output = witness.outputs.get("c")
        answer = None if output is None else json.loads(output.tobytes())
        return Told(attempt, answer, witness.errors.get("c", ""))

    def left_running(self) -> list[psutil.Process]:
        """Return processes in the jail that belong to no part of it."""
        if not self.jail._own:  # no run yet
            return []
        return [p for p in self.jail._everybody() - self.jail._own if is_alive(p)]

    def stop(self) -> None:
        self.jail.stop()

    def _build(self) -> Jail:
        self.built += 1
        jail = Jail(self.level, self.view)
        jail.start()
        return jail


def belongings() -> set[str]:
    """Return what this process's jails have on the machine: groups and folders."""
    found: set[Path] = set()
    homes = find_homes()
    if homes is not None:
        for folder in homes.folders:
            found |= set(folder.glob(f"{GROUP_PREFIX}{os.getpid()}-*"))
    temporary = Path(tempfile.gettempdir())
    folders = set(temporary.glob(f"{FOLDER_PREFIX}{os.getpid()}-*"))
    found |= {folder for folder in folders if not (folder / "package").exists()}
    return set(map(str, found))


@contextmanager
def leaving_nothing() -> Iterator[Callable[[Jail], None]]:
    """Look whether jails leave nothing behind; call what is given with each while it lives."""
    processes: set[psutil.Process] = set()
    before = belongings()
    yield lambda jail: processes.update(jail._everybody())
    assert belongings() <= before
    assert not [process for process in processes if is_alive(process)]
