"""Lab 3: the spec file against the table of the lab."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assessment.grading.comparisons import compare
from assessment.spec.expectations import ComparisonExpectation
from assessment.spec.units import Unit
from tests.execution.test_finished import a_run
from tests.grading.uncalibrated import uncalibrated

UNITS = [
    "no1-without-cnn",
    "no1-with-cnn[sheet]",
    "no1-with-cnn[report]",
    "no1-comparison",
    "no2-topology",
    "no2-learning-rate",
    "no2-batch-size",
    "no3-summary",
    "no4-comparison",
    "no4-best",
]


@pytest.fixture
def lab(units_of: Any) -> dict[str, Unit]:
    found: dict[str, Unit] = units_of("hw539_hw4")
    return found


def test_every_row_is_there(lab: dict[str, Unit]) -> None:
    assert list(lab) == UNITS


@pytest.mark.parametrize(
    ("unit", "model", "learning_rate", "batch_size"),
    [
        ("no1-without-cnn", "hw539/mlp", 0.01, 32),
        ("no1-with-cnn[sheet]", "hw539/cnn-sheet", 0.01, 32),
        ("no1-with-cnn[report]", "hw539/cnn-report", 0.01, 32),
        ("no2-topology", "hw539/cnn-topology", 0.01, 32),
        ("no2-learning-rate", "hw539/cnn-report", 0.001, 32),
        ("no2-batch-size", "hw539/cnn-report", 0.01, 64),
    ],
)
def test_recipes(
    lab: dict[str, Unit], unit: str, model: str, learning_rate: float, batch_size: int
) -> None:
    training = lab[unit].training
    assert training is not None
    assert training.model_dump(exclude_defaults=True) == {
        "model": {"name": model},
        "dataset": {
            "name": "mnist",
            "transforms": [{"kind": "normalize", "mean": [0.1307], "std": [0.3081]}],
        },
        "loss": "nll",
        "optimizer": {"name": "sgd", "learning_rate": learning_rate, "momentum": 0.5},
        "epochs": 1,
        "batch_size": batch_size,
        "record": {"every": 10},
    }
    assert training.shuffle
    assert training.loss_mean == "images"


@pytest.mark.parametrize(
    ("unit", "accuracy", "loss", "first", "last"),
    [
        ("no1-with-cnn[report]", 97.05, 0.0886, 2.293, 0.0147),
        ("no2-topology", 97.18, 0.0903, 2.323, 0.0662),
        ("no2-learning-rate", 91.57, 0.3073, 2.304, 0.558),
        ("no2-batch-size", 96.55, 0.1100, 2.310, 0.0559),
    ],
)
def test_reported_values(
    lab: dict[str, Unit], unit: str, accuracy: float, loss: float, first: float, last: float
) -> None:
    assert lab[unit].reported == {
        "test_accuracy": accuracy,
        "test_loss": loss,
        "first_batch_loss": first,
        "last_batch_loss": last,
    }
    shown = {expectation.measure for expectation in lab[unit].expect.values()}
    assert shown >= set(lab[unit].reported)


@pytest.mark.parametrize(
    ("unit", "parameters"),
    [
        ("no1-without-cnn", 101_770),
        ("no1-with-cnn[sheet]", 592_074),
        ("no1-with-cnn[report]", 2_427_594),
        ("no2-topology", 317_066),
    ],
)
def test_parameters(lab: dict[str, Unit], unit: str, parameters: int) -> None:
    assert lab[unit].expect["parameters"].equals == parameters  # type: ignore[union-attr]


def test_all_accuracies_have_calibrated_bands(lab: dict[str, Unit]) -> None:
    """In particular batch 64, whose report very likely ran with batch 32."""
    for unit in lab.values():
        if unit.training is not None:
            expectation = unit.expect["accuracy"]
            assert expectation.band == "calibrated"  # type: ignore[union-attr]
    assert "batch 32" in (lab["no2-batch-size"].expect["accuracy"].note or "")


def test_only_safe_orders_are_asserted(lab: dict[str, Unit]) -> None:
    expect = lab["no4-comparison"].expect
    assert expect["learning-rate"].descending == [  # type: ignore[union-attr]
        "no1-with-cnn[report]",
        "no2-learning-rate",
    ]
    assert expect["batch-size"].descending == [  # type: ignore[union-attr]
        "no1-with-cnn[report]",
        "no2-batch-size",
    ]
    assert expect["topology"].show  # type: ignore[union-attr]


def test_the_reports_claim_of_the_highest_accuracy_is_found_out(lab: dict[str, Unit]) -> None:
    """It names 97.05 as the highest, which its own 97.18 of the second topology contradicts."""
    names = {name: unit for name, unit in lab.items() if "test_accuracy" in unit.reported}
    runs = {
        name: [
            a_run().model_copy(
                update={"epochs": {"test_accuracy": [unit.reported["test_accuracy"]]}}
            )
        ]
        for name, unit in names.items()
    }

    def best(name: str) -> Any:
        others = [other for other in names if other != name]
        claim = ComparisonExpectation(measure="test_accuracy", best=name, among=others, points=1)
        unit = replace(lab["no4-comparison"], expect={"best": claim})
        return compare(unit, "best", lab, runs, uncalibrated).graded

    claimed = best("no1-with-cnn[report]")
    assert not claimed.met
    assert "no1-with-cnn[report] 97.05 % is below no2-topology 97.18 %" in claimed.why
    assert best("no2-topology").met
