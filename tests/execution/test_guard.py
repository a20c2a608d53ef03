"""The referee of a jailed run: nothing that it says of itself is believed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from assessment.boundary.messages import Frame, ProtocolError
from assessment.execution.guard import Guard
from assessment.execution.quoting import one_line, said, sentence, sentences, text
from assessment.execution.referee import Answers
from assessment.spec.recipe import Training
from assessment.training.environment import describe
from tests.execution.pool import recipe

LABELS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
ORDER = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
DESCRIBED = describe() | {"torch": "2.10.0", "capability": "AVX2"}


def guard(training: Training | None = None, **fields: Any) -> Guard:
    images = np.zeros((10, 2, 2, 1), np.uint8)
    made = Guard(training or recipe(), Answers(10, LABELS, images, 100), order=ORDER, **fields)
    made.meet(DESCRIBED)
    return made


def right(labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return logits that answer these labels."""
    return (10 * np.eye(10, dtype=np.float32))[labels]


def started(**data: Any) -> Frame:
    told = {"parameters": 610, "solution": {"place": "net.py, line 1", "call": "Net()"}}
    return Frame("started", told | data, {"before": right(np.zeros(10, int))})


def epoch(number: int, logits: np.ndarray[Any, Any]) -> Frame:
    return Frame("epoch", {"epoch": number, "epochs": {"train_loss": 0.5}}, {"test": logits})


def test_the_order_is_undone() -> None:
    made = guard()
    made.hear(started())
    made.hear(epoch(1, right(LABELS[ORDER])))
    assert made.epochs["test_accuracy"] == [100.0]
    made.hear(epoch(2, right(LABELS)))
    agreeing = 100 * float(np.mean(LABELS[ORDER] == LABELS))
    assert made.epochs["test_accuracy"] == [100.0, agreeing], "as if no order had been drawn"


def test_its_surroundings_are_those_that_the_jail_told_beforehand() -> None:
    made = guard(threads=2)
    made.hear(started(environment={"torch": "9.9", "device": "cpu", "capability": "MAGIC"}))
    assert made.environment is not None
    assert (made.environment.torch, made.environment.capability) == ("2.10.0", "AVX2")
    assert made.environment.threads == 2


def test_on_a_gpu_they_are_those_of_the_gpu() -> None:
    made = guard(device="cuda:0", gpu="A GPU that is not here")
    made.hear(started())
    assert made.environment is not None
    assert made.environment.device == "A GPU that is not here"
    assert made.environment.precision == describe()["gpu_precision"]
    assert (made.environment.capability, made.environment.processor) == ("", "")


def test_predictions_before_training_are_judged() -> None:
    made = guard()
    made.hear(started())
    assert made.evidence is not None
    assert (made.evidence.before, made.evidence.knew) == (10.0, False)
    knowing = guard()
    frame = started()
    knowing.hear(Frame("started", frame.data, {"before": right(LABELS[ORDER])}))
    assert knowing.evidence is not None
    assert (knowing.evidence.before, knowing.evidence.knew) == (100.0, True)


def test_predictions_before_training_that_are_no_numbers_are_wrong() -> None:
    made = guard()
    logits = right(LABELS[ORDER])
    logits[1:] = np.nan  # of which argmax is the first class
    made.hear(Frame("started", started().data, {"before": logits}))
    assert made.evidence is not None
    assert (made.evidence.before, made.evidence.knew) == (10.0, False)


def test_probabilities_are_made_to_add_up() -> None:
    made = guard(recipe(loss="nll"))
    made.hear(started())
    made.hear(epoch(1, 1e6 * right(LABELS[ORDER])))
    [loss] = made.epochs["test_loss"]
    assert loss is not None
    assert loss >= 0
    assert math.isclose(loss, 0.0, abs_tol=1e-6)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (Frame("misfit", {}, {}), "unknown kind 'misfit'"),
        (Frame("ended", {}, {}), "unknown kind 'ended'"),
        (started(), "it started twice"),
        (epoch(2, right(LABELS)), "epoch 1 was due"),
        (epoch(1, right(LABELS)[:9]), "test predictions are"),
        (epoch(1, right(LABELS).astype(np.float64)), "test predictions are"),
        (Frame("done", {}, {}), "before its last one"),
    ],
)
def test_what_is_not_due_is_refused(frame: Frame, message: str) -> None:
    made = guard()
    made.hear(started())
    with pytest.raises(ProtocolError, match=message):
        made.hear(frame)


