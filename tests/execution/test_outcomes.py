"""However a model fails, its run becomes a record with an outcome and one line that says why."""

from __future__ import annotations

import re
import signal
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil
import pytest

from assessment.results.record import Run
from assessment.spec.recipe import Training
from tests.execution.pool import Pool, recipe


def failing(name: str, arguments: dict[str, Any] | None = None, **changes: Any) -> Training:
    """Return a recipe of one of the failing models."""
    model = {"name": f"failing_models:{name}", "arguments": arguments or {}}
    return recipe(model=model, **changes)


def assert_one_line(run: Run) -> None:
    assert run.reason.splitlines() == [run.reason]
    assert len(run.reason) <= 320


# --- wrong, and it shows ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "RaisesInConstructor",
            r"ValueError: kernel size 9 is larger than the image "
            r"\(failing_models\.py:\d+, in __init__\)",
        ),
        (
            "RaisesInForward",
            r"RuntimeError: (addmm: )?mat1 and mat2 shapes cannot be multiplied "
            r"\(512x8 and 64x10\) \(failing_models\.py:\d+, in forward\)",
        ),
        ("LeavesThePython", r"SystemExit: that was all \(failing_models\.py:\d+, in forward\)"),
        (
            "WrongShape",
            r"forward returned shape \(64, 7\) for a batch of 64 images, \(64, 10\) is wanted",
        ),
        (
            "WrongBatch",
            r"forward returned shape \(1, 10\) for a batch of 64 images, \(64, 10\) is wanted",
        ),
        ("TupleOutput", r"forward returned tuple, a tensor is wanted"),
        (
            "Detached",
            r"what forward returned does not depend on the model's parameters, so that nothing "
            r"can be learnt \(detached, or computed under no_grad\)",
        ),
        (
            "NoParameters",
            r"the model has no parameters to train \(optimizer got an empty parameter list\)",
        ),
        (
            "not_a_module",
            r"failing_models:not_a_module returned an object of type int, a torch\.nn\.Module "
            r"is wanted",
        ),
    ],
)
def test_a_wrong_model_is_invalid_and_told_why(name: str, reason: str, pool: Pool) -> None:
    run = pool.train(failing(name))
    assert run.outcome == "invalid"
    assert_one_line(run)
    assert re.fullmatch(reason, run.reason), run.reason
    assert "Traceback" in run.output
    assert run.epochs == {}


def test_a_reason_can_always_be_written_down(pool: Pool) -> None:
    run = pool.train(failing("RaisesUnprintable"))
    assert run.outcome == "invalid"
    assert run.reason.startswith("ValueError: half an emoji: ?, a bell: ")
    assert len(run.reason) == 300
    assert run.reason.endswith("…")
    run.model_dump_json()


def test_unknown_arguments_are_named(pool: Pool) -> None:
    run = pool.train(failing("Works", {"hidden": 3}))
    assert run.outcome == "invalid"
    assert "unexpected keyword argument 'hidden'" in run.reason


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (
            "import torch\nNet = torch.nn.Linear\nraise RuntimeError('the data is not here')\n",
            "invalid",
            "RuntimeError: the data is not here (broken_model.py:3, in <module>)",
        ),
        (
            "import a_package_nobody_has\nclass Net: pass\n",
            "invalid",
            "ModuleNotFoundError: No module named 'a_package_nobody_has' "
            "(broken_model.py:1, in <module>)",
        ),
        (
            "class Net: pass\ndel Net\n",
            "invalid",
            "AttributeError: module 'broken_model' has no attribute 'Net'",
        ),
        ("import sys\nNet = 1\nsys.exit(0)\n", "invalid", "SystemExit: 0 (broken_model.py:3"),
        ("Other = 1\n", "not_gradable", "module broken_model defines no `Net` at its top level"),
        ("class Net(:\n", "not_gradable", "syntax error"),
        (None, "not_gradable", "there is no module broken_model"),
    ],
    ids=[
        "raises",
        "imports-what-is-not-there",
        "deletes-it",
        "exits",
        "another-name",
        "syntax-error",
        "no-module",
    ],
)
def test_a_module_that_cannot_be_imported(
    body: str | None, outcome: str, reason: str, tmp_path: Path, pool: Pool
) -> None:
    if body is not None:
        (tmp_path / "broken_model.py").write_text(body)
    run = pool.train(recipe(model={"name": "broken_model:Net"}), beside=tmp_path)
    assert run.outcome == outcome, run.reason
    assert_one_line(run)
    assert reason in run.reason


def test_non_finite_logits_are_invalid_and_counted(pool: Pool) -> None:
    run = pool.train(failing("NotFinite"))
    assert run.outcome == "invalid"
    assert run.reason == "gave non-finite logits for 90 of 899 test images"
    assert run.non_finite == 90


