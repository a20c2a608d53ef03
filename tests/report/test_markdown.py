from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.errors import AssessmentError
from assessment.report.markdown import results_table
from assessment.results import document
from assessment.results.record import BandSource, Result
from tests.report.builders import epochs, graded, result, run
from tests.report.examples import model_a, not_gradable, whole_lab, written
from tests.report.extremes import hostile, one_epoch

GOLDEN = Path(__file__).parent / "golden"


def build(results: list[Result], **options: Any) -> document.Document:
    built = document.build(
        results,
        {"cpu": "Test CPU", "cores": 2, "gpu": options.pop("gpu", [])},
        started="2025-03-01T09:00:00+00:00",
        finished="2025-03-01T10:00:00+00:00",
        **options,
    )
    built["versions"] = {"torch": "2.10.0"}
    return built


def rows(text: str) -> list[list[str]]:
    return [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")]


def test_tables_of_two_labs() -> None:
    text = results_table([build(whole_lab()), build(one_epoch(), gpu=["NVIDIA H200"])])
    assert text == (GOLDEN / "results.md").read_text(encoding="utf-8")


def test_every_row_has_every_column() -> None:
    text = results_table([build([*whole_lab(), hostile()])])
    assert {
        line.replace("\\|", "").count("|") for line in text.splitlines() if line[:1] == "|"
    } == {9}


def test_text_of_others_is_no_markup() -> None:
    text = results_table([build([hostile()])])
    outside = "".join(text.split("`")[::2])
    assert "<" not in outside
    assert "\x1b" not in text
    text.encode("utf-8")


def test_later_documents_win_unless_only_the_earlier_could_grade() -> None:
    first = build([model_a(), not_gradable()])
    better = [graded(value=99.0)]
    second = build([result(expectations=better), model_a().model_copy(update={
        "question": "task1-resnet18", "variant": None, "spec": "specs/co543_lab7.yaml",
    })])  # fmt: skip
    failed = build([not_gradable()])

    text = results_table([first, second, failed])

    assert "| `task2-1-model-a` | test accuracy, last epoch | \u2013 | 99.0 % |" in text
    assert "98.31 % |" in text  # resnet18 as graded by the second document
    assert "not gradable" not in text


def test_calibration_shows_mean_spread_runs_and_range() -> None:
    source = BandSource(
        kind="calibrated", n=20, mean=98.22, sd=0.2134, smallest=97.8, largest=98.61
    )
    text = results_table([build([result(expectations=[graded(source=source)])])])
    assert "| 98.22 \u00b1 0.21 (20) | 97.8 to 98.61 | 97.61 to 98.83 % | 3/3 |" in text


@pytest.mark.parametrize(
    ("values", "differs"),
    [
        ({"reported": 97.60}, True),
        ({"reported": 97.61}, False),
        ({"reported": 98.9, "high": None}, False),
        ({"reported": 98.9, "high": None, "low": None}, False),
        ({"reported": 90.0, "high": None, "low": None}, True),
        ({"reported": 98.0, "value": None}, True),
        ({"reported": None}, False),
    ],
)
def test_differences_are_found_and_explained(values: dict[str, Any], differs: bool) -> None:
    noted = graded(**{"note": "The report's run had one epoch less.", **values})
    text = results_table([build([result(expectations=[noted])])])
    assert ("Where measured and reported values differ:" in text) == differs
    assert ("The report's run had one epoch less." in text) == differs


def test_differences_without_a_note_are_not_hidden() -> None:
    text = results_table([build([result(expectations=[graded(reported=90.0)])])])
    assert (
        "Different without an explanation: `task2-1-model-a`, test accuracy, last epoch "
        "(90.0 % reported, 98.31 % measured)." in text
    )


@pytest.mark.parametrize(
    ("reported", "explained"),
    [(97.6, "Chance: 2.4 standard deviations from the mean of 5 reference runs."), (97.2, None)],
)
def test_a_difference_within_the_references_own_spread_is_chance(
    reported: float, explained: str | None
) -> None:
    source = BandSource(kind="calibrated", n=5, mean=98.2, sd=0.25, smallest=97.9, largest=98.5)
    one = graded(reported=reported, low=98.0, source=source)
    text = results_table([build([result(expectations=[one])])])
    assert ("Different without an explanation" in text) == (explained is None)
    assert explained is None or explained in text


def test_reported_values_that_nobody_asked_for_stand_beside_the_runs() -> None:
    item = result(
        expectations=[],
        reported={"test_loss": [0.3, 0.05], "gradient_norm": 12.0, "train_loss": {"max": 0.5}},
        runs=[run(seed, epochs=epochs(2, seed=seed)) for seed in (1, 2)],
    )
    found = rows(results_table([build([item])]))[2:]
    assert found[0][:3] == ["`task2-1-model-a`", "test loss", "0.05 nats"]
    assert found[0][3].endswith(" nats")
    assert found[1][1:4] == ["gradient norm", "12", "\u2013"]
    assert found[2][1:3] == ["train loss", ""], "the runs' mean is not their highest"


def test_items_without_expectations_keep_a_row() -> None:
    found = rows(results_table([build([written(), result(expectations=[])])]))[2:]
    assert found[0][3] == "waits for a person"
    assert found[0][-1] == "\u2013/6"
    assert found[1][-1] == "3/3"


def test_no_documents_give_no_tables() -> None:
    assert results_table([]) == "No results.\n"


def test_a_damaged_document_is_named() -> None:
    built = build([model_a()])
    built["results"][0]["status"] = "good"
    with pytest.raises(AssessmentError, match=r"document 2: results\.0\.status"):
        results_table([build([written()]), built])
