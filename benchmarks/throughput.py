"""Epochs a minute of the whole machine: all cores for one run, or a run for each core.

    python benchmarks/throughput.py

The same runs are made twice through the package's trainers: one after another
with all cores each, and side by side with one thread each. The clock stops
when the last run is judged, so that loading, evaluation and waiting count.
"""

from __future__ import annotations

import time
from argparse import Namespace

import cases
from side_by_side import (
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

from assessment.execution.devices import cpu_cores

NAME = "throughput"
TOGETHER, SIDE_BY_SIDE = "one run with all cores", "one thread each, side by side"


def measure(arguments: Namespace) -> list[Row]:
    """Make the runs of every case in both ways, in turns."""
    cores = arguments.cores
    ways = {TOGETHER: (1, cores), SIDE_BY_SIDE: (cores, 1)}
    rows = []
    for case in arguments.cases:
        training = cases.recipe(case, arguments.epochs, evaluate="epoch")
        for repeat, way in in_turns(ways, arguments.repeats):
            requests = [cases.request(case, training, seed) for seed in range(1, cores + 1)]
            with cases.trainers(*ways[way]) as pool:
                began = time.perf_counter()
                runs = [future.result() for future in [pool.submit(r) for r in requests]]
                seconds = time.perf_counter() - began
            epochs = sum(len(cases.scored(run).epochs["seconds"]) for run in runs)
            say(f"{case} {way}, repeat {repeat + 1}: {epochs} epochs in {seconds:.2f} s")
            row = {"case": case, "way": way, "repeat": repeat, "epochs": epochs}
            rows.append(
                {**row, "seconds": seconds, "runs": [run.epochs["seconds"] for run in runs]}
            )
    return rows


def summarise(rows: list[Row]) -> Document:
    """Return, by case and way, epochs a minute; and what side by side gains."""
    summary: Document = {}
    for case in dict.fromkeys(row["case"] for row in rows):
        rates: dict[str, list[float]] = {TOGETHER: [], SIDE_BY_SIDE: []}
        for row in rows:
            if row["case"] == case:
                rates[row["way"]].append(60 * row["epochs"] / row["seconds"])
        found = summary[case] = {way: spread(values) for way, values in rates.items()}
        found["ratio"] = found[SIDE_BY_SIDE]["median"] / found[TOGETHER]["median"]
    return summary


def table(result: Document) -> str:
    """Return the table and the target as Markdown."""
    lines, targets = [], []
    for case, found in result["summary"].items():
        title = cases.CASES[case].title
        for way in (TOGETHER, SIDE_BY_SIDE):
            of = found[way]
            extent = f"{of['smallest']:.1f} to {of['largest']:.1f}"
            lines.append((f"{title}, {way}", f"{of['median']:.1f}", extent))
        text = f"{title}: side by side / together = {found['ratio']:.2f}, at least 1"
        targets.append(target(text, found["ratio"] >= 1))
    settings = result["settings"]
    setting = (
        f"{origin(result)} {settings['cores']} runs of {settings['epochs']} epochs, "
        f"evaluated after each, {settings['repeats']} repeats."
    )
    shown = markdown(("epochs a minute of the whole machine", "median", "range"), lines)
    return "\n\n".join((setting, shown, "\n".join(targets)))


def main() -> None:
    """Measure, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=5)
    options.add_argument("--cores", type=int, default=cpu_cores(), help="default: all")
    options.add_argument("--epochs", type=int, default=3, help="of each run (default: 3)")
    options.add_argument("--cases", nargs="+", choices=cases.CASES, default=list(cases.MEASURED))
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.cases = list(cases.QUICK)
    cases.need(arguments.cases)
    settings = {name: getattr(arguments, name) for name in ("repeats", "epochs", "cores")}
    result = document(NAME, settings)
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"])
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
