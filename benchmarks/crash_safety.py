"""What a hundred crashes cost: a lab graded by sessions that are killed with SIGKILL.

    python benchmarks/crash_safety.py

Each repeat grades a lab undisturbed, then again while its sessions are killed at random moments:
all processes, the controller, a worker, the warm server, a run. The lab has three runs for each
blow, so that most of them fall while runs are made. It ends with an error as soon as a run that was
finished is lost or trained again, the store is damaged, a lock or a process is left over, or the
results differ in a point, a value, a seed or the predictions.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from pathlib import Path

from crashes import BLOWS, survive
from side_by_side import Document, document, finish, markdown, origin, parse, parser, say, target

NAME = "crash_safety"


def measure(arguments: Namespace) -> list[Document]:
    """Grade and kill, each repeat in a folder of its own."""
    found = []
    for repeat in range(arguments.repeats):
        with tempfile.TemporaryDirectory(prefix="crashes-") as folder:
            found.append(survive(Path(folder), arguments.blows, arguments.seed + repeat))
        say(f"repeat {repeat + 1}: {arguments.blows} blows, nothing lost, nothing done twice")
    return found


def summarise(raw: list[Document]) -> Document:
    """Count blows by whom they hit, and runs."""
    blows = [blow for repeat in raw for blow in repeat["blows"]]
    runs, begun = (sum(repeat[name] for repeat in raw) for name in ("runs", "begun"))
    return {
        "blows": {name: sum(blow["hit"] == name for blow in blows) for name in BLOWS},
        "blows_while_training": sum(blow["training"] for blow in blows),
        "runs": runs,
        "cut_off": begun - runs,
    }


def table(result: Document) -> str:
    """Return the table and the targets as Markdown."""
    found = result["summary"]
    settings = result["settings"]
    rows = [(name, str(count)) for name, count in found["blows"].items()]
    total = sum(found["blows"].values())
    setting = (
        f"{origin(result)} {settings['repeats']} times {settings['blows']} blows to a lab of "
        f"{found['runs'] // settings['repeats']} runs; {found['blows_while_training']} hit "
        f"sessions that trained, {found['cut_off']} runs were cut off and begun again."
    )
    kept = target(f"{total} blows: no finished run lost, none trained again, equal results", True)
    return "\n\n".join((setting, markdown(("killed", "times"), rows), kept))


def main() -> None:
    """Kill, count, keep."""
    options = parser(NAME, __doc__ or "", repeats=10)
    options.add_argument("--blows", type=int, default=10, help="of each repeat (default: 10)")
    options.add_argument("--seed", type=int, default=1, help="of the first repeat (default: 1)")
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.blows = 2
    if arguments.blows < 1:
        options.error("--blows must be at least 1")
    settings = {name: getattr(arguments, name) for name in ("repeats", "blows", "seed")}
    result = document(NAME, settings)
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"])
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
