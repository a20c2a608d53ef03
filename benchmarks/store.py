"""What the store costs: a run put, 10,000 results compared and loaded.

    python benchmarks/store.py

A run is put in one transaction that waits for the disk, so it is measured in
turns with a transaction that holds next to nothing. The file lies where
`reports/` lies, since another file system would tell of another disk. Numbers
are as long as real ones; predictions of ten classes at random compress worst.
"""

from __future__ import annotations

import base64
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
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

from assessment.datasets.cache import load
from assessment.report.comparison import compare
from assessment.report.earlier import session_numbers
from assessment.results.record import Environment, Graded, Mistake, Result, Run
from assessment.results.store.connection import Store
from assessment.results.store.files import open_store
from assessment.results.store.graded import load_results, put_result, standing
from assessment.results.store.journal import connect
from assessment.results.store.runs import Terms, find_run, put_run
from assessment.results.store.sessions import begin_session
from assessment.results.store.surroundings import at_hand
from assessment.spec.kinds.base import Limits
from assessment.spec.recipe import Recording

NAME = "store"
MOST_MILLISECONDS, MOST_SECONDS = 10.0, 5.0
TERMS = Terms(Recording(), Limits(), at_hand("cpu", 1))
ENVIRONMENT = Environment(
    torch=TERMS.expected.torch,
    device="cpu",
    capability="AVX512",
    threads=1,
    python=TERMS.expected.python,
    platform=TERMS.expected.platform,
    processor=TERMS.expected.processor,
)
EMPTY = "a transaction of one number"


@dataclass(frozen=True)
class Kind:
    """Runs of one size."""

    epochs: int
    test_images: int
    side: int
    """Of the pictures, pixels."""
    steps: int = 0
    """Records within epochs."""


KINDS = {
    "a digits run: 20 epochs": Kind(20, 360, 8),
    "an MNIST run: 10 epochs": Kind(10, 10_000, 28),
    "the same with 9,380 steps": Kind(10, 10_000, 28, 9_380),
}


