"""What a row says about an item: its main expectation, and how the others fared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assessment.report.text import count_text, one_line, value_text
from assessment.results.record import Graded, Result

Rank = Literal["best", "worst"]

HIGHER: tuple[str, ...] = ("_accuracy",)
LOWER: tuple[str, ...] = (
    "_loss",
    "epochs_to_accuracy",
    "epochs_to_train_loss",
    "seconds",
)
"""Endings of measurements by what is better; the others have no better and worse."""


def main_expectation(result: Result) -> Graded | None:
    """Return the expectation with the most points; the first of equals, None if there is none."""
    if not result.expectations:
        return None
    return max(result.expectations, key=lambda graded: graded.points)


def measured_text(graded: Graded | None) -> str:
    """Write what was measured; of a comparison whether the order holds."""
    if graded is None:
        return "-"
    if graded.measure == "answer" and graded.value is None:
        return "right" if graded.met else "wrong"
    if graded.value is None and graded.values:
        if graded.met is None:
            return count_text(len(graded.values), "value")
        return "holds" if graded.met else "does not hold"
    return fixed_text(graded.value, graded.unit)


def fixed_text(value: float | None, unit: str) -> str:
    """Write a value with a fixed number of decimals, so that a column can be compared."""
    if value is not None and unit == "%":
        return f"{value:.2f} %"
    return value_text(value, unit)


def asked_text(graded: Graded | None) -> str:
    """Write what was asked, or nothing where nothing was."""
    return graded.condition if graded is not None else ""


def asked_intervals(graded: Graded) -> list[tuple[float | None, float | None]]:
    """Return the intervals of which one was asked for; None is an open end."""
    if graded.modes:
        return [(low, high) for low, high in graded.modes]
    if graded.low is not None or graded.high is not None:
        return [(graded.low, graded.high)]
    return []


def side_names(units: Sequence[str]) -> dict[str, str]:
    """Return a short name for each id `question[variant]`: the variant where that is enough."""
    short = {unit: unit.partition("[")[2].removesuffix("]") or unit for unit in units}
    return short if len(set(short.values())) == len(short) else {unit: unit for unit in units}


def distinct_labels(expectations: Sequence[Graded]) -> list[str]:
    """Return the label of each expectation, with its name where several are called alike."""
    labels = [graded.label for graded in expectations]
    return [
        f"{label} ({graded.name})" if labels.count(label) > 1 else label
        for graded, label in zip(expectations, labels, strict=True)
    ]


def reported_text(graded: Graded | None) -> str:
    """Write what somebody's report gave, without its unit."""
    if graded is None or graded.reported is None:
        return ""
    if graded.unit == "%":
        return f"{graded.reported:.2f}"
    return value_text(graded.reported, graded.unit, with_unit=False)


def others_text(result: Result) -> str:
    """Condense what is graded beside the main expectation: `2/3` met."""
    main = main_expectation(result)
    others = [
        graded
        for graded in result.expectations
        if graded is not main and (graded.points > 0 or graded.met is not None)
    ]
    if not others or result.status != "scored":
        return ""
    return f"{sum(graded.met is True for graded in others)}/{len(others)}"


def better(measure: str) -> Literal["higher", "lower"] | None:
    """Say which values of a measurement are better, None where neither is."""
    if measure.endswith(HIGHER) and not measure.startswith("epochs_"):
        return "higher"
    return "lower" if measure.endswith(LOWER) else None


def best_and_worst(results: Sequence[Result]) -> dict[int, Rank]:
    """Return which variants of a question are best and worst in their main measurement.

    Empty where they measure different things, where all are equal, and where
    no direction is the better one.
    """
    values: dict[int, float] = {}
    labels = set()
    for index, result in enumerate(results):
        main = main_expectation(result)
        if main is not None and main.value is not None and result.status == "scored":
            values[index] = main.value
            labels.add((main.measure, one_line(main.unit)))
    if len(labels) != 1 or len(set(values.values())) < 2:
        return {}
    direction = better(next(iter(labels))[0])
    if direction is None:
        return {}
    best = (max if direction == "higher" else min)(values.values())
    worst = (min if direction == "higher" else max)(values.values())
    ranks: dict[int, Rank] = {}
    for index, value in values.items():
        if value in (best, worst):
            ranks[index] = "best" if value == best else "worst"
    return ranks
