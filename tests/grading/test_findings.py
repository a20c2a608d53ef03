from __future__ import annotations

from collections.abc import Callable

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


def test_everything_not_finite_is_no_class(make_run: MakeRun) -> None:
    assert len(find([make_run(confusion=[[0, 0], [0, 0]], non_finite=15)])) == 1


def test_seeds_are_named_where_there_are_several(make_run: MakeRun) -> None:
    runs = [make_run(1, confusion=ALWAYS_ZERO), make_run(2), make_run(7, confusion=ALWAYS_ZERO)]
    assert [sentence.rsplit(" (", 1)[1] for sentence in find(runs)] == ["seeds 1, 7)."]
    assert find(runs[:2])[0].endswith("(seed 1).")


def test_failed_runs_have_their_reason_instead(make_run: MakeRun) -> None:
    assert find([make_run(outcome="invalid", non_finite=12, train_loss=[2.3, 2.3])]) == []
