"""What is told about a submission, in which order, and what is told only of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

from assessment.catalogue import load_lab
from assessment.grading.advice import MOST, advise
from assessment.grading.findings import find
from assessment.grading.score import Setting, score, shortened, smoke
from assessment.models import digits
from assessment.results import calibration
from assessment.results.record import Result, Run
from assessment.results.solution import Solution
from assessment.spec.lab import SubmittedModel
from assessment.spec.units import Unit, units
from tests.grading.networks import Handed, handed_in

MakeRun = Callable[..., Run]
SPEC = Path(__file__).parents[2] / "specs/digits.yaml"
LAB = load_lab(SPEC)
LINES = calibration.read(calibration.path_for(SPEC))
CLASSES = tuple("0123456789")
SIZES = [89, 91, 88, 92, 90, 91, 90, 89, 88, 91]


def unit(name: str) -> Unit:
    return units(LAB.lab)[name]


def graded(name: str, *runs: Run, beside: tuple[Run, ...] = ()) -> Result:
    """Return a unit of the digits lab, graded with the reference's real runs."""
    keys = {line.unit: line.run.key for line in LINES if "~" not in line.unit}
    setting = Setting(LAB, calibrations=LINES, keys=keys, classes=CLASSES)
    shown = {"q1-mlp": runs, "q2-cnn": runs, "q3-learning-rate[lr-0.05]": beside} | {name: runs}
    return score(unit(name), setting, shown)


def confusion(accuracy: float) -> list[list[int]]:
    """Return counts of the digits with about so many right ones, percent."""
    right = [round(size * accuracy / 100) for size in SIZES]
    return [
        [
            kept if row == column else size - kept if column == (row + 1) % 10 else 0
            for column in range(10)
        ]
        for row, (size, kept) in enumerate(zip(SIZES, right, strict=True))
    ]


@pytest.fixture
def handed(make_run: MakeRun) -> Callable[..., Run]:
    """Return what makes a run of a submission that ends with these accuracies."""

    def make(solution: Solution, train: float = 99.0, test: float = 97.8, **values: Any) -> Run:
        columns = {
            "train_loss": [1.07, 0.03],
            "train_accuracy": [60.0, train],
            "test_accuracy": [80.0, test],
        }
        known = {"confusion": confusion(test), "parameters": 9930, "solution": solution}
        return make_run(**(columns | known | values))

    return make


# --- nothing to tell -----------------------------------------------------------------------------


def test_a_right_network_that_learnt(handed: Callable[..., Run]) -> None:
    result = graded("q2-cnn", handed(handed_in(Handed(), digits.Cnn())))
    assert (result.status, result.findings) == ("scored", [])


def test_the_reference_itself_is_told_what_was_always_told(make_run: MakeRun) -> None:
    runs = [make_run(seed, train_loss=[2.31, 2.31], parameters=5) for seed in (1, 2)]
    assert advise(unit("q2-cnn"), runs) == find(runs)
    assert len(find(runs)) == 1
    assert advise(unit("q2-cnn"), []) == []


# --- everything at once --------------------------------------------------------------------------


