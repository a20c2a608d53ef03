"""What the benchmarks share: options, fresh processes in turns, kept results, tables."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assessment.execution.devices import cpu_cores
from assessment.execution.server import SPEED
from assessment.results.machine import LIBRARIES, describe_machine, find_versions

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
COMPARED = ("lightning", "keras", "skorch")
QUIET_LOAD = 0.3
"""Load average above which a measurement is not worth keeping."""

Row = dict[str, Any]
"""One raw measurement: what was measured, which repeat, seconds or megabytes."""
Document = dict[str, Any]
"""What a results file holds."""


def parser(name: str, description: str, repeats: int) -> argparse.ArgumentParser:
    """Return a parser of the options that every benchmark has."""
    options = argparse.ArgumentParser(prog=f"{name}.py", description=description)
    options.add_argument("--repeats", type=int, default=repeats, help=f"default: {repeats}")
    options.add_argument(
        "--quick", action="store_true", help="smoke test in seconds; its figures mean nothing"
    )
    options.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=f"results file (default: benchmarks/results/{name}.json, none with --quick)",
    )
    return options


def parse(options: argparse.ArgumentParser, name: str) -> argparse.Namespace:
    """Parse the command line; --quick makes one repeat and keeps nothing unless told where."""
    arguments = options.parse_args()
    if arguments.quick:
        arguments.repeats = 1
    elif arguments.output is None:
        arguments.output = FOLDER / "results" / f"{name}.json"
    if arguments.repeats < 1:
        options.error("--repeats must be at least 1")
    return arguments


def in_turns(names: Iterable[str], repeats: int) -> Iterator[tuple[int, str]]:
    """Yield (repeat, name) as A B C A B C ..., so that a slow minute hits all alike."""
    known = list(names)
    for repeat in range(repeats):
        for name in known:
            yield repeat, name


def environment(threads: int, *, like_trainers: bool, gpu: bool = False) -> dict[str, str]:
    """Return the environment of a measured process: this many OpenMP threads, a GPU or none.

    Args:
        threads: what `OMP_NUM_THREADS` becomes.
        like_trainers: how threads wait and memory is kept as in our trainers, which a lab's own
            loop can have as well; else as libraries have it by default.
        gpu: let it see the GPUs.
    """
    plain = {name: value for name, value in os.environ.items() if name not in SPEED}
    variables = {**plain, "OMP_NUM_THREADS": str(threads)}
    if not gpu:
        variables["CUDA_VISIBLE_DEVICES"] = ""
    return variables | SPEED if like_trainers else variables


def run_fresh(script: str, *arguments: str, environment: Mapping[str, str]) -> Any:
    """Run a script of this folder in a new process; return the JSON of its last line.

    Raises:
        SystemExit: it failed; what it printed is the message.
    """
    command = [sys.executable, str(FOLDER / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(environment))
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def document(name: str, settings: Mapping[str, Any]) -> Document:
    """Return a results file without its results: where, when and how it was measured."""
    load = os.getloadavg()[0]
    if load > QUIET_LOAD * cpu_cores():
        say(f"warning: the load average is {load:.1f}: measure on a quiet machine")
    return {
        "benchmark": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": describe_machine(),
        "load_average_before": load,
        "versions": find_versions((*LIBRARIES, *COMPARED)),
        "settings": dict(settings),
    }


def finish(result: Document, table: str, output: Path | None) -> None:
    """Print the table and keep the document."""
    print(table)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(result, indent=1) + "\n")
        say(f"written: {output}")


def say(text: str) -> None:
    """Print progress, apart from the table."""
    print(text, file=sys.stderr, flush=True)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, smallest and largest value."""
    return {
        "median": statistics.median(values),
        "smallest": min(values),
        "largest": max(values),
        "count": len(values),
    }


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, aligned so that it reads as well on a terminal."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def show(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return f"| {' | '.join([first, *others])} |"

    return "\n".join(map(show, [lines[0], rule, *lines[1:]]))


def target(text: str, met: bool) -> str:
    """Return one line about a target."""
    return f"- {text}: {'met' if met else 'MISSED'}"


def origin(result: Document) -> str:
    """Return one sentence about machine, versions and day."""
    machine, versions = result["machine"], result["versions"]
    named = ", ".join(
        f"{name} {versions[name]}" for name in ("torch", *COMPARED) if versions.get(name)
    )
    return (
        f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {named}; "
        f"{result['date'][:10]}, load average before: {result['load_average_before']:.2f}."
    )
