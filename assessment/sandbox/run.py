"""One run inside its own process: prepare, train or evaluate or call, report, leave."""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import Any

import torch
from torch import nn

from assessment.sandbox.calls import answer_calls
from assessment.sandbox.checkpoint import load_checkpoint, state_arrays
from assessment.sandbox.messages import (
    LARGEST_FIRST_LAYER,
    Arrays,
    CallJob,
    Channel,
    EvaluationJob,
    Frame,
    Job,
)
from assessment.spec.recipe import Training
from assessment.training.data import load_images, load_labels
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
TRANSFER = "assessment.models.transfer:network"
"""The factory of torchvision's networks."""


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
    do = {"train": _train, "call": _call, "evaluate": _evaluate}[frame.kind]
    sys.path[:0] = import_paths = frame.data["import_paths"]
    try:
        do(channel, frame)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        # Whatever a solution raises ends its run, with a reason.
        traceback.print_exc()
        if isinstance(error, MisfitError):
            channel.send("misfit")
        channel.send("failed", {"reason": _reason(error, import_paths)})
        return SOLUTION_FAILED
    return 0


def _train(channel: Channel, frame: Frame) -> None:
    job, indices = Job(**frame.data), frame.arrays
    # Specs are strict, and JSON is the form in which strictness knows lists and numbers.
    training = Training.model_validate_json(json.dumps(job.training))
    device = torch.device(job.device)
    conditions = Conditions(device, job.threads)
    images = _load(job, indices, device)
    conditions.establish(job.seed)
    model = _build(job, training.model.arguments).to(device)
    settle_lazy(model, Pipeline(training.dataset.transforms, device)(images.train_images[:1]))
    freeze_others(model, training.trainable)
    channel.send(
        "started",
        {"parameters": trainable_parameters(model), "environment": conditions.describe()},
    )
    train(training, model, images, job.classes, job.seed, Reporter(channel), smoke=job.smoke)
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
    channel.send("done", {"unkept": unkept}, **arrays)


def _call(channel: Channel, frame: Frame) -> None:
    job = CallJob(**frame.data)
    torch.set_num_threads(job.threads)
    answer_calls(job, frame.arrays, channel)


def _evaluate(channel: Channel, frame: Frame) -> None:
    job = EvaluationJob(**frame.data)
    training = Training.model_validate_json(json.dumps(job.training))
    device = torch.device(job.device)
    conditions = Conditions(device, job.threads)
    test_images = load_images(job.test_images, device)
    conditions.establish(seed=0)
    model = build_model(job.model, training.model.arguments, None).to(device)
    settle_lazy(model, Pipeline(training.dataset.transforms, device)(test_images[:1]))
    load_checkpoint(model, Path(job.checkpoint), job.checkpoint_name)
    pipeline = Pipeline(training.dataset.transforms, device)
    size = training.evaluation_batch_size
    part = test_images[:size] if job.smoke else test_images
    logits = predict(model, part, pipeline, size, job.classes)
    channel.send("done", {"environment": conditions.describe()}, test=logits.cpu().numpy())


def _build(job: Job, arguments: dict[str, Any]) -> nn.Module:
    """Build the model; where pretrained weights are at fault, say so instead of what it raised."""
    try:
        return build_model(job.model, arguments, job.weights)
    except Exception:
        if job.weights is not None and job.model == TRANSFER:
            from assessment.sandbox.pretrained import check_weights

            with suppress(KeyError, ValueError):  # an architecture that torchvision does not know
                check_weights(Path(job.weights), arguments["architecture"])
        raise


def build_model(name: str, arguments: dict[str, Any], weights: str | None) -> nn.Module:
    """Import `module:qualname`, call it with the arguments and return the module it makes."""
    module, _, qualname = name.partition(":")
    factory = attrgetter(qualname)(importlib.import_module(module))
    extra = {} if weights is None else {"weights": weights}
    model = factory(**arguments, **extra)
    if not isinstance(model, nn.Module):
        raise SolutionError(
            f"{name} returned an object of type {type(model).__name__}, a torch.nn.Module is wanted"
        )
    return model


def _load(job: Job, indices: dict[str, Any], device: torch.device) -> Images:
    train_images = load_images(job.train_images, device)
    train_labels = load_labels(job.train_labels, device)
    test_images = load_images(job.test_images, device)
    if "train" not in indices:
        return Images(train_images, train_labels, test_images)
    kept = torch.from_numpy(indices["train"]).to(device)
    held = torch.from_numpy(indices["validation"]).to(device)
    return Images(train_images[kept], train_labels[kept], test_images, train_images[held])


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