class Wrong(nn.Module):
    """A kernel of 5x5, no activation, no pool, something unused, a sigmoid at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.old = nn.Linear(4, 4)
        self.fc = nn.Linear(32 * 8 * 8, 10)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.fc(torch.relu(self.conv2(self.conv1(x))).flatten(1)))


def test_causes_come_first(handed: Callable[..., Run]) -> None:
    told = handed_in(Wrong(), digits.Cnn()).model_copy(update={"dead": {"ReLU behind conv2": 0.9}})
    run = handed(told, train=99.0, test=70.0, parameters=25_566, seconds=90.0)
    result = graded("q2-cnn", run)
    beginnings = [
        "No gradient reaches `old.weight` and `old.bias`, ",
        "Your network is not the one that is asked for and has 25,566 trainable parameters instead "
        "of 9,930: `conv1` is Conv2d 1->16 of 5x5 where Conv2d 1->16 of 3x3 is asked for.",
        "Besides, MaxPool2d and Dropout are missing after the ReLU after `conv2`",
        "No activation stands between `conv1` and `conv2`, ",
        "Your network ends in Sigmoid: with cross-entropy the loss cannot fall below 1.46; ",
        "After training 90 % of the units of `ReLU behind conv2` gave 0 ",
        "Your network over-fits: train accuracy 99.0 %, test accuracy 70.0 %, 29.0 points apart, ",
        "A run of your network takes 90 s, about ",
    ]
    assert len(result.findings) == len(beginnings) == MOST
    for found, beginning in zip(result.findings, beginnings, strict=True):
        assert found.startswith(beginning)


def test_no_more_than_anybody_reads(handed: Callable[..., Run]) -> None:
    pairs = [[str(n), str(n + 1)] for n in range(9)]
    solution = handed_in(Wrong(), digits.Cnn()).model_copy(
        update={"unknown_layers": ["Linear (4, 4)"], "unbroken": pairs}
    )
    runs = [handed(solution, seed=seed, train_loss=[2.3, 2.3], seconds=90.0) for seed in range(5)]
    assert len(graded("q2-cnn", *runs).findings) <= MOST


# --- another network -----------------------------------------------------------------------------


def asking(architecture: Literal["free", "fixed"], *, parameters: bool = False) -> Unit:
    """Return the second question, asking for a network or for a number of parameters or neither."""
    found = unit("q2-cnn")
    kept = {name: one for name, one in found.expect.items() if parameters or name != "parameters"}
    submitted = SubmittedModel(architecture=architecture)
    return replace(found, expect=kept, submitted=submitted)


@pytest.mark.parametrize("lost", [True, False])
def test_where_any_network_will_do(handed: Callable[..., Run], lost: bool) -> None:
    run = handed(handed_in(Handed(kernel=5), digits.Cnn()), parameters=10_186)
    [accuracy] = [one for one in graded("q2-cnn", run).expectations if one.name == "accuracy"]
    accuracy = accuracy.model_copy(update={"met": not lost})
    found = advise(asking("free"), [run], graded=[accuracy])
    assert [sentence[:15] for sentence in found] == (["For comparison:"] if lost else [])


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        (asking("free"), []),
        (asking("fixed"), ["Your network is not the one that is asked for"]),
        (asking("free", parameters=True), ["Your network is not the one that is asked for"]),
    ],
    ids=["neither", "network", "parameters"],
)
def test_where_the_spec_asks_for_the_reference_s(
    handed: Callable[..., Run], asks: Unit, told: list[str]
) -> None:
    run = handed(handed_in(Handed(kernel=5), digits.Cnn()), parameters=10_186)
    assert [sentence.partition(" and has")[0] for sentence in advise(asks, [run])] == told


@pytest.mark.parametrize("outcome", ["timeout", "out_of_memory", "crashed", "invalid"])
def test_a_run_that_failed_is_told_what_its_network_is(
    handed: Callable[..., Run], outcome: str
) -> None:
    solution = handed_in(Handed(filters=64), digits.Cnn())
    run = handed(solution, parameters=24_650, outcome=outcome, train_loss=[2.3, 2.3])
    result = graded("q2-cnn", run)
    assert result.status == outcome
    [told] = result.findings
    assert "24,650 trainable parameters instead of 9,930: `conv1` is Conv2d 1->64 of 3x3" in told


def test_what_was_not_found_is_told_nothing(make_run: MakeRun) -> None:
    assert graded("q2-cnn", make_run(outcome="invalid", reason="no model")).findings == []


# --- what runs suffer from -----------------------------------------------------------------------

ONE_CLASS = [[size if column == 3 else 0 for column in range(10)] for size in SIZES]


def test_a_loss_that_stays_beside_the_reference_s(handed: Callable[..., Run]) -> None:
    solution = handed_in(digits.Mlp(), digits.Mlp())
    collapsed = {"confusion": ONE_CLASS, "parameters": 2410}
    runs = [
        handed(solution, seed=seed, train_loss=[2.31, last], test=10.2, **collapsed)
        for seed, last in ((1, 2.30), (2, 2.305), (3, 2.306))
    ]
    flat, one_class = graded("q1-mlp", *runs).findings
    assert flat.startswith(
        "Your train loss did not fall: 2.31 in the first epoch, 2.3 in the last; the reference's "
        "falls to 0.00"
    )
    assert flat.endswith(" (seed 1; much the same with 2, 3).")
    assert one_class.startswith(
        "Your network always answers class 3 (accuracy 10.23 % is exactly that class's share); the "
        "reference reaches 93."
    )
    assert one_class.endswith(" % (seeds 1, 2, 3).")


def test_what_a_question_is_meant_to_show(handed: Callable[..., Run]) -> None:
    """With a learning rate of 3 the reference guesses: nobody has to mend anything."""
    solution = handed_in(digits.Mlp(), digits.Mlp()).model_copy(update={"dead": {"1": 1.0}})
    guess = handed(
        solution, train_loss=[2.9, 2.9], train=10.0, test=10.2, confusion=ONE_CLASS, parameters=2410
    )
    result = graded("q3-learning-rate[lr-3]", guess, beside=(guess,))
    assert result.findings == [
        "Your train loss did not fall: 2.9 in the first epoch, 2.9 in the last; the reference does "
        "not do better here.",
        "Your network always answers class 3 (accuracy 10.23 % is exactly that class's share); the "
        "reference does not do better here.",
    ]


def test_what_happens_to_the_reference_now_and_then(
    handed: Callable[..., Run], make_run: MakeRun
) -> None:
    run = handed(handed_in(digits.Mlp()), train_loss=[2.3, None])
    reference = [
        make_run(seed, test_accuracy=[95.0], train_loss=[2.3, None if seed == 1 else 0.1])
        for seed in range(5)
    ]
    assert advise(asking("free"), [run], reference=reference)[0] == (
        "Your train loss is not finite in epoch 2; so it is with 1 of 5 runs of the reference."
    )
    assert advise(asking("free"), [run], reference=reference[2:])[0] == (
        "Your train loss is not finite in epoch 2; the reference's stays finite."
    )
    assert advise(asking("free"), [run])[0] == "Your train loss is not finite in epoch 2."


# --- runs that are not graded --------------------------------------------------------------------


def test_a_smoke_run_and_a_shortened_one(handed: Callable[..., Run]) -> None:
    run = handed(handed_in(Handed(kernel=5), digits.Cnn()), train=50.0, test=49.0)
    setting = Setting(LAB, calibrations=LINES, classes=CLASSES)
    assert smoke(unit("q2-cnn"), setting, {"q2-cnn": [run]}).findings == []
    [told] = shortened(unit("q2-cnn"), setting, {"q2-cnn": [run]}, "2 of 15 epochs").findings
    assert "`conv1` is Conv2d 1->16 of 5x5" in told
