"""Peak memory of an MNIST run: of the trainer, of pytest, and of both with the warm server.

    python benchmarks/memory.py

Runs Model A for two epochs through `pytest`. Megabytes are 10^6 bytes. What
processes share is counted once in the sum: it adds up proportional set sizes
(PSS), sampled while the session runs. Only Linux tells them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

import cases
import psutil
from side_by_side import (
    FOLDER,
    Document,
    Row,
    document,
    finish,
    markdown,
    origin,
    parse,
    parser,
    say,
    spread,
    target,
)

NAME = "memory"
MOST_MEGABYTES = 1500
SAMPLE_SECONDS = 0.05
TITLES = {
    "trainer": "the run's process (largest resident set)",
    "pytest": "the pytest process (largest resident set)",
    "tree": "all processes together (PSS, sampled)",
}


def measure(arguments: Namespace) -> list[Row]:
    """Run a session several times."""
    rows = []
    for repeat in range(arguments.repeats):
        with tempfile.TemporaryDirectory() as temporary:
            row = {"repeat": repeat, **run(arguments.case, arguments.epochs, Path(temporary))}
        say(", ".join(f"{name} {row[name]:.0f} MB" for name in TITLES))
        rows.append(row)
    return rows


def run(case: str, epochs: int, folder: Path) -> Row:
    """Run one session and return its peaks, MB.

    Raises:
        SystemExit: pytest failed.
    """
    cases.write_spec(folder / "lab.yaml", cases.recipe(case, epochs, evaluate="epoch"))
    clock = folder / "clock.json"
    paths = os.pathsep.join(filter(None, [str(FOLDER), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "pytest", "-p", "clock_plugin", "-p", "no:cacheprovider"]
    command += [f"--rootdir={folder}", f"--assess-reports={folder}", str(folder / "lab.yaml")]
    variables = {"PYTHONPATH": paths, "CLOCK_FILE": str(clock), "CUDA_VISIBLE_DEVICES": ""}
    with (folder / "output").open("w+") as output:
        session = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **variables}, stdout=output, stderr=output
        )
        peak, samples = 0.0, 0
        while session.poll() is None:
            peak = max(peak, tree_megabytes(session.pid))
            samples += 1
            time.sleep(SAMPLE_SECONDS)
        if session.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{output.read()}")
    results = json.loads((folder / "results.json").read_text())
    trainer = max(_find(results, "peak_megabytes"))
    pytest = json.loads(clock.read_text())["peak_megabytes"]
    return {"trainer": trainer, "pytest": pytest, "tree": peak, "samples": samples}


def tree_megabytes(pid: int) -> float:
    """Return the memory of a process and all below it, MB, shared pages counted once."""
    total = 0
    with suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total / 1e6


def _find(value: object, key: str) -> list[float]:
    """Return the numbers that stand under a key anywhere within plain data."""
    if isinstance(value, list):
        return [found for item in value for found in _find(item, key)]
    if not isinstance(value, dict):
        return []
    own = [value[key]] if isinstance(value.get(key), int | float) else []
    return own + [found for item in value.values() for found in _find(item, key)]


def table(result: Document) -> str:
    """Return the table and the target as Markdown."""
    found, settings = result["summary"], result["settings"]
    lines = [
        (title, f"{found[name]['median']:.0f}", f"{found[name]['largest']:.0f}")
        for name, title in TITLES.items()
    ]
    setting = (
        f"{origin(result)} {cases.CASES[settings['case']].title}, {settings['epochs']} epochs, "
        f"all cores, {settings['repeats']} repeats."
    )
    largest = found["tree"]["largest"]
    text = f"all processes together {largest:.0f} MB, under {MOST_MEGABYTES} MB"
    return "\n\n".join(
        (
            setting,
            markdown(("megabytes", "median", "largest"), lines),
            target(text, largest < MOST_MEGABYTES),
        )
    )


def main() -> None:
    """Measure, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=3)
    options.add_argument("--epochs", type=int, default=2, help="of the run (default: 2)")
    options.add_argument("--case", choices=cases.CASES, default=cases.MEASURED[0])
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.case = cases.QUICK[0]
    cases.need([arguments.case])
    settings = {name: getattr(arguments, name) for name in ("repeats", "epochs", "case")}
    result = document(NAME, settings)
    result["raw"] = measure(arguments)
    result["summary"] = {name: spread([row[name] for row in result["raw"]]) for name in TITLES}
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
