"""A figure in words, for those who cannot see it: the numbers at the ends of its curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.report.cells import best_and_worst
from assessment.report.text import count_text, one_line, shorten, value_text
from assessment.results.record import Graded, Result, Run
from assessment.results.totals import question_title

MOST_CHARACTERS = 1500
"""An alternative text is read aloud; the tables beside the figure hold everything."""

COURSES_TOLD = 4
"""Of more variants than this only the measured values are told, not the courses of the curves."""

LABEL_LIMIT = 60

CURVES = {
    "train_loss": ("training loss", "nats"),
    "validation_loss": ("validation loss", "nats"),
    "test_loss": ("test loss", "nats"),
    "train_accuracy": ("training accuracy", "%"),
    "validation_accuracy": ("validation accuracy", "%"),
    "test_accuracy": ("test accuracy", "%"),
}


def describe(question_results: Sequence[Result]) -> str:
    """Describe the figure of one question with its numbers; empty where there are none."""
    brief = len(question_results) > COURSES_TOLD
    sentences = [text for item in question_results for text in _describe_item(item, brief)]
    confused = _describe_confusion(question_results)
    if confused:
        sentences.append(confused)
    if not sentences:
        return ""
    text = f"Figure: {shorten(question_title(question_results), LABEL_LIMIT)}. "
    for sentence in sentences:
        if len(text) + len(sentence) > MOST_CHARACTERS:
            return f"{text}More stands in the tables of this question."
        text += f"{sentence} "
    return text.rstrip()


def _describe_item(result: Result, brief: bool) -> Iterator[str]:
    facts = [] if brief else [*_curve_facts(result.runs), *_gradient_facts(result.runs)]
    facts += [fact for graded in result.expectations if (fact := _expectation_fact(graded))]
    if not facts:
        return
    name = f"{shorten(result.variant, LABEL_LIMIT)}: " if result.variant else ""
    seeds = len({run.seed for run in result.runs})
    repeats = f" (mean of {seeds} seeds)" if seeds > 1 else ""
    text = "; ".join(facts)
    yield f"{name}{text if name else text[0].upper() + text[1:]}{repeats}."


def _curve_facts(runs: Sequence[Run]) -> Iterator[str]:
    courses = []
    longest = 0
    for column, (words, unit) in CURVES.items():
        series = [run.epochs[column] for run in runs if run.epochs.get(column)]
        first = _mean([values[0] for values in series])
        last = _mean([values[-1] for values in series])
        if last is None:
            continue
        length = max(len(values) for values in series)
        longest = max(longest, length)
        start = "" if length == 1 or first is None else f"{_brief(first, unit, bare=True)} to "
        courses.append(f"{words} {start}{_brief(last, unit)}")
    if courses:
        yield f"over {count_text(longest, 'epoch')} {', '.join(courses)}"
    losses = [run.steps["batch_loss"] for run in runs if run.steps.get("batch_loss")]
    start_loss, end_loss = (_mean([values[place] for values in losses]) for place in (0, -1))
    if start_loss is not None and end_loss is not None:
        start = _brief(start_loss, "nats", bare=True)
        yield f"batch loss {start} to {_brief(end_loss, 'nats')}"


def _gradient_facts(runs: Sequence[Run]) -> Iterator[str]:
    norms = [run.gradients["norm"] for run in runs if run.gradients.get("norm")]
    first, last = (_mean([values[place] for values in norms]) for place in (0, -1))
    if first is not None and last is not None:
        steps = count_text(max(len(values) for values in norms), "record")
        yield f"gradient norm {first:.3g} to {last:.3g} over {steps}"


def _expectation_fact(graded: Graded) -> str:
    label = shorten(graded.label, LABEL_LIMIT)
    if graded.values:
        sides = ", ".join(
            f"{shorten(side, LABEL_LIMIT)} {value_text(value, graded.unit)}"
            for side, value in graded.values.items()
        )
        return f"{label}: {sides}"
    if graded.value is None and graded.reported is None:
        return ""
    unit = one_line(graded.unit)
    found = "without a value" if graded.value is None else value_text(graded.value, unit)
    parts = [f"{label} {found}"]
    if graded.condition:
        parts.append(f"asked for {shorten(graded.condition, LABEL_LIMIT)}")
    if graded.reported is not None:
        parts.append(f"reported {value_text(graded.reported, unit)}")
    return ", ".join(parts)


def _describe_confusion(results: Sequence[Result]) -> str:
    """Name the pair of classes that is confused most often in the run that the figure shows."""
    ranks = best_and_worst(results)
    for index in sorted(range(len(results)), key=lambda place: ranks.get(place) != "best"):
        result = results[index]
        for run in result.runs:
            if run.confusion:
                pairs = [
                    (count, row, column)
                    for row, counts in enumerate(run.confusion)
                    for column, count in enumerate(counts)
                    if row != column
                ]
                count, row, column = max(pairs, default=(0, 0, 0))
                if not count:
                    return "Confusion matrix: no mistakes."
                right, taken = _class_name(result, row), _class_name(result, column)
                times = count_text(count, "time")
                return f"Confusion matrix: most often, {times}, {right} is taken for {taken}."
    return ""


def _class_name(result: Result, label: int) -> str:
    return shorten(result.classes[label], 24) if label < len(result.classes) else str(label)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _brief(value: float, unit: str, *, bare: bool = False) -> str:
    number = f"{value:.2f}" if unit == "%" else f"{value:.3g}"
    return number if bare else f"{number} {unit}"
