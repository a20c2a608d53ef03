"""The grader's side of one run: it alone holds the labels, and decides what counts.

Whatever the other side sends is checked before it is used: kinds, shapes,
dtypes, lengths. Accuracies and losses come from logits and labels here, not
from anything that the run says about itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assessment.boundary.messages import (
    LARGEST_ARRAYS,
    LARGEST_FIRST_LAYER,
    LARGEST_TEXT,
    NUMBER_BYTES,
    STATE_PREFIX,
    Arrays,
    Frame,
    ProtocolError,
)
from assessment.execution.judging import accuracy, checked, finite, mean_loss
from assessment.execution.predictions import Predictions
from assessment.results.machine import processor
from assessment.results.record import Environment, Series
from assessment.results.solution import Evidence, Solution
from assessment.spec.recipe import Plateau, Training

Array = np.ndarray[Any, Any]

REPORTED_COLUMNS = ("train_loss", "train_accuracy", "learning_rate", "seconds")
LARGEST_STEP_COLUMN = 200_000
"""Records within one epoch that are accepted."""


@dataclass(frozen=True)
class Answers:
    """Labels of the images that a run predicts, in the order in which it sees them."""

    classes: int
    test_labels: Array
    test_images: Array
    """uint8 (M, H, W, C), to show mistakes."""
    train_size: int
    """Images trained on, which decides how many steps an epoch has."""
    validation_labels: Array | None = None


@dataclass
class Referee:
    """Collects one run's frames and turns them into verified series."""

    training: Training
    answers: Answers
    may_diverge: bool = False
    smoke: bool = False
    keep_weights: bool = False
    """Take the final state, so that a checkpoint can be made of it."""
    weights: Arrays | None = None
    unkept: str = ""
    """Why the final state did not come, in the run's own words."""
    parameters: int | None = None
    misfit: bool = False
    """The run said that what the recipe says of the model does not fit it."""
    environment: Environment | None = None
    solution: Solution | None = None
    evidence: Evidence | None = None
    first_layer: list[Any] | None = None
    epochs: dict[str, list[float | None]] = field(default_factory=dict)
    steps: dict[str, list[float | None]] = field(default_factory=dict)
    gradients: dict[str, list[float | None]] = field(default_factory=dict)
    work: str = "training"
    finished: bool = False
    predictions: Predictions | None = None
    """Latest ones of the test images."""
    _epoch: int = 0

    @property
    def largest_arrays(self) -> int:
        """Bytes that the arrays of one honest frame take at most."""
        validation = self.answers.validation_labels
        held = 0 if validation is None else len(validation)
        every = self.training.record.validate_every
        times = 1 + (0 if every is None else math.ceil(self._steps_of_epoch / every))
        images = len(self.answers.test_labels) + times * held
        if self.keep_weights:
            return LARGEST_ARRAYS
        return 4 * max(images * self.answers.classes, LARGEST_FIRST_LAYER) + 2**16

    @property
    def largest_text(self) -> int:
        """Bytes that the JSON of one honest frame takes at most: the columns of an epoch."""
        record = self.training.record
        columns = [(record.every, 3), (record.validate_every, 1)]
        if record.gradients is not None:
            columns.append((record.gradients.every, 3))
        steps = self._steps_of_epoch
        numbers = sum(count * math.ceil(steps / every) for every, count in columns if every)
        return LARGEST_TEXT + numbers * NUMBER_BYTES

    @property
    def stage(self) -> str:
        """How far the run has come, in words."""
        if self.environment is None:
            return "before its model was built"
        return f"after {self._epoch} of {self.training.epochs} epochs"

    def hear(self, frame: Frame) -> dict[str, Any] | None:
        """Take a frame of the run; return what its recipe lets it know."""
        match frame.kind:
            case "started":
                self.started(frame)
            case "epoch":
                return self.epoch_ended(frame)
            case "done":
                self.done(frame)
            case "misfit":
                self.misfit = True
            case _:
                raise ProtocolError(f"a frame of unknown kind {frame.kind[:40]!r}")
        return None

    def objection(self) -> str | None:
        """Say why a run that ended well is not graded."""
        count = 0 if self.predictions is None else self.predictions.non_finite
        if not count or self.may_diverge:
            return None
        total = len(self.answers.test_labels)
        return f"gave non-finite logits for {count:,} of {total:,} test images"

    def started(self, frame: Frame) -> None:
        """Note what the run says of itself."""
        if self.environment is not None:
            raise ProtocolError("it started twice")
        parameters = frame.data.get("parameters")
        self.parameters = parameters if type(parameters) is int and parameters >= 0 else None
        self.environment = self._introduced(frame)

    def _introduced(self, frame: Frame) -> Environment:
        """Return what the run says that it runs on."""
        try:
            told = Environment.model_validate(frame.data.get("environment"))
        except ValueError:
            raise ProtocolError("its first message does not say what it runs on") from None
        on_cpu = told.device == "cpu"  # then the processor is that of this machine
        return told.model_copy(update={"processor": processor() if on_cpu else ""})

    def _in_file_order(self, logits: Array | None) -> Array | None:
        """Return predictions of the test images in the order of their file."""
        return logits

    def epoch_ended(self, frame: Frame) -> dict[str, Any] | None:
        """Judge one epoch's predictions; return the answer where the recipe waits for one."""
        if self.environment is None:
            raise ProtocolError("an epoch came before the start")
        if self._is_over():
            raise ProtocolError(f"an epoch came after epoch {self._epoch}, which was the last")
        self._epoch += 1
        if frame.data.get("epoch") != self._epoch:
            raise ProtocolError(f"epoch {self._epoch} was due, {frame.data.get('epoch')!r} came")
        told = frame.data.get("epochs")
        if not isinstance(told, dict):
            raise ProtocolError(f"epoch {self._epoch} came without its numbers")
        row: dict[str, float | None] = {name: finite(told.get(name)) for name in REPORTED_COLUMNS}
        test = self._in_file_order(frame.arrays.get("test"))
        row |= self._judge("test", test, self.answers.test_labels)
        if self.answers.validation_labels is not None:
            labels = self.answers.validation_labels
            row |= self._judge("validation", frame.arrays.get("validation"), labels)
        for name, value in row.items():
            self.epochs.setdefault(name, []).append(value)
        steps: dict[str, list[float | None]] = {}
        _extend(steps, frame.data.get("steps", {}), ("step", "batch_loss", "batch_accuracy"))
        self._add_steps(steps, self._judge_within(frame))
        _extend(self.gradients, frame.data.get("gradients", {}), ("step", "norm", "mean"))
        if self.gradients:
            epochs = self.gradients.setdefault("epoch", [])
            epochs += [float(self._epoch)] * (len(self.gradients["step"]) - len(epochs))
        if test is not None:
            labels, images = self.answers.test_labels, self.answers.test_images
            self.predictions = Predictions(test, labels, images)
        # A run hears what its recipe needs, never a test metric.
        answer: dict[str, Any] = {}
        if self.training.early_stopping is not None:
            answer["stop"] = self._stops_early()
        schedule = self.training.schedule
        if isinstance(schedule, Plateau) and schedule.monitor == "validation_loss":
            answer["validation_loss"] = row.get("validation_loss")
        return answer or None

    def done(self, frame: Frame) -> None:
        """Note the end and what comes with it."""
        if not self._is_over() or self.predictions is None:
            raise ProtocolError(f"it was done after epoch {self._epoch}, before its last one")
        first = frame.arrays.get("first_layer")
        if first is not None and first.dtype == np.float32 and first.size <= LARGEST_FIRST_LAYER:
            self.first_layer = np.round(first.astype(np.float64), 5).tolist()
        unkept = frame.data.get("unkept")
        self.unkept = unkept[:300] if isinstance(unkept, str) else ""
        if self.keep_weights and not self.unkept:
            self.weights = {
                name.removeprefix(STATE_PREFIX): array
                for name, array in frame.arrays.items()
                if name.startswith(STATE_PREFIX)
            }
        self.finished = True

    @property
    def final(self) -> Predictions | None:
        """Predictions after the last epoch; None where the run did not get there."""
        return self.predictions if self.finished else None

    def _judge(self, name: str, logits: Array | None, labels: Array) -> dict[str, float | None]:
        if logits is None:
            if self.training.record.evaluate == "epoch" or self._epoch == self._last_epoch:
                raise ProtocolError(f"epoch {self._epoch} came without {name} predictions")
            return {f"{name}_loss": None, f"{name}_accuracy": None}
        count = len(labels)
        if self.smoke:
            count = min(count, self.training.evaluation_batch_size)
        checked(name, logits, count, self.answers.classes)
        labels = labels[:count].astype(np.int64)
        return {
            f"{name}_loss": finite(self._loss(logits, labels)),
            f"{name}_accuracy": accuracy(logits, labels),
        }

    def _loss(self, logits: Array, labels: Array) -> float:
        return mean_loss(self.training, logits, labels)

    def _judge_within(self, frame: Frame) -> dict[float, dict[str, float | None]]:
        """Judge the validation predictions made within an epoch; return their rows by step."""
        every, labels = self.training.record.validate_every, self.answers.validation_labels
        if every is None or labels is None:
            return {}
        first = (self._epoch - 1) * self._steps_of_epoch
        end = first + self._steps_of_epoch
        if self.smoke or self.training.max_steps is not None:
            end = min(end, 1 if self.smoke else self.training.max_steps or end)
        due = list(range(first, end, every))
        logits = frame.arrays.get("validation_steps")
        if frame.data.get("validated") != due or logits is None or len(logits) != len(due):
            raise ProtocolError(
                f"epoch {self._epoch} came without its {len(due)} validation records"
            )
        return {
            float(step): self._judge("validation", one, labels)
            for step, one in zip(due, logits, strict=True)
        }

    def _add_steps(self, told: Series, validation: dict[float, dict[str, float | None]]) -> None:
        """Append an epoch's records: what the run told and what was judged, row by row."""
        rows: dict[float, dict[str, float | None]] = {
            step: dict(row) for step, row in validation.items()
        }
        for step, *values in zip(*told.values(), strict=True) if told else ():
            if step is not None:
                rows.setdefault(step, {}).update(
                    zip(("batch_loss", "batch_accuracy"), values, strict=True)
                )
        names = ["batch_loss", "batch_accuracy"] if told else []
        if validation:
            names += ["validation_loss", "validation_accuracy"]
        for step in sorted(rows):
            self.steps.setdefault("step", []).append(step)
            for name in names:
                self.steps.setdefault(name, []).append(rows[step].get(name))

    @property
    def _steps_of_epoch(self) -> int:
        return math.ceil(self.answers.train_size / self.training.batch_size)

    @property
    def _last_epoch(self) -> int:
        """The epoch in which the recipe ends, unless it is stopped early."""
        if self.smoke:
            return 1
        epochs, steps = self.training.epochs, self.training.max_steps
        if steps is None:
            return epochs
        return min(epochs, math.ceil(steps / self._steps_of_epoch))

    def _is_over(self) -> bool:
        return self._epoch == self._last_epoch or self._stops_early()

    def _stops_early(self) -> bool:
        rule = self.training.early_stopping
        if rule is None or not self._epoch:
            return False
        accuracies = self.epochs["test_accuracy"]
        if rule.test_accuracy is not None:
            latest = accuracies[-1]
            if latest is not None and latest >= rule.test_accuracy:
                return True
        count = rule.unchanged_epochs
        if count is None or len(accuracies) <= count:
            return False
        return len(set(accuracies[-count - 1 :])) == 1


def _extend(columns: Series, told: object, names: tuple[str, ...]) -> None:
    """Append a run's own columns, if they are lists of numbers of one length."""
    if not isinstance(told, dict) or not told:
        return
    lists = [told.get(name) for name in names]
    lengths = {len(values) if isinstance(values, list) else -1 for values in lists}
    if len(lengths) != 1 or not 0 <= min(lengths) <= LARGEST_STEP_COLUMN:
        raise ProtocolError(f"columns {', '.join(names)} of different or impossible lengths")
    for name, values in zip(names, lists, strict=True):
        columns.setdefault(name, []).extend(finite(value) for value in values or [])
