"""What grading again costs: 10,000 stored results of a class, under the same and another rubric.

    python benchmarks/regrade.py

A class is made of one pytest run of the digits lab: its results are stored again
under the names of submissions, each with runs whose accuracies differ by a few
images. Each command runs in a fresh process; its seconds are of the processor, from start to exit.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

from side_by_side import (
    ROOT,
    Document,
    Row,
    document,
    finish,
    in_turns,
    markdown,
    origin,
    parse,
    parser,
    say,
    spread,
    target,
)
from store import TERMS, open_hastily

from assessment.results.document import load_results, read
from assessment.results.record import Result, Run
from assessment.results.store.graded import put_result
from assessment.results.store.runs import put_run
from assessment.results.store.sessions import begin_session

NAME = "regrade"
MOST_SECONDS = 5.0
SPEC = Path("specs/digits.yaml")
STORE = "class.sqlite"
TEST_IMAGES = 899
OTHER = ("equals: 2410\n        points: 1", "equals: 2410\n        points: 2")
"""What is written into the spec in place of what: every submission's result changes."""


def train() -> list[Result]:
    """Return the results of the digits lab, trained once, here."""
    say("training the digits lab once")
    arguments = ["-q", "-p", "no:cacheprovider", str(SPEC)]
    subprocess.run([sys.executable, "-m", "pytest", *arguments], capture_output=True, check=False)
    return load_results(read(Path("reports/results.json")))


def differ(run: Run, draw: random.Random) -> Run:
    """Return a run of somebody whose network is right on a few other images."""
    accuracies = run.epochs["test_accuracy"]
    moved = 100 * draw.randint(-3, 3) / TEST_IMAGES
    changed = [min(100.0, value + moved) if value is not None else None for value in accuracies]
    losses = [value and value * draw.uniform(0.9, 1.1) for value in run.epochs["test_loss"]]
    epochs = {**run.epochs, "test_accuracy": changed, "test_loss": losses}
    return run.model_copy(update={"epochs": epochs})


def fill(results: list[Result], count: int) -> None:
    """Store two sessions of a class with so many results in each; whoever differs keeps doing so.

    A run is kept for each of its submissions, as if everybody had a source of their own.
    """
    draw = random.Random(0)
    with open_hastily(Path(STORE)) as store:
        sessions = [
            begin_session(
                store, started="", command=["pytest"], machine={}, versions={}, options={}
            )
            for _ in range(2)
        ]
        for number in range(-(-count // len(results))):
            submission = f"e{number:05}"
            runs: dict[tuple[str, int], Run] = {}
            for result in results[: count - number * len(results)]:
                for run in result.runs:
                    if (run.key, run.seed) not in runs:
                        runs[run.key, run.seed] = differ(run, draw)
                        put_run(store, runs[run.key, run.seed], TERMS)
                own = [runs[run.key, run.seed] for run in result.runs]
                for session in sessions:
                    put_result(
                        store,
                        session,
                        result.model_copy(update={"runs": own}),
                        submission=submission,
                    )


def call(*arguments: str) -> dict[str, float]:
    """Run a command of `assessment`; return the seconds that it took of the processor.

    `seconds` are all of them, `system` those that the kernel spent.
    """
    command = [sys.executable, "-m", "assessment", *arguments, "--store", STORE]
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True)
    after = os.times()
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    system = after.children_system - before.children_system
    return {"seconds": after.children_user - before.children_user + system, "system": system}


def regrade_under(old: str, new: str) -> dict[str, float]:
    """Grade the class again with something else in the spec."""
    text = SPEC.read_text(encoding="utf-8")
    if old not in text:
        raise SystemExit(f"{SPEC} does not hold {old!r} any more: mend this benchmark")
    SPEC.write_text(text.replace(old, new), encoding="utf-8")
    try:
        return call("regrade", "digits")
    finally:
        SPEC.write_text(text, encoding="utf-8")


def measure(arguments: Namespace) -> Document:
    """Fill a store with a class, then compare and grade it."""
    ways: dict[str, Callable[[], dict[str, float]]] = {
        "compare two sessions": lambda: call("compare", "1", "2"),
        "grade again, nothing changed": lambda: call("regrade", "digits"),
        "grade again, other points for a question": lambda: regrade_under(*OTHER),
    }
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        shutil.copytree(ROOT / "specs" / "calibration", "specs/calibration")
        shutil.copy(ROOT / SPEC, SPEC)
        results = train()
        say(f"storing {arguments.results} results twice")
        fill(results, arguments.results)
        for repeat, name in in_turns(ways, arguments.repeats):
            taken = ways[name]()
            say(f"{name}, repeat {repeat + 1}: {taken['seconds']:.2f} s")
            rows.append({"what": name, "repeat": repeat, **taken})
    return {"seconds": rows}


def table(result: Document) -> str:
    """Return the table and the targets as Markdown."""
    rows = [
        (name, f"{of['median']:.2f}", f"{of['smallest']:.2f} to {of['largest']:.2f}")
        for name, of in result["summary"].items()
    ]
    targets = [
        target(
            f"{name}: {of['median']:.2f} s, under {MOST_SECONDS:g} s", of["median"] < MOST_SECONDS
        )
        for name, of in result["summary"].items()
    ]
    settings = result["settings"]
    return "\n\n".join(
        (
            f"{origin(result)} {settings['results']:,} results of a class on the digits lab, "
            f"{settings['repeats']} repeats.",
            markdown(("processor time of a command", "seconds, median", "range"), rows),
            "\n".join(targets),
        )
    )


def main() -> None:
    """Measure, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=3)
    options.add_argument("--results", type=int, default=10_000, help="default: 10000")
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.results = 50
    if arguments.results < 1:
        options.error("--results must be at least 1")
    settings = {name: getattr(arguments, name) for name in ("repeats", "results")}
    result = document(NAME, settings)
    result["raw"] = measure(arguments)
    names = dict.fromkeys(row["what"] for row in result["raw"]["seconds"])
    result["summary"] = {
        name: spread([row["seconds"] for row in result["raw"]["seconds"] if row["what"] == name])
        for name in names
    }
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
