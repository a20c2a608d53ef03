from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from assessment.report.table import write_table
from assessment.results.record import Result
from tests.report.builders import graded, result
from tests.report.examples import (
    comparison,
    crashed,
    learning_rates,
    model_a,
    not_gradable,
    skipped,
    whole_lab,
    written,
)
from tests.report.extremes import hostile, many_variants, one_epoch, to_target
from tests.report.numbers import terminal

GOLDEN = Path(__file__).parent / "golden"
ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def table(results: Sequence[Result], *, markup: bool = False, **options: int) -> str:
    return terminal(
        lambda writer: write_table(writer, results, **options),
        markup=markup,
    )


@pytest.mark.parametrize("markup", [False, True], ids=["plain", "markup"])
def test_table_of_two_labs(markup: bool) -> None:
    golden = GOLDEN / ("table_markup.txt" if markup else "table.txt")
    assert table([*whole_lab(), *to_target()], markup=markup) == golden.read_text(encoding="utf-8")


def test_colour_adds_nothing_but_colour() -> None:
    results = [*whole_lab(), *to_target()]
    assert ESCAPE.sub("", table(results, markup=True)) == table(results)


def test_best_and_worst_variant_are_coloured() -> None:
    text = table(learning_rates(), markup=True)
    assert re.search("\x1b\\[1m\x1b\\[32m *98.71 %", text)
    assert re.search("\x1b\\[1m\x1b\\[31m *10.28 %", text)
    assert re.search("\x1b\\[1m *97.21 %!", text)


@pytest.mark.parametrize(
    ("measure", "best"),
    [
        ("test_accuracy", "9"),
        ("test_loss", "3"),
        ("epochs_to_accuracy", "3"),
        ("parameters", None),
    ],
)
def test_what_is_best_depends_on_the_measurement(measure: str, best: str | None) -> None:
    variants = [
        result("q", variant=str(v), expectations=[graded(value=v, measure=measure, unit="")])
        for v in (9.0, 3.0, 5.0)
    ]
    green = re.findall("\x1b\\[1m\x1b\\[32m *([0-9]+) *\x1b", table(variants, markup=True))
    assert green == ([best] if best else [])


@pytest.mark.parametrize(
    "results",
    [
        whole_lab(),
        to_target(),
        many_variants(),
        one_epoch(),
        [comparison(), not_gradable(), skipped(), crashed(), written()],
    ],
    ids=["lab", "target", "many", "one-epoch", "comparison"],
)
def test_fits_a_hundred_columns(results: list[Result]) -> None:
    assert max(map(len, table(results).splitlines())) <= 100


def test_more_room_is_used() -> None:
    text = table(many_variants(), width=140)
    assert "complex-network-with-8192-hidden-units" in text
    assert "complex-network-with-8192-hidden-units" not in table(many_variants())


def test_bands_are_not_shortened() -> None:
    assert "97.55 to 98.60 %" in table([*learning_rates(), *many_variants()])


def test_main_expectation_is_shown_and_the_others_counted() -> None:
    (row,) = [line for line in table([model_a()]).splitlines() if "task2-1-model-a" in line]
    assert row.split() == [
        *("task2-1-model-a", "4/4", "98.31", "%", "97.61", "to", "98.83", "%"),
        *("1/1", "98.01", "210", "5"),
    ]


def test_flagged_values_are_marked_and_explained() -> None:
    text = table([result(expectations=[graded(value=99.5, flagged=True)])])
    assert "99.50 %^" in text
    assert "Legend: ^ unusual for correct work, to be looked at" in text


def test_notes_say_why_and_that_it_is_no_zero() -> None:
    text = table([not_gradable(), written(), skipped(), crashed()])
    assert "total 0 of 3 points, 6 waiting for a person, 8 not graded, 4 items" in text
    assert "not gradable: task1-resnet18 (3 points): ImageNet weights" in text
    assert "crashed: task2-1-model-b (3 points): RuntimeError" in text
    assert "skipped: q3-1-architectures (5 points): needs an accelerator" in text
    assert "waiting: a person gives 6 points for task1-discussion" in text


def test_one_reason_of_several_items_is_written_once() -> None:
    away = [not_gradable().model_copy(update={"question": name}) for name in ("a", "b")]
    text = table([*away, not_gradable().model_copy(update={"reason": "no network"})])
    assert "not gradable: a, b (6 points): ImageNet weights" in text
    assert "not gradable: task1-resnet18 (3 points): no network" in text
    assert text.count("ImageNet weights") == 1


def test_no_control_character_of_a_student_reaches_the_terminal() -> None:
    text = table([hostile()])
    assert "alert('x')" in text
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    assert "\u202e" not in text
    text.encode("utf-8")  # lone surrogates are gone


def test_nothing_is_written_without_results() -> None:
    assert table([]) == ""
