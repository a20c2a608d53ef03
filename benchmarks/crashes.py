"""A lab whose grading is killed again and again, and what has to be true all the same.

A session is killed with SIGKILL at a random moment - all of it, its controller, a worker of
pytest-xdist, a warm server, a run - and another one is started on the same store, until one is
left alone. After every blow the store has to be whole, and nothing that was in it before may be
trained again; in the end everything has to be as if nothing had happened.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

SEEDS = 3
"""Of each variant. There is a variant for each blow and one for the session that is left alone, so
that something is left to train for most blows; a worker without controller ends its items first."""
LONGEST = 300.0
"""Seconds after which something hangs."""
ALONE = ("--assess-device=cpu", "--assess-threads=1", "-p", "no:cacheprovider", "-p", "no:html")
SERVER = "assessment.sandbox.server"
"""In the command line of a warm server."""

MODEL = '''
import os
import time
from pathlib import Path

import torch
from torch import nn


class Net(nn.Sequential):
    """Tells when it is trained, and takes its time."""

    def __init__(self, width):
        super().__init__(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
        line = f"{os.environ['CRASH_SESSION']} {width} {torch.initial_seed()}\\n"
        with Path(__file__).with_name("trained.txt").open("a") as file:
            file.write(line)

    def forward(self, images):
        if self.training:
            time.sleep(0.02)
        return super().forward(images)
'''


def lab(blows: int) -> dict[str, Any]:
    """Return a lab with runs enough for so many blows."""
    variants: dict[str, Any] = {
        f"wide-{width}": {"set": {"model": {"arguments": {"width": width}}}}
        for width in range(8, 9 + blows)
    }
    first, *_, last = (f"mlp[{name}]" for name in variants)
    return {
        "title": "Killed",
        "questions": {
            "mlp": {
                "kind": "training",
                "title": "An MLP",
                "seeds": SEEDS,
                "all_seeds": True,
                "training": {
                    "model": {"name": "tiny:Net", "arguments": {"width": 8}},
                    "dataset": {"name": "digits"},
                    "optimizer": {"name": "sgd", "learning_rate": 0.1},
                    "epochs": 1,
                    "batch_size": 32,
                    "max_steps": 6,
                },
                "expect": {"accuracy": {"measure": "test_accuracy", "at_least": 5, "points": 2}},
                "variants": variants,
            },
            "order": {
                "kind": "comparison",
                "title": "Which is better",
                "expect": {
                    "order": {
                        "measure": "test_accuracy",
                        "descending": [last, first],
                        "points": 2,
                    }
                },
            },
            "saved": {
                "kind": "checkpoint",
                "title": "Saved",
                "of": last,
                "file": "saved.pth",
                "points": 1,
            },
        },
    }


BLOWS = (
    *("group", "controller", "worker -n 2", "server", "run", "group"),
    *("controller", "group -n 2", "server", "run", "controller -n 2"),
)
"""Who is killed, and with how many workers the session runs; sessions with workers start slowly."""


VICTIMS = ("run", "server", "worker")
"""Who is killed alone, where there is one; the whole session otherwise."""


class BrokenPromise(AssertionError):
    """A crash has cost something."""


@dataclass
class Course:
    """The lab in a folder of its own, and what was seen there."""

    folder: Path
    blows: int
    """How many its runs should last for."""
    sessions: int = 0
    begun: Counter[str] = field(default_factory=Counter)
    """Runs begun by width and seed."""

    def __post_init__(self) -> None:
        specs = self.folder / "specs"
        specs.mkdir(parents=True)
        (self.folder / "pytest.ini").write_text("[pytest]\n")
        (specs / "tiny.py").write_text(MODEL)
        (specs / "lab.yaml").write_text(json.dumps(lab(self.blows)))  # YAML holds all JSON
        self.trained.touch()

    @property
    def runs(self) -> int:
        """How many there are to make."""
        return SEEDS * (self.blows + 1)

    @property
    def trained(self) -> Path:
        """Where the model tells of its trainings."""
        return self.folder / "specs" / "trained.txt"

    @property
    def store(self) -> Path:
        """The file that has to survive."""
        return self.folder / "reports" / "assessment.sqlite"

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start pytest in a process group of its own."""
        self.sessions += 1
        command = [sys.executable, "-m", "pytest", *ALONE, "--assess-trainers=1", "specs"]
        with (self.folder / f"output-{self.sessions}.txt").open("wb") as output:
            return subprocess.Popen(
                [*command, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "CRASH_SESSION": str(self.sessions)},
            )

    def finish(self, process: subprocess.Popen[bytes]) -> None:
        """Let a session run to its end."""
        try:
            status = process.wait(LONGEST)
        finally:
            kill_group(process)
        output = (self.folder / f"output-{self.sessions}.txt").read_text(errors="replace")
        if status not in (0, 1):
            raise BrokenPromise(f"a session ended with status {status}:\n{output}")

    def stored(self) -> Counter[str]:
        """Return the finished runs by width and seed; the store must be whole."""
        if not self.store.exists():
            return Counter()
        with closing(sqlite3.connect(self.store)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchall()
            if found != [("ok",)]:
                raise BrokenPromise(f"the store is damaged: {found}")
            if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                return Counter()
            rows = connection.execute("SELECT record FROM runs").fetchall()
        runs = [json.loads(record) for (record,) in rows]
        return Counter(f"{(run['parameters'] - 10) // 75} {run['seed']}" for run in runs)

    def lines(self, session: int) -> Counter[str]:
        """Return the runs that a session has begun, by width and seed."""
        words = [line.split() for line in self.trained.read_text().splitlines()]
        return Counter(
            f"{width} {seed}"
            for number, width, seed in words
            if int(number) == session and len(seed) == 7  # other models are made to load weights
        )

    def results(self) -> list[Any]:
        """Return what must not depend on what happened: points, values, predictions."""
        document = json.loads((self.folder / "reports" / "results.json").read_text())
        return [
            (
                record["question"],
                record["variant"],
                record["status"],
                record["earned"],
                [(graded["value"], graded["values"]) for graded in record["expectations"]],
                [(run["seed"], run["predictions_sha256"]) for run in record["runs"]],
            )
            for record in document["results"]
        ]

    def strike(self, blow: str, chance: random.Random) -> dict[str, Any]:
        """Kill a session at a random moment, and look at what it leaves.

        Returns:
            Who was to be hit and who was, whether the session had begun a run by then, how many it
            began, and how many are in the store.

        Raises:
            BrokenPromise: something was damaged, lost or done twice.
        """
        whom, *workers = blow.split()
        before = self.stored()
        process = self.start(*workers)
        family = [psutil.Process(process.pid)]
        try:
            starting = chance.random() < 0.2
            if not starting:
                self._wait(process, lambda: bool(self.lines(self.sessions)))
            time.sleep(chance.uniform(0, 0.6))
            family += _family(process)
            if whom in VICTIMS and not starting:  # between two runs there is none
                self._wait(process, lambda: _victim(whom, process) is not None)
            victim = _victim(whom, process)
            training = bool(self.lines(self.sessions))
            if victim is not None:
                victim.kill()
                time.sleep(chance.uniform(0, 0.4))
                family += _family(process)
            elif whom != "controller":
                whom = "group"
            if whom == "controller":
                process.kill()
            else:
                kill_group(process)
            process.wait(LONGEST)
        finally:
            if whom != "controller":
                kill_group(process)
        _, alive = psutil.wait_procs([one for one in family if one.is_running()], LONGEST)
        if alive:
            raise BrokenPromise(f"after {blow}: {alive} live on")
        begun, stored = self._look_back(before, blow, once=whom in ("group", "controller"))
        hit = " ".join([whom, *workers])
        return {"blow": blow, "hit": hit, "training": training, "begun": begun, "stored": stored}

    def _wait(self, process: subprocess.Popen[bytes], until: Callable[[], bool]) -> None:
        """Wait until something is so, or a session has ended or has nothing left to train."""
        deadline = time.monotonic() + LONGEST
        while process.poll() is None and time.monotonic() < deadline:
            if until() or sum(self.stored().values()) == self.runs:
                return
            time.sleep(0.01)

    def _look_back(self, before: Counter[str], blow: str, *, once: bool) -> tuple[int, int]:
        """Hold what a session has begun against what was there before it; count it and the store's.

        Raises:
            BrokenPromise: something was damaged, lost or done twice.
        """
        begun, after = self.lines(self.sessions), self.stored()
        again = sorted(set(begun) & set(before))
        if again:
            raise BrokenPromise(f"after {blow}: trained again although stored: {again}")
        if lost := before - after:
            raise BrokenPromise(f"after {blow}: lost from the store: {sorted(lost)}")
        twice = [run for run, count in (begun.items() if once else after.items()) if count > 1]
        if twice:
            raise BrokenPromise(f"after {blow}: made twice: {twice}")
        self.begun += begun
        return sum(begun.values()), sum(after.values())


def survive(folder: Path, blows: int, seed: int) -> dict[str, Any]:
    """Grade a lab undisturbed and with blows; return what was counted.

    Raises:
        BrokenPromise: they differ, or a crash has cost something.
    """
    calm, struck = Course(folder / "calm", blows), Course(folder / "struck", blows)
    shutil.copy(calm.folder / "specs" / "lab.yaml", struck.folder / "specs" / "lab.yaml")
    undisturbed = calm.start()
    try:
        chance = random.Random(seed)
        turns = [BLOWS[(seed + number) % len(BLOWS)] for number in range(blows)]
        rows = [struck.strike(blow, chance) for blow in turns]
        before = struck.stored()
        struck.finish(struck.start())
    finally:
        calm.finish(undisturbed)
    struck._look_back(before, "the end", once=True)
    if struck.results() != calm.results():
        raise BrokenPromise(f"{struck.results()}\nis not\n{calm.results()}")
    stored = struck.stored()
    if stored != calm.stored() or set(stored.values()) != {1}:
        raise BrokenPromise(f"the store holds {stored}")
    if left := [path.name for path in struck.store.parent.glob("assessment.sqlite?*")]:
        raise BrokenPromise(f"left beside the store: {left}")
    return {
        "blows": rows,
        "runs": sum(stored.values()),
        "begun": sum(struck.begun.values()),
        "sessions": struck.sessions,
    }


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a session with all its processes."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def _victim(whom: str, process: subprocess.Popen[bytes]) -> psutil.Process | None:
    """Return the process to kill alone; None where there is none now."""
    for one in _family(process):
        with suppress(psutil.Error):
            command = " ".join(one.cmdline())
            is_server = SERVER in command
            parent = one.parent()
            below = parent is not None and SERVER in " ".join(parent.cmdline())
            if whom == "run" and is_server and below:
                return one
            if whom == "server" and is_server and not below:
                return one
            if whom == "worker" and parent is not None and parent.pid == process.pid:
                return one
    return None
