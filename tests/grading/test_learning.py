"""What is said of how a network learnt, beside real runs of the digits' reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from assessment.grading.learning import DEAD, Learning
from assessment.results import calibration
from assessment.results.record import Environment, Graded, Run
from assessment.results.solution import Solution

MakeRun = Callable[..., Run]
LINES = calibration.read(calibration.path_for(Path(__file__).parents[2] / "specs/digits.yaml"))
DIGITS = [89, 91, 88, 92, 90, 91, 90, 89, 88, 91]
"""About how many of the digits' test images show each digit."""


def usual(unit: str) -> list[Run]:
    """Return the reference's runs of a unit of the digits lab."""
    found = [line.run for line in LINES if line.unit == unit]
    assert len(found) >= 5
    return found


def graded(value: float, low: float | None = 92.5, *, met: bool | None = False) -> Graded:
    return Graded(
        name="accuracy",
        measure="test_accuracy",
        label="test accuracy",
        unit="%",
        value=value,
        verified=True,
        condition="at least",
        low=low,
        met=met,
        earned=0,
        points=1,
    )


def generalisation(
    runs: Sequence[Run], reference: Sequence[Run], *expected: Graded, explained: bool = False
) -> list[str]:
    return list(Learning(runs, reference).generalisation(expected, explained=explained))


# --- train and test accuracy ---------------------------------------------------------------------


def test_the_reference_is_told_nothing_about_itself() -> None:
    """Nor any run that is as good: each of the reference's runs beside all others."""
    for unit in dict.fromkeys(line.unit for line in LINES if "~" not in line.unit):
        runs = usual(unit)
        for run in runs:
            others = [other for other in runs if other is not run]
            learning = Learning([run], others)
            assert list(learning.starvation()) == []
            assert list(learning.slowness()) == []
            assert list(learning.generalisation([], explained=False)) == []


def test_over_fitting(make_run: MakeRun) -> None:
    run = make_run(train_accuracy=[60.0, 100.0], test_accuracy=[50.0, 84.2])
    assert generalisation([run], usual("q1-mlp"), graded(84.2)) == [
        "Your network over-fits: train accuracy 100.0 %, test accuracy 84.2 %, 15.8 points apart, "
        "where the reference's are 6.1 points apart; dropout in front of large layers, or fewer "
        "parameters, brings them together."
    ]


@pytest.mark.parametrize(
    ("train", "test", "told"),
    [
        (100.0, 89.0, False),  # 11.0 points, 5 beyond the reference's at most
        (100.0, 88.5, True),
        (75.0, 60.0, True),
        (60.0, 60.0, False),
        (40.0, 60.0, False),
    ],
)
def test_how_far_apart_is_too_far(make_run: MakeRun, train: float, test: float, told: bool) -> None:
    run = make_run(train_accuracy=[train], test_accuracy=[test])
    assert bool(generalisation([run], usual("q1-mlp"))) is told


def test_two_accuracies_apart_cost_nothing_where_the_network_is_better(make_run: MakeRun) -> None:
    """The reference with a learning rate of 0.001 has not finished learning: 91 and 88 %."""
    reference = usual("q3-learning-rate[lr-0.001]")
    better = make_run(train_accuracy=[100.0], test_accuracy=[90.0])
    worse = make_run(train_accuracy=[100.0], test_accuracy=[86.0])
    assert generalisation([better], reference) == []
    assert len(generalisation([worse], reference)) == 1


@pytest.mark.parametrize(("test", "told"), [(80.1, False), (80.0, True)])
def test_without_a_reference_only_what_is_plain(make_run: MakeRun, test: float, told: bool) -> None:
    run = make_run(train_accuracy=[100.0], test_accuracy=[test])
    found = generalisation([run], [])
    assert bool(found) is told
    assert "reference" not in "".join(found)


def test_several_runs_are_told_of_together(make_run: MakeRun) -> None:
    runs = [make_run(seed, train_accuracy=[100.0], test_accuracy=[80.0 + seed]) for seed in (1, 3)]
    [told] = generalisation(runs, usual("q1-mlp"))
    assert "train accuracy 100.0 %, test accuracy 82.0 %, 18.0 points apart" in told


def test_learning_too_little(make_run: MakeRun) -> None:
    run = make_run(train_accuracy=[30.0, 71.0], test_accuracy=[30.0, 70.2])
    assert generalisation([run], usual("q1-mlp"), graded(70.2)) == [
        "Your network learns too little: train accuracy ends at 71.0 %, the reference's at "
        "99.92 %; so it is the training that falls short, and test accuracy 70.2 % with it."
    ]


def test_training_that_looks_right(make_run: MakeRun) -> None:
    run = make_run(train_accuracy=[99.0, 99.8], test_accuracy=[92.0, 92.4])
    assert generalisation([run], usual("q1-mlp"), graded(92.4)) == [
        "Test accuracy 92.4 % is below 92.5 % although training looks right (train accuracy "
        "99.8 %, the reference's 99.92 %): look for what acts in `eval()` as it does in training, "
        "such as `F.dropout` without `training=self.training`."
    ]
    assert generalisation([run], usual("q1-mlp"), graded(92.4), explained=True) == []


@pytest.mark.parametrize(
    "expected",
    [graded(70.0, met=True), graded(70.0, None), graded(70.0, met=None), graded(70.0, 60.0)],
    ids=["met", "no end", "undecided", "above"],
)
def test_what_is_met_needs_no_cure(make_run: MakeRun, expected: Graded) -> None:
    run = make_run(train_accuracy=[71.0], test_accuracy=[70.0])
    assert generalisation([run], usual("q1-mlp"), expected) == []


