"""Seconds an epoch: one run with all cores beside the labs' loop, frameworks and the limit.

    python benchmarks/epoch_speed.py

Contestants take turns (A B C A B C ...), each time in a fresh process; the
first epoch of every process warms up and is not counted.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

import cases
from contestants import CONTESTANTS, FRAMEWORKS, LABS, LIMIT, OURS
from side_by_side import (
    Document,
    Row,
    document,
    environment,
    finish,
    in_turns,
    markdown,
    origin,
    parse,
    parser,
    run_fresh,
    say,
    spread,
    target,
)

from assessment.execution.devices import cpu_cores

NAME = "epoch_speed"
TIMES_LABS = 3.5
TIMES_LIMIT = 1.1


def measure(arguments: Namespace) -> list[Row]:
    """Let every installed contestant train every case in turns."""
    rows = []
    gpu = arguments.device != "cpu"
    variables = environment(arguments.threads, like_trainers=arguments.variables == "ours", gpu=gpu)
    absent = [name for name in arguments.contestants if not CONTESTANTS[name].installed]
    if absent:
        say(f"not installed, left out: {', '.join(absent)}")
    names = [name for name in arguments.contestants if name not in absent]
    if gpu:
        names = [name for name in names if CONTESTANTS[name].on_gpu]
    how = ["--threads", str(arguments.threads), "--epochs", str(arguments.epochs)]
    how += ["--device", arguments.device]
    for case in arguments.cases:
        variables |= cases.variables(case)
        for repeat, name in in_turns(names, arguments.repeats):
            seconds = run_fresh("contestants.py", name, case, *how, environment=variables)
            say(f"{case} {name}, repeat {repeat + 1}: {', '.join(f'{s:.3f}' for s in seconds)} s")
            rows.append({"case": case, "contestant": name, "repeat": repeat, "seconds": seconds})
    return rows


def summarise(rows: list[Row]) -> Document:
    """Return, by case and contestant, seconds an epoch and how many times ours they are."""
    summary: Document = {}
    for case in dict.fromkeys(row["case"] for row in rows):
        found = summary[case] = {}
        for row in rows:
            if row["case"] == case:
                found.setdefault(row["contestant"], []).extend(row["seconds"][1:])
        found.update({name: spread(seconds) for name, seconds in found.items()})
        for name in found:
            found[name]["times_ours"] = found[name]["median"] / found[OURS]["median"]
    return summary


def table(result: Document) -> str:
    """Return the tables and the targets as Markdown."""
    parts = [setting(result)]
    for case, found in result["summary"].items():
        parts.append(f"**{cases.CASES[case].title}**, seconds an epoch")
        parts.append(times(found))
        parts.append("\n".join(_targets({name: of["times_ours"] for name, of in found.items()})))
    return "\n\n".join(part for part in parts if part)


def times(found: Document) -> str:
    """Return the seconds of each contestant of a case as a Markdown table."""
    lines = (
        (
            CONTESTANTS[name].title,
            f"{of['median']:.3f}",
            f"{of['smallest']:.3f} to {of['largest']:.3f}",
            f"{of['times_ours']:.2f}",
        )
        for name, of in found.items()
    )
    return markdown(("", "median", "range", "times ours"), lines)


def _targets(times_ours: dict[str, float]) -> list[str]:
    lines = []
    if LABS in times_ours:
        times = times_ours[LABS]
        text = f"labs' loop / ours = {times:.2f}, at least {TIMES_LABS}"
        lines.append(target(text, times >= TIMES_LABS))
        if LIMIT in times_ours:
            most = times / times_ours[LIMIT]
            lines.append(f"- labs' loop / the limit = {most:.2f}: more is not to be had here")
    for name in FRAMEWORKS:
        if name in times_ours:
            times = times_ours[name]
            lines.append(target(f"{name} / ours = {times:.2f}, above 1", times > 1))
    if LIMIT in times_ours:
        times = 1 / times_ours[LIMIT]
        text = f"ours / the limit = {times:.3f}, at most {TIMES_LIMIT}"
        lines.append(target(text, times <= TIMES_LIMIT))
    return lines


def setting(result: Document) -> str:
    """Return a sentence on where and how it was measured."""
    settings = result["settings"]
    variables = (
        "our trainers' environment variables for all"
        if settings["variables"] == "ours"
        else "the others without our trainers' environment variables"
    )
    on_gpu = "" if settings["device"] == "cpu" else f"on {settings['device']}, "
    return (
        f"{origin(result)} Trained {on_gpu}with {settings['threads']} threads, {variables}; "
        f"{settings['repeats']} repeats of {settings['epochs']} epochs, the first of which is "
        "not counted."
    )


def add_options(options: ArgumentParser, *, epochs: int) -> None:
    """Add what says who trains what, and how."""
    options.add_argument("--threads", type=int, default=cpu_cores(), help="default: all cores")
    options.add_argument(
        "--epochs", type=int, default=epochs, help=f"of each process (default: {epochs})"
    )
    options.add_argument("--cases", nargs="+", choices=cases.CASES)
    options.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    options.add_argument(
        "--device", default="cpu", help="cpu (the default) or cuda; frameworks know only the CPU"
    )
    options.add_argument(
        "--variables",
        choices=("ours", "as-is"),
        default="ours",
        help="environment variables that say how threads wait and memory is kept: our trainers' "
        "for all (the default), or each contestant as its users have it",
    )


def run(
    options: ArgumentParser,
    name: str,
    table: Callable[[Document], str],
    chosen: Sequence[str],
    on_gpu: Sequence[str] = (),
) -> None:
    """Measure, print, keep.

    Args:
        options: what `add_options` made.
        name: of the benchmark.
        table: writes what was measured as Markdown.
        chosen: the cases by default.
        on_gpu: those by default where a GPU trains; the same if none are given.
    """
    arguments = parse(options, name)
    if arguments.cases is None:
        arguments.cases = list(on_gpu if on_gpu and arguments.device != "cpu" else chosen)
    if OURS not in arguments.contestants:
        arguments.contestants.insert(0, OURS)
    if arguments.epochs < 2:
        options.error("--epochs must be at least 2, the first one is not counted")
    if arguments.quick:
        arguments.cases = list(cases.QUICK)
    cases.need(arguments.cases)
    names = ("repeats", "epochs", "threads", "device", "variables")
    settings = {name: getattr(arguments, name) for name in names}
    result = document(name, settings)
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"])
    finish(result, table(result), arguments.output)


def main() -> None:
    """Measure, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=5)
    add_options(options, epochs=3)
    run(options, NAME, table, cases.MEASURED)


if __name__ == "__main__":
    main()
