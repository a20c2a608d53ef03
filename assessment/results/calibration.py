"""Calibration files: the raw values of a reference solution's repeats, one JSON object a line.

`specs/calibration/<spec stem>.jsonl` stands beside the spec file and is kept in
version control. Each line is `{"unit": ..., "run": {...}}`: seed, per-epoch
values, environment and data hash of one run, so that a band can be computed
again, or from more runs, without training again. Lines are only ever appended.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from assessment.errors import AssessmentError
from assessment.results.plain import Record
from assessment.results.record import Environment, Run

MINIMUM_RUNS = 5
"""Distinct seeds below which no band is computed: with fewer, an interval says nothing."""

HEAVY = {"mistakes", "first_layer", "confusion", "output"}
"""Fields of a run that no band needs and that would make the file unfit for version control."""


class CalibrationRun(Record):
    """One line of a calibration file."""

    unit: str
    """Id of the unit it was made for; another unit with the same recipe may use it."""
    run: Run
    """The run without its `HEAVY` fields."""


class Calibration(Record):
    """The reference runs that a recipe is compared with: one environment, distinct seeds."""

    key: str
    """`Run.key` of the recipe."""
    runs: list[Run]
    """Scored runs, in the order of their seeds."""
    environment: Environment | None = None
    """Where they were made, on whatever processor."""
    strict: bool = False
    """Runs of other environments were left out."""
    text: str
    """How many, and where, in words."""
    elsewhere: str = ""
    """Where, if that is known not to be the environment at hand."""


def path_for(spec: Path) -> Path:
    """Return the calibration file of a spec file."""
    return spec.parent / "calibration" / f"{spec.stem}.jsonl"


def read(path: Path, note: Callable[[str], None] | None = None) -> list[CalibrationRun]:
    """Read every line of a calibration file; a file that is not there holds none.

    A last line that a crash cut off is left out, and `note` is told so.

    Raises:
        AssessmentError: The file cannot be read, or another line is damaged.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be read: {error.strerror}") from error
    *lines, rest = content.split(b"\n")
    runs = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            runs.append(_parse(path, number, line))
    if rest:
        try:
            runs.append(CalibrationRun.model_validate_json(rest))
        except ValidationError:
            if note is not None:
                note(f"{path}:{len(lines) + 1}: the last line was cut off and is left out")
    return runs


def append(path: Path, unit: str, run: Run) -> None:
    """Add one run durably; a last line that a crash cut off is removed first.

    Several processes may append to one file.

    Raises:
        AssessmentError: The file cannot be written.
    """
    text = CalibrationRun(unit=unit, run=run).model_dump_json(exclude={"run": HEAVY})
    line = text.encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered, so that the line leaves in one write.
        with path.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _mend(file)
            written = file.write(line)
            os.fsync(file.fileno())
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be written: {error.strerror}") from error
    if written != len(line):
        raise AssessmentError(f"{path}: cannot be written: the disk is full")


def made_in(
    runs: Iterable[CalibrationRun], environment: Environment | None
) -> list[CalibrationRun]:
    """Return the runs that were made in one environment, on whatever processor."""
    return [line for line in runs if _law(line.run.environment) == _law(environment)]


def for_key(
    runs: Iterable[CalibrationRun],
    key: str,
    environment: Environment | None,
    *,
    strict: bool = False,
) -> Calibration:
    """Choose the reference runs of a recipe that were made nearest to the environment at hand.

    Only scored runs of one single environment count, on whatever processor, each
    seed once (its latest line). An environment with fewer than `MINIMUM_RUNS`
    seeds comes after all that have enough. Then nearness decides: the same kind
    of device and number of threads, the same minor version of torch, the same
    precision, device, capability, torch, platform and Python, in this order;
    then more seeds. With `strict` no other environment than the one at hand will do.
    """
    environment = _law(environment)
    runs = [line for line in runs if line.run.key == key and line.run.outcome == "scored"]
    if strict:
        runs = made_in(runs, environment)
    places: dict[Environment | None, dict[int, Run]] = {}
    for line in runs:
        places.setdefault(_law(line.run.environment), {})[line.run.seed] = line.run
    if not places:
        where = " in this environment" if strict else ""
        return Calibration(
            key=key, runs=[], strict=strict, text=f"no reference run of this recipe{where}"
        )
    chosen = min(
        places,
        key=lambda place: (
            len(places[place]) < MINIMUM_RUNS,
            _distance(place, environment),
            -len(places[place]),
        ),
    )
    seeds = places[chosen]
    where = _where(chosen, environment)
    return Calibration(
        key=key,
        runs=[seeds[seed] for seed in sorted(seeds)],
        environment=chosen,
        strict=strict,
        text=f"{_count(len(seeds), 'reference run')} {where}",
        elsewhere="" if environment is None or chosen == environment else where,
    )


def _parse(path: Path, number: int, line: bytes) -> CalibrationRun:
    try:
        return CalibrationRun.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        place = f"{field}: " if field else ""
        raise AssessmentError(
            f"{path}:{number}: damaged line: {place}{first['msg']}; mend it or delete the line"
        ) from error


def _mend(file: BinaryIO) -> None:
    """Make the file end with a whole line: finish it if only the newline is missing."""
    file.seek(0)
    content = file.read()
    start = content.rfind(b"\n") + 1
    rest = content[start:]
    if not rest:
        return
    try:
        CalibrationRun.model_validate_json(rest)
    except ValidationError:
        file.truncate(start)
    else:
        file.write(b"\n")


def _distance(there: Environment | None, here: Environment | None) -> tuple[bool, ...]:
    """Return differences from the gravest to the slightest; a smaller tuple is nearer."""
    if there is None or here is None:
        return (True,) * 10  # farther than any that is known
    return (
        (there.device == "cpu") != (here.device == "cpu"),
        there.threads != here.threads,
        _minor(there.torch) != _minor(here.torch),
        there.precision != here.precision,
        there.device != here.device,
        there.capability != here.capability,
        there.torch != here.torch,
        there.platform != here.platform,
        there.python != here.python,
    )


def _law(environment: Environment | None) -> Environment | None:
    return environment and environment.law()


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


def _where(there: Environment | None, here: Environment | None) -> str:
    if there is None:
        return "in an unknown environment"
    if there == here:
        return f"in this environment ({_described(there)})"
    if here is None:
        return f"made with {_described(there)}"
    found, at_hand = there.plain(), here.plain()
    differences = [
        f"{name} {found[name]} instead of {at_hand[name]}"
        for name in found
        if found[name] != at_hand[name]
    ]
    return f"in another environment ({', '.join(differences)})"


def _described(place: Environment) -> str:
    return f"torch {place.torch} on {place.device}, {_count(place.threads, 'thread')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
