from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.grading.findings import find
from assessment.results.record import Run

MakeRun = Callable[..., Run]
# 10 images of class 0, 5 of class 1
ALWAYS_ZERO = [[10, 0], [5, 0]]


def test_a_good_run_has_none(make_run: MakeRun) -> None:
    run = make_run(train_loss=[0.9, 0.2], confusion=[[9, 1], [0, 5]], test_accuracy=[80.0, 93.33])
    assert find([run]) == []


def test_one_class_only(make_run: MakeRun) -> None:
    run = make_run(confusion=ALWAYS_ZERO)
    assert find([run], ["cat", "dog"]) == [
        "It always answers class cat (accuracy 66.67 % is exactly that class's share)."
    ]
    assert "class 0 " in find([run])[0]


def test_a_loss_that_stays(make_run: MakeRun) -> None:
    assert find([make_run(train_loss=[2.303, 2.31, 2.306])]) == [
        "The train loss did not fall: 2.303 in the first epoch, 2.306 in the last."
    ]
    assert find([make_run(train_loss=[2.303])]) == []
    assert find([make_run(train_loss=[2.0, 1.9])]) == []


def test_what_is_not_finite(make_run: MakeRun) -> None:
    run = make_run(train_loss=[2.3, None, None], confusion=[[0, 0], [3, 0]], non_finite=12)
    assert find([run]) == [
        "The train loss is not finite from epoch 2 on.",
        "The outputs are not finite for 12 of 15 test images; these count as wrong.",
    ]
    assert "for 1,312 test images" in find([make_run(non_finite=1312)])[0]


@pytest.mark.parametrize(
    ("losses", "when"),
    [
        ([None], "in epoch 1"),
        ([2.3, None, 2.3], "in epoch 2"),
        ([2.3, None, 2.3, None], "in epoch 2 and 1 later"),
        ([None, None], "from epoch 1 on"),
        ([2.3, None], "in epoch 2"),
    ],
)
def test_when_the_loss_was_not_finite(
    make_run: MakeRun, losses: list[float | None], when: str
) -> None:
    assert find([make_run(train_loss=losses)])[0] == f"The train loss is not finite {when}."


# How many of MNIST's 10,000 test images show each digit.
DIGITS = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
SHARES = ("9.8", "11.35", "10.32", "10.1", "9.82", "8.92", "9.58", "10.28", "9.74", "10.09")


@pytest.mark.parametrize(("digit", "share"), list(enumerate(SHARES)))
def test_collapsed_runs_of_mnist_have_exact_accuracies(
    make_run: MakeRun, digit: int, share: str
) -> None:
    confusion = [[count if column == digit else 0 for column in range(10)] for count in DIGITS]
    run = make_run(train_loss=[3.17, 2.31], confusion=confusion)
    assert find([run], [str(number) for number in range(10)]) == [
        f"It always answers class {digit} (accuracy {share} % is exactly that class's share)."
    ]


def test_one_image_of_another_class_is_no_collapse(make_run: MakeRun) -> None:
    assert find([make_run(confusion=[[9, 1], [5, 0]])]) == []


def test_everything_not_finite_is_no_class(make_run: MakeRun) -> None:
    assert find([make_run(confusion=[[0, 0], [0, 0]], non_finite=15)]) == [
        "The outputs are not finite for all 15 test images; these count as wrong."
    ]


def test_seeds_are_named_where_there_are_several(make_run: MakeRun) -> None:
    runs = [make_run(1, confusion=ALWAYS_ZERO), make_run(2), make_run(7, confusion=ALWAYS_ZERO)]
    assert [sentence.rsplit(" (", 1)[1] for sentence in find(runs)] == ["seeds 1, 7)."]
    assert find(runs[:2])[0].endswith("(seed 1).")


def test_failed_runs_have_their_reason_instead(make_run: MakeRun) -> None:
    assert find([make_run(outcome="invalid", non_finite=12, train_loss=[2.3, 2.3])]) == []
