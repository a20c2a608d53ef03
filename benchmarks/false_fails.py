"""How often correct work fails, what is caught, and how many runs that takes, by drawing.

    python benchmarks/false_fails.py

Draws calibrations and submissions from laws that are known (`laws.py`) and judges
them with the functions that grade: `assessment.grading.limits`, `ranks`, `pooling`.
A repeat draws every calibration anew. No floor is put under s; it would only make
false fails rarer. A lab divides its alpha over its expectations: `--divided` is what
one of them then has.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator

import numpy as np
from laws import BORDER, LAWS, MODES, Array, Law, epochs_to_target, two_modes
from side_by_side import Document, Row, document, finish, markdown, origin, parse, parser, target

from assessment.grading.limits import (
    LEAN,
    Rule,
    high_end,
    low_end,
    make_rule,
    near_ends,
)
from assessment.grading.pooling import Pooled, pool
from assessment.grading.ranks import least_p, rank_sum_p
from assessment.grading.rates import average_rate, mean_runs, power, upper_rate

NAME = "false_fails"
ALPHA = 0.01
SEEDS = (5, 10, 20)
RUNS = (1, 3)
DROPS = (0.0, 1.0, 2.0, 3.0)
"""In standard deviations; 0 is honest work."""
LEANS = {"grading's": LEAN, "plain": 0.0}
"""Skewness that the limit allows for."""
WANTED = (0.005, 0.015)
BEYOND = "left-skewed (-0.8)"
"""A law with more skewness than the limit allows for."""
TWO_MODES = "two modes"
RARE = "mean, alpha divided"
DIVIDED = 0.001
"""Alpha of one expectation of a lab with ten of them."""
RARE_DRAWS = 5
"""Fails at a divided alpha are rare: so many times more are drawn."""
SLOW_DRAWS = 20
"""Rank tests and pools are judged one by one: so many times fewer are drawn."""


def measure(arguments: Namespace) -> list[Row]:
    """Judge everything once for each repeat."""
    rows = []
    for repeat in range(arguments.repeats):
        rng = np.random.default_rng(repeat)
        every = (single_laws(rng, arguments.draws), modes(rng, arguments.draws))
        few = max(1, arguments.draws // SLOW_DRAWS)
        others = (extremes(rng, arguments.draws), pools(rng, few), counts(rng, few))
        rare = divided(rng, RARE_DRAWS * arguments.draws, arguments.divided)
        rows += [{"repeat": repeat, **row} for part in (*every, *others, rare) for row in part]
    return rows


def single_laws(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Judge the mean of up to M runs, of every law with one mode, by each limit."""
    for name, law in LAWS.items():
        for n in SEEDS:
            for runs in RUNS:
                drawn = calibrations(rng, law, draws, n), law(rng, (draws, runs))
                for limit, lean in LEANS.items():
                    rule = make_rule(n, n - 1, runs, ALPHA, lean=lean)
                    yield row("mean", name, limit, rule, judged(rule, *drawn))
                rule = make_rule(n, n - 1, runs, ALPHA, sides="both")
                yield row("mean, both sides", name, "grading's", rule, judged(rule, *drawn))


def divided(rng: np.random.Generator, draws: int, alpha: float) -> Iterator[Row]:
    """Judge the mean of up to M runs at a smaller alpha."""
    for name, law in LAWS.items():
        for n in SEEDS:
            for runs in RUNS:
                drawn = calibrations(rng, law, draws, n), law(rng, (draws, runs))
                for limit, lean in LEANS.items():
                    rule = make_rule(n, n - 1, runs, alpha, lean=lean)
                    yield row(RARE, name, limit, rule, judged(rule, *drawn))


