"""The training loop: one recipe, one seed, one model.

It does what the plain PyTorch loop of a lab does, batch for batch, and nothing
within an epoch waits for the device.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor, nn

from assessment.spec.recipe import Plateau, Training
from assessment.training.data import Order, take
from assessment.training.errors import SolutionError
from assessment.training.optimization import Schedule, build_optimizer
from assessment.training.recording import EpochMeans, StepLog
from assessment.training.transforms import Pipeline

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Images:
    """What a run may see: labelled training images, the others without labels.

    Images are uint8 (N, C, H, W), labels int64 (N,), all on the device.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    validation_images: Tensor | None = None


@dataclass(frozen=True)
class EpochReport:
    """What one epoch tells the grader."""

    epoch: int
    """Counted from 1."""
    last: bool
    """No epoch follows, unless the grader is asked and says so earlier."""
    numbers: dict[str, Any]
    """`epochs`: train_loss, train_accuracy, learning_rate, seconds; `steps` and `gradients`;
    `validated`: the steps of `validation_steps`."""
    logits: dict[str, np.ndarray[Any, Any]]
    """float32, in file order: `test` (N, K); `validation` (V, K) where there is a split, and
    `validation_steps` (records, V, K) where validation was asked for within the epoch."""


@dataclass(frozen=True)
class Verdict:
    """What the grader answers after an epoch."""

    stop: bool = False
    validation_loss: float | None = None


class Listener(Protocol):
    """Takes each epoch's report; answers when the recipe asks for an answer."""

    def epoch_ended(self, report: EpochReport, *, answer: bool) -> Verdict:
        """Receive a report; `answer` says that the loop waits for a verdict."""
        ...


def train(
    training: Training,
    model: nn.Module,
    images: Images,
    classes: int,
    seed: int,
    listener: Listener,
    *,
    smoke: bool = False,
) -> None:
    """Train `model` in place and report every epoch.

    Raises:
        SolutionError: outputs that are not (B, classes) numbers, or nothing to train.
    """
    device = images.train_images.device
    pipeline = Pipeline(training.dataset.transforms, device)
    loss_function = _loss_function(training)
    try:
        optimizer = build_optimizer(training.optimizer, model.parameters())
    except ValueError as error:
        raise SolutionError(f"the model has no parameters to train ({error})") from error
    schedule = Schedule(training.schedule, optimizer, training.epochs)

    def evaluate(part: Tensor) -> Tensor:
        size = training.evaluation_batch_size
        return predict(model, part[:size] if smoke else part, pipeline, size, classes)

    order = Order(
        len(images.train_images), training.batch_size, shuffle=training.shuffle, seed=seed
    )
    log = StepLog(training.record, model, len(order))
    answer = training.early_stopping is not None or _monitors_validation(training)
    most_steps = 1 if smoke else training.max_steps
    step = 0
    for epoch in range(1, training.epochs + 1):
        began = time.perf_counter()
        learning_rate = schedule.learning_rate
        means = EpochMeans(len(images.train_images), len(order), device)
        model.train()
        for step_of_epoch, indices in enumerate(order.batches(device)):
            if step == most_steps:
                break
            batch = pipeline(take(images.train_images, indices))
            labels = take(images.train_labels, indices)
            optimizer.zero_grad()
            outputs = _logits(model(batch), len(labels), classes)
            if not outputs.requires_grad:
                whose = "the trainable" if training.trainable else "the model's"
                raise SolutionError(
                    f"what forward returned does not depend on {whose} parameters, so that "
                    "nothing can be learnt (detached, or computed under no_grad)"
                )
            loss = loss_function(outputs, labels)
            loss.backward()
            log.note_gradient(step, step_of_epoch)
            optimizer.step()
            loss, predicted = loss.detach(), outputs.detach().argmax(1)
            means.add(loss, predicted, labels)
            log.note_batch(step, step_of_epoch, loss, predicted, labels)
            if log.validates(step_of_epoch) and images.validation_images is not None:
                log.note_validation(step, evaluate(images.validation_images))
                model.train()
            step += 1
        validated, validation = log.take_validation()
        steps, gradients = log.take(means)
        train_loss, train_accuracy = means.now()
        epochs = {
            "train_loss": train_loss,
            "train_accuracy": train_accuracy,
            "learning_rate": learning_rate,
            "seconds": time.perf_counter() - began,
        }
        last = epoch == training.epochs or step == most_steps
        logits: dict[str, np.ndarray[Any, Any]] = {}
        if last or training.record.evaluate == "epoch":
            logits = {name: evaluate(part).cpu().numpy() for name, part in _unlabelled(images)}
        if validation is not None:
            logits["validation_steps"] = validation.cpu().numpy()
        numbers = {
            "epochs": epochs,
            "steps": steps,
            "gradients": gradients,
            "validated": validated,
        }
        report = EpochReport(epoch, last, numbers, logits)
        verdict = listener.epoch_ended(report, answer=answer)
        if last or verdict.stop:
            return
        monitored = verdict.validation_loss if _monitors_validation(training) else None
        schedule.end_epoch(epochs["train_loss"] if monitored is None else monitored)


@torch.no_grad()
def predict(
    model: nn.Module, images: Tensor, pipeline: Pipeline, batch_size: int, classes: int
) -> Tensor:
    """Return the model's outputs in eval mode, float32 (N, classes), on the device."""
    model.eval()
    # Taken once, as in Column; float32 also where a model has set another default.
    outputs = torch.empty((len(images), classes), dtype=torch.float32, device=images.device)
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        outputs[start : start + len(batch)] = _logits(model(pipeline(batch)), len(batch), classes)
    return outputs


def _unlabelled(images: Images) -> Iterator[tuple[str, Tensor]]:
    yield "test", images.test_images
    if images.validation_images is not None:
        yield "validation", images.validation_images


def _logits(outputs: object, images: int, classes: int) -> Tensor:
    if not isinstance(outputs, Tensor):
        raise SolutionError(f"forward returned {type(outputs).__name__}, a tensor is wanted")
    if outputs.shape != (images, classes):
        raise SolutionError(
            f"forward returned shape {tuple(outputs.shape)} for a batch of {images} images, "
            f"({images}, {classes}) is wanted"
        )
    return outputs


def _loss_function(training: Training) -> Loss:
    return F.nll_loss if training.loss == "nll" else F.cross_entropy


def _monitors_validation(training: Training) -> bool:
    schedule = training.schedule
    return isinstance(schedule, Plateau) and schedule.monitor == "validation_loss"
