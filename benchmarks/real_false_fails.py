"""How often honest runs of the digits lab fail, by resampling many real runs.

    python benchmarks/real_false_fails.py

Trains what `results/digits_runs.jsonl` lacks: 200 runs of each trained recipe of
`specs/digits.yaml`, one thread each, with seeds that neither calibrates nor grades.
Interrupted, it goes on where it stopped. Then it draws, 10,000 times, n of them as a
calibration and M others as a submission, and judges with the functions that grade.
The rarest 1 % of 200 runs are two runs, so each rate comes with a 95 % interval
from runs drawn again with replacement. `--runs-file FILE` names another file.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from concurrent.futures import as_completed
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from laws import Array
from side_by_side import (
    FOLDER,
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

from assessment.catalogue import load_lab
from assessment.execution.devices import cpu_cores
from assessment.execution.finished import FinishedRuns
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest, requests_of
from assessment.execution.seeds import fresh_seed
from assessment.execution.trainers import Trainers
from assessment.grading.bands import least_spread, sides_of
from assessment.grading.limits import LEAN, Rule, high_end, low_end, make_rule, near_ends
from assessment.grading.measurements import measure
from assessment.results import calibration
from assessment.results.calibration import CalibrationRun
from assessment.spec.expectations import Expectation
from assessment.spec.recipe import Recording
from assessment.spec.units import Unit, units

NAME = "real_false_fails"
SPEC = ROOT / "specs" / "digits.yaml"
ALPHA = 0.01
SEEDS = (5, 10, 20)
RUNS = (1, 3)
WANTED = (0.005, 0.015)
AGAIN = 100
"""How often the runs themselves are drawn again, for an interval."""
FEWER = 5
"""So many times fewer calibrations are drawn from each of those."""


def trained(preparation: Preparation) -> dict[str, Unit]:
    """Return one unit for each recipe that has a test accuracy to be judged, by its run key."""
    found: dict[str, Unit] = {}
    for unit in units(load_lab(SPEC).lab).values():
        if unit.training is not None and expected(unit) is not None:
            found.setdefault(preparation.key(unit.training, SPEC.parent), unit)
    return found


def expected(unit: Unit) -> Expectation | None:
    """Return what a unit's test accuracy has to be: in a calibrated band, or in a mode."""
    for each in unit.expect.values():
        if not isinstance(each, Expectation) or each.measure != "test_accuracy":
            continue
        if each.band == "calibrated" or each.modes:
            return each
    return None


def make_runs(recipes: dict[str, Unit], runs: int, file: Path, preparation: Preparation) -> None:
    """Train what a file of runs lacks, and add each run as it ends.

    Raises:
        SystemExit: a run did not end as it should.
    """
    have = {(line.run.key, line.run.seed) for line in calibration.read(file, say)}
    wanted: list[tuple[int, Unit, RunRequest]] = []
    for key, unit in recipes.items():
        for request in requests_of(bare(unit), SPEC, fresh_seed, runs):
            if (key, request.seed) not in have:
                wanted.append((request.seed, unit, request))
    say(f"{len(wanted)} runs to make, {len(have)} known")
    if not wanted:
        return
    pool = Trainers(["cpu"] * cpu_cores(), 1, preparation, FinishedRuns(), lambda *_: None)
    pool.start()
    try:
        wanted.sort(key=lambda each: each[0])  # all units' first runs, then their second ones
        futures = {pool.submit(request): unit for _, unit, request in wanted}
        for done, future in enumerate(as_completed(futures), 1):
            unit, run = futures[future], future.result()
            if run.outcome != "scored":
                raise SystemExit(f"{unit.id} seed {run.seed}: {run.outcome}: {run.reason}")
            calibration.append(file, unit.id, run)
            if done % 50 == 0 or done == len(wanted):
                say(f"[{done}/{len(wanted)}] {unit.id} seed {run.seed}: {run.seconds:.1f} s")
    finally:
        pool.close()


def bare(unit: Unit) -> Unit:
    """Return a unit that predicts at the end only and records nothing within epochs."""
    assert unit.training is not None
    lean = unit.training.model_copy(update={"record": Recording(evaluate="end")})
    return replace(unit, training=lean)


def accuracies(lines: list[CalibrationRun], key: str, what: Expectation) -> Array:
    """Return the test accuracies of a recipe's runs, percent, each seed once."""
    runs = {line.run.seed: line.run for line in lines if line.run.key == key}
    found = measure([runs[seed] for seed in sorted(runs)], what)
    return np.array([value for value in found.values if value is not None])


def resample(
    rng: np.random.Generator, values: Array, rule: Rule, floor: float, draws: int
) -> float:
    """Return the share of submissions that fail, drawn apart from their calibrations."""
    order = rng.permuted(np.tile(np.arange(len(values)), (draws, 1)), axis=1)
    drawn = values[order[:, : rule.n + rule.runs]]
    reference, new = drawn[:, : rule.n], drawn[:, rule.n :]
    x = reference.mean(axis=1)
    s = np.maximum(reference.std(axis=1, ddof=1), floor)
    # The last bits of a mean are no reason to fail.
    number = new.mean(axis=1)
    good = (number >= low_end(rule, x, s) - 1e-9) & (number <= high_end(rule, x, s) + 1e-9)
    if rule.hasty:
        low, high = near_ends(rule, x, s)
        good |= (low <= new[:, 0]) & (new[:, 0] <= high)
    return float(1 - good.mean())


