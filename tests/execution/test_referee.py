"""The referee believes predictions of the right form, and computes the rest itself."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import numpy as np
import pytest

from assessment.boundary.messages import LARGEST_TEXT, Frame, ProtocolError
from assessment.execution.referee import Answers, Referee
from assessment.results.machine import processor
from assessment.spec.recipe import Training
from tests.execution.pool import recipe

LABELS = np.array([0, 1, 2, 2, 1, 0])
IMAGES = np.arange(6 * 2 * 2, dtype=np.uint8).reshape(6, 2, 2, 1)
ENVIRONMENT = {
    "torch": "2.10.0",
    "device": "cpu",
    "capability": "AVX2",
    "threads": 1,
    "python": "3.11.7",
    "platform": "Linux-x86_64",
}
ROW = {"train_loss": 1.5, "train_accuracy": 40.0, "learning_rate": 0.1, "seconds": 0.2}


def referee_of(training: Training | None = None, *, validation: bool = False) -> Referee:
    """Return a referee of six test images in three classes whose run has started."""
    held = np.array([1, 1, 0, 2]) if validation else None
    referee = Referee(training or recipe(), Answers(3, LABELS, IMAGES, 100, held))
    referee.started(Frame("started", {"parameters": 12, "environment": ENVIRONMENT}))
    return referee


def logits_for(predicted: list[int], margin: float = 2.0) -> np.ndarray[Any, Any]:
    """Return logits whose largest value is that of the predicted class."""
    return (np.eye(3)[predicted] * margin).astype(np.float32)


def epoch(
    number: int, test: np.ndarray[Any, Any] | None, *, validation: Any = None, **data: Any
) -> Frame:
    arrays = {"test": test, "validation": validation}
    return Frame(
        "epoch",
        {"epoch": number, "epochs": ROW} | data,
        {name: array for name, array in arrays.items() if array is not None},
    )


PERFECT = logits_for([0, 1, 2, 2, 1, 0])


# --- what is computed ---------------------------------------------------------------------------


def test_accuracy_loss_and_confusion_against_hand_computation() -> None:
    referee = referee_of()
    referee.epoch_ended(epoch(1, logits_for([0, 1, 1, 2, 0, 0])))  # four of six are right
    # Right: -2 + log(e^2 + 2). Wrong: log(e^2 + 2). In nats.
    normaliser = math.log(math.exp(2) + 2)
    assert referee.epochs["test_accuracy"] == pytest.approx([100 * 4 / 6])
    assert referee.epochs["test_loss"] == pytest.approx([normaliser - 2 * 4 / 6])
    assert referee.predictions is not None
    assert referee.predictions.confusion() == [[2, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert {name: referee.epochs[name] for name in ROW} == {n: [v] for n, v in ROW.items()}


def test_loss_of_log_probabilities_takes_them_as_they_are() -> None:
    referee = referee_of(recipe(loss="nll"))
    probabilities = np.array([[0.7, 0.2, 0.1]] * 6)
    referee.epoch_ended(epoch(1, np.log(probabilities).astype(np.float32)))
    expected = -(2 * math.log(0.7) + 2 * math.log(0.2) + 2 * math.log(0.1)) / 6
    assert referee.epochs["test_loss"] == pytest.approx([expected])


def test_loss_as_mean_of_batch_means() -> None:
    """Batches of four: the last two images weigh as much as the first four."""
    training = recipe(loss_mean="batches", evaluation_batch_size=4)
    batches, images = referee_of(training), referee_of()
    for referee in (batches, images):
        referee.epoch_ended(epoch(1, logits_for([0, 1, 2, 2, 0, 1])))
    right, wrong = math.log(math.exp(2) + 2) - 2, math.log(math.exp(2) + 2)
    assert batches.epochs["test_loss"] == pytest.approx([(right + wrong) / 2])
    assert images.epochs["test_loss"] == pytest.approx([(4 * right + 2 * wrong) / 6])


def test_loss_of_huge_logits_does_not_overflow() -> None:
    referee = referee_of()
    referee.epoch_ended(epoch(1, PERFECT * 1e30))
    assert referee.epochs["test_loss"] == [0.0]


def test_validation_is_judged_with_its_own_labels() -> None:
    referee = referee_of(validation=True)
    referee.epoch_ended(epoch(1, PERFECT, validation=logits_for([1, 1, 1, 1])))
    assert referee.epochs["validation_accuracy"] == [50.0]
    assert referee.epochs["test_accuracy"] == [100.0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_images_with_non_finite_logits_are_wrong(value: float) -> None:
    logits = PERFECT.copy()
    logits[1, 2] = value
    referee = referee_of()
    referee.epoch_ended(epoch(1, logits))
    assert referee.epochs["test_accuracy"] == pytest.approx([100 * 5 / 6])
    assert referee.objection() == "gave non-finite logits for 1 of 6 test images"


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("logits", "found"),
    [
        (PERFECT.astype(np.float64), r"float64 \(6, 3\)"),
        (PERFECT.astype(np.float16), r"float16 \(6, 3\)"),
        (PERFECT.astype(np.int64), r"int64 \(6, 3\)"),
        (PERFECT[:5], r"float32 \(5, 3\)"),
        (np.concatenate([PERFECT, PERFECT]), r"float32 \(12, 3\)"),
        (PERFECT.T.copy(), r"float32 \(3, 6\)"),
        (PERFECT[:, :2], r"float32 \(6, 2\)"),
        (PERFECT.ravel(), r"float32 \(18,\)"),
        (PERFECT[None], r"float32 \(1, 6, 3\)"),
        (np.zeros((0, 3), np.float32), r"float32 \(0, 3\)"),
    ],
)
def test_predictions_of_another_form(logits: np.ndarray[Any, Any], found: str) -> None:
    message = rf"^test predictions are {found}, float32 \(6, 3\) is wanted$"
    with pytest.raises(ProtocolError, match=message):
        referee_of().epoch_ended(epoch(1, logits))


def test_missing_predictions() -> None:
    with pytest.raises(ProtocolError, match=r"^epoch 1 came without test predictions$"):
        referee_of().epoch_ended(epoch(1, None))
    with pytest.raises(ProtocolError, match=r"^epoch 1 came without validation predictions$"):
        referee_of(validation=True).epoch_ended(epoch(1, PERFECT))


@pytest.mark.parametrize("number", [0, 2, -1, None, "1", 1.5, [1]])
def test_an_epoch_of_another_number(number: Any) -> None:
    with pytest.raises(ProtocolError, match=r"^epoch 1 was due"):
        referee_of().epoch_ended(epoch(number, PERFECT))


@pytest.mark.parametrize(
    ("device", "expected"), [("cpu", processor()), ("NVIDIA H200", "")], ids=["cpu", "gpu"]
)
def test_the_processor_is_noted_by_the_grader(device: str, expected: str) -> None:
    referee = Referee(recipe(), Answers(3, LABELS, IMAGES, 100, None))
    told = {**ENVIRONMENT, "device": device, "processor": "the run's own word"}
    referee.started(Frame("started", {"environment": told}))
    assert referee.environment is not None
    assert referee.environment.processor == expected


@pytest.mark.parametrize("environment", [None, {}, [], "cpu", {**ENVIRONMENT, "threads": "many"}])
def test_a_start_that_does_not_describe_the_environment(environment: Any) -> None:
    referee = Referee(recipe(), Answers(3, LABELS, IMAGES, 100))
    with pytest.raises(ProtocolError, match="does not say what it runs on"):
        referee.started(Frame("started", {"environment": environment}))


def test_order_of_frames() -> None:
    fresh = Referee(recipe(), Answers(3, LABELS, IMAGES, 100))
    with pytest.raises(ProtocolError, match=r"^an epoch came before the start$"):
        fresh.epoch_ended(epoch(1, PERFECT))
    with pytest.raises(ProtocolError, match=r"^it was done after epoch 0"):
        fresh.done(Frame("done"))
    referee = referee_of()
    with pytest.raises(ProtocolError, match=r"^it started twice$"):
        referee.started(Frame("started", {"environment": ENVIRONMENT}))


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({"epochs": 3}, 3),
        # 100 images in batches of 64 are two steps an epoch
        ({"epochs": 9, "max_steps": 3}, 2),
        ({"epochs": 9, "max_steps": 4}, 2),
        ({"epochs": 9, "max_steps": 5}, 3),
        ({"epochs": 2, "max_steps": 50}, 2),
        ({"epochs": 9, "max_steps": 1}, 1),
    ],
)
def test_a_run_ends_with_the_last_epoch_of_its_recipe(changes: dict[str, int], last: int) -> None:
    referee = referee_of(recipe(**changes))
    for number in range(1, last):
        referee.epoch_ended(epoch(number, PERFECT, last=True))  # whatever it says itself
    with pytest.raises(ProtocolError, match=f"^it was done after epoch {last - 1}, before"):
        referee.done(Frame("done"))
    referee.epoch_ended(epoch(last, PERFECT))
    with pytest.raises(ProtocolError, match=f"^an epoch came after epoch {last}, which was the"):
        referee.epoch_ended(epoch(last + 1, PERFECT))
    referee.done(Frame("done"))
    assert referee.finished


@pytest.mark.parametrize(
    "columns",
    [
        {"step": [0, 1], "batch_loss": [1.0], "batch_accuracy": [1.0, 2.0]},
        {"step": [0], "batch_loss": [1.0]},
        {"step": 0, "batch_loss": 1.0, "batch_accuracy": 1.0},
        {"step": "ab", "batch_loss": "cd", "batch_accuracy": "ef"},
        {name: [0] * 200_001 for name in ("step", "batch_loss", "batch_accuracy")},
    ],
)
def test_columns_that_do_not_match(columns: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError, match=r"^columns step, batch_loss, batch_accuracy of diff"):
        referee_of().epoch_ended(epoch(1, PERFECT, steps=columns))


def test_told_numbers_become_floats_or_null() -> None:
    referee = referee_of()
    told = {"train_loss": float("nan"), "train_accuracy": "100", "learning_rate": True}
    steps = {"step": [0, 1], "batch_loss": [None, 10**400], "batch_accuracy": [[], 3]}
    referee.epoch_ended(epoch(1, PERFECT, epochs=told, steps=steps))
    assert [referee.epochs[name] for name in ROW] == [[None]] * 4
    assert referee.steps == {
        "step": [0.0, 1.0],
        "batch_loss": [None, None],
        "batch_accuracy": [None, 3.0],
    }


def within(records: int) -> dict[str, Any]:
    """Return validation predictions: three of four right in every second record, else one."""
    rows = [logits_for([1, 1, 0, 0] if n % 2 else [0, 0, 0, 0]) for n in range(records)]
    return {"validation_steps": np.stack(rows)} if rows else {}


def test_validation_within_an_epoch_stands_beside_the_records_of_its_steps() -> None:
    training = recipe(
        epochs=2,
        batch_size=10,  # ten steps an epoch
        dataset={"name": "digits", "split": {"validation": 0.1}},
        record={"every": 2, "validate_every": 4},
    )
    referee = referee_of(training, validation=True)
    for number in (1, 2):
        first = 10 * (number - 1)
        rows = [first + step for step in range(0, 10, 2)]
        told = {"step": rows, "batch_loss": [1.0] * 5, "batch_accuracy": [50.0] * 5}
        frame = epoch(number, PERFECT, validation=logits_for([1, 1, 0, 2]), steps=told)
        due = [first, first + 4, first + 8]
        referee.epoch_ended(
            Frame("epoch", frame.data | {"validated": due}, frame.arrays | within(3))
        )
    assert referee.steps["step"] == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert referee.steps["batch_loss"] == [1.0] * 10
    assert referee.steps["validation_accuracy"] == [25.0, None, 75.0, None, 25.0] * 2
    assert referee.steps["validation_loss"][0] == pytest.approx(1.7395, abs=1e-4)
    assert referee.epochs["validation_accuracy"] == [100.0, 100.0]


@pytest.mark.parametrize(("due", "records"), [([0, 4, 8], 2), ([0, 4], 3), (None, 3), ([0], 0)])
def test_validation_within_an_epoch_that_is_not_what_was_asked(due: Any, records: int) -> None:
    training = recipe(
        batch_size=10,
        dataset={"name": "digits", "split": {"validation": 0.1}},
        record={"validate_every": 4},
    )
    referee = referee_of(training, validation=True)
    frame = epoch(1, PERFECT, validation=logits_for([1, 1, 0, 2]))
    message = r"^epoch 1 came without its 3 validation records$"
    with pytest.raises(ProtocolError, match=message):
        referee.epoch_ended(
            Frame("epoch", frame.data | {"validated": due}, frame.arrays | within(records))
        )


@pytest.mark.parametrize("told", [None, [], "x", 3])
def test_an_epoch_without_numbers(told: Any) -> None:
    with pytest.raises(ProtocolError, match=r"^epoch 1 came without its numbers$"):
        referee_of().epoch_ended(epoch(1, PERFECT, epochs=told))


def test_steps_of_all_epochs_are_put_behind_each_other() -> None:
    referee = referee_of()
    for number, step in ((1, 0), (2, 15)):
        columns = {"step": [step], "norm": [0.5], "mean": [0.1]}
        referee.epoch_ended(epoch(number, PERFECT, gradients=columns))
    assert referee.gradients == {
        "step": [0.0, 15.0],
        "epoch": [1.0, 2.0],
        "norm": [0.5, 0.5],
        "mean": [0.1, 0.1],
    }


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        (np.array([[0.123456, 1], [2, 3]], np.float32), [[0.12346, 1.0], [2.0, 3.0]]),
        (np.ones((2, 2), np.float64), None),
        (np.ones(2**20 + 1, np.float32), None),
        (None, None),
    ],
)
def test_first_layer(array: np.ndarray[Any, Any] | None, kept: Any) -> None:
    referee = referee_of(recipe(epochs=1))
    referee.epoch_ended(epoch(1, PERFECT))
    referee.done(Frame("done", {}, {} if array is None else {"first_layer": array}))
    assert referee.first_layer == kept


# --- predictions at the end only ----------------------------------------------------------------


def test_without_predictions_after_every_epoch_the_last_ones_are_wanted() -> None:
    referee = referee_of(recipe(record={"evaluate": "end"}))
    referee.epoch_ended(epoch(1, None))
    assert referee.epochs["test_accuracy"] == [None]
    with pytest.raises(ProtocolError, match=r"^epoch 2 came without test predictions$"):
        referee.epoch_ended(epoch(2, None, last=False))


def test_a_smoke_run_is_over_after_one_batch() -> None:
    training = recipe(evaluation_batch_size=4, epochs=50)
    referee = Referee(training, Answers(3, LABELS, IMAGES, 100), smoke=True)
    referee.started(Frame("started", {"parameters": 1, "environment": ENVIRONMENT}))
    referee.epoch_ended(epoch(1, PERFECT[:4]))
    referee.done(Frame("done"))
    assert referee.finished
    assert referee.epochs["test_accuracy"] == [100.0]


# --- early stopping -----------------------------------------------------------------------------

ACCURACIES = {  # predictions that put so many of the six images right
    right: logits_for([0, 1, 2, 2, 1, 0][:right] + [1, 0, 0, 0, 0, 1][right:]) for right in range(7)
}


def verdicts(rule: dict[str, Any], rights: list[int]) -> list[bool]:
    """Return what the run hears after each epoch, up to the first `stop`."""
    referee = referee_of(recipe(epochs=50, early_stopping=rule))
    heard = []
    for number, right in enumerate(rights, 1):
        answer = referee.epoch_ended(epoch(number, ACCURACIES[right]))
        assert answer is not None
        assert set(answer) == {"stop"}, "never a metric of the test images"
        heard.append(answer["stop"])
        if answer["stop"]:
            break
    return heard


@pytest.mark.parametrize(
    ("rule", "rights", "heard"),
    [
        ({"test_accuracy": 50}, [1, 2, 3], [False, False, True]),
        ({"test_accuracy": 50}, [1, 4], [False, True]),
        ({"test_accuracy": 51}, [3, 3, 3, 3], [False] * 4),
        ({"test_accuracy": 100}, [5, 6], [False, True]),
        ({"unchanged_epochs": 1}, [3, 3], [False, True]),
        ({"unchanged_epochs": 2}, [3, 3, 3], [False, False, True]),
        ({"unchanged_epochs": 2}, [3, 3, 4, 4, 4], [False] * 4 + [True]),
        ({"unchanged_epochs": 2}, [3, 4, 3, 4, 3, 4], [False] * 6),
        ({"test_accuracy": 100, "unchanged_epochs": 2}, [1, 1, 1], [False, False, True]),
        ({"test_accuracy": 50, "unchanged_epochs": 3}, [1, 1, 4], [False, False, True]),
    ],
)
def test_early_stopping(rule: dict[str, Any], rights: list[int], heard: list[bool]) -> None:
    assert verdicts(rule, rights) == heard


def test_a_run_that_was_told_to_stop_must_stop() -> None:
    referee = referee_of(recipe(epochs=50, early_stopping={"test_accuracy": 50}))
    referee.epoch_ended(epoch(1, PERFECT))
    with pytest.raises(ProtocolError, match=r"^an epoch came after epoch 1, which was the last$"):
        referee.epoch_ended(epoch(2, PERFECT))
    referee.done(Frame("done"))
    assert referee.finished


def test_a_recipe_without_questions_gets_no_answers() -> None:
    frame = epoch(1, PERFECT, validation=logits_for([0] * 4), answer=True)
    assert referee_of(validation=True).epoch_ended(frame) is None


def test_a_schedule_hears_the_validation_loss_and_nothing_else() -> None:
    schedule = {"name": "plateau", "monitor": "validation_loss"}
    training = recipe(schedule=schedule, dataset={"name": "digits", "split": {"validation": 0.1}})
    referee = referee_of(training, validation=True)
    answer = referee.epoch_ended(epoch(1, PERFECT, validation=logits_for([1, 1, 0, 2])))
    assert answer == {"validation_loss": pytest.approx(math.log(math.exp(2) + 2) - 2)}


def test_what_a_frame_may_weigh_is_what_honest_predictions_weigh() -> None:
    small = referee_of().largest_arrays
    assert small == pytest.approx(4 * 2**20, rel=0.1), "a first layer of a million numbers"
    large = Referee(recipe(), Answers(100, np.zeros(60_000, np.int64), IMAGES, 100))
    assert 60_000 * 100 * 4 < large.largest_arrays < 60_000 * 100 * 4 * 1.1


@pytest.mark.parametrize(
    ("record", "columns"),
    [
        ({}, {}),
        ({"every": 1}, {"steps": 1}),
        ({"gradients": {"every": 3}, "every": 7}, {"gradients": 3, "steps": 7}),
        ({"validate_every": 2, "gradients": {}}, {"gradients": 1, "validated": 2}),
    ],
)
def test_the_text_of_a_frame_may_be_what_honest_records_take(
    record: dict[str, Any], columns: dict[str, int]
) -> None:
    dataset = {"name": "digits", "split": {"validation": 0.1}}
    training = recipe(record=record, batch_size=1, dataset=dataset)
    answers = Answers(3, LABELS, IMAGES, 60_000)
    longest = -sys.float_info.min
    told: dict[str, Any] = {"epoch": 1, "epochs": dict.fromkeys(ROW, longest)}
    for name, every in columns.items():
        values = [longest] * math.ceil(60_000 / every)
        told[name] = values if name == "validated" else dict.fromkeys(("step", "a", "b"), values)
    referee, most = Referee(training, answers), len(json.dumps(told))
    assert most <= referee.largest_text <= 1.25 * most + LARGEST_TEXT


def test_stages_in_words() -> None:
    fresh = Referee(recipe(), Answers(3, LABELS, IMAGES, 100))
    assert fresh.stage == "before its model was built"
    referee = referee_of()
    assert referee.stage == "after 0 of 2 epochs"
    referee.epoch_ended(epoch(1, PERFECT))
    assert referee.stage == "after 1 of 2 epochs"
