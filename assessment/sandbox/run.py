"""One run inside its own process: it trains, calls, evaluates, describes or reads, and reports."""

from __future__ import annotations

import json
import sys
import traceback
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn

from assessment.boundary.messages import (
    BEFORE,
    LARGEST_FIRST_LAYER,
    LONGEST_REASON,
    STATE_PREFIX,
    Arrays,
    CallJob,
    Channel,
    DescriptionJob,
    EvaluationJob,
    Frame,
    Job,
    ReadingJob,
)
from assessment.sandbox.calls import answer_calls, imported
from assessment.sandbox.checkpoint import load_by_shape, load_checkpoint, state_arrays
from assessment.sandbox.references import SAMPLE, build, describe
from assessment.sandbox.submitted import Opened, function_of, opened, read
from assessment.spec.recipe import Training
from assessment.submissions.inside.networks import LOOKED_AT, looked_at, open_network
from assessment.submissions.inside.randomness import Generators
from assessment.submissions.inside.usage import order_of_use
from assessment.training.data import as_images, load_images, load_labels, take
from assessment.training.environment import Conditions
from assessment.training.errors import MisfitError, SolutionError
from assessment.training.loop import EpochReport, Images, Verdict, predict, train
from assessment.training.parameters import (
    first_layer_weight,
    freeze_others,
    settle_lazy,
    trainable_parameters,
)
from assessment.training.transforms import Pipeline

SOLUTION_FAILED = 10
"""Exit status of a run whose solution raised; the last frame says what."""


class Reporter:
    """Sends each epoch to the grader and waits for its verdict where the loop asks for one."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def epoch_ended(self, report: EpochReport, *, answer: bool) -> Verdict:
        """Send the report; the arrays go as float32."""
        self._channel.send(
            "epoch",
            {"epoch": report.epoch, "last": report.last, "answer": answer, **report.numbers},
            **report.logits,
        )
        if not answer:
            return Verdict()
        reply = self._channel.receive().data
        return Verdict(bool(reply.get("stop")), reply.get("validation_loss"))


def execute(channel: Channel) -> int:
    """Receive what is to be done, do it and return the process's exit status."""
    frame = channel.receive()
    do = KINDS[frame.kind]
    sys.path[:0] = import_paths = frame.data.get("import_paths", [])
    try:
        do(channel, frame)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        # Whatever a solution raises ends its run, with a reason.
        if not (_is_submitted(frame) and isinstance(error, SolutionError)):
            traceback.print_exc()  # else the reason says all there is to say
        if isinstance(error, MisfitError) and not _is_submitted(frame):
            channel.send("misfit")
        channel.send("failed", {"reason": _reason(error, import_paths)[:LONGEST_REASON]})
        return SOLUTION_FAILED
    return 0


def _is_submitted(frame: Frame) -> bool:
    return frame.kind == "read" or any(frame.data.get(name) for name in ("search", "submission"))


def _train(channel: Channel, frame: Frame) -> None:
    job, arrays = Job(**frame.data), frame.arrays
    # Specs are strict, and JSON is the form in which strictness knows lists and numbers.
    training = Training.model_validate_json(json.dumps(job.training))
    device = torch.device(job.device)
    conditions = Conditions(device, job.threads)
    images = _load(job, arrays, device)
    conditions.establish(job.seed)
    if job.search is not None:
        with opened(job.search, device) as submission:
            _train_submitted(channel, job, training, images, submission)
        return
    model = build(job.model, training.model.arguments, job.weights).to(device)
    settle_lazy(model, Pipeline(training.dataset.transforms, device)(images.train_images[:1]))
    freeze_others(model, training.trainable)
    channel.send(
        "started",
        {"parameters": trainable_parameters(model), "environment": conditions.describe()},
    )
    train(training, model, images, job.classes, job.seed, Reporter(channel), smoke=job.smoke)
    told, arrays = _final(job, training, model)
    channel.send("done", told, **arrays)


def _train_submitted(
    channel: Channel, job: Job, training: Training, images: Images, submission: Opened
) -> None:
    pipeline = Pipeline(training.dataset.transforms, images.train_images.device)
    sample = pipeline(images.train_images[:SAMPLE])
    network = open_network(submission.handed_in, submission.search, training, sample, job.classes)
    model = network.model
    try:
        freeze_others(model, training.trainable)
    except MisfitError as error:  # the reference has it, as its description has shown
        raise SolutionError(f"your network lacks what this question trains: {error}") from None
    generators = Generators.now()
    first = predict(
        model, images.test_images[:BEFORE], pipeline, training.evaluation_batch_size, job.classes
    )
    generators.restore()  # looking at it first must not change how it trains
    channel.send(
        "started",
        {"parameters": trainable_parameters(model), "solution": network.told},
        before=first.cpu().numpy(),
    )
    train(training, model, images, job.classes, job.seed, Reporter(channel), smoke=job.smoke)
    told, arrays = _final(job, training, model)
    seen = pipeline(take(images.train_images, _spread(images)))
    diagnosis = looked_at(model, seen)
    diagnosis["notes"] = [*diagnosis.get("notes", ()), *submission.redirection.notes()]
    state = [name.removeprefix(STATE_PREFIX) for name in arrays if name.startswith(STATE_PREFIX)]
    if state:
        with suppress(Exception):  # whose order cannot be told stays in that of its declaration
            state = order_of_use(model, seen[:SAMPLE])
    channel.send("done", told | {"diagnosis": diagnosis, "state": state}, **arrays)


