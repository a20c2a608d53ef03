"""What is noted while training: tensors stay on the device until the epoch ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

from assessment.spec.recipe import Gradients, Recording
from assessment.training.parameters import first_layer_weight


class Column:
    """Numbers noted on the device one by one, in memory that is taken once.

    A small tensor kept from every step would lie between the large blocks that a step takes and
    gives back, and keep them from fitting again: the memory of a run would grow with its steps.
    """

    def __init__(self, capacity: int, device: torch.device) -> None:
        self._values = torch.empty(capacity, dtype=torch.float64, device=device)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, value: Tensor) -> None:
        """Note one number; nothing waits for the device."""
        self._values[self._count].copy_(value)
        self._count += 1

    def take(self) -> list[float]:
        """Return the numbers noted; waits for the device."""
        taken: list[float] = self._values[: self._count].tolist()
        return taken

    def clear(self) -> None:
        """Start again."""
        self._count = 0


class EpochMeans:
    """Loss and accuracy over the batches of one epoch, in train mode.

    The loss is the mean of the batches' means, as a lab's `running_loss /
    len(loader)`; the accuracy counts images, percent.
    """

    def __init__(self, images: int, batches: int, device: torch.device) -> None:
        """Take memory for an epoch of so many images in so many batches."""
        self._losses = Column(batches, device)
        self._predicted = torch.empty(images, dtype=torch.int64, device=device)
        self._labels = torch.empty(images, dtype=torch.int64, device=device)
        self._ends = [0]

    def add(self, loss: Tensor, predicted: Tensor, labels: Tensor) -> None:
        """Add one batch: its mean loss (), predicted classes and labels (B,).

        They are only kept: adding up at once costs more than the rest of the record.
        """
        start, end = self._ends[-1], self._ends[-1] + len(labels)
        self._losses.add(loss)
        self._predicted[start:end] = predicted
        self._labels[start:end] = labels
        self._ends.append(end)

    def after(self, batches: Sequence[int]) -> tuple[list[float], list[float]]:
        """Return mean loss and accuracy after so many batches each; waits for the device."""
        sums = list(accumulate(self._losses.take(), initial=0.0))
        right = (self._predicted == self._labels)[: self._ends[-1]].cumsum(0).tolist()
        return (
            [sums[count] / count for count in batches],
            [right[self._ends[count] - 1] * 100 / self._ends[count] for count in batches],
        )

    def now(self) -> tuple[float, float]:
        """Return mean loss and accuracy so far; waits for the device."""
        (loss,), (accuracy,) = self.after([len(self._losses)])
        return loss, accuracy


class StepLog:
    """Losses, accuracies and gradients within an epoch, at the steps that the spec names."""

    def __init__(self, recording: Recording, model: nn.Module, steps_of_epoch: int) -> None:
        """Take memory for the records of one epoch."""
        self._recording = recording
        self._gradients = recording.gradients
        self._watched = _watched(recording.gradients, model)
        device = next(model.parameters()).device
        self._steps: list[int] = []
        self._losses, self._accuracies = (
            Column(_records(steps_of_epoch, recording.every), device) for _ in range(2)
        )
        self._batches: list[int] = []
        self._gradient_steps: list[int] = []
        every = recording.gradients.every if recording.gradients is not None else None
        self._norms, self._means = (
            Column(_records(steps_of_epoch, every), device) for _ in range(2)
        )
        self._validated: list[int] = []
        self._most_validated = _records(steps_of_epoch, recording.validate_every)
        self._validation: Tensor | None = None

    def validates(self, step_of_epoch: int) -> bool:
        """Tell whether the validation images are to be predicted after this step."""
        every = self._recording.validate_every
        return every is not None and step_of_epoch % every == 0

    def note_validation(self, step: int, outputs: Tensor) -> None:
        """Note outputs (V, K) for the validation images."""
        if self._validation is None:
            self._validation = outputs.new_empty((self._most_validated, *outputs.shape))
        self._validation[len(self._validated)] = outputs
        self._validated.append(step)

    def take_validation(self) -> tuple[list[int], Tensor | None]:
        """Return the steps noted since the last call, and their outputs (records, V, K)."""
        steps, self._validated = self._validated, []
        if self._validation is None or not steps:
            return [], None
        return steps, self._validation[: len(steps)]

    def note_gradient(self, step: int, step_of_epoch: int) -> None:
        """Note norm and mean of the gradient, between backward pass and optimiser's step."""
        wanted = self._gradients
        if wanted is None or step_of_epoch % wanted.every:
            return
        if wanted.first is not None and step >= wanted.first:
            return
        gradients = [p.grad.detach().flatten() for p in self._watched if p.grad is not None]
        if not gradients:
            return
        flat = torch.cat(gradients)
        self._gradient_steps.append(step)
        self._norms.add(flat.norm())
        self._means.add(flat.mean())

    def note_batch(
        self,
        step: int,
        step_of_epoch: int,
        loss: Tensor,
        predicted: Tensor,
        labels: Tensor,
    ) -> None:
        """Note a batch's loss and accuracy."""
        every = self._recording.every
        if every is None or step_of_epoch % every:
            return
        self._steps.append(step)
        self._batches.append(step_of_epoch + 1)
        if not self._recording.running_mean:
            self._losses.add(loss)
            self._accuracies.add((predicted == labels).double().mean() * 100)

    def take(self, means: EpochMeans) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
        """Return the columns noted since the last call: of steps and of gradients.

        Args:
            means: of the epoch, for what is recorded as its running means.
        """
        steps: dict[str, list[float]] = {}
        if self._steps:
            losses, accuracies = self._losses.take(), self._accuracies.take()
            if self._recording.running_mean:
                losses, accuracies = means.after(self._batches)
            steps = {
                "step": list(map(float, self._steps)),
                "batch_loss": losses,
                "batch_accuracy": accuracies,
            }
        gradients: dict[str, list[float]] = {}
        if self._gradient_steps:
            gradients = {
                "step": list(map(float, self._gradient_steps)),
                "norm": self._norms.take(),
                "mean": self._means.take(),
            }
        for column in (self._losses, self._accuracies, self._norms, self._means):
            column.clear()
        for noted in (self._steps, self._batches, self._gradient_steps):
            noted.clear()
        return steps, gradients


def _records(steps: int, every: int | None) -> int:
    """Return how many records a step in every so many gives."""
    return 0 if every is None else math.ceil(steps / every)


def _watched(gradients: Gradients | None, model: nn.Module) -> list[nn.Parameter]:
    if gradients is None:
        return []
    if gradients.of == "all":
        return [p for p in model.parameters() if p.requires_grad]
    first = first_layer_weight(model)
    return [] if first is None else [first]