def extremes(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Judge the highest of ten runs."""
    for name, law in LAWS.items():
        for n in SEEDS:
            drawn = calibrations(rng, law, draws, n), law(rng, (draws, 10))
            rule = make_rule(n, n - 1, 10, ALPHA, over="max")
            yield row("highest", name, "grading's", rule, judged(rule, *drawn))


def modes(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Judge run by run: each against the reference's runs of its own mode, n of each."""
    for n in SEEDS:
        for runs in RUNS:
            for limit, lean in LEANS.items():
                rule = make_rule(n, n - 1, 1, ALPHA / runs, lean=lean)
                bounds = []
                for mean, sd, _ in MODES.values():
                    x, s = calibrations(rng, LAWS["normal"], draws, n)
                    bounds.append(low_end(rule, mean + sd * x, sd * s)[:, None])
                failed = []
                for drop in DROPS:
                    new = two_modes(rng, (draws, runs), drop)
                    bound = np.where(new >= BORDER, *bounds)
                    failed.append(float((new < bound).any(axis=1).mean()))
                yield row("mode", TWO_MODES, limit, rule, (failed, [runs] * len(DROPS)), runs=runs)


def pools(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Judge the first of four groups of five, of equal spread or of twice the others'."""
    n, groups, runs = SEEDS[0], 4, 3
    for law in ("normal", "left-skewed (-0.5)"):
        for factor in (1.0, 2.0):
            values = LAWS[law](rng, (draws, groups, n))
            values[:, 0] *= factor
            found = [pool({str(i): list(group) for i, group in enumerate(v)}) for v in values]
            kept = np.array([isinstance(each, Pooled) for each in found])
            rule = make_rule(n, groups * (n - 1), runs, ALPHA)
            s = np.array([each.sd for each in found if isinstance(each, Pooled)])
            new = factor * LAWS[law](rng, (len(s), runs))
            reference = values[kept, 0].mean(axis=1), s
            made = row("pool", law, "grading's", rule, judged(rule, reference, new, factor))
            yield made | {"factor": factor, "refused": float(1 - kept.mean())}


def counts(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Judge epochs to a target by rank; about a thirtieth of honest runs never reach it."""
    runs = 3
    for n in SEEDS:
        if least_p(n, runs) > ALPHA:
            continue  # uncalibrated: not even the worst ranks would fail
        failed = []
        for delay in DROPS:
            reference = epochs_to_target(rng, (draws, n), 0.0)
            new = epochs_to_target(rng, (draws, runs), delay)
            pairs = zip(reference.tolist(), new.tolist(), strict=True)
            failed.append(float(np.mean([rank_sum_p(old, late) <= ALPHA for old, late in pairs])))
        rule = Rule(n, n - 1, runs, None, None, at_once=False)
        yield row("rank", "epochs to a target", "grading's", rule, (failed, [runs] * len(DROPS)))


def calibrations(rng: np.random.Generator, law: Law, draws: int, n: int) -> tuple[Array, Array]:
    """Return mean and standard deviation of n runs, many times."""
    values = law(rng, (draws, n))
    return values.mean(axis=1), values.std(axis=1, ddof=1)


def judged(
    rule: Rule, reference: tuple[Array, Array], runs: Array, sd: float = 1.0
) -> tuple[list[float], list[float]]:
    """Return the share that fails and the mean number of runs, for each drop."""
    x, s = reference
    failed, made = [], []
    for drop in DROPS:
        new = runs - drop * sd
        number = getattr(new, rule.over)(axis=1)
        good = (number >= low_end(rule, x, s)) & (number <= high_end(rule, x, s))
        low, high = near_ends(rule, x, s)
        first = rule.hasty & (low <= new[:, 0]) & (new[:, 0] <= high)
        failed.append(float(1 - (first | good).mean()))
        made.append(float(rule.runs - (rule.runs - 1) * first.mean()))
    return failed, made


def row(
    what: str,
    law: str,
    limit: str,
    rule: Rule,
    found: tuple[list[float], list[float]],
    *,
    runs: int | None = None,
) -> Row:
    """Return one raw measurement: shares that fail, by drop, and runs made of honest work."""
    failed, made = found
    return {
        "judged": what,
        "law": law,
        "limit": limit,
        "n": rule.n,
        "runs": runs or rule.runs,
        "distance": rule.below,
        "failed": dict(zip(map(str, DROPS), failed, strict=True)),
        "made": made[0],
    }


def summarise(rows: Iterable[Row]) -> list[Row]:
    """Return rows averaged over their repeats."""
    alike: dict[tuple[object, ...], list[Row]] = {}
    for each in rows:
        names = ("judged", "law", "limit", "n", "runs", "factor")
        alike.setdefault(tuple(each.get(name) for name in names), []).append(each)
    found = []
    for each in alike.values():
        mean = {key: value for key, value in each[0].items() if key != "repeat"}
        mean["failed"] = {d: average(r["failed"][d] for r in each) for d in mean["failed"]}
        for name in ("made", "refused"):
            if name in mean:
                mean[name] = average(r[name] for r in each)
        found.append(mean)
    return found


def average(values: Iterable[float]) -> float:
    """Return the mean, to a millionth."""
    return round(float(np.mean(list(values))), 6)


def promised(alpha: float = ALPHA) -> list[Row]:
    """Return what the integrals of `assessment.grading.rates` say of the normal law."""
    found = []
    for n in SEEDS:
        for runs in RUNS:
            rule = make_rule(n, n - 1, runs, alpha)
            found.append(
                {
                    "n": n,
                    "runs": runs,
                    "distance": rule.below,
                    "average": average_rate(rule),
                    "upper": upper_rate(rule),
                    "power": {str(drop): power(rule, drop) for drop in DROPS[1:]},
                    "made": mean_runs(rule),
                }
            )
    return found


def table(result: Document) -> str:
    """Return the tables and the targets as Markdown."""
    rows, settings = result["summary"], result["settings"]
    intro = (
        f"{origin(result)} {settings['repeats']} x {settings['draws']:,} calibrations with one "
        f"submission each, alpha = {100 * ALPHA:g} %. Percent that fail; drops in standard "
        "deviations."
    )
    header = ("law, seeds n, runs M", "honest", "plain limit", "-1", "-2", "-3", "runs")
    plain = {key(r): r for r in rows if r["limit"] == "plain"}
    lines, targets = [], []
    main = [r for r in rows if r["judged"] in ("mean", "mode") and r["limit"] != "plain"]
    for r in main:
        old = percent(plain[key(r)]["failed"]["0.0"])
        lines.append((f"{r['law']}, {r['n']}, {r['runs']}", *shares(r, old)))
    for law in dict.fromkeys(r["law"] for r in main):
        found = [r["failed"]["0.0"] for r in main if r["law"] == law]
        text = f"{law}: {percent(min(found))} to {percent(max(found))} % of honest work fails"
        if law == BEYOND:
            targets.append(f"- {text}: more skewness than the limit allows for")
            continue
        met = WANTED[0] <= min(found) and max(found) <= WANTED[1]
        targets.append(target(f"{text}, {100 * WANTED[0]:g} to {100 * WANTED[1]:g} %", met))
    others = [
        (name(r), *shares(r, "-"))
        for r in rows
        if r["judged"] not in ("mean", "mode", RARE) and r["limit"] != "plain"
    ]
    promises = [
        (
            f"{p['n']}, {p['runs']}",
            f"{p['distance']:.2f}",
            percent(p["average"]),
            percent(p["upper"]),
            *(f"{100 * p['power'][str(drop)]:.0f}" for drop in DROPS[1:]),
            f"{p['made']:.2f}",
        )
        for p in result["promised"]
    ]
    said = ("n, M", "distance / s", "average", "95 % upper", "-1", "-2", "-3", "runs")
    return "\n\n".join(
        (
            intro,
            markdown(header, lines),
            "\n".join(targets),
            markdown(("what is judged, law, n, M", *header[1:]), others),
            *rare(rows, settings),
            "What the integrals promise of the normal law:",
            markdown(said, promises),
        )
    )


def rare(rows: list[Row], settings: Document) -> tuple[str, str]:
    """Return the table of a divided alpha, with how many times that fails."""
    alpha, draws = settings["divided"], RARE_DRAWS * settings["draws"]
    plain = {key(r): r for r in rows if r["limit"] == "plain"}
    lines = []
    for r in rows:
        if r["judged"] == RARE and r["limit"] != "plain":
            old, new = (one["failed"]["0.0"] for one in (plain[key(r)], r))
            cells = (f"{100 * new:.3f}", f"{new / alpha:.1f}", f"{old / alpha:.1f}")
            caught = (f"{100 * r['failed'][str(drop)]:.0f}" for drop in DROPS[1:])
            lines.append(
                (f"{r['law']}, {r['n']}, {r['runs']}", *cells, *caught, f"{r['made']:.2f}")
            )
    header = (
        "law, seeds n, runs M",
        "honest",
        "x alpha",
        "plain, x alpha",
        "-1",
        "-2",
        "-3",
        "runs",
    )
    intro = (
        f"The same at alpha = {100 * alpha:g} %, what an expectation has where a lab's is divided; "
        f"{settings['repeats']} x {draws:,} of each:"
    )
    return intro, markdown(header, lines)


def key(r: Row) -> tuple[object, ...]:
    """Return what two limits of one row share."""
    return r["judged"], r["law"], r["n"], r["runs"]


def name(r: Row) -> str:
    """Return the name of a row of the second table."""
    words = f"{r['judged']}, {r['law']}, {r['n']}, {r['runs']}"
    if "factor" not in r:
        return words
    return f"{words}, spread x {r['factor']:g} ({100 * r['refused']:.0f} % refused)"


def shares(r: Row, plain: str) -> tuple[str, ...]:
    """Return the cells of a row."""
    caught = (f"{100 * r['failed'][str(drop)]:.0f}" for drop in DROPS[1:])
    return percent(r["failed"]["0.0"]), plain, *caught, f"{r['made']:.2f}"


def percent(share: float) -> str:
    """Write a share as percent."""
    return f"{100 * share:.2f}"


def main() -> None:
    """Draw, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=4)
    options.add_argument("--draws", type=int, default=100_000, help="of a repeat (default: 100000)")
    options.add_argument(
        "--divided",
        type=float,
        default=DIVIDED,
        help=f"alpha of an expectation where a lab's is divided (default: {DIVIDED:g})",
    )
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.draws = 2000
    if not 0 < arguments.divided < 0.5:
        options.error("--divided must lie between 0 and 0.5")
    if arguments.draws < SLOW_DRAWS:
        options.error(f"--draws must be at least {SLOW_DRAWS}")
    settings = {"repeats": arguments.repeats, "draws": arguments.draws, "alpha": ALPHA}
    settings |= {"divided": arguments.divided, "lean": LEAN}
    result = document(NAME, settings)
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"])
    result["promised"] = promised()
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