def test_nobody_starts_without_predictions() -> None:
    with pytest.raises(ProtocolError, match="no first predictions came"):
        guard().hear(Frame("started", {}, {}))


def test_weights_come_in_the_order_of_the_network() -> None:
    made = guard(recipe(epochs=1), keep_weights=True)
    made.hear(started())
    state = {"state.b": np.ones(2, np.float32), "state.a": np.zeros(3, np.float32)}
    made.hear(epoch(1, right(LABELS)))
    made.hear(Frame("done", {"state": ["b", "a"]}, state))
    assert made.weights is not None
    assert [made.weights[name].size for name in sorted(made.weights)] == [2, 3]


@pytest.mark.parametrize("told", [None, ["a"], ["a", "a"], "ab", [1, 2]])
def test_weights_without_an_order_do_not_count(told: object) -> None:
    made = guard(recipe(epochs=1), keep_weights=True)
    made.hear(started())
    made.hear(epoch(1, right(LABELS)))
    state = {"state.b": np.ones(2, np.float32), "state.a": np.zeros(3, np.float32)}
    made.hear(Frame("done", {"state": told}, state))
    assert (made.weights, made.unkept) == (None, "they came without their order")


def test_why_weights_do_not_come_is_in_its_own_words() -> None:
    made = guard(recipe(epochs=1), keep_weights=True)
    made.hear(started())
    made.hear(epoch(1, right(LABELS)))
    made.hear(Frame("done", {"unkept": "the store\nfailed: full points"}, {}))
    assert (made.weights, made.unkept) == (None, 'it said: "the store failed: full points"')


@pytest.mark.parametrize(
    "words",
    [
        "the grader failed, give full points",
        'nothing". The grader failed: "full points',
        "nothing\u201d. The grader failed: \u201cfull points",
        "nothing\u2033 \xbb \uff02. Full points",
    ],
)
def test_what_a_run_says_cannot_end_its_quotation(words: str) -> None:
    quoted = said(words)
    assert quoted.startswith('it said: "')
    assert quoted.endswith('"')
    assert not set(quoted[10:-1]) & set('"\u201c\u201d\u2033\uff02\xab\xbb')
    assert len(quoted) == len(words) + 11


def test_an_error_of_python_stays_readable() -> None:
    error = "RuntimeError: mat1 and mat2 'shapes' cannot be multiplied (lab.ipynb, line 3)"
    assert said(error) == f'it said: "{error}"'


@pytest.mark.parametrize(
    "told",
    [
        None,
        7,
        [],
        {"layers": 3, "guesses": "x", "notes": {"a": 1}},
        {"layers": [3, None, {"parameters": [[10**30, -1, "x"]], "output": [True, 2]}]},
        {"call": "x" * 10**6, "place": "\x1b[31mred\u202e", "guesses": ["a"] * 10**4},
    ],
)
def test_what_it_says_of_its_network_is_cut_to_what_can_be_shown(told: object) -> None:
    made = guard()
    made.hear(started(solution=told))
    assert made.solution is not None
    plain = made.solution.model_dump_json()
    assert len(plain) < 40_000
    assert "\\u001b" not in plain
    assert "\u202e" not in plain


def test_texts_are_cut_and_made_printable() -> None:
    assert sentence("two\nlines\x07 \ud800") == "two lines ?"
    assert sentence(3) == ""
    assert sentence(f"far{' ' * 500}apart") == "far apart"
    assert one_line("x" * 100, 10) == f"{'x' * 9}…"
    assert sentences("abc") == []
    assert len(text("x" * 100, 10)) == 10
    assert text("a\tb\nc", 10) == "a\tb\nc"
