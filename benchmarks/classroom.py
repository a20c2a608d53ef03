"""A class of 60 on the digits lab with two workers: right grades, whatever happens.

    python benchmarks/classroom.py

Most are honest; some are weak, broken or copies; one hangs, one eats memory, one kills its own
process. The class is graded by `assessment grade` undisturbed, and once more with a SIGKILL of all
processes in the middle, after which the command is given again. A few are also graded alone, and
under other names in the opposite order. It ends with an error where a grade is not what it has to
be, grades differ in a point, a value, a seed or the predictions, a run is lost or made twice, or a
process, a control group or a file is left behind.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import memory
import psutil
import yaml
from crashes import SERVER, BrokenPromise, kill_group
from side_by_side import (
    ROOT,
    Document,
    Row,
    document,
    finish,
    markdown,
    origin,
    parse,
    parser,
    say,
    target,
)
from students import enrol, faults

from assessment.execution.isolation.levels import choose_level
from assessment.results.isolation import ISOLATIONS

sys.path.insert(0, str(ROOT))
from tests.hostile.surroundings import adopting, contents, descendants, groups_of, left_running

NAME = "classroom"
WORKERS = 2
SAMPLE_SECONDS = 0.5
LONGEST = 3600.0
"""Seconds after which a session hangs."""
PATIENCE = 15.0
"""Seconds in which a run is ended that has reached its limit."""
NOT_OURS = ("torchinductor_", "pytest-of-")
"""What PyTorch in the reference's trainer, and pytest, keep among temporary files."""
FEW = {5: ("s04",), 60: ("s00", "s07", "s23", "s30")}
"""Who is also graded alone, by the size of the class."""
SHORT: dict[str, Any] = {
    "title": "A short digits lab",
    "defaults": {
        "training": {
            "dataset": {"name": "digits"},
            "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
            "epochs": 2,
            "batch_size": 32,
        },
        "limits": {"seconds": 20, "megabytes": 1000},
    },
    "questions": {
        "q2-cnn": {
            "kind": "training",
            "title": "Convolutional network",
            "submitted": {"names": ["CNN"]},
            "training": {"model": {"name": "digits/cnn"}},
            "expect": {"accuracy": {"measure": "test_accuracy", "at_least": 20, "points": 2}},
        },
    },
}
"""The lab of a smoke test."""

Outcome = tuple[Any, ...]
"""What must not depend on who else is graded, and when."""


@dataclass
class Seen:
    """What was seen of a session from outside."""

    began: float = field(default_factory=time.monotonic)
    pids: set[int] = field(default_factory=set)
    servers: dict[int, list[float]] = field(default_factory=dict)
    """When each jail, and each trainer of the reference, was seen first and last."""
    megabytes: float = 0.0

    def look(self, process: subprocess.Popen[bytes]) -> None:
        """Look at all processes of a session."""
        self.megabytes = max(self.megabytes, memory.tree_megabytes(process.pid))
        now = time.monotonic()
        with suppress(psutil.Error):
            family = psutil.Process(process.pid).children(recursive=True)
            self.pids |= {process.pid, *(one.pid for one in family)}
            for one in family:
                with suppress(psutil.Error):
                    above = one.parent()
                    if _serves(one) and not (above and _serves(above)):
                        self.servers.setdefault(one.pid, [now, now])[1] = now


def _serves(process: psutil.Process) -> bool:
    return SERVER in process.cmdline()