def _spread(images: Images) -> torch.Tensor:
    """Return places of training images from all over the set, always the same ones.

    What is told of a network must not depend on the order drawn for the test images, and the first
    images of a set may all be of one class.
    """
    device, there = images.train_images.device, len(images.train_images)
    count = min(LOOKED_AT, there)
    return torch.arange(count, device=device) * there // count


def _final(job: Job, training: Training, model: nn.Module) -> tuple[dict[str, Any], Arrays]:
    """Return what is told of a trained model."""
    arrays: Arrays = {}
    first = first_layer_weight(model) if training.record.first_layer_weights else None
    if first is not None and first.numel() <= LARGEST_FIRST_LAYER:
        arrays["first_layer"] = first.detach().float().cpu().numpy()
    unkept = ""
    if job.keep_weights:
        try:
            arrays |= state_arrays(model)
        except SolutionError as error:
            unkept = str(error)
    return {"unkept": unkept}, arrays


def _call(channel: Channel, frame: Frame) -> None:
    job = CallJob(**frame.data)
    torch.set_num_threads(job.threads)
    with ExitStack() as stack:
        find = imported
        if job.submission is not None:
            folder = stack.enter_context(TemporaryDirectory(prefix="handed-in-"))
            find = partial(function_of, Path(job.submission), Path(folder))
        answer_calls(job, frame.arrays, channel, find)


def _describe(channel: Channel, frame: Frame) -> None:
    channel.send("done", describe(DescriptionJob(**frame.data)))


def _read(channel: Channel, frame: Frame) -> None:
    read(ReadingJob(**frame.data), channel)


def _evaluate(channel: Channel, frame: Frame) -> None:
    job = EvaluationJob(**frame.data)
    training = Training.model_validate_json(json.dumps(job.training))
    device = torch.device(job.device)
    conditions = Conditions(device, job.threads)
    pipeline = Pipeline(training.dataset.transforms, device)
    conditions.establish(seed=0)
    with ExitStack() as stack:
        if job.search is None:
            test_images = load_images(job.test_images, device)
            model = build(job.model, training.model.arguments, job.weights).to(device)
            settle_lazy(model, pipeline(test_images[:1]))
            if job.by_shape:
                order = order_of_use(model, pipeline(test_images[:SAMPLE]))
                load_by_shape(model, Path(job.checkpoint), job.checkpoint_name, order)
            else:
                load_checkpoint(model, Path(job.checkpoint), job.checkpoint_name)
        else:
            submission = stack.enter_context(opened(job.search, device))
            test_images = as_images(frame.arrays["test_images"], device)
            sample = pipeline(test_images[:SAMPLE])
            model = open_network(
                submission.handed_in, submission.search, training, sample, job.classes
            ).model
            load_checkpoint(model, submission.file(job.checkpoint), job.checkpoint_name)
        size = training.evaluation_batch_size
        part = test_images[:size] if job.smoke else test_images
        logits = predict(model, part, pipeline, size, job.classes)
    channel.send("done", {"environment": conditions.describe()}, test=logits.cpu().numpy())


KINDS = {
    "train": _train,
    "call": _call,
    "evaluate": _evaluate,
    "describe": _describe,
    "read": _read,
}
"""What each kind of first frame asks for."""


def _load(job: Job, arrays: Arrays, device: torch.device) -> Images:
    train_images = load_images(job.train_images, device)
    kept = torch.from_numpy(arrays["train"]).to(device) if "train" in arrays else None
    if job.search is None:
        train_labels = load_labels(job.train_labels, device)
        if kept is not None:
            train_labels = train_labels[kept]
        test_images = load_images(job.test_images, device)
    else:  # of the images that it trains on, and of no others
        train_labels = torch.from_numpy(arrays["labels"]).to(device)
        test_images = as_images(arrays["test_images"], device)
    if kept is None:
        return Images(train_images, train_labels, test_images)
    held = torch.from_numpy(arrays["validation"]).to(device)
    return Images(train_images[kept], train_labels, test_images, train_images[held])


def _reason(error: BaseException, folders: list[str]) -> str:
    if isinstance(error, SolutionError):
        return str(error)
    text = str(error).strip()
    first_line = f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
    return first_line + _place(error, folders)


def _place(error: BaseException, folders: list[str]) -> str:
    """Name the innermost line of the solution on the way to an error."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if any(path.is_relative_to(folder) for folder in folders) and path.is_file():
            return f" ({path.name}:{frame.lineno}, in {frame.name})"
    return ""