def test_non_finite_logits_count_as_wrong_where_a_run_may_diverge(pool: Pool) -> None:
    run = pool.train(failing("NotFinite"), seed=2, may_diverge=True)
    whole = pool.train(failing("Works"), seed=2)
    assert run.outcome == "scored"
    assert run.non_finite == 90
    assert run.epochs["test_loss"] == [None, None]
    assert run.confusion is not None
    assert sum(map(sum, run.confusion)) == 809
    right = sum(run.confusion[digit][digit] for digit in range(10))
    assert run.epochs["test_accuracy"][-1] == pytest.approx(100 * right / 899)
    accuracy = whole.epochs["test_accuracy"][-1]
    assert accuracy is not None
    assert right < accuracy * 899 / 100


# --- limits: asked for at once, so that they wait side by side ----------------------------------

HANGS = {
    "HangsInConstructor": "before its model was built",
    "HangsInForward": "after 0 of 2 epochs",
    "HangsInSecondEpoch": "after 1 of 2 epochs",
    "drip": "after 0 of 2 epochs",
}
SECONDS = 4.0


@pytest.fixture(scope="module")
def hanging(pool: Pool) -> dict[str, Future[Run]]:
    recipes = {name: failing(name) for name in HANGS if name != "drip"}
    recipes["drip"] = failing("WritesGarbage", {"how": "drip"})
    return {name: pool.submit(recipe, seconds=SECONDS) for name, recipe in recipes.items()}


@pytest.mark.parametrize("name", HANGS)
def test_a_run_that_hangs_ends_at_its_limit(name: str, hanging: dict[str, Future[Run]]) -> None:
    run = hanging[name].result(60)
    assert run.outcome == "timeout"
    assert run.reason == f"took longer than the 4 s allowed, {HANGS[name]}"
    assert run.seconds >= SECONDS


def test_epochs_in_quick_succession_do_not_hide_the_clock(pool: Pool) -> None:
    training = recipe(epochs=100_000, optimizer={"name": "sgd", "learning_rate": 1e-6})
    run = pool.train(training, seconds=3.0)
    assert run.outcome == "timeout"
    assert 1 < len(run.epochs["test_loss"]) < 100_000
    assert run.reason.startswith("took longer than the 3 s allowed, after ")


@pytest.mark.parametrize("name", ["EatsMemory", "ChildEatsMemory"])
def test_a_run_that_eats_memory_is_ended(name: str, pool: Pool) -> None:
    run = pool.train(failing(name), megabytes=900)
    assert run.outcome == "out_of_memory"
    used = float(run.reason.split()[1].replace(",", ""))
    assert 900 < used < 2500
    assert run.reason == f"used {used:,.0f} MB of memory, 900 MB are allowed"


# --- sudden ends --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 3, 10])
def test_leaving_without_a_word_is_a_crash_whatever_the_status(status: int, pool: Pool) -> None:
    run = pool.train(failing("Exits", {"status": status}))
    assert run.outcome == "crashed"
    assert run.reason == f"exited with status {status} before its training was done"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGKILL, "SIGKILL (Killed)"),
        (signal.SIGTERM, "SIGTERM (Terminated)"),
        (signal.SIGFPE, "SIGFPE (Floating point exception)"),
        (int(signal.SIGRTMIN) + 6, f"signal {int(signal.SIGRTMIN) + 6}"),
    ],
)
def test_signals_are_named(number: int, name: str, pool: Pool) -> None:
    run = pool.train(failing("KillsItself", {"number": int(number)}))
    assert run.outcome == "crashed"
    assert run.reason.startswith(f"was killed by {name}")
    assert_one_line(run)


def test_a_segmentation_fault_is_a_crash_and_keeps_what_was_printed(pool: Pool) -> None:
    run = pool.train(failing("SegmentationFault"))
    assert run.outcome == "crashed"
    assert run.reason == "was killed by SIGSEGV (Segmentation fault)"
    assert "about to read address 0" in run.output


# --- noise and litter ---------------------------------------------------------------------------


def test_printing_a_lot_does_no_harm(pool: Pool) -> None:
    run = pool.train(failing("PrintsALot", epochs=1))
    assert run.outcome == "scored"
    assert run.output == ""


def test_of_much_output_the_end_is_kept(pool: Pool) -> None:
    run = pool.train(failing("PrintsALot", {"fail": True}))
    assert run.outcome == "invalid"
    assert run.reason.startswith("ValueError: printed too much (failing_models.py:")
    assert len(run.output) <= 4000
    assert "the last line" in run.output
    assert "ValueError: printed too much" in run.output
    assert "line 3 " not in run.output


@pytest.mark.parametrize("name", ["LeavesChild", "LeavesChildAndDies"])
@pytest.mark.parametrize("session", [False, True], ids=["same-session", "own-session"])
@pytest.mark.parametrize("fork", [False, True], ids=["exec", "fork"])
def test_a_process_left_behind_is_ended(
    name: str, session: bool, fork: bool, tmp_path: Path, pool: Pool
) -> None:
    note = tmp_path / "child"
    arguments = {"note": str(note), "session": session, "fork": fork}
    run = pool.train(failing(name, arguments))
    assert run.outcome == ("scored" if name == "LeavesChild" else "crashed"), run.reason
    assert gone(int(note.read_text()))