def judge(unit: Unit, values: Array, images: int, draws: int, repeat: int) -> list[Row]:
    """Return the false fails of one recipe, for every n and M that its runs suffice for."""
    what = expected(unit)
    assert what is not None
    if what.modes:
        inside = [(values >= m.low) & (values <= m.high) for m in what.modes.values()]
        return [{"unit": unit.id, "outside": float(1 - np.any(inside, axis=0).mean())}]
    floor = least_spread(what, float(values.mean()), images)
    rng = np.random.default_rng(repeat)
    rows = []
    for n in SEEDS:
        for runs in RUNS:
            if n + runs > len(values):
                continue
            rules = {
                lean: make_rule(n, n - 1, runs, ALPHA, sides=sides_of(what), lean=lean)
                for lean in (LEAN, 0.0)
            }
            again = [
                resample(rng, rng.choice(values, len(values)), rules[LEAN], floor, draws // FEWER)
                for _ in range(AGAIN)
            ]
            low, high = np.quantile(again, (0.025, 0.975))
            rows.append(
                {
                    "unit": unit.id,
                    "n": n,
                    "runs": runs,
                    "failed": resample(rng, values, rules[LEAN], floor, draws),
                    "low": float(low),
                    "high": float(high),
                    "plain": resample(rng, values, rules[0.0], floor, draws),
                }
            )
    return rows


def described(unit: Unit, values: Array) -> Row:
    """Return the law of a recipe's runs: mean, standard deviation, skewness, extremes."""
    apart = values - values.mean()
    sd = float(values.std(ddof=1))
    return {
        "unit": unit.id,
        "runs": len(values),
        "mean": float(values.mean()),
        "sd": sd,
        "skewness": float((apart**3).mean() / values.std() ** 3) if sd else 0.0,
        "smallest": float(values.min()),
        "largest": float(values.max()),
    }


def measured(arguments: Namespace, result: Document) -> None:
    """Make runs, describe and resample them."""
    preparation = Preparation(None)
    recipes = trained(preparation)
    with ExitStack() as stack:
        file = arguments.runs_file
        if arguments.quick:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            file = folder / "runs.jsonl"
            recipes = dict(list(recipes.items())[:1])
        make_runs(recipes, arguments.runs, file, preparation)
        lines = calibration.read(file, say)
    if arguments.quick:
        lines += calibration.read(calibration.path_for(SPEC), say)
    result["laws"], result["raw"] = [], []
    for key, unit in recipes.items():
        what = expected(unit)
        assert what is not None
        assert unit.training is not None
        values = accuracies(lines, key, what)
        images = len(preparation.images(unit.training.dataset).test_labels)
        result["laws"].append(described(unit, values))
        for repeat in range(arguments.repeats):
            rows = judge(unit, values, images, arguments.draws, repeat)
            result["raw"] += [{"repeat": repeat, **row} for row in rows]
    result["summary"] = [row for row in result["raw"] if row["repeat"] == 0]


def table(result: Document) -> str:
    """Return the tables and the targets as Markdown."""
    settings = result["settings"]
    intro = (
        f"{origin(result)} {settings['runs']} fresh runs of each recipe; {settings['draws']:,} "
        f"calibrations and submissions drawn from them, alpha = {100 * ALPHA:g} %."
    )
    laws = [
        (
            law["unit"],
            str(law["runs"]),
            *(f"{law[name]:.2f}" for name in ("mean", "sd", "skewness", "smallest", "largest")),
        )
        for law in result["laws"]
    ]
    header = ("test accuracy, %", "runs", "mean", "sd", "skewness", "smallest", "largest")
    rows, targets = [], []
    for row in result["summary"]:
        if "outside" in row:
            text = f"{row['unit']}: {percent(row['outside'])} % of honest runs are in no mode"
            targets.append(target(f"{text}, at most {100 * ALPHA:g} %", row["outside"] <= ALPHA))
            continue
        share = percent(row["failed"]), f"{percent(row['low'])} to {percent(row['high'])}"
        rows.append((f"{row['unit']}, {row['n']}, {row['runs']}", *share, percent(row["plain"])))
    for law in result["laws"]:
        found = [r["failed"] for r in result["summary"] if r["unit"] == law["unit"] and "n" in r]
        if found:
            text = f"{law['unit']}: {percent(min(found))} to {percent(max(found))} % fail"
            met = WANTED[0] <= min(found) and max(found) <= WANTED[1]
            targets.append(target(f"{text}, {100 * WANTED[0]:g} to {100 * WANTED[1]:g} %", met))
    fails = ("recipe, seeds n, runs M", "fail, %", "95 % interval", "plain limit")
    return "\n\n".join((intro, markdown(header, laws), markdown(fails, rows), "\n".join(targets)))


def percent(share: float) -> str:
    """Write a share as percent."""
    return f"{100 * share:.2f}"


def main() -> None:
    """Make runs, resample, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=1)
    options.add_argument("--runs", type=int, default=200, help="of each recipe (default: 200)")
    options.add_argument("--draws", type=int, default=10_000, help="default: 10000")
    options.add_argument(
        "--runs-file", type=Path, metavar="FILE", default=FOLDER / "results" / "digits_runs.jsonl"
    )
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.runs, arguments.draws = 1, 500
    if arguments.runs < 1 or arguments.draws < FEWER:
        options.error(f"--runs must be at least 1, --draws at least {FEWER}")
    settings = {name: getattr(arguments, name) for name in ("repeats", "runs", "draws")}
    result = document(NAME, settings | {"alpha": ALPHA, "lean": LEAN})
    measured(arguments, result)
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