def make_run(kind: Kind, seed: int) -> tuple[Run, np.ndarray]:
    """Return a run with numbers of full length, and its predictions."""
    draw = np.random.default_rng(seed)
    judged = ("test_loss", "test_accuracy", "train_loss", "train_accuracy", "seconds")
    epochs = {name: draw.random(kind.epochs).tolist() for name in judged}
    epochs["learning_rate"] = [0.001] * kind.epochs
    steps = {}
    if kind.steps:
        steps = {
            "step": [float(step) for step in range(kind.steps)],
            "batch_loss": draw.random(kind.steps, np.float32).tolist(),
            "batch_accuracy": (100 * draw.integers(50, 65, kind.steps) / 64).tolist(),
        }
    run = Run(
        key="0123456789abcdef",
        seed=seed,
        outcome="scored",
        started="2025-03-01T09:00:00+00:00",
        seconds=float(draw.random()),
        peak_megabytes=600.1,
        parameters=101_146,
        epochs=epochs,
        steps=steps,
        confusion=draw.integers(0, kind.test_images // 10, (10, 10)).tolist(),
        mistakes=[mistake(kind, number) for number in range(8)],
        environment=ENVIRONMENT,
        dataset="mnist",
        dataset_sha256="d" * 64,
    )
    return run, draw.integers(0, 10, kind.test_images)


@cache
def mistake(kind: Kind, number: int) -> Mistake:
    """Return a picture as full of ink as a digit of MNIST."""
    digit = np.load(load("digits").paths["test_images"], mmap_mode="r")[number, :, :, 0]
    scale = max(1, kind.side // 9)
    pixels = np.zeros((kind.side, kind.side), np.uint8)
    large = np.kron(digit, np.ones((scale, scale), np.uint8))
    pixels[: len(large), : len(large)] = large
    return Mistake(
        index=number,
        label=number,
        predicted=9 - number,
        pixels=base64.b64encode(pixels.tobytes()).decode(),
        shape=[kind.side, kind.side, 1],
    )


def measure_puts(store: Store, puts: int, repeats: int) -> list[Row]:
    """Put runs of each kind, in turns with a transaction of one number."""
    with store.writing() as connection:
        connection.execute("CREATE TABLE numbers (number)")
    rows, seed = [], 0
    for repeat, name in in_turns([EMPTY, *KINDS], repeats):
        made = [make_run(KINDS[name], seed + i) for i in range(puts)] if name in KINDS else []
        seed += puts
        for index in range(puts):
            began = time.perf_counter()
            if made:
                put_run(store, made[index][0], TERMS, predicted=made[index][1])
            else:
                with store.writing() as connection:
                    connection.execute("INSERT INTO numbers VALUES (?)", (index,))
            milliseconds = 1e3 * (time.perf_counter() - began)
            rows.append({"what": name, "repeat": repeat, "milliseconds": milliseconds})
    return rows


def measure_size(folder: Path, puts: int) -> dict[str, float]:
    """Return kilobytes (10^3 bytes) that a run of each kind takes in the file."""
    found = {}
    for number, (name, kind) in enumerate(KINDS.items()):
        path = folder / f"size-{number}.sqlite"
        with open_store(path) as store:
            empty = path.stat().st_size
            for seed in range(puts):
                run, predicted = make_run(kind, seed)
                put_run(store, run, TERMS, predicted=predicted)
        found[name] = (path.stat().st_size - empty) / puts / 1e3
    return found


def open_hastily(path: Path) -> Store:
    """Open a store that does not wait for the disk: how results come in is not measured."""
    open_store(path).close()
    connection = connect(path, "rw", patience=5)
    connection.execute("PRAGMA synchronous=OFF")
    return Store(connection, path)


def fill(store: Store, results: int) -> list[int]:
    """Put two sessions of so many results, each graded on an MNIST run of its own."""
    sessions = [
        begin_session(store, started="", command=[], machine={}, versions={}, options={})
        for _ in range(2)
    ]
    for number in range(results):
        run, predicted = make_run(KINDS["an MNIST run: 10 epochs"], number)
        put_run(store, run, TERMS, predicted=predicted)
        result = make_result(number, run)
        for session in sessions:
            put_result(store, session, result)
    return sessions


def make_result(number: int, run: Run) -> Result:
    """Return a result with three expectations."""
    graded = [
        Graded(
            name=name,
            measure=name,
            label=name,
            value=98.31 + number,
            verified=True,
            condition="97.61 to 98.83 %",
            low=97.61,
            high=98.83,
            met=True,
            earned=1.0,
            points=1.0,
            why="98.31 % lies within 97.61 to 98.83 %",
        )
        for name in ("test_accuracy", "test_loss", "train_loss")
    ]
    return Result(
        spec="specs/lab.yaml",
        lab="Lab",
        lab_sha256="5" * 64,
        question=f"q{number}",
        kind="training",
        title=f"Question {number}",
        status="scored",
        earned=3.0,
        points=3.0,
        expectations=graded,
        runs=[run],
    )


def measure_reads(store: Store, sessions: list[int], results: int, repeats: int) -> list[Row]:
    """Compare, load and look up what `fill` has put."""
    old, new = sessions
    ways: dict[str, Callable[[], object]] = {
        "compare two sessions": lambda: compare(
            session_numbers(store, str(old))[1], session_numbers(store, str(new))[1]
        ),
        "load results without runs": lambda: load_results(store, new, runs=False),
        "load results with runs": lambda: load_results(store, new),
        "standing, without runs": lambda: standing(store),
        "find as many runs": lambda: [
            find_run(store, "0123456789abcdef", seed, TERMS) for seed in range(results)
        ],
    }
    rows = []
    for repeat, name in in_turns(ways, repeats):
        began = time.perf_counter()
        ways[name]()
        seconds = time.perf_counter() - began
        say(f"{name}, repeat {repeat + 1}: {seconds:.2f} s")
        rows.append({"what": name, "repeat": repeat, "seconds": seconds})
    return rows


def measure(arguments: Namespace) -> Document:
    """Measure in new files beside the reports."""
    folder = ROOT / "reports"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".benchmark-", dir=folder) as temporary:
        with open_store(Path(temporary) / "puts.sqlite") as store:
            puts = measure_puts(store, arguments.puts, arguments.repeats)
        kilobytes = measure_size(Path(temporary), arguments.puts)
        path = Path(temporary) / "results.sqlite"
        with open_hastily(path) as store:
            sessions = fill(store, arguments.results)
        with open_store(path) as store:
            reads = measure_reads(store, sessions, arguments.results, arguments.repeats)
        megabytes = path.stat().st_size / 1e6
    return {"puts": puts, "kilobytes": kilobytes, "reads": reads, "megabytes": megabytes}


def summarise(raw: Document) -> Document:
    """Return milliseconds of puts and seconds of reads."""
    return {
        part: {
            name: spread([row[unit] for row in raw[part] if row["what"] == name])
            for name in dict.fromkeys(row["what"] for row in raw[part])
        }
        for part, unit in (("puts", "milliseconds"), ("reads", "seconds"))
    }


def table(result: Document) -> str:
    """Return the tables and the targets as Markdown."""
    settings, raw, found = result["settings"], result["raw"], result["summary"]
    puts = [
        (
            name,
            f"{of['median']:.2f}",
            f"{of['smallest']:.2f} to {of['largest']:.2f}",
            f"{raw['kilobytes'][name]:.1f}" if name in raw["kilobytes"] else "",
        )
        for name, of in found["puts"].items()
    ]
    reads = [
        (name, f"{of['median']:.2f}", f"{of['smallest']:.2f} to {of['largest']:.2f}")
        for name, of in found["reads"].items()
    ]
    setting = (
        f"{origin(result)} {settings['repeats']} times {settings['puts']} runs of each kind; "
        f"{settings['results']:,} results of three numbers, {raw['megabytes']:.0f} MB."
    )
    slowest = max(of["median"] for of in found["puts"].values())
    longest = max(of["median"] for of in found["reads"].values())
    targets = [
        target(
            f"put a run: {slowest:.1f} ms, under {MOST_MILLISECONDS:g} ms",
            slowest < MOST_MILLISECONDS,
        ),
        target(
            f"compare or load {settings['results']:,} results: {longest:.1f} s, "
            f"under {MOST_SECONDS:g} s",
            longest < MOST_SECONDS,
        ),
    ]
    return "\n\n".join(
        (
            setting,
            markdown(("one transaction", "milliseconds, median", "range", "kilobytes"), puts),
            markdown(("all results", "seconds, median", "range"), reads),
            "\n".join(targets),
        )
    )


def main() -> None:
    """Measure, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=3)
    options.add_argument("--puts", type=int, default=100, help="of each kind (default: 100)")
    options.add_argument("--results", type=int, default=10_000, help="default: 10000")
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.puts, arguments.results = 5, 50
    if min(arguments.puts, arguments.results) < 1:
        options.error("--puts and --results must be at least 1")
    settings = {name: getattr(arguments, name) for name in ("repeats", "puts", "results")}
    result = document(NAME, settings)
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"])
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