def test_a_run_without_descriptors_is_a_crash(pool: Pool) -> None:
    run = pool.train(failing("ClosesDescriptors"))
    assert run.outcome == "crashed"
    assert run.reason == "exited with status 1 before its training was done"


def test_a_run_that_cuts_its_connection_is_a_crash(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessment.execution.conductor.LAST_WORDS_SECONDS", 0.5)
    run = pool.train(failing("ClosesChannelAndRunsOn"))
    assert run.outcome == "crashed"
    assert run.reason == "cut its connection to the grader and ran on"


# --- the channel --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "outcome", "reason"),
    [
        ("text", "invalid", "sent what cannot be graded: a frame of 1,969,447,777 bytes of text"),
        ("zeros", "invalid", "sent what cannot be graded: a damaged frame"),
        ("truncated", "crashed", "exited with status 0 before its training was done"),
    ],
)
def test_garbage_on_the_channel(how: str, outcome: str, reason: str, pool: Pool) -> None:
    run = pool.train(failing("WritesGarbage", {"how": how}))
    assert run.outcome == outcome
    assert run.reason.startswith(reason), run.reason
    assert_one_line(run)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("last-epoch", "it was done after epoch 1, before its last one"),
        ("skips-an-epoch", "epoch 1 was due, 2 came"),
        ("too-many-epochs", "an epoch came after epoch 2, which was the last"),
        (
            "short-predictions",
            "test predictions are float32 (898, 10), float32 (899, 10) is wanted",
        ),
        ("no-predictions", "epoch 1 came without test predictions"),
        ("numbers-of-another-kind", "epoch 1 came without its numbers"),
        ("starts-twice", "it started twice"),
        (
            "too-much-text",
            "a frame of 1,048,645 bytes of text and 0 bytes of arrays is larger than allowed "
            "(1,048,576 and 4,259,840)",
        ),
        ("unknown-kind", "a frame of unknown kind 'grade'"),
    ],
)
def test_lies_on_the_channel_are_noticed(how: str, reason: str, pool: Pool) -> None:
    run = pool.train(failing("Lies", {"how": how}))
    assert run.outcome == "invalid"
    assert run.reason == f"sent what cannot be graded: {reason}"


def test_told_scores_are_worth_nothing(pool: Pool) -> None:
    """Only predictions count: all zeros is class 0, and one digit in ten is a 0."""
    run = pool.train(failing("Lies", {"how": "perfect-score"}))
    assert run.outcome == "scored"
    assert run.epochs["test_accuracy"] == pytest.approx([100 * 88 / 899] * 2)
    assert run.epochs["test_loss"] == pytest.approx([2.302585] * 2)
    assert run.epochs["train_accuracy"] == [100.0, 100.0]  # reported, and marked as such


def test_numbers_too_large_for_a_float_become_null(pool: Pool) -> None:
    run = pool.train(failing("Lies", {"how": "huge-integers"}))
    assert run.outcome == "scored"
    assert run.epochs["train_loss"] == [None, None]


def test_a_run_is_answered_only_where_its_recipe_asks(pool: Pool) -> None:
    run = pool.train(failing("Lies", {"how": "asks"}))
    assert run.outcome == "invalid"
    assert run.reason.startswith("TimeoutError: timed out (failing_models.py")


# --- the others ---------------------------------------------------------------------------------


def test_runs_beside_failing_ones_come_out_right(pool: Pool) -> None:
    healthy = [recipe(epochs=3), recipe(optimizer={"name": "adam"})]
    undisturbed = [pool.train(training, seed=5) for training in healthy]
    bad = [
        failing("KillsItself", {"number": 9}, epochs=5),
        failing("SegmentationFault", epochs=5),
        failing("RaisesInForward", epochs=5),
        failing("Exits", {"status": 0}, epochs=5),
    ]
    futures = []
    for training in bad:
        futures.append(pool.submit(training))
        for again in healthy:
            changed = {"record": again.record.model_copy(update={"every": len(futures)})}
            futures.append(pool.submit(again.model_copy(update=changed), seed=5))
    runs = [future.result(60) for future in futures]
    assert [run.outcome for run in runs[::3]] == ["crashed", "crashed", "invalid", "crashed"]
    for one, other in zip(runs[1::3], runs[2::3], strict=True):
        for run, wanted in ((one, undisturbed[0]), (other, undisturbed[1])):
            assert run.outcome == "scored"
            assert run.epochs["test_loss"] == wanted.epochs["test_loss"]
            assert run.confusion == wanted.confusion


def gone(pid: int) -> bool:
    """Wait a moment for a process to end; one that nobody has waited for yet is gone, too."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False