@pytest.mark.parametrize("columns", [{}, {"train_accuracy": [None], "test_accuracy": [50.0]}])
def test_accuracies_that_are_not_there(make_run: MakeRun, columns: dict[str, Any]) -> None:
    assert generalisation([make_run(**columns)], usual("q1-mlp"), graded(50.0)) == []


# --- questions that are made to fail -------------------------------------------------------------


def test_a_recipe_with_which_the_reference_fails_too(make_run: MakeRun) -> None:
    counts = [[size if column == 3 else 0 for column in range(10)] for size in DIGITS]
    guess = make_run(confusion=counts, test_accuracy=[10.2])
    assert Learning([guess], usual("q3-learning-rate[lr-3]")).fails_by_design
    assert not Learning([guess], usual("q3-learning-rate[lr-0.001]")).fails_by_design
    assert not Learning([guess]).fails_by_design
    assert not Learning([make_run()], usual("q3-learning-rate[lr-3]")).fails_by_design


def test_a_recipe_with_which_nothing_stays_finite(make_run: MakeRun) -> None:
    nothing = make_run(confusion=[[0] * 10] * 10, non_finite=899, test_accuracy=[0.0])
    assert Learning([nothing], usual("q3-learning-rate[lr-3]")).fails_by_design
    assert not Learning([nothing], usual("q1-mlp")).fails_by_design


# --- what keeps weights from changing ------------------------------------------------------------


def starvation(*runs: Run, reference: Sequence[Run] = ()) -> list[str]:
    return list(Learning(runs, reference).starvation())


def test_dead_units(make_run: MakeRun) -> None:
    shares = {"act": 0.75, "ReLU behind conv": 1.0, "alive": DEAD - 0.01}
    assert starvation(make_run(solution=Solution(dead=shares))) == [
        "After training 100 % of the units of `ReLU behind conv` and 75 % of the units of `act` "
        "gave 0 for every training image that was tried: dead units, which no gradient wakes up; "
        "look at how weights and biases begin, or take LeakyReLU."
    ]


def test_dead_units_of_many_layers(make_run: MakeRun) -> None:
    [told] = starvation(make_run(solution=Solution(dead={str(n): n / 10 for n in range(11)})))
    named = "100 % of the units of `10`, 90 % of the units of `9`, 80 % of the units of `8`"
    assert f"{named} and at least half of 3 other layers gave 0" in told


def test_one_run_in_which_units_died_is_not_enough(make_run: MakeRun) -> None:
    runs = [make_run(seed, solution=Solution(dead={"act": seed / 10})) for seed in (1, 8)]
    assert starvation(*runs) == []
    assert len(starvation(runs[1])) == 1


FLAT = [2.31, 2.30]


def test_gradients_that_vanish(make_run: MakeRun) -> None:
    gradients = {"norm": [3e-7, 1e-7, None, 5e-7], "mean": [0.0] * 4}
    run = make_run(train_loss=FLAT, gradients=gradients)
    [told] = starvation(run, reference=usual("q3-learning-rate[lr-0.001]"))
    assert told.startswith("Your gradients vanish: their norm is 3e-07, the reference's ")
    assert starvation(run) == [], "nothing is known of the usual size"
    settled = make_run(train_loss=[2.31, 0.001], gradients=gradients)
    assert starvation(settled, reference=usual("q3-learning-rate[lr-0.001]")) == []


def test_gradients_that_are_as_small_with_the_reference(make_run: MakeRun) -> None:
    """The homework's sigmoid networks are to show that."""
    reference = [make_run(seed, gradients={"norm": [4e-6, 9e-7]}) for seed in range(3)]
    run = make_run(train_loss=FLAT, gradients={"norm": [2e-6, 5e-7]})
    assert starvation(run, reference=reference) == []


@pytest.mark.parametrize(
    ("solution", "losses", "told"),
    [
        (Solution(zero_gradient=["fc1.weight", "fc1.bias"]), FLAT, True),
        (Solution(zero_gradient=["fc1.weight", "fc1.bias"]), [2.31, 0.01], False),
        (Solution(), FLAT, False),
        (Solution(zero_gradient=["fc1.weight"], dead={"act": 1.0}), FLAT, False),
    ],
    ids=["told", "learnt", "none", "dead"],
)
def test_gradients_of_zero(
    make_run: MakeRun, solution: Solution, losses: list[float], told: bool
) -> None:
    sentence = (
        "After training the gradient of `fc1.weight` and `fc1.bias` is exactly 0, so that nothing "
        "moves them any more: what follows is saturated or always off."
    )
    found = starvation(make_run(train_loss=losses, solution=solution))
    assert (sentence in found) is told


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "environment", "told"),
    [
        (45.0, {}, True),
        (25.0, {}, False),  # not four times as long
        (45.0, {"device": "NVIDIA H100"}, False),
        (45.0, {"threads": 2}, False),
    ],
)
def test_slow_networks(
    make_run: MakeRun, seconds: float, environment: dict[str, Any], told: bool
) -> None:
    run = make_run(seconds=seconds)
    assert isinstance(run.environment, Environment)
    run = run.model_copy(update={"environment": run.environment.model_copy(update=environment)})
    reference = [make_run(seed, seconds=8.0) for seed in range(3)]
    found = list(Learning([run], reference).slowness())
    assert bool(found) is told
    if told:
        assert found[0].startswith(
            "A run of your network takes 45 s, about 6 times as long as the reference's 8 s:"
        )


def test_a_slowness_that_nobody_notices(make_run: MakeRun) -> None:
    reference = [make_run(seconds=0.5)]
    assert list(Learning([make_run(seconds=19.0)], reference).slowness()) == []