class Course:
    """A lab, hand-ins and a store of their own."""

    def __init__(self, folder: Path, spec: Path, handed_in: Path, level: str) -> None:
        self.folder = folder
        self._handed_in = handed_in
        self._temporary = folder / "temporary"
        self._temporary.mkdir(parents=True)
        secret = folder / "course.secret"
        secret.write_text("the same in all of them\n")
        self._command = [sys.executable, "-P", "-m", "assessment", "grade", str(spec)]
        self._command += [f"--submissions={handed_in}", "--reports=reports", f"--secret={secret}"]
        self._command += ["--device=cpu", f"--isolation={level}"]
        self._before = contents(handed_in)
        self.seen: list[Seen] = []

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Begin to grade, in a process group of its own."""
        self.seen.append(Seen())
        with (self.folder / "output.txt").open("wb") as output:
            return subprocess.Popen(
                [*self._command, *options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self._temporary)},
            )

    def watch(self, process: subprocess.Popen[bytes], until: Callable[[], bool]) -> None:
        """Watch a session until something is true, or to its end.

        Raises:
            BrokenPromise: it takes for ever.
        """
        seen = self.seen[-1]
        while process.poll() is None and not until():
            seen.look(process)
            if time.monotonic() - seen.began > LONGEST:
                raise BrokenPromise(f"still graded after {LONGEST:.0f} s:\n{self.output}")
            time.sleep(SAMPLE_SECONDS)

    def grade(self, *options: str) -> Row:
        """Grade to the end; return what that took.

        Raises:
            BrokenPromise: it fails, or leaves something behind.
        """
        running, cpu = descendants(), _cpu_seconds()
        process = self.start(*options)
        try:
            self.watch(process, lambda: False)
        finally:
            kill_group(process)
        seconds = time.monotonic() - self.seen[-1].began
        if process.wait() != 0:
            raise BrokenPromise(f"ended with status {process.returncode}:\n{self.output}")
        left = [f"process: {one}" for one in left_running(running)]
        for pid in {pid for seen in self.seen for pid in seen.pids}:
            left += [f"control group: {one}" for one in groups_of(pid)]
        left += [
            f"file: {path}"
            for path in self._temporary.iterdir()
            if not path.name.startswith(NOT_OURS)
        ]
        if contents(self._handed_in) != self._before:
            left.append("changed: what was handed in")
        if left:
            raise BrokenPromise("left behind:\n" + "\n".join(left))
        lives = [last - first for first, last in self.seen[-1].servers.values()]
        return {
            "seconds": seconds,
            "cpu": _cpu_seconds() - cpu,
            "megabytes": self.seen[-1].megabytes,
            "servers": len(lives),
            "server_seconds": sum(lives) / max(1, len(lives)),
        }

    def strike(self, results: int, *options: str) -> Row:
        """Grade until there are so many results, and kill everything.

        Raises:
            BrokenPromise: a process lives on.
        """
        running = descendants()
        process = self.start(*options)
        try:
            self.watch(process, lambda: self.graded() >= results)
        finally:
            kill_group(process)
        status = process.wait()
        if status != -signal.SIGKILL:
            raise BrokenPromise(f"ended with status {status} before it was killed:\n{self.output}")
        if left := left_running(running):
            raise BrokenPromise("lives on after SIGKILL:\n" + "\n".join(left))
        return {"results": self.graded(), "runs": sum(self.runs().values())}

    @property
    def output(self) -> str:
        """What the last session has printed."""
        return (self.folder / "output.txt").read_text(errors="replace")

    def graded(self) -> int:
        """Return how many results of submissions the store has."""
        return self._count("SELECT count(*) FROM results WHERE submission <> ''")

    def runs(self) -> Counter[tuple[str, int]]:
        """Return the finished runs by key and seed."""
        if not self._store.exists():
            return Counter()
        with closing(sqlite3.connect(self._store, timeout=30)) as connection:
            return Counter(connection.execute("SELECT key, seed FROM runs").fetchall())

    def _count(self, query: str) -> int:
        if self._store.exists():
            with (
                suppress(sqlite3.OperationalError),  # it has no tables yet
                closing(sqlite3.connect(self._store, timeout=30)) as connection,
            ):
                return int(connection.execute(query).fetchone()[0])
        return 0

    @property
    def _store(self) -> Path:
        return self.folder / "reports" / "assessment.sqlite"

    def records(self) -> list[dict[str, Any]]:
        """Return the results of the last session."""
        document = self.document()
        records: list[dict[str, Any]] = document["results"]
        return records

    def document(self) -> Document:
        """Return what the last session has written."""
        found: Document = json.loads((self.folder / "reports" / "results.json").read_text())
        return found


def outcomes(records: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], Outcome]:
    """Return by student, question and variant what has to be the same every time."""
    return {
        (record["submission"]["id"], record["question"], record["variant"] or ""): (
            record["status"],
            record["earned"],
            [(one["value"], one["values"], one["met"]) for one in record["expectations"]],
            [(run["seed"], run["outcome"], run["predictions_sha256"]) for run in record["runs"]],
        )
        for record in records
    }


def measure(arguments: Namespace) -> Document:
    """Grade the class in all ways; return what was found.

    Raises:
        BrokenPromise: something is not as it has to be.
    """
    size, level = arguments.students, arguments.level
    with tempfile.TemporaryDirectory(prefix="classroom-") as temporary, adopting():
        folder = Path(temporary)
        spec = ROOT / "specs" / "digits.yaml"
        if arguments.quick:
            spec = folder / "short.yaml"
            spec.write_text(yaml.safe_dump(SHORT, sort_keys=False))
        handed_in = folder / "class" / "handed_in"
        kinds = enrol(handed_in, size)

        calm = Course(folder / "calm", spec, handed_in, level)
        undisturbed = calm.grade(f"-n{WORKERS}")
        say(f"undisturbed: {undisturbed['seconds']:.0f} s, {undisturbed['cpu']:.0f} CPU s")
        records, runs = calm.records(), calm.runs()
        right = outcomes(records)
        _demand_right(kinds, records)
        _demand_once(runs)

        struck = Course(folder / "struck", spec, handed_in, level)
        blow = struck.strike(len(right) // 2, f"-n{WORKERS}")
        say(f"killed after {blow['results']} of {len(right)} results")
        before = struck.runs()
        again = struck.grade(f"-n{WORKERS}")
        _demand_equal("after a SIGKILL", outcomes(struck.records()), right)
        _demand_once(struck.runs())
        if before - struck.runs() or struck.runs() != runs:
            raise BrokenPromise("after a SIGKILL the store holds other runs")

        alone = [(student,) for student in FEW[size]]
        for chosen in [*alone, FEW[size][::-1]] if len(alone) > 1 else alone:
            _grade_few(folder, spec, handed_in, chosen, right, level)
        hung = [
            run["seconds"]
            for record in records
            if kinds[record["submission"]["id"]] == "hangs"
            for run in record["runs"]
            if run["outcome"] == "timeout"
        ]
        limit = yaml.safe_load(spec.read_text())["defaults"]["limits"]["seconds"]
        pairs = [(one["first"], one["second"]) for one in calm.document()["class"]["similar"]]
    return {
        "kinds": kinds,
        "items": len(right),
        "runs": sum(runs.values()),
        "undisturbed": undisturbed,
        "blow": blow,
        "again": again,
        "copies": sum({kinds[one] for one in pair} == {"original", "copied"} for pair in pairs),
        "alone": len(alone),
        "hung": hung,
        "limit": limit,
    }


def _grade_few(
    folder: Path,
    spec: Path,
    handed_in: Path,
    chosen: Sequence[str],
    right: Mapping[tuple[str, str, str], Outcome],
    level: str,
) -> None:
    """Grade some students under names that put them into this order, and compare."""
    name = "-".join(chosen)
    renamed = {f"t{number:02}": student for number, student in enumerate(chosen)}
    place = folder / "few" / name / "handed_in"
    for new, student in renamed.items():
        shutil.copytree(handed_in / student, place / new)
    course = Course(folder / "few" / name / "course", spec, place, level)
    course.grade()
    found = {
        (renamed[new], question, variant): outcome
        for (new, question, variant), outcome in outcomes(course.records()).items()
    }
    expected = {key: outcome for key, outcome in right.items() if key[0] in chosen}
    _demand_equal(f"without the others ({name})", found, expected)
    say(f"equal without the others: {name}")


def _demand_right(kinds: Mapping[str, str], records: Sequence[Mapping[str, Any]]) -> None:
    wrong = [
        f"{student}: {fault}"
        for record in records
        if (fault := faults(kinds[student := record["submission"]["id"]], record))
    ]
    missing = kinds.keys() - {record["submission"]["id"] for record in records}
    wrong += [f"{student}: no result" for student in sorted(missing)]
    if wrong:
        raise BrokenPromise("wrong grades:\n" + "\n".join(wrong))


def _demand_once(runs: Counter[tuple[str, int]]) -> None:
    if twice := [run for run, count in runs.items() if count > 1]:
        raise BrokenPromise(f"made twice: {twice}")


def _demand_equal(
    when: str,
    found: Mapping[tuple[str, str, str], Outcome],
    right: Mapping[tuple[str, str, str], Outcome],
) -> None:
    other = [key for key in {**found, **right} if found.get(key) != right.get(key)]
    if other:
        shown = "\n".join(f"{key}: {found.get(key)}\nis not {right.get(key)}" for key in other)
        raise BrokenPromise(f"other grades {when}:\n{shown}")


def _cpu_seconds() -> float:
    """Return the CPU time of all processes below this one that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(result: Document) -> str:
    """Return the table and the targets as Markdown."""
    found, settings = result["raw"], result["settings"]
    whole, again, blow = found["undisturbed"], found["again"], found["blow"]
    size = len(found["kinds"])
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(found["kinds"].values()).items())
    setting = (
        f"{origin(result)} {size} students ({kinds}), {found['items']} items, {found['runs']} "
        f"runs, {WORKERS} workers, isolation: {settings['level']}. The reference, which goes "
        "first, is counted."
    )
    rows = [
        ("the class: seconds", whole["seconds"], 0),
        ("a student: seconds", whole["seconds"] / size, 2),
        ("a student: CPU seconds", whole["cpu"] / size, 2),
        ("jails and trainers: how many", whole["servers"], 0),
        ("one of them: seconds that it lived", whole["server_seconds"], 2),
        ("all processes together: largest MB (PSS)", whole["megabytes"], 0),
        ("the rest after a SIGKILL: seconds", again["seconds"], 0),
    ]
    several = found["alone"] > 1
    promises = [
        target("right grades: full marks for honest work, a reason for everything else", True),
        target(f"killed at {blow['results']} of {found['items']} items: equal grades", True),
        target(f"{blow['runs']} runs before it: none lost, none made twice", True),
        target(f"{found['alone']} graded alone{', and in another order' * several}: equal", True),
        target(
            f"the run that hangs was ended after {max(found['hung']):.0f} s, its limit is "
            f"{found['limit']:.0f} s",
            max(found["hung"]) < found["limit"] + PATIENCE,
        ),
        target("no process, control group or file left behind", True),
    ]
    if "copied" in found["kinds"].values():
        promises.append(target("the near-copy is listed", found["copies"] == 1))
    return "\n\n".join(
        (
            setting,
            markdown(
                ("undisturbed", "measured"),
                [(title, f"{value:,.{digits}f}") for title, value, digits in rows],
            ),
            "\n".join(promises),
        )
    )


def main() -> None:
    """Grade, compare, keep."""
    options = parser(NAME, __doc__ or "", repeats=1)
    options.add_argument("--level", choices=ISOLATIONS, default="bubblewrap")
    arguments = parse(options, NAME)
    arguments.students = 5 if arguments.quick else 60
    choose_level(arguments.level, practice=False)
    result = document(NAME, {name: getattr(arguments, name) for name in ("students", "level")})
    result["raw"] = measure(arguments)
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
