"""Everything around training: from `pytest` to the first step, the digits lab, collection.

    python benchmarks/startup.py

Three measurements, each repeated: the time from launching `pytest` to the
first training step of a lab of one run; the digits lab from launch to exit,
cut at the moments that `clock_plugin` notes; and `pytest --help` and
`pytest --collect-only specs` with and without this plugin.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import cases
from side_by_side import (
    FOLDER,
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

NAME = "startup"
MOST_SECONDS_ADDED = 1.0

PHASES = (
    ("Python and pytest start", "pytest imported"),
    ("plugins are imported and configured", "collection began"),
    ("collection", "collected"),
    ("the trainer's process imports torch", "first run forked"),
    ("fork to the first run's first step", "first run ready"),
    ("training; grading meanwhile", "last run over"),
    ("grading of what came last", "items done"),
    ("reports: results.json, figures, HTML", "reports written"),
    ("terminal table, end of the trainers", "unconfigured"),
    ("Python's exit", "exited"),
)
"""Each phase and the moment that ends it; the first begins at the launch."""
TRAINING = "training; grading meanwhile"
PARTS = (
    "import plugin assessment",
    "grade",
    "write results.json",
    "import matplotlib",
    "draw figures",
    "encode figures",
    "HTML summary, figures included",
    "stop the trainers' server",
)
"""Functions within the phases whose time is shown."""

COMMANDS = {
    "pytest --help": ["--help"],
    "pytest --collect-only specs": ["--collect-only", "-q", "specs"],
}
WITHOUT = ["-p", "no:assessment"]


def launch(arguments: list[str], **variables: str) -> tuple[float, float]:
    """Run pytest in the project's root; return the moments of launch and exit.

    Raises:
        SystemExit: it ended with an error of its own, not with failed items.
    """
    paths = os.pathsep.join(filter(None, [str(FOLDER), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, **variables},
        capture_output=True,
        text=True,
    )
    ended = time.monotonic()
    if done.returncode not in (0, 1, 5):  # 5: without the plugin there is nothing to collect
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return began, ended


def to_first_step(folder: Path) -> Row:
    """Launch a lab of one run; return the seconds to its first training step."""
    training = cases.recipe("digits", 1, evaluate="end")
    model = training.model.model_copy(update={"name": "stamped:StampedMlp", "arguments": {}})
    cases.write_spec(folder / "lab.yaml", training.model_copy(update={"model": model}))
    shutil.copy(FOLDER / "stamped.py", folder)
    stamp = folder / "stamp"
    began, ended = launch(
        [str(folder / "lab.yaml"), f"--assess-reports={folder}"], STAMP_FILE=str(stamp)
    )
    return {"first step": float(stamp.read_text()) - began, "exit": ended - began}


def around_training(folder: Path) -> Row:
    """Launch the digits lab; return the seconds of each phase and of some parts."""
    clock_file = folder / "clock.json"
    began, ended = launch(
        ["-p", "clock_plugin", "specs/digits.yaml", f"--assess-reports={folder}"],
        CLOCK_FILE=str(clock_file),
    )
    clock = json.loads(clock_file.read_text())
    moments = {**clock["moments"], "exited": ended}
    phases, before = {}, began
    for phase, end in PHASES:
        phases[phase] = moments[end] - before
        before = moments[end]
    return {"seconds": ended - began, "phases": phases, "spent": clock["spent"]}


def measure(arguments: Namespace) -> Mapping[str, list[Row]]:
    """Repeat all three measurements in turns."""
    raw: dict[str, list[Row]] = {"first_step": [], "digits": [], "added": []}
    variants = {
        f"{name}, {how}": [*extra, *command]
        for name, command in COMMANDS.items()
        for how, extra in (("with", []), ("without", WITHOUT))
    }
    for repeat, name in in_turns(["first step", "digits lab", *variants], arguments.repeats):
        with tempfile.TemporaryDirectory() as temporary:
            if name == "first step":
                raw["first_step"].append(to_first_step(Path(temporary)))
                seconds = raw["first_step"][-1]["first step"]
            elif name == "digits lab":
                raw["digits"].append(around_training(Path(temporary)))
                seconds = raw["digits"][-1]["seconds"]
            else:
                began, ended = launch(variants[name])
                seconds = ended - began
                raw["added"].append({"command": name, "repeat": repeat, "seconds": seconds})
        say(f"{name}, repeat {repeat + 1}: {seconds:.2f} s")
    return raw


def summarise(raw: Mapping[str, list[Row]]) -> Document:
    """Return medians of everything."""
    digits = raw["digits"]
    by_command: dict[str, list[float]] = {}
    for row in raw["added"]:
        by_command.setdefault(row["command"], []).append(row["seconds"])
    return {
        "first_step": spread([row["first step"] for row in raw["first_step"]]),
        "one_run": spread([row["exit"] for row in raw["first_step"]]),
        "digits": spread([row["seconds"] for row in digits]),
        "around_training": spread([row["seconds"] - row["phases"][TRAINING] for row in digits]),
        "phases": {phase: median(row["phases"][phase] for row in digits) for phase, _ in PHASES},
        "parts": {part: median(row["spent"][part] for row in digits) for part in PARTS},
        "commands": {name: spread(seconds) for name, seconds in by_command.items()},
        "added": {
            name: median(by_command[f"{name}, with"]) - median(by_command[f"{name}, without"])
            for name in COMMANDS
        },
    }


def table(result: Document) -> str:
    """Return the tables and the targets as Markdown."""
    found = result["summary"]
    whole = [
        (text, f"{found[key]['median']:.2f}", _extent(found[key]))
        for text, key in (
            ("from `pytest` to the first training step", "first_step"),
            ("that lab of one run, to the exit", "one_run"),
            ("the digits lab, to the exit", "digits"),
            ("of which around training", "around_training"),
        )
    ]
    phases = [(phase, f"{seconds:.3f}") for phase, seconds in found["phases"].items()]
    parts = [
        (f"within these: {part}", f"{seconds:.3f}") for part, seconds in found["parts"].items()
    ]
    commands = [
        (name, f"{of['median']:.3f}", _extent(of)) for name, of in found["commands"].items()
    ]
    targets = [
        target(f"{name}: {added:.2f} s added, under 1 s", added < MOST_SECONDS_ADDED)
        for name, added in found["added"].items()
    ]
    return "\n\n".join(
        (
            f"{origin(result)} {result['settings']['repeats']} repeats.",
            markdown(("", "seconds, median", "range"), whole),
            markdown(("the digits lab", "seconds, median"), phases + parts),
            markdown(("this plugin, with and without", "seconds, median", "range"), commands),
            "\n".join(targets),
        )
    )


def _extent(of: Mapping[str, float]) -> str:
    return f"{of['smallest']:.2f} to {of['largest']:.2f}"


def main() -> None:
    """Measure, print, keep."""
    arguments = parse(parser(NAME, __doc__ or "", repeats=5), NAME)
    result = document(NAME, {"repeats": arguments.repeats})
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"])
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
