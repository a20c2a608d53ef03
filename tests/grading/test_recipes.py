"""Whether stored runs are those of a unit as it is now."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.grading.recipes import Recipes, recipe_keys
from assessment.grading.score import Setting
from assessment.results.record import Run
from assessment.spec.recipe import Training
from assessment.spec.units import units
from tests.grading.conftest import TRAINING
from tests.report import builders

NOW = Recipes("new", {"a": "k1"}, {"a": "d" * 64}, {("old", "a"): "k1", ("older", "a"): "k0"})


def made(key: str, dataset: str = "d" * 64) -> Run:
    return builders.run(key=key, dataset_sha256=dataset)


@pytest.mark.parametrize(
    ("run", "lab", "submission", "expected"),
    [
        (made("k1"), "older", "", True),
        (made("k0"), "new", "", False),
        (made("k1"), "older", "e1", True),
        (made("theirs"), "new", "e1", True),
        (made("theirs"), "old", "e1", True),
        (made("theirs"), "older", "e1", False),
        (made("theirs"), "oldest", "e1", None),
        (made("theirs", "e" * 64), "new", "e1", False),
        (made(""), "older", "e1", True),
    ],
)
def test_runs_are_of_the_unit(run: Run, lab: str, submission: str, expected: bool | None) -> None:
    result = builders.result("a", runs=[run], lab_sha256=lab)
    assert NOW.are_of("a", result, submission) is expected


def test_nothing_is_known_where_the_data_set_is_absent() -> None:
    absent = Recipes("new", {}, {})
    assert absent.are_of("a", builders.result("a", runs=[made("k1")]), "") is None
    assert absent.are_of("a", builders.result("a"), "") is True


def test_keys_are_those_of_a_unit_and_of_all_that_share_its_pools(
    make_setting: Callable[..., Setting],
) -> None:
    band = {"measure": "test_accuracy", "band": "calibrated", "pool": "all", "points": 1}
    lab = make_setting(
        {
            name: {
                "kind": "training",
                "title": name,
                "training": TRAINING | {"epochs": epochs},
                "expect": {} if name == "alone" else {"accuracy": band},
            }
            for name, epochs in (("one", 1), ("two", 2), ("unknown", 3), ("alone", 4))
        }
    ).lab_file.lab
    known = units(lab)
    asked: list[int] = []

    def key(training: Training) -> str:
        asked.append(training.epochs)
        return "" if training.epochs == 3 else f"k{training.epochs}"

    assert recipe_keys([known["one"]], key) == {"one": "k1", "two": "k2"}
    assert asked == [1, 2, 3]
    assert recipe_keys(known.values(), key)["alone"] == "k4"
